"""What an incident survives: being hidden, a camera that goes away and comes back, nightfall, tracker mix-ups."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from street_scene import ACROSS, RULES, START, Scene, kinds, raised_at

from detectors import Violation
from detectors.association import PlaceAssociator
from detectors.incident import Incident
from streams import Frame

SLOW = replace(RULES, dwell_s=dict.fromkeys(Violation, 400.0))


@pytest.mark.parametrize("hidden_s", [15.0, 60.0, 300.0])
def test_a_stall_hidden_for_a_while_keeps_its_dwell_and_is_one_alert(hidden_s: float):
    scene = Scene()
    scene.add("stall", (20, 4))
    scene.add("vehicle", (20, 9), size=(11.0, 2.5, 3.2), since=40, until=40 + hidden_s, recall=1.0)
    alerts = scene.watch(600, store=scene.store(SLOW))
    assert kinds(alerts) == ["STALL"]
    assert raised_at(alerts[0]) == pytest.approx(400, abs=8)


@pytest.mark.parametrize("away_s", [15.0, 60.0, 300.0])
def test_a_camera_that_reconnects_goes_on_with_the_incident(away_s: float):
    scene = Scene()
    scene.add("stall", (20, 4))
    store = scene.store(SLOW)
    assert scene.watch(100, store=store) == []
    alerts = scene.watch(500, begin=100 + away_s, store=store)  # a new connection: a new watcher, frames from 1 again
    assert kinds(alerts) == ["STALL"]
    assert raised_at(alerts[0]) == pytest.approx(max(400, 100 + away_s), abs=8)


def test_a_camera_that_stayed_away_for_long_proves_nothing_about_the_time_between():
    scene = Scene()
    scene.add("stall", (20, 4))
    store = scene.store(SLOW)
    scene.watch(100, store=store)
    alerts = scene.watch(600, begin=1100, store=store)
    assert kinds(alerts) == ["STALL"] and raised_at(alerts[0]) >= 1500


def test_day_to_night_a_stall_whose_colours_and_scores_fade_is_the_same():
    scene = Scene()
    day = scene.add("stall", (20, 4), shade=(90, 160, 200))
    store = scene.store()
    alerts = []
    watcher = scene.watcher(store)
    for t in range(0, 1200, 2):
        dark = max(0.15, 1 - t / 600)
        day.shade = tuple(int(value * dark) for value in (90, 160, 200))
        frame, found = scene.frame("across", ACROSS, float(t))
        faded = [replace(d, score=max(0.22, d.score * dark)) for d in found]
        scene.network.known[frame.index] = faded
        alerts += watcher.observe(frame, faded, ACROSS)
    assert kinds(alerts) == ["STALL"]
    assert len(store.incidents) == 1


def test_two_stalls_whose_detections_change_their_order_stay_two_incidents():
    scene = Scene()
    scene.add("stall", (18.8, 4))
    scene.add("stall", (21.2, 4))
    store = scene.store()
    watcher = scene.watcher(store)
    ids: set[str] = set()
    for t in range(0, 60, 2):
        frame, found = scene.frame("across", ACROSS, float(t))
        watcher.observe(frame, found[::-1] if t % 4 else found, ACROSS)
        ids |= {incident.id for incident in store.incidents}
    assert len(ids) == 2


def test_what_was_nudged_while_it_was_hidden_is_found_by_its_last_observation():
    """The median of many observations lags behind a thing that crept; where it was last seen does not."""
    scene = Scene(jitter_px=0.3, recall=1.0)
    stall = scene.add("stall", (20, 4))
    scene.add("vehicle", (20, 9), size=(11.0, 2.5, 3.2), since=60, until=100, recall=1.0)
    store = scene.store(SLOW)
    scene.watch(52, store=store)
    (before,) = store.incidents
    stall.at = (21.2, 4)  # pushed aside, and again while the bus stands there
    scene.watch(8, begin=52, store=store)
    scene.watch(40, begin=60, store=store)
    stall.at = (22.2, 4)
    scene.watch(4, begin=100, store=store)
    assert [incident.id for incident in store.incidents] == [before.id]


def test_an_associator_of_ones_own_can_be_put_in():
    class Newcomers:
        """Knows nothing again: every group is a new thing."""

        def associate(self, groups, incidents: list[Incident], rules):
            return [None] * len(groups)

    scene = Scene(recall=1.0)
    scene.add("stall", (20, 4))
    store = scene.store()
    store.associator = Newcomers()
    watched = store.incidents
    scene.watch(10, store=store)
    assert isinstance(scene.store().associator, PlaceAssociator)
    assert watched == [] and all(incident.observations < 5 for incident in store.incidents)


def test_a_reconnect_restarts_the_frame_numbers_and_nothing_else():
    scene = Scene(recall=1.0)
    scene.add("stall", (20, 4))
    store = scene.store()
    scene.watch(20, store=store)
    watcher = scene.watcher(store)
    frame, found = scene.frame("across", ACROSS, 22.0)
    again = Frame.of(frame.image(), source_id="across", index=1, pts_s=0.0, captured_at=START + timedelta(seconds=22))
    watcher.observe(again, found, ACROSS)
    (incident,) = store.incidents
    assert incident.observations == 11 and incident.unlawful_s == pytest.approx(22.0, abs=0.5)
