"""Small videos made when the tests run, and the servers that some tests start."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import settings

from records import FrozenClock
from streams import Bus, InProcessBus, KafkaBus, Source, SourceSpec, Spool, SpoolingBus, open_source
from tests.services.kafka import KafkaBroker
from tests.services.kafka import Unavailable as NoBroker

START = datetime(2026, 6, 3, 8, 0, tzinfo=UTC)
settings.register_profile("busy", deadline=None)  # a test machine has other work
settings.load_profile("busy")
SHARES = 12
"""Partitions of the topics that are dealt out: few, so that the test's broker starts quickly."""
MakeVideo = Callable[..., Path]


def draw(n: int, size: tuple[int, int] = (320, 180)) -> np.ndarray:
    """Picture number `n`: grey noise that stands still and a white bar that moves 4 pixels a picture."""
    width, height = size
    noise = np.random.default_rng(5).integers(60, 160, (height, width, 1), dtype=np.uint8)
    image = np.repeat(noise, 3, axis=2)
    left = (4 * n) % (width - 20)
    image[height // 3 : height // 2, left : left + 20] = 255
    return image


def write_video(
    path: Path,
    *,
    frames: int = 60,
    fps: int = 10,
    gop: int = 10,
    bframes: int = 0,
    codec: str = "libx264",
    size: tuple[int, int] = (320, 180),
    form: str = "yuv420p",
    picture: Callable[[int, tuple[int, int]], np.ndarray] = draw,
    **x264: str,
) -> Path:
    """An H.264 video of `frames` pictures with a keyframe every `gop`."""
    with av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as out:
        track = out.add_stream(codec, rate=fps)
        track.width, track.height, track.pix_fmt = *size, form
        track.options = {"g": str(gop), "bf": str(bframes), "sc_threshold": "0", "preset": "veryfast", **x264}
        if codec == "libx265":
            track.options = {"x265-params": f"keyint={gop}:bframes={bframes}:log-level=none"}
        for n in range(frames):
            out.mux(track.encode(av.VideoFrame.from_ndarray(picture(n, size), format="bgr24")))
        out.mux(track.encode())
    return path


def opened(path: Path | str, watch: str | float = "keyframes", **spec: object) -> Source:
    return open_source(SourceSpec("cam", str(path), start=START, watch=watch, **spec), FrozenClock(START))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> MakeVideo:
    """`video("a.mp4", frames=…, …)` makes a video once a session and hands out its path."""
    folder = tmp_path_factory.mktemp("videos")
    made: dict[tuple[object, ...], Path] = {}

    def make(name: str = "clip.mp4", **how: object) -> Path:
        key = (name, *sorted((what, str(value)) for what, value in how.items()))
        if key not in made:
            place = folder / str(len(made))
            place.mkdir()
            made[key] = write_video(place / name, **how)  # type: ignore[arg-type]
        return made[key]

    return make


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A real broker; where none can be had the test is skipped with the reason, under CI it fails."""
    try:
        broker = KafkaBroker(tmp_path_factory.mktemp("kafka"))
        broker.start()
    except NoBroker as error:
        unavailable(str(error))
    yield broker
    broker.kill()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker of the test's own, which it may kill and start again."""
    folder = tmp_path / "broker"
    folder.mkdir()
    try:
        broker = KafkaBroker(folder)
        broker.start()
    except NoBroker as error:
        unavailable(str(error))
    yield broker
    broker.kill()


@pytest.fixture(params=["in-process", *(pytest.param(one, marks=pytest.mark.service) for one in ("kafka", "spooling"))])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bus]:
    """Every bus there is: they keep one contract."""
    made: Bus
    if request.param == "in-process":
        made = InProcessBus()
    else:
        bootstrap = request.getfixturevalue("kafka").bootstrap
        made = KafkaBus(bootstrap, shares=SHARES)
        if request.param == "spooling":
            made.close()
            made = SpoolingBus(lambda: KafkaBus(bootstrap, shares=SHARES), Spool(tmp_path / "spool.db"))
            assert reached(made)
    yield made
    made.close()


@pytest.fixture
def run() -> str:
    """Marks this test's messages: a broker keeps those of other tests."""
    return uuid.uuid4().hex


def reached(bus: SpoolingBus, within_s: float = 60.0) -> bool:
    """Wait until a spooling bus has reached its broker."""
    deadline = time.monotonic() + within_s
    while not bus.connected and time.monotonic() < deadline:
        time.sleep(0.05)
    return bus.connected


def unavailable(why: str) -> None:
    """A server cannot be had: a failure under CI, elsewhere a skip that says why."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
