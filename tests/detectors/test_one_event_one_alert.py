"""One real event, one alert: places that scatter, things that move, shops that are filmed again and again."""

from __future__ import annotations

import numpy as np
import pytest
from street_scene import ACROSS, ALONG, PLANE, Scene, kinds, raised_at

from detectors import Answer, judge_recheck
from detectors.look import likeness, look_of
from detectors.matching import moved_on
from geofence import CameraPose
from streams import Frame

HOUR = 3600.0


def seats(shop: str, hours: tuple[str, str] = ("17:00", "22:00")) -> dict:
    """A seating parcel of a shop in front of shop c."""
    ring = PLANE.to_lonlat([(16.5, 0), (23.5, 0), (23.5, 2.6), (16.5, 2.6), (16.5, 0)]).tolist()
    return {
        "type": "Feature",
        "id": "seats",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "layer": "outdoor_seating",
            "name": "seats",
            "shop": shop,
            "hours": [{"days": "mon-sun", "from": hours[0], "to": hours[1]}],
            "legal_source": "test",
            "effective_from": "2026-01-01",
            "effective_to": "2026-12-31",
        },
    }


def with_tables(scene: Scene) -> Scene:
    for x in (18.6, 20.0, 21.4):
        scene.add("furniture", (x, 1.2))
    return scene


def test_tables_in_the_shops_own_parcel_and_hours_are_exempt_until_the_hours_end():
    scene = with_tables(Scene(extra=[seats("shop-c")]))
    store = scene.store()
    assert scene.watch(120, begin=1.5 * HOUR, store=store) == []  # 18:00
    (why,) = scene.watchers["across"].explain()
    assert why.exempt == "PERMIT"
    close = 5.5 * HOUR  # 22:00
    alerts = scene.watch(200, begin=close - 100)
    assert kinds(alerts) == ["OUT_OF_STORE"]
    assert close + 60 <= raised_at(alerts[0]) <= close + 64


def test_the_parcel_of_another_shop_excuses_nobody():
    scene = with_tables(Scene(extra=[seats("shop-d")]))
    assert kinds(scene.watch(100, begin=1.5 * HOUR)) == ["OUT_OF_STORE"]


def test_a_shop_filmed_six_times_in_one_afternoon_is_one_act():
    scene = Scene()
    for visit in range(6):
        scene.add(
            "goods",
            (18.5 + 0.6 * visit, 0.8),
            size=(1.6, 1.6, 0.9),
            since=visit * 900.0,
            until=visit * 900.0 + 200,
        )
    store = scene.store()
    alerts = []
    for visit in range(6):
        alerts += scene.watch(220, begin=visit * 900.0, store=store)
    assert kinds(alerts) == ["OUT_OF_STORE"]


def test_the_same_goods_seen_by_two_cameras_are_one_alert():
    scene = Scene()
    scene.add("goods", (20, 0.8), size=(1.6, 1.6, 0.9))
    assert kinds(scene.watch(150, cameras={"across": ACROSS, "along": ALONG})) == ["OUT_OF_STORE"]


def test_a_far_stall_whose_boxes_scatter_stays_one():
    far = CameraPose(20.0, 52.0, 6.0, 180.0, 6.0, 0.0, 900.0, (1280, 720))
    scene = Scene(jitter_px=3.5, recall=0.7)
    scene.add("stall", (20, 4))
    assert kinds(scene.watch(400, cameras={"far": far})) == ["STALL"]


def test_a_chance_box_elsewhere_does_not_carry_a_stall_away():
    red = (20, 30, 200)
    scene = Scene()
    scene.add("stall", (12, 4), shade=red)
    scene.add("stall", (27, 4), shade=red, since=100, until=101, recall=1.0)
    scene.add("vehicle", (12, 9), size=(11.0, 2.5, 3.2), since=96, until=110)
    store = scene.store()
    assert kinds(scene.watch(200, store=store)) == ["STALL"]
    assert any(abs(incident.xy[0] - 12) < 0.5 and incident.alerted_at for incident in store.incidents)


def test_what_moved_on_must_have_gone_first_and_look_alike():
    scene = Scene()
    scene.add("stall", (12, 4), until=60, shade=(20, 30, 200))
    scene.add("stall", (27, 4), since=40, shade=(20, 30, 200))
    store = scene.store()
    scene.watch(59, store=store)
    left, fresh = sorted(store.incidents, key=lambda incident: incident.xy[0])
    assert not moved_on(left, fresh, store.rules)
    assert len(store.incidents) == 2


def test_an_unlicensed_board_in_a_blank_stretch_of_wall_is_found_and_no_shops():
    scene = Scene()
    scene.board(43.0, 2.0, 3.0, 1.8)  # the last frontage ends at 40
    view = CameraPose(40.0, 24.0, 7.0, 180.0, 14.0, 0.0, 800.0, (1280, 720))
    alerts = scene.watch(60, cameras={"end": view})
    assert kinds(alerts) == ["OUTDOOR_AD"]
    assert alerts[0].message.shop_id is None


def test_a_licence_that_ends_makes_the_board_unlawful_within_the_time_that_boards_settle_for():
    scene = Scene()
    scene.board(20, 2.8, 5.0, 0.9)
    last_minute = (24 - 16.5) * HOUR - 60 + 211 * 24 * HOUR  # 2026-12-31 23:59
    alerts = scene.watch(180, begin=last_minute)
    assert kinds(alerts) == ["OUTDOOR_AD"]
    assert last_minute + 80 <= raised_at(alerts[0]) <= last_minute + 105


def test_what_is_confirmed_is_seen_again_at_the_second_look():
    scene = Scene()
    scene.add("goods", (20, 0.8), size=(1.6, 1.6, 0.9))
    (alert,) = scene.watch(120)
    assert len(alert.confirmed) >= 5 and any(found for _, found in alert.confirmed)
    looks = [(scene.frame("across", ACROSS, 7200.0 + t)[0], ACROSS) for t in range(8)]
    result = judge_recheck(alert.message, looks, scene.index, scene.store().rules, scene.network, scene.clock)
    assert result.answer is Answer.STILL


def test_likeness_tells_colours_apart():
    red, green = np.zeros((60, 80, 3), np.uint8), np.zeros((60, 80, 3), np.uint8)
    red[:], green[:] = (20, 30, 200), (30, 190, 40)
    box = (0.0, 0.0, 80.0, 60.0)
    red, green = Frame.of(red), Frame.of(green)
    assert likeness(look_of(red, box), look_of(red, box)) == pytest.approx(1.0)
    assert likeness(look_of(red, box), look_of(green, box)) < 0.2
    assert look_of(red, (0.0, 0.0, 3.0, 3.0)) is None
