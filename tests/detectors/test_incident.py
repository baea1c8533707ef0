"""The incident by itself: its dwell, its place, its state."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from street_scene import ACROSS, ALONG, RULES, START, Scene

from detectors import IncidentStore, Standing, replay_dwell_s
from detectors.incident import Incident
from detectors.violation import Family
from records import FrozenClock

U, L, D = Standing.UNLAWFUL, Standing.LAWFUL, Standing.UNDECIDED


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def incident() -> Incident:
    return Incident("i", Family.OCCUPATION, START, (1.0, 0.0), START, START)


def dwell(*marks: tuple[float, Standing]) -> float:
    one = incident()
    for seconds, standing in marks:
        one.stand(standing, at(seconds))
    return one.unlawful_s


@pytest.mark.parametrize(
    ("marks", "seconds"),
    [
        (((0, U), (10, U), (30, U)), 30),  # every interval between unlawful observations counts
        (((0, L), (10, U), (30, U)), 20),  # what began lawfully does not
        (((0, U), (10, L), (30, U), (40, U)), 10),  # nor what is lawful in between
        (((0, D), (10, D), (20, U), (30, U)), 30),  # what was undecided counts once it is decided unlawful
        (((0, D), (10, D), (20, L), (30, U), (40, U)), 10),  # and falls away once it is decided lawful
        (((0, U), (10, D), (20, D)), 0),  # undecided alone never counts
    ],
)
def test_dwell_counts_unlawful_time_only(marks, seconds: float):
    assert dwell(*marks) == pytest.approx(seconds)


@given(st.lists(st.tuples(st.floats(0.1, 30), st.sampled_from([U, L, D])), min_size=1, max_size=30))
def test_dwell_never_exceeds_the_time_that_passed_and_never_falls(steps):
    one, clock, before = incident(), 0.0, 0.0
    for step, standing in steps:
        clock += step
        one.stand(standing, at(clock))
        assert before <= one.unlawful_s <= clock + 1e-6
        before = one.unlawful_s


def test_the_trail_sums_to_the_dwell():
    scene = Scene()
    scene.add("stall", (20, 4))
    (alert,) = scene.watch(150)
    assert replay_dwell_s(alert.trail) == pytest.approx(alert.message.dwell_s, abs=0.1)
    assert alert.trail_json()[0]["standing"] == "unlawful"


def test_the_place_sharpens_with_every_observation():
    scene = Scene(jitter_px=3.0)
    scene.add("stall", (8, 4))
    store = scene.store()
    scene.watch(4, store=store, cameras={"along": ALONG})
    early = store.incidents[0].accuracy_m
    scene.watch(40, begin=4, store=store, cameras={"along": ALONG})
    assert store.incidents[0].accuracy_m < 0.8 * early


def test_one_wild_box_moves_nothing():
    scene = Scene(jitter_px=0.5)
    scene.add("stall", (20, 4))
    store = scene.store()
    scene.watch(30, store=store)
    before = store.incidents[0].xy
    scene.actors[0].at = (21.2, 4.6)
    scene.watch(2, begin=30, store=store)
    assert np.hypot(*np.subtract(store.incidents[0].xy, before)) < 0.15


def test_state_survives_json_unchanged():
    scene = Scene()
    scene.add("stall", (20, 4))
    scene.board(20, 5.2, 3.0, 1.8)
    for i in range(6):
        scene.add("bicycle", (10 + 0.8 * i, 3.9))
    store = scene.store()
    scene.watch(30, store=store, cameras={"across": ACROSS, "along": ALONG})
    state = json.loads(json.dumps(store.to_json()))
    again = IncidentStore(RULES, FrozenClock(START))
    again.restore(state)
    again.restore(state)
    assert again.to_json() == store.to_json()


def test_the_state_of_a_busy_street_stays_small():
    scene = Scene()
    for number in range(5):
        scene.board(8.0 * number + 4, 2.8, 5.0, 0.9)
        scene.add("stall", (6.0 * number + 5, 4.2))
    store = scene.store()
    scene.watch(400, store=store)
    assert len(store.incidents) == 10
    assert len(json.dumps(store.to_json())) < 400_000


def test_what_stays_forgets_the_neighbours_that_are_gone():
    scene = Scene()
    scene.add("stall", (20, 4))
    scene.add("stall", (24, 4), until=20)
    store = scene.store()
    scene.watch(20, store=store)
    assert [len(one.apart) for one in store.incidents] == [1, 1]
    scene.watch(RULES.move_gap_s + RULES.max_gap_s, begin=20, every=10.0, store=store)
    assert [one.apart for one in store.incidents] == [set()]
