"""Scenes drawn and looked at once: videos and the network's answers, kept under `runs/truth` by what made them."""

from __future__ import annotations

import gzip
import hashlib
import json
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from benchmarks.truth_parts.scene import SIZE, Scene
from models import OnnxNetwork, Runtime, load_network
from models.scenes import render
from streams import Detection, Frame, Image, ObjectKind

HOME = Path("runs/truth")
FLOOR = 0.1
"""Lowest score kept: what trackers call a low-score detection lies below a network's own threshold."""
_BATCH = 4
WORKERS = 2

Answer = list[Detection]


@dataclass(frozen=True, slots=True)
class Look:
    """What was drawn of one source of a scene, and where the network's answers lie."""

    video: Path
    boxes: Path
    track: Path | None
    answers: Path


def pictures(scene: Scene, source: str) -> Look:
    """Where everything about a source of a scene lies, drawn or not."""
    folder = HOME / scene.key
    vehicle = any(one.id == source for one in scene.script.vehicles)
    track = folder / f"{source}.nmea" if vehicle else None
    answers = folder / f"{source}.{_network_key()}.jsonl.gz"
    return Look(folder / f"{source}.mp4", folder / f"{source}.boxes.jsonl", track, answers)


_network: dict[str, OnnxNetwork] = {}
_runtime: dict[str, Runtime] = {"": "onnx"}


def use(runtime: Runtime, name: str | None = None) -> None:
    """Which network answers, in this process and in its workers."""
    _runtime[""] = runtime
    _network.clear()
    _network[""] = load_network(name, runtime=runtime)
    _network_key.cache_clear()


def network() -> OnnxNetwork:
    """The network itself; the shipped one where none was named."""
    if "" not in _network:
        use(_runtime[""])
    return _network[""]


@cache
def _network_key() -> str:
    ours = network()
    return hashlib.sha256(f"{ours.sha256}{ours.execution}{FLOOR}".encode()).hexdigest()[:10]


def draw_all(scenes: Sequence[Scene], runtime: Runtime, name: str | None, workers: int = WORKERS) -> None:
    """Draw and look at whatever is not there yet, in processes of one thread."""
    use(runtime, name)
    missing = [(scene, source) for scene in scenes for source in scene.sources if not _done(scene, source)]
    if not missing:
        return
    missing.sort(key=lambda one: one[1] != "patrol")  # the slow ones first
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _begin, (runtime, name)) as pool:
        for n, told in enumerate(pool.imap_unordered(_draw, missing, chunksize=1), 1):
            print(f"drawn and detected {n}/{len(missing)}: {told}", flush=True, file=sys.stderr)


def _done(scene: Scene, source: str) -> bool:
    look = pictures(scene, source)
    return look.video.exists() and look.answers.exists()


def _begin(runtime: Runtime, name: str | None) -> None:
    cv2.setNumThreads(1)
    use(runtime, name)


def _draw(task: tuple[Scene, str]) -> str:
    scene, source = task
    look = pictures(scene, source)
    if not look.video.exists():
        render(scene.script, scene.seed, look.video.parent, SIZE, scene.fps, [source])
    rows = []
    pending: list[Image] = []

    def ask() -> None:
        for image, found in zip(pending, network().detect(pending, FLOOR), strict=True):
            rows.append(json.dumps([named(image), [_row(one) for one in found]]))
        pending.clear()

    for image in decoded(look.video):
        pending.append(fitted(image))
        if len(pending) == _BATCH:
            ask()
    ask()
    partial = look.answers.with_suffix(".partial")
    with gzip.open(partial, "wt", encoding="utf-8") as out:
        out.write("\n".join(rows))
    partial.replace(look.answers)
    return f"{scene.family}/{scene.name}/{source}"


def decoded(video: Path) -> Iterator[Image]:
    """Every picture of a video, BGR."""
    with av.open(str(video)) as container:
        container.streams.video[0].thread_count = 1
        for picture in container.decode(video=0):
            yield np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)


def fitted(image: Image) -> Image:
    """The picture as `streams.detect` hands it to the network."""
    return Frame.of(image).fitted(network().input_size)


def named(image: Image) -> str:
    """A picture's name by its content."""
    return hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=10).hexdigest()


def answers(look: Look) -> list[tuple[str, Answer]]:
    """Of every frame in order: its picture's name, and what was found (boxes in px of the network's picture)."""
    with gzip.open(look.answers, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [(name, [_detection(row) for row in found]) for name, found in rows]


def asked() -> dict[str, Answer]:
    """What earlier runs asked of the network beyond the frames, by the pictures' names."""
    file = HOME / f"asked.{_network_key()}.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    return {name: [_detection(row) for row in found] for name, found in rows}


def keep_asked(fresh: dict[str, Answer]) -> None:
    """Add to them."""
    with (HOME / f"asked.{_network_key()}.jsonl").open("a", encoding="utf-8") as out:
        out.writelines(json.dumps([name, [_row(one) for one in found]]) + "\n" for name, found in fresh.items())


def _row(one: Detection) -> list[object]:
    return [one.kind.value, one.raw_class, round(one.score, 5), [round(v, 3) for v in one.box]]


def _detection(row: Sequence[Any]) -> Detection:
    kind, raw, score, (x1, y1, x2, y2) = row
    return Detection(ObjectKind(kind), raw, score, (x1, y1, x2, y2))
