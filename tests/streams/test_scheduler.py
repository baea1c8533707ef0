"""The scheduler: recordings in order, live sources by their latest frame, nothing lost without being counted."""

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
    SourceStatus,
    open_source,
)
from tests.streams.conftest import START, MakeVideo


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


def run(sources: list[Source], networks: int = 1) -> tuple[list[Look], Scheduler]:
    scheduler = Scheduler(sources, [Whiteness() for _ in range(networks)], FrozenClock(START))
    looks: list[Look] = []
    scheduler.run(looks.append)
    return looks, scheduler


@pytest.mark.parametrize("networks", [1, 2])
def test_recordings_are_looked_at_in_the_order_of_time(video: MakeVideo, networks: int) -> None:
    path = video("clip.mp4")
    looks, scheduler = run([recording("a", path), recording("b", path, 0.25, gate=False)], networks)
    assert [look.frame.source_id for look in looks] == ["a", "b"] * 6
    times = [look.frame.captured_at for look in looks]
    assert times == sorted(times)
    assert {name: counts.decoded for name, counts in scheduler.counts.items()} == {"a": 6, "b": 6}
    assert all(look.source.state is SourceState.ENDED for look in looks)


def test_two_networks_see_what_one_sees(video: MakeVideo) -> None:
    path = video("clip.mp4", frames=100)
    one, _ = run([recording("a", path, watch="all")])
    two, _ = run([recording("a", path, watch="all")], networks=2)
    assert [(look.frame.pts_s, look.detections) for look in one] == [
        (look.frame.pts_s, look.detections) for look in two
    ]


def test_where_nothing_changed_the_last_detections_are_carried(video: MakeVideo) -> None:
    path = video("still.mp4", picture=still, frames=100)
    looks, scheduler = run([recording("a", path)])
    counts = scheduler.counts["a"]
    assert (counts.decoded, counts.analysed, counts.carried) == (10, 1, 9)
    assert {look.detections for look in looks} == {looks[0].detections}
    assert [look.carried for look in looks] == [False] + [True] * 9
    looks, scheduler = run([recording("a", path, gate=False)])
    assert scheduler.counts["a"].analysed == 10


def still(n: int, size: tuple[int, int]) -> np.ndarray:
    del n
    return np.full((size[1], size[0], 3), 90, np.uint8)


def test_a_handler_may_cut_and_confirm_while_it_runs(video: MakeVideo) -> None:
    source = recording("a", video("clip.mp4"))
    seen: list[int] = []

    def on_frame(look: Look) -> None:
        at = look.frame.captured_at
        assert look.source.advance_to(at + timedelta(seconds=0.5))
        cut = look.source.ring.cut(at, at + timedelta(seconds=0.5))
        seen.append(len(list(look.source.confirm(at - timedelta(seconds=0.5), at, 10))) + len(cut.packets))

    Scheduler([source], [Whiteness()], FrozenClock(START)).run(on_frame)
    assert seen == [11, 16, 16, 16, 16, 16]


def test_what_a_handler_raises_reaches_the_caller(video: MakeVideo) -> None:
    def broken(look: Look) -> None:
        raise RuntimeError(f"no place for {look.frame.source_id}")

    for realtime in (False, True):
        source = recording("a", video("clip.mp4"), clock=SystemClock(), realtime=realtime)
        with pytest.raises(RuntimeError, match="no place for a"):
            Scheduler([source], [Whiteness()], SystemClock()).run(broken)
        assert source.state is SourceState.ENDED


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


def test_two_live_frames_may_wait_and_the_oldest_is_replaced_by_the_next_and_counted() -> None:
    hall = Hall(1)
    camera = hall.cameras[0]
    hall.may_go.clear()
    camera.show(0)
    hall.wait_for(1)
    for n in range(1, 6):
        camera.show(n)
    hall.may_go.set()
    hall.wait_for(3)
    hall.end()
    assert [look.frame.index for look in hall.looks] == [0, 4, 5]
    counts = hall.scheduler.counts["cam-0"]
    assert (counts.decoded, counts.analysed, counts.replaced) == (6, 3, 3)


def test_a_frame_past_the_age_limit_is_dropped_and_counted() -> None:
    hall = Hall(1)
    hall.cameras[0].show(0, age_s=10.0)
    hall.until(lambda: hall.scheduler.counts["cam-0"].aged == 1)
    hall.cameras[0].show(1)
    hall.wait_for(1)
    hall.end()
    assert [look.frame.index for look in hall.looks] == [1]
    assert hall.scheduler.counts["cam-0"].aged == 1


def test_while_frames_wait_long_for_their_turn_who_merely_passes_by_is_carried() -> None:
    hall = Hall(1, gate=True)
    hall.cameras[0].show(0)
    hall.wait_for(1)
    for n in range(1, 9):
        hall.cameras[0].show(n, age_s=0.0 if n < 5 else 1.5, passer_by=True)
        hall.wait_for(n + 1)
    hall.end()
    assert [look.carried for look in hall.looks] == [False] * 5 + [True] * 4


