"""The scheduler over recordings: in the order of time, whatever the network and the handler do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from records import FrozenClock, SystemClock
from streams import (
    Detection,
    Image,
    Look,
    Scheduler,
    Source,
    SourceState,
)
from tests.streams.conftest import START, MakeVideo
from tests.streams.scheduling import Whiteness, recording


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


def test_a_large_picture_reaches_the_network_at_its_size_and_boxes_come_back_in_the_pictures(video: MakeVideo) -> None:
    looks, _ = run([recording("a", video("large.mp4", size=(1280, 720), frames=20), gate=False)])
    assert {look.frame.size for look in looks} == {(1280, 720)}
    for look in looks:
        (x1, _, x2, _) = look.detections[0].box
        assert x2 - x1 == pytest.approx(80.0), "20 pixels of the 320 that the network sees"
