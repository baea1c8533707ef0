"""Scenes told as sentences: what comes and goes in the street, and which alerts that must raise."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from street_scene import ACROSS, ALONG, RULES, Scene, kinds, licence, place, raised_at

from detectors import Violation

HALF_PAST_TO_FIVE_S = 1800.0  # the scenes begin at 16:30; the permit opens at 17:00


def test_one_stall_raises_one_alert_after_its_dwell_at_its_place():
    scene = Scene()
    scene.add("stall", (20, 4), since=10)
    alerts = scene.watch(200)
    assert kinds(alerts) == ["STALL"]
    assert 70 <= raised_at(alerts[0]) <= 76
    assert np.hypot(*np.subtract(place(alerts[0].message), (20, 4))) < 0.5
    assert alerts[0].message.dwell_s >= 60


def test_a_stall_that_leaves_before_the_dwell_raises_nothing():
    scene = Scene()
    scene.add("stall", (20, 4), until=50)
    assert scene.watch(200) == []


def test_a_bus_before_the_stall_neither_ends_its_dwell_nor_doubles_it():
    scene = Scene()
    scene.add("stall", (20, 4))
    scene.add("vehicle", (20, 9), size=(11.0, 2.5, 3.2), since=20, until=80)
    alerts = scene.watch(300)
    assert kinds(alerts) == ["STALL"]
    assert 80 <= raised_at(alerts[0]) <= 88
    assert alerts[0].message.dwell_s == pytest.approx(raised_at(alerts[0]), abs=6)


def test_a_stall_that_left_behind_the_bus_has_no_dwell_to_go_on_with():
    scene = Scene()
    scene.add("stall", (20, 4), until=25)
    scene.add("vehicle", (20, 9), size=(11.0, 2.5, 3.2), since=20, until=80)
    assert scene.watch(300) == []


def test_a_stall_in_the_permitted_place_and_hour_raises_nothing():
    scene = Scene()
    scene.add("stall", (33.5, 3))
    assert scene.watch(200, begin=HALF_PAST_TO_FIVE_S) == []


def test_dwell_does_not_run_inside_permitted_hours():
    scene = Scene()
    scene.add("stall", (33.5, 3))
    close = 5.5 * 3600  # 22:00
    alerts = scene.watch(600, begin=close - 300)
    assert kinds(alerts) == ["STALL"]
    assert close + 60 <= raised_at(alerts[0]) <= close + 66


def test_a_permit_that_opens_before_the_dwell_is_over_ends_the_matter():
    scene = Scene()
    scene.add("stall", (33.5, 3))
    assert scene.watch(200, begin=HALF_PAST_TO_FIVE_S - 50) == []


def test_two_stalls_side_by_side_are_two_alerts():
    scene = Scene()
    scene.add("stall", (19, 4))
    scene.add("stall", (21.2, 4))
    assert kinds(scene.watch(150)) == ["STALL", "STALL"]


def test_a_walker_and_people_who_stand_about_raise_nothing():
    scene = Scene()
    scene.add("person", (2, 3), speed=(1.0, 0.0))
    scene.add("person", (15, 3))
    scene.add("person", (15.6, 3.2))
    assert scene.watch(300) == []


def test_a_table_with_goods_and_a_vendor_is_a_stall_without_a_vendor_it_is_none():
    scene = Scene()
    scene.add("furniture", (20, 4.2))
    scene.add("goods", (20.9, 4.2))
    scene.add("person", (20.4, 5.0))
    alerts = scene.watch(150)
    assert kinds(alerts) == ["STALL"] and alerts[0].message.subkind == "COMPOSITION"

    unattended = Scene()
    unattended.add("furniture", (20, 4.2))
    unattended.add("goods", (20.9, 4.2))
    assert unattended.watch(150) == []


def test_a_stall_that_moves_twenty_metres_is_the_same_event():
    scene = Scene()
    red = (20, 30, 200)
    scene.add("stall", (12, 4), until=100, shade=red)
    scene.add("stall", (27, 4), since=110, shade=red)
    assert kinds(scene.watch(300)) == ["STALL"]


def test_another_stall_elsewhere_after_the_first_has_left_is_another_event():
    scene = Scene()
    scene.add("stall", (12, 4), until=100, shade=(20, 30, 200))
    scene.add("stall", (27, 4), since=110, shade=(200, 160, 20))
    assert kinds(scene.watch(300)) == ["STALL", "STALL"]


def test_bicycles_in_the_bay_raise_nothing():
    scene = Scene()
    for i in range(7):
        scene.add("bicycle", (0.7 + 0.7 * i, 3.9))
    assert scene.watch(200) == []


@pytest.mark.parametrize(("bikes", "expected"), [(3, []), (6, ["BIKE_CLUTTER"])])
def test_bicycles_outside_the_bay_are_clutter_from_the_threshold_on(bikes: int, expected: list[str]):
    scene = Scene(recall=0.95)
    for i in range(bikes):
        scene.add("bicycle", (14 + 0.8 * i, 3.9))
    alerts = scene.watch(200)
    assert kinds(alerts) == expected
    if alerts:
        assert abs(alerts[0].message.count - bikes) <= 1


def test_a_licensed_board_raises_nothing_an_unlicensed_one_beside_it_does():
    scene = Scene()
    scene.board(20, 2.8, 5.0, 0.9)
    scene.board(20, 5.2, 3.0, 1.8)
    alerts = scene.watch(120)
    assert kinds(alerts) == ["OUTDOOR_AD"]
    assert abs(place(alerts[0].message)[0] - 20) < 0.5
    assert alerts[0].message.facts["board"]["bottom_m"] == pytest.approx(5.2, abs=0.4)


def test_a_shops_sign_much_larger_than_its_licence_is_off_spec():
    scene = Scene()
    scene.board(20, 2.8, 7.5, 2.2)
    alerts = scene.watch(120)
    assert [alert.message.subkind for alert in alerts] == ["SIGN_OFF_SPEC"]


def test_a_board_much_larger_than_the_licence_of_somebody_else_is_off_plan():
    scene = Scene(extra=[licence("somebody", 20, 6.0, 1.5, 0.7)])
    scene.board(20, 5.4, 4.0, 1.9)
    alerts = scene.watch(120)
    assert [alert.message.subkind for alert in alerts] == ["AD_OFF_PLAN"]


@pytest.mark.parametrize(("gap_m", "expected"), [(0.1, []), (0.6, ["OUTDOOR_AD"])])
def test_licensed_signs_nearer_together_than_their_place_is_known_may_be_what_looks_like_one_board(gap_m, expected):
    left, right = (
        licence(name, 30 + side * (2.3 + gap_m / 2), 5.0, 4.6, 0.9) for name, side in (("left", -1), ("right", 1))
    )
    scene = Scene(extra=[left, right])
    scene.board(30, 5.0, 9.2 + gap_m, 0.9)
    alerts = scene.watch(120)
    assert kinds(alerts) == expected
    assert all(0.1 < alert.message.accuracy_m < 0.6 for alert in alerts)


def test_a_vehicles_body_advert_is_no_outdoor_advertisement():
    scene = Scene()
    scene.add("vehicle", (20, 7), size=(11.0, 2.5, 3.2))
    scene.add("signboard", (20, 8.3), size=(5.0, 0.02, 1.2), low=1.0)
    assert scene.watch(120) == []


def test_goods_inside_the_line_raise_nothing_goods_outside_are_the_right_neighbours():
    scene = Scene()
    scene.add("goods", (12, -0.5))
    assert scene.watch(150) == []

    outside = Scene()
    outside.add("goods", (17.2, 0.8), size=(1.4, 1.6, 0.9))
    alerts = outside.watch(150)
    assert kinds(alerts) == ["OUT_OF_STORE"]
    assert alerts[0].message.shop_id == "shop-c"


def test_goods_of_two_neighbours_are_two_alerts():
    scene = Scene()
    scene.add("goods", (14.5, 0.7), size=(1.8, 1.4, 0.9))
    scene.add("goods", (17.3, 0.7), size=(1.8, 1.4, 0.9))
    alerts = scene.watch(150)
    assert sorted(alert.message.shop_id for alert in alerts) == ["shop-b", "shop-c"]


def test_two_heaps_of_one_shop_are_one_alert():
    scene = Scene()
    scene.add("goods", (17.5, 0.7), size=(1.4, 1.4, 0.9))
    scene.add("goods", (22.5, 0.7), size=(1.4, 1.4, 0.9))
    assert kinds(scene.watch(200)) == ["OUT_OF_STORE"]


def test_goods_at_the_line_within_the_error_never_alert_and_are_explained():
    scene = Scene(jitter_px=2.5)
    scene.add("goods", (20, 0.0), size=(1.4, 0.62, 0.9))  # 0.31 m beyond a line that lets 0.30 pass
    assert scene.watch(300) == []
    told = [e for e in scene.watchers["across"].explain() if e.violation is Violation.OUT_OF_STORE]
    assert told and any(element.code == "OVERHANG" for element in told[0].missing)


def test_unloading_is_let_pass_for_its_window_only():
    scene = Scene()
    scene.add("goods", (20, 1.0), size=(1.6, 1.8, 0.9))
    scene.add("vehicle", (20, 4.2))
    scene.add("person", (21.4, 1.9))
    cameras = {"along": ALONG}
    assert scene.watch(150, cameras=cameras) == []
    alerts = scene.watch(500, cameras=cameras)
    assert kinds(alerts) == ["OUT_OF_STORE"] and raised_at(alerts[0]) >= 230


def test_two_cameras_see_one_stall_and_raise_one_alert():
    scene = Scene()
    scene.add("stall", (20, 4))
    alerts = scene.watch(200, cameras={"across": ACROSS, "along": ALONG})
    assert kinds(alerts) == ["STALL"]


def test_a_restart_from_the_published_state_raises_no_second_alert_and_keeps_the_dwell():
    scene = Scene()
    scene.add("stall", (20, 4))
    scene.add("goods", (4, 0.8), size=(1.6, 1.6, 0.9), since=60)
    first = scene.store()
    assert kinds(scene.watch(100, store=first)) == ["STALL"]
    state = json.loads(json.dumps(scene.published[-1][2]))
    second = scene.store()
    second.restore(state)
    alerts = scene.watch(100, begin=104, store=second)
    assert kinds(alerts) == ["OUT_OF_STORE"]
    assert raised_at(alerts[0]) <= 130


def test_flickering_detections_still_make_one_alert():
    scene = Scene(recall=0.6, jitter_px=3.0)
    scene.add("stall", (20, 4))
    assert kinds(scene.watch(300)) == ["STALL"]


def test_now_and_then_a_false_box_makes_none():
    scene = Scene(recall=0.15)
    scene.add("stall", (20, 4))
    assert scene.watch(600) == []


def test_a_long_event_is_one_alert_whatever_comes_between():
    scene = Scene()
    scene.add("stall", (20, 4), until=200)
    scene.add("stall", (20.3, 4.1), since=400)
    assert kinds(scene.watch(700)) == ["STALL"]


def test_zones_in_the_warning_phase_say_so():
    from street_scene import street_file

    from geofence import StreetIndex, load_street

    scene = Scene()
    file = street_file()
    for feature in file["features"]:
        if feature["properties"]["layer"] == "vending_forbidden":
            feature["properties"]["phase"] = "warn"
    scene.index = StreetIndex(load_street(file))
    scene.add("stall", (20, 4))
    alerts = scene.watch(150)
    assert [alert.message.phase for alert in alerts] == ["warn"]


def test_a_changed_rule_changes_the_outcome():
    scene = Scene()
    scene.add("stall", (20, 4))
    slow = replace(RULES, dwell_s=dict.fromkeys(Violation, 400.0))
    assert scene.watch(200, store=scene.store(slow)) == []


def test_what_the_network_doubts_is_a_stall_only_with_a_vendor_by_it():
    doubted = Scene()
    doubted.add("stall", (20, 4), score=0.45)
    assert doubted.watch(150) == []
    with_vendor = Scene()
    with_vendor.add("stall", (20, 4), score=0.45)
    with_vendor.add("person", (20.3, 5.1))
    assert kinds(with_vendor.watch(150)) == ["STALL"]
