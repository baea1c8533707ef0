"""The demo's pictures: sources rendered side by side, one process a core."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from models.scenes import Script, render


def render_sources(
    script: Script, seed: int, out: Path, sources: Sequence[str], end_s: float, say: Callable[[str], None]
) -> dict[str, Path]:
    """Render each of `sources` from second 0 to `end_s` of the script, below `out`/<source>; its video by source.

    The heaviest sources (vehicles come last in a script) start first, so that the cores end together.
    """
    workers = min(len(sources), os.cpu_count() or 1)
    context = multiprocessing.get_context("spawn")
    videos: dict[str, Path] = {}
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        jobs = {name: pool.submit(_one, script, seed, out / name, name, end_s) for name in reversed(sources)}
        for name, job in jobs.items():
            videos[name] = job.result()
            say(f"rendered {name}")
    return videos


def _one(script: Script, seed: int, out: Path, source: str, end_s: float) -> Path:
    return render(script, seed, out, sources=[source], end_s=end_s).videos[source]
