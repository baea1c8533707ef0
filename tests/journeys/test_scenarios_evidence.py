"""Acceptance scenarios 1-9 through the HTTP API: detection, devices, packages, authority, matters."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notify import GroundVerdict
from notify.registers import DeviceRow, MatterRow
from records import iso
from tests.detectors.street_scene import PLANE, RULES, Scene, kinds, raised_at
from tests.journeys.chain_http import http_world
from tests.journeys.scenario import everything, refuses, shows
from tests.notify.people import CLERK, GOOD, OFFICER, OPER
from tests.notify.refusing import change, day
from tests.notify.world import World

TEN_MINUTES = replace(RULES, dwell_s=dict.fromkeys(RULES.dwell_s, 600.0))


@pytest.fixture
def world(tmp_path):
    made = http_world(tmp_path)
    yield made
    made.database.close()


def in_review(world: World, **alert) -> str:
    """A lead in A3: sealed, confirmed, locked."""
    lead = world.alert(**alert)
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    return lead


def test_scenario_01_goods_seen_by_camera_and_car_are_one_lead_and_two_shops_never_merge(world):
    scene = Scene()
    scene.add("goods", (20.0, 0.9), size=(1.6, 1.0, 0.9))
    store = scene.store(TEN_MINUTES)
    assert scene.watch(590, every=5, store=store) == []
    assert kinds(scene.watch(130, begin=590, every=5, store=store)) == ["OUT_OF_STORE"], "one alert of one thing"

    first = world.alert()
    same = world.alert(source_id="car-1")
    near = world.alert(shop_id="shop-2", shop_name="示范贸易", lon=121.501 + 1e-5)
    assert world.state(same) == "MERGED" and world.chain.lead(same).merged_into == first
    assert world.state(near) == "A0", "closeness alone merges no two shops"
    world.clock.advance(31 * 60)
    later = world.alert(source_id="car-1", opened=iso(world.clock.now()))
    assert world.state(later) == "A0", "beyond thirty minutes it is another"
    listed = world.chain.get(OPER, "/api/alerts", state="A0")
    assert {row["id"] for row in listed["items"]} == {first, near, later}
    shows(world, first, "A0", "detected")


def test_scenario_02_goods_in_a_permitted_outdoor_seat_are_exempt_until_its_hours_end():
    ring = PLANE.to_lonlat([(16.5, 0), (23.5, 0), (23.5, 2.6), (16.5, 2.6), (16.5, 0)]).tolist()
    hours = [{"days": "mon-sun", "from": "17:00", "to": "22:00"}]
    term = {"legal_source": "test", "effective_from": "2026-01-01", "effective_to": "2026-12-31"}
    values = {"layer": "outdoor_seating", "name": "seats", "shop": "shop-c", "hours": hours, **term}
    geometry = {"type": "Polygon", "coordinates": [ring]}
    scene = Scene(extra=[{"type": "Feature", "id": "seats", "geometry": geometry, "properties": values}])
    for x in (18.6, 20.0, 21.4):
        scene.add("furniture", (x, 1.2))
    six, ten = 1.5 * 3600, 5.5 * 3600  # 18:00 and 22:00, seconds from 16:30
    assert scene.watch(700, begin=six, every=5, store=scene.store(TEN_MINUTES)) == []
    (why,) = scene.watchers["across"].explain()
    assert why.exempt == "PERMIT"
    alerts = scene.watch(900, begin=ten - 200, every=5, store=scene.store(TEN_MINUTES))
    assert kinds(alerts) == ["OUT_OF_STORE"]
    assert ten + 600 <= raised_at(alerts[0]) <= ten + 615, "not at 22:05, at 22:10"


def test_scenario_03_a_camera_published_after_the_capture_gives_no_evidence(world):
    change(world, DeviceRow, "cam-1", published_at=day("2026-06-04"))
    lead = in_review(world)
    with refuses(world, "E_DEVICE_UNPUBLISHED"):
        world.take(CLERK, lead, "review", **GOOD)
    shows(world, lead, "A3", "lock")


@pytest.mark.parametrize(
    "gap", [{"legal_review_to": None}, {"technical_review_to": day("2026-06-02")}, {"standard": None}]
)
def test_scenario_04_a_device_without_its_reviews_gives_no_evidence(world, gap):
    change(world, DeviceRow, "cam-1", **gap)
    lead = in_review(world)
    with refuses(world, "E_DEVICE_NOT_VETTED"):
        world.take(CLERK, lead, "review", **GOOD)
    shows(world, lead, "A3", "lock")


def test_scenario_05_neither_filing_nor_notice_stands_on_an_unreviewed_package(world):
    lead = in_review(world)
    with refuses(world, "E_UNREVIEWED"):
        world.take(CLERK, lead, "review", **{**GOOD, "complete": False})
    world.take(CLERK, lead, "review", **GOOD)
    world.take(CLERK, lead, "identify", subject_id="s-shop", source="business_licence", confirmed=True)
    world.take(OPER, lead, "warn", method="sms")
    world.deliver()
    world.report(lead)
    due = world.chain.lead(lead).recheck_due
    world.clock.set(due + timedelta(seconds=1))
    world.chain.tick()
    package = world.seal(lead, "after_notice")
    told = {"event_id": "r", "alert_id": lead, "result": "still", "package_id": package, "at": iso(world.clock.now())}
    world.chain.recheck_done(told)
    with refuses(world, "E_UNREVIEWED"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    world.take(CLERK, lead, "review_more", **GOOD)
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    shows(world, lead, "A6", "file_propose")


def test_scenario_06_one_altered_byte_makes_a_package_unusable_and_is_audited(world):
    lead = world.rechecked("still")
    package = world.chain.lead(lead).packages[0].package_id
    world.shelf.broken[package] = "data/photos/p1.jpg: hash differs"
    with refuses(world, "E_HASH_MISMATCH", audited=1):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    world.shelf.broken.clear()
    with refuses(world, "E_HASH_MISMATCH"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    row = world.chain.get(CLERK, f"/api/alerts/{lead}")["packages"][0]
    assert row["unusable"] == "data/photos/p1.jpg: hash differs"
    world.take(CLERK, lead, "set_aside", package_id=package, reason="校验不通过，不作为定案依据")
    shows(world, lead, "A6", "set_aside")
    assert package not in [one.package_id for one in world.chain.lead(lead).packages if one.used]


def test_scenario_07_a_car_outside_its_published_area_gives_no_evidence(world):
    world.layers.answer = GroundVerdict("enforce", "v1", "v1", "", False)
    lead = in_review(world, source_id="car-1")
    with refuses(world, "E_VEHICLE_AREA"):
        world.take(CLERK, lead, "review", **GOOD)
    shows(world, lead, "A3", "lock")


def test_scenario_08_where_a_camera_only_starts_a_lead_officers_collect_the_evidence(tmp_path):
    world = http_world(tmp_path, "shanghai_other")
    lead = in_review(world)
    with refuses(world, "E_AUTHORITY"):
        world.take(CLERK, lead, "review", **GOOD)
    own = world.seal(lead, "on_site")
    world.take(OFFICER, lead, "on_site", second_officer="officer2", package_id=own, record="到场查看，物品在门店线外")
    shows(world, lead, "A4", "on_site")
    used = [one.package_id for one in world.chain.lead(lead).packages if one.used]
    assert used == [own], "nothing rests on the camera's package any more"
    world.database.close()


def test_scenario_09_a_matter_off_the_published_list_on_the_day_of_the_act_is_not_filed(world):
    lead = world.rechecked("still")
    change(world, MatterRow, ("OUT_OF_STORE", day("2026-01-01")), listed_to=day("2026-06-02"))
    with refuses(world, "E_MATTER_NOT_LISTED"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    before = everything(world)
    assert before["states"][lead] == "A6"
