"""Figures of one core: decoding, conversion, the gate, the whole way beside bare decode and network, the bus."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.figure import Figure, wanted
from records import SystemClock
from streams import Frame, Gate, InProcessBus, Network, Scheduler, Source, SourceSpec, open_source, topics

SIZE, FPS, GOP = (1920, 1080), 25, 50
START = datetime(2026, 6, 3, 8, 0, tzinfo=UTC)


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
        wanted("whole_way_to_bare", ratio, "CPU ratio", most=1.15),
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
