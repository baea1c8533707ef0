"""What a scheduler of a test works with: a network, recordings, cameras whose frames the test hands out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from records import Clock, FrozenClock, SystemClock
from streams import (
    Detection,
    Frame,
    Image,
    Look,
    ObjectKind,
    PacketRing,
    Picture,
    Scheduler,
    Source,
    SourceSpec,
    SourceState,
    open_source,
)
from streams.spec import SourceStatus
from tests.streams.conftest import START


class Whiteness:
    """A network that sees one vehicle where a picture is brightest, and remembers how it was asked."""

    name, sha256, input_size = "whiteness", "0" * 64, (320, 180)
    thresholds: Mapping[ObjectKind, float] = {ObjectKind.VEHICLE: 0.5}

    def __init__(self) -> None:
        self.batches: list[int] = []

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        self.batches.append(len(images))
        return [[self._see(image)] for image in images]

    @staticmethod
    def _see(image: Image) -> Detection:
        x = float(np.argmax(image[75].astype(int).sum(axis=1)))
        return Detection(ObjectKind.VEHICLE, "bar", 0.9, (x, 60.0, x + 20, 90.0))


def recording(name: str, path: Path, late_s: float = 0.0, clock: Clock | None = None, **spec: object) -> Source:
    start = START + timedelta(seconds=late_s)
    return open_source(SourceSpec(name, str(path), start=start, **spec), clock or FrozenClock(START))  # type: ignore[arg-type]


class Camera:
    """A live source whose frames the test hands out."""

    live = True
    missed = 0
    reconnects = 0

    def __init__(self, name: str, clock: SystemClock, gate: bool = False) -> None:
        self.spec = SourceSpec(name, "rtsp://camera", "camera", gate=gate)
        self.ring = PacketRing(name)
        self.history: deque[SourceStatus] = deque()
        self._clock = clock
        self._frames: deque[Frame] = deque()
        self._news = threading.Condition()
        self._closed = False
        self.taken = 0

    state, reason = SourceState.LIVE, ""

    def show(
        self,
        n: int,
        age_s: float = 0.0,
        damaged: bool = False,
        on_decode: Callable[[], object] | None = None,
        passer_by: bool = False,
    ) -> None:
        street = np.full((180, 320, 3), n % 255, np.uint8)
        if passer_by:
            street[60:120, 30 * n : 30 * n + 20] = 200
        frame = Frame.of(
            street,
            source_id=self.spec.id,
            index=n,
            pts_s=float(n),
            received_monotonic_s=self._clock.monotonic() - age_s,
        )
        if damaged or on_decode:
            image = frame.image()

            def decode() -> object:
                if on_decode:
                    on_decode()
                picture = av.VideoFrame.from_ndarray(image, format="bgr24")
                return None if damaged else picture

            frame = replace(frame, _picture=Picture(decode=decode))
        with self._news:
            self._frames.append(frame)
            self._news.notify_all()
            self._news.wait_for(lambda: not self._frames, 5)

    def frames(self, *, decoded: bool = True) -> Iterator[Frame]:
        del decoded
        while True:
            with self._news:
                self._news.wait_for(lambda: self._frames or self._closed)
                if self._closed and not self._frames:
                    return
                frame = self._frames[0]
            yield frame
            with self._news:  # asked for the next one: the last waits for its turn
                self._frames.popleft()
                self.taken += 1
                self._news.notify_all()

    def advance_to(self, captured_at: datetime) -> bool:
        del captured_at
        return False

    def confirm(self, t0: datetime, t1: datetime, fps: float) -> Iterator[Frame]:
        del t0, t1, fps
        return iter(())

    def close(self) -> None:
        with self._news:
            self._closed = True
            self._news.notify_all()


class Hall:
    """A scheduler that runs on a thread, with a handler that can be held up."""

    def __init__(self, cameras: int, networks: int = 1, keep: bool = False, gate: bool = False) -> None:
        clock = SystemClock()
        self.cameras = [Camera(f"cam-{n}", clock, gate) for n in range(cameras)]
        self.networks = [Whiteness() for _ in range(networks)]
        self.scheduler = Scheduler(self.cameras, self.networks, clock, batch=4)
        self.looks: list[Look] = []
        self.may_go = threading.Event()
        self.may_go.set()
        self._news = threading.Condition()
        self._thread = threading.Thread(
            target=self.scheduler.run, args=(self._on_frame,), kwargs={"keep": keep}, daemon=True
        )
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def _on_frame(self, look: Look) -> None:
        with self._news:
            self.looks.append(look)
            self._news.notify_all()
        assert self.may_go.wait(20)

    def wait_for(self, count: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: len(self.looks) >= count, 10), f"only {len(self.looks)}"

    def until(self, true: Callable[[], bool]) -> None:
        for _ in range(1000):
            if true():
                return
            threading.Event().wait(0.01)
        pytest.fail("it never came true")

    def end(self) -> None:
        self.may_go.set()
        self.scheduler.stop()
        self._thread.join(10)
        assert not self._thread.is_alive(), "a stopped scheduler ends"
