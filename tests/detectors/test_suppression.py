"""An operator found the camera wrong about a place: what is silent then, for how long, and what is not."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from street_scene import ACROSS, ALONG, START, Scene, kinds, place, raised_at

from detectors import AlertMessage, IncidentStore, Suppression, Violation

MINUTES = 10.0


def rejected(alert: AlertMessage, minutes: float = MINUTES, **changes) -> Suppression:
    """What a rejection of an alert as a false alarm at the beginning of a scene comes to."""
    board = alert.facts.get("board")
    return Suppression(
        id=alert.id,
        source_id=alert.source_id,
        kind=alert.kind,
        footprint=alert.footprint,
        accuracy_m=alert.accuracy_m,
        heights=None if board is None else (board["bottom_m"], board["bottom_m"] + board["height_m"]),
        since=START,
        until=START + timedelta(minutes=minutes),
        by="Li",
        reason="false_detection",
    ).model_copy(update=changes)


def alerted(scene: Scene, seconds: float = 130) -> AlertMessage:
    """The alert that a scene raises while nothing is silent."""
    (alert,) = scene.watch(seconds)
    return alert.message


def silent(scene: Scene, one: Suppression) -> IncidentStore:
    store = scene.store()
    store.suppressions.add(one)
    return store


def test_where_an_operator_found_the_camera_wrong_it_is_silent_and_says_who_said_so_and_until_when():
    scene = Scene()
    scene.add("stall", (20, 4))
    store = silent(scene, rejected(alerted(scene)))
    assert scene.watch(300, store=store) == []
    (why,) = scene.watchers["across"].explain()
    assert why.exempt == "SUPPRESSED"
    (reason,) = why.missing
    assert (reason.code, reason.value, reason.threshold) == (
        "NOT_SUPPRESSED",
        "Li 2026-06-03 16:30",
        "2026-06-03 16:40",
    )
    assert "Li" in why.zh and "16:40" in why.zh and "Li" in why.en and "16:40" in why.en


def test_it_ends_by_itself_and_what_still_stands_there_is_told_then():
    scene = Scene()
    scene.add("stall", (20, 4))
    store = silent(scene, rejected(alerted(scene), minutes=4))
    alerts = scene.watch(300, store=store)
    assert kinds(alerts) == ["STALL"] and 240 <= raised_at(alerts[0]) <= 244


def test_lifted_it_is_over_at_once():
    scene = Scene()
    scene.add("stall", (20, 4))
    one = rejected(alerted(scene))
    store = silent(scene, one)
    assert scene.watch(100, store=store) == []
    store.suppressions.lift(one.source_id, one.id)
    assert kinds(scene.watch(20, begin=100, store=store, watchers=scene.watchers)) == ["STALL"]


@pytest.mark.parametrize("aside", [-2.2, 2.2])
def test_the_stall_next_to_the_place_is_told(aside: float):
    scene = Scene()
    scene.add("stall", (20, 4))
    store = silent(scene, rejected(alerted(scene)))
    scene.add("stall", (20 + aside, 4))
    alerts = scene.watch(150, store=store)
    assert kinds(alerts) == ["STALL"]
    assert place(alerts[0].message)[0] == pytest.approx(20 + aside, abs=0.5)


def test_another_kind_at_the_same_place_is_told():
    scene = Scene()
    scene.add("stall", (20, 4), until=200)
    one = rejected(alerted(scene))
    heap = Scene(recall=0.95)
    for i in range(7):
        heap.add("bicycle", (17.8 + 0.7 * i, 4))
    assert kinds(heap.watch(150, store=silent(heap, one))) == ["BIKE_CLUTTER"]


def test_a_heap_that_has_grown_far_beyond_the_place_is_told():
    small = Scene(recall=0.97)
    for i in range(6):
        small.add("bicycle", (14 + 0.7 * i, 3.9))
    one = rejected(alerted(small))
    grown = Scene(recall=0.97)
    for i in range(18):
        grown.add("bicycle", (14 + 0.7 * i, 3.9))
    assert kinds(grown.watch(150, store=silent(grown, one))) == ["BIKE_CLUTTER"]


def test_a_board_above_the_place_is_another_board():
    scene = Scene()
    scene.board(20, 4.4, 3.0, 1.2)
    store = silent(scene, rejected(alerted(scene)))
    assert scene.watch(100, store=store) == []
    scene.board(20, 6.6, 3.0, 1.2)
    alerts = scene.watch(100, begin=100, store=store)
    assert kinds(alerts) == ["OUTDOOR_AD"]
    assert alerts[0].message.facts["board"]["bottom_m"] == pytest.approx(6.6, abs=0.4)


def test_another_camera_that_sees_the_place_is_still_believed():
    scene = Scene()
    scene.add("stall", (20, 4))
    store = silent(scene, rejected(alerted(scene)))
    alerts = scene.watch(150, store=store, cameras={"across": ACROSS, "along": ALONG})
    assert [alert.message.source_id for alert in alerts] == ["along"]


def test_it_goes_with_the_state_of_the_incidents_to_whoever_watches_next():
    scene = Scene()
    scene.add("stall", (20, 4))
    one = rejected(alerted(scene))
    store = silent(scene, one)
    scene.watch(30, store=store)
    state = json.loads(json.dumps(store.to_json()))
    again = scene.store()
    again.restore(state)
    assert scene.watch(200, begin=34, store=again) == []
    over = again.suppressions.to_json(START + timedelta(minutes=MINUTES + 1))
    assert [row["id"] for row in again.suppressions.to_json(None)] == [one.id] and over == []


def test_a_kind_of_violation_that_is_none_is_refused():
    with pytest.raises(ValueError, match="kind"):
        Suppression.model_validate({**rejected_row(), "kind": "LITTER"})
    assert Suppression.model_validate(rejected_row()).kind is Violation.STALL


def rejected_row() -> dict:
    return {
        "id": "a",
        "source_id": "s",
        "kind": "STALL",
        "footprint": [[121.5, 31.2], [121.50002, 31.2], [121.50002, 31.20001]],
        "accuracy_m": 0.3,
        "since": "2026-06-03T08:30:00Z",
        "until": "2026-06-04T08:30:00Z",
        "by": "Li",
        "reason": "false_detection",
    }
