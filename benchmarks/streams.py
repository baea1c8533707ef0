"""First figures of the streams: decoding, the network, and the whole way from packets to looks, on one core.

Run as `python -m benchmarks.streams [--json] [--quick] [--network NAME_OR_CARD]`. The video is made at the start: a
textured street in 1280x720 at 25 pictures a second with things that move, x264, GOP 2 s. CPU seconds are those of this
process (user and system), so other work on the machine disturbs little.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import av
import cv2
import numpy as np

from models import load_network
from records import BadInput, SystemClock
from streams import Frame, Gate, InProcessBus, Network, Scheduler, Source, SourceSpec, open_source, topics

SIZE, FPS, GOP = (1280, 720), 25, 50
START = datetime(2026, 6, 3, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; `wanted` and `met` are none where none is set."""

    name: str
    value: float | None
    unit: str
    wanted: str | None = None
    met: bool | None = None


def pictures(count: int, seed: int = 7) -> Iterator[np.ndarray]:
    """A still, textured street under sensor noise, with boxes of a car's and a walker's size that cross it."""
    rng = np.random.default_rng(seed)
    width, height = SIZE
    ground = cv2.resize(rng.integers(50, 190, (height // 8, width // 8, 3), dtype=np.uint8), SIZE)
    noise = [rng.normal(0, 3, (height, width, 1)).astype(np.int8) for _ in range(8)]
    movers = [(int(rng.integers(width)), int(rng.integers(300, 600)), int(rng.integers(2, 9))) for _ in range(8)]
    for n in range(count):
        image = ground.copy()
        for i, (x, y, speed) in enumerate(movers):
            left = (x + speed * n) % width
            wide, high = ((160, 70), (30, 80))[i % 2]
            image[y : y + high, left : left + wide] = (40 * i % 255, 90, 255 - 30 * i)
        yield np.clip(image.astype(np.int16) + noise[n % 8], 0, 255).astype(np.uint8)


def make_video(path: Path, seconds: int) -> Path:
    """Write the video."""
    with av.open(str(path), "w") as out:
        track = out.add_stream("libx264", rate=FPS)
        track.width, track.height, track.pix_fmt = *SIZE, "yuv420p"
        track.options = {"g": str(GOP), "sc_threshold": "0", "preset": "veryfast", "crf": "26"}
        for picture in pictures(seconds * FPS):
            out.mux(track.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(track.encode())
    return path


def cpu_s(work: Callable[[], None], rounds: int = 2) -> float:
    """CPU seconds of the cheapest of some rounds."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def opened(path: Path, watch: str, gate: bool = False) -> Source:
    """The video as a camera's recording."""
    return open_source(SourceSpec("cam", str(path), start=START, watch=watch, gate=gate), SystemClock())


def decoding(path: Path, seconds: int) -> list[Figure]:
    """Packets alone, keyframes, all pictures, and all pictures in colour."""

    def read(watch: str, look: Callable[[Frame], object]) -> Callable[[], None]:
        def work() -> None:
            for frame in opened(path, watch).frames():
                look(frame)

        return work

    def packets() -> None:
        source = opened(path, "keyframes")
        source.advance_to(datetime.max.replace(tzinfo=UTC))

    count = seconds * FPS
    kept = cpu_s(packets)
    keys = cpu_s(read("keyframes", lambda frame: None))
    every = cpu_s(read("all", lambda frame: None))
    colour = cpu_s(read("all", lambda frame: frame.image()))
    gate, looks = Gate(), list(opened(path, "keyframes").frames())
    gated = cpu_s(lambda: [gate.passes(frame) for frame in looks * 10] and None)
    return [
        Figure("packets_into_ring", count / kept, "packets/s per core"),
        Figure("keyframes_decoded", count / GOP / keys, "frames/s per core"),
        Figure("all_decoded", count / every, "frames/s per core"),
        Figure("all_decoded_to_bgr", count / colour, "frames/s per core"),
        Figure("watch_camera_cost", 100 * keys / seconds, "% of a core"),
        Figure("full_rate_camera_cost", 100 * every / seconds, "% of a core"),
        Figure("gate_per_look", 1000 * gated / len(looks * 10), "ms"),
    ]


def whole_way(path: Path, network: Network, looks: int) -> list[Figure]:
    """The scheduler with the gate off, beside bare keyframe decode and bare network on the same pictures."""
    frames: list[np.ndarray] = []

    def decode() -> None:
        frames.clear()
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.thread_type, stream.codec_context.thread_count = "NONE", 1
            stream.codec_context.skip_frame = "NONKEY"
            frames.extend(frame.to_ndarray(format="bgr24") for frame in container.decode(stream))

    def detect() -> None:
        for image in frames:
            network.detect([image])

    def ours() -> None:
        seen = []
        Scheduler([opened(path, "keyframes")], [network], SystemClock()).run(seen.append)
        assert len(seen) == looks

    decode()
    network.detect(frames[:1])
    bare = cpu_s(decode) + cpu_s(detect)
    alone = cpu_s(detect)
    way = cpu_s(ours)
    ratio = way / bare
    return [
        Figure("network_alone", looks / alone, "frames/s per core"),
        Figure("whole_way_watch", looks / way, "frames/s per core"),
        Figure("whole_way_to_bare", ratio, "CPU ratio", "<= 1.15", ratio <= 1.15),
        Figure("cameras_per_core", looks / way * GOP / FPS, "cameras, a look each 2 s"),
    ]


def bus(count: int) -> Figure:
    """Messages through the in-process bus to one handler."""
    told = InProcessBus()
    told.subscribe(topics.ALERTS, "benchmark", lambda message: None)
    message = {"id": "0" * 36, "boxes": [[0.0, 0.0, 1.0, 1.0]] * 4}

    def work() -> None:
        for n in range(count):
            told.publish(topics.ALERTS, str(n % 16), message)

    return Figure("bus_in_process", count / cpu_s(work), "messages/s per core")


def main() -> int:
    """Measure, print, and tell by the exit status whether every wanted figure was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--quick", action="store_true", help="10 s of video instead of 60 s")
    parser.add_argument("--network", help="a network of the registry or the path of a card")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    seconds = 10 if options.quick else 60
    with tempfile.TemporaryDirectory() as folder:
        path = make_video(Path(folder) / "street.mp4", seconds)
        figures = decoding(path, seconds)
        try:
            figures += whole_way(path, load_network(options.network), seconds * FPS // GOP)
        except BadInput as error:
            print(f"no network, so no whole way: {error}", file=sys.stderr)
            figures.append(Figure("whole_way_to_bare", None, "CPU ratio", "<= 1.15", False))
    figures.append(bus(2_000 if options.quick else 20_000))
    if options.json:
        print(json.dumps({"figures": [asdict(figure) for figure in figures]}))
    else:
        for figure in figures:
            value = "-" if figure.value is None else f"{figure.value:,.3f}"
            verdict = "" if figure.met is None else f"wanted {figure.wanted}: {'met' if figure.met else 'NOT met'}"
            print(f"{figure.name:22} {value:>14} {figure.unit:26} {verdict}")
    return 0 if all(figure.met is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
