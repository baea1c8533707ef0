"""The scheduler over live sources: by their latest frame, each in its turn, nothing lost without being counted."""

from __future__ import annotations

from records import SystemClock
from streams import (
    Look,
    Scheduler,
)
from tests.streams.conftest import MakeVideo
from tests.streams.scheduling import Camera, Hall, Whiteness, recording


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
