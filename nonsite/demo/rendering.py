"""The demo's pictures: sources rendered side by side, one process a core."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from models.scenes import Rendered, Script, render


def render_sources(
    script: Script, seed: int, out: Path, sources: Sequence[str], end_s: float, say: Callable[[str], None]
) -> dict[str, Rendered]:
    """Render each of `sources` from second 0 to `end_s` of the script, below `out`/<source>; the result by source.

    The heaviest sources (vehicles come last in a script) start first, so that the cores end together.
    """
    workers = min(len(sources), os.cpu_count() or 1)
    context = multiprocessing.get_context("spawn")
    rendered: dict[str, Rendered] = {}
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        jobs = {name: pool.submit(_one, script, seed, out / name, name, end_s) for name in reversed(sources)}
        for name, job in jobs.items():
            rendered[name] = job.result()
            say(f"rendered {name}")
    return rendered


def _one(script: Script, seed: int, out: Path, source: str, end_s: float) -> Rendered:
    return render(script, seed, out, sources=[source], end_s=end_s)
