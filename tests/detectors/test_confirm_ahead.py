"""The full-rate look before an alert is done some looks ahead, so that the message leaves at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pytest
from street_scene import ACROSS, START, Scene, kinds, raised_at

from streams import Frame


class Confirming:
    """A scene with a stall whose full-rate frames show it, or, up to `blind_until` seconds, do not."""

    def __init__(self, blind_until: float = -1.0) -> None:
        self.scene = Scene(recall=1.0)
        self.scene.add("stall", (20, 4))
        self.blind_until = blind_until
        self.asked_s: list[float] = []

    def frames(self, t0: datetime, t1: datetime, fps: float) -> Iterator[Frame]:
        first, last = ((when - START).total_seconds() for when in (t0, t1))
        self.asked_s.append(last)
        there = self.scene.actors
        self.scene.actors = [] if last < self.blind_until else there
        frames = [self.scene.frame("across", ACROSS, float(t))[0] for t in np.arange(first, last, 1 / fps)]
        self.scene.actors = there
        yield from frames

    def watch(self, seconds: float):
        store = self.scene.store()
        watcher = self.scene.watcher(store, confirm=self.frames)
        return self.scene.watch(seconds, store=store, watchers={"across": watcher})


def test_what_will_soon_be_an_alert_is_confirmed_before_it():
    street = Confirming()
    alerts = street.watch(100)
    assert kinds(alerts) == ["STALL"]
    assert street.asked_s == [raised_at(alerts[0]) - 10.0], "once, as early as it holds"
    assert len(alerts[0].confirmed) == 5, "of nine; the others could not have changed the answer"


def test_while_frames_wait_for_their_turn_it_is_confirmed_only_shortly_before():
    street = Confirming()
    street.scene.clock.advance(1.0)
    alerts = street.watch(100)
    assert street.asked_s == [raised_at(alerts[0]) - 4.0], "two looks ahead: one may fall out"


@pytest.mark.parametrize(("blind_until", "before_s"), [(51.0, (10, 6)), (55.0, (10, 6, 2)), (59.0, (10, 6, 2, 0))])
def test_a_look_ahead_that_speaks_against_it_is_repeated_until_one_speaks_for_it(blind_until, before_s):
    street = Confirming(blind_until)
    alerts = street.watch(100)
    assert kinds(alerts) == ["STALL"]
    assert street.asked_s == [raised_at(alerts[0]) - ahead for ahead in before_s]


def test_what_full_rate_keeps_denying_is_asked_about_more_and_more_rarely():
    street = Confirming(blind_until=1000.0)
    assert street.watch(180) == []
    waits = [later - earlier for earlier, later in itertools.pairwise(street.asked_s[3:])]
    assert waits == [6.0, 12.0, 24.0, 48.0]


def test_nothing_is_confirmed_that_is_lawful_or_leaves():
    street = Confirming()
    street.scene = Scene()
    street.scene.add("stall", (20, 4), until=40)
    assert street.watch(100) == []
    assert street.asked_s == []