def test_under_overload_every_camera_has_its_turn_in_batches() -> None:
    hall = Hall(6)
    hall.may_go.clear()
    hall.cameras[0].show(0)
    hall.wait_for(1)
    for n in range(1, 4):
        for camera in hall.cameras:
            camera.show(n)
    hall.may_go.set()
    hall.wait_for(13)
    hall.end()
    for turn, index in ((hall.looks[1:7], 2), (hall.looks[7:], 3)):
        assert sorted(look.frame.source_id for look in turn) == [f"cam-{n}" for n in range(6)]
        assert {look.frame.index for look in turn} == {index}
    assert hall.networks[0].batches == [1, 4, 4, 4]


def test_a_camera_that_ends_leaves_the_others_working() -> None:
    hall = Hall(2, networks=2)
    hall.cameras[0].close()
    hall.cameras[1].show(0)
    hall.wait_for(1)
    hall.cameras[1].show(1)
    hall.wait_for(2)
    hall.end()
    assert {look.frame.source_id for look in hall.looks} == {"cam-1"}


def test_a_recording_played_in_real_time_runs_beside_live_sources(video: MakeVideo) -> None:
    path = video("short.mp4", frames=12)
    source = recording("file", path, clock=SystemClock(), realtime=True, watch="all", gate=False)
    looks: list[Look] = []
    Scheduler([source], [Whiteness()], SystemClock()).run(looks.append)
    indices = [look.frame.index for look in looks]
    assert indices == sorted(indices)
    assert indices[-1] == 11


def test_a_camera_that_comes_is_looked_at_and_one_that_goes_is_not_and_the_rest_go_on() -> None:
    hall = Hall(1, keep=True)
    hall.cameras[0].show(0)
    hall.wait_for(1)
    late = Camera("late", SystemClock())
    hall.scheduler.add(late)
    late.show(0)
    hall.wait_for(2)
    hall.scheduler.remove("cam-0")
    late.show(1)
    hall.wait_for(3)
    assert set(hall.scheduler.counts) == {"late"}
    hall.scheduler.remove("late")
    hall.scheduler.add(Camera("third", SystemClock()))
    assert hall.running, "it waits for cameras that come"
    hall.end()
    assert [look.frame.source_id for look in hall.looks] == ["cam-0", "late", "late"]


def test_a_camera_whose_frame_was_too_old_is_first_at_the_next_turn() -> None:
    hall = Hall(3)
    hall.may_go.clear()
    hall.cameras[0].show(0)
    hall.wait_for(1)
    hall.cameras[2].show(0, age_s=10.0)
    hall.may_go.set()
    hall.until(lambda: hall.scheduler.counts["cam-2"].aged == 1)
    hall.may_go.clear()
    hall.cameras[1].show(0)
    hall.wait_for(2)
    hall.cameras[0].show(1)
    hall.cameras[2].show(1)
    hall.may_go.set()
    hall.wait_for(4)
    hall.end()
    assert [look.frame.source_id for look in hall.looks] == ["cam-0", "cam-1", "cam-2", "cam-0"]


class Unsure(Whiteness):
    """Sees the bar with the score it is told."""

    score = 0.4
    asked: float | None = None

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        self.asked = min_score
        found = super().detect(images)
        return [[replace(one, score=self.score) for one in each] for each in found]


@pytest.mark.parametrize(("score", "where"), [(0.6, "detections"), (0.4, "faint"), (0.2, "")])
def test_what_is_faint_is_handed_out_apart_down_to_the_share_that_is_held(
    video: MakeVideo, score: float, where: str
) -> None:
    network = Unsure()
    network.score = score
    looks: list[Look] = []
    source = recording("a", video("clip.mp4"))
    Scheduler([source], [network], FrozenClock(START), hold_ratio=0.6).run(looks.append)
    assert network.asked == pytest.approx(0.3)
    assert {name for look in looks for name in ("detections", "faint") if getattr(look, name)} == {where} - {""}


def test_a_damaged_keyframe_is_counted_and_never_looked_at() -> None:
    hall = Hall(1)
    hall.cameras[0].show(0, damaged=True)
    hall.until(lambda: hall.scheduler.counts["cam-0"].damaged == 1)
    hall.cameras[0].show(1)
    hall.wait_for(1)
    hall.end()
    assert [look.frame.index for look in hall.looks] == [1]
    assert hall.scheduler.counts["cam-0"].dropped == {"replaced": 0, "aged": 0, "damaged": 1}


def test_a_replaced_keyframe_was_never_decoded() -> None:
    hall = Hall(1)
    camera = hall.cameras[0]
    hall.may_go.clear()
    camera.show(0)
    hall.wait_for(1)
    decoded: list[int] = []
    for n in range(1, 4):
        camera.show(n, on_decode=lambda n=n: decoded.append(n))
    hall.may_go.set()
    hall.wait_for(3)
    hall.end()
    assert decoded == [2, 3]
    assert hall.scheduler.counts["cam-0"].decoded == 3


def test_a_large_picture_reaches_the_network_at_its_size_and_boxes_come_back_in_the_pictures(video: MakeVideo) -> None:
    looks, _ = run([recording("a", video("large.mp4", size=(1280, 720), frames=20), gate=False)])
    assert {look.frame.size for look in looks} == {(1280, 720)}
    for look in looks:
        (x1, _, x2, _) = look.detections[0].box
        assert x2 - x1 == pytest.approx(80.0), "20 pixels of the 320 that the network sees"
