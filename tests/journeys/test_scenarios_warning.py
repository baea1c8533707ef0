"""Acceptance scenarios 13-18 through the HTTP API: warning, receipt, re-check, competence, identity."""

from datetime import timedelta

import pytest

from notify import load_profile
from records import iso
from tests.journeys.chain_http import http_world
from tests.journeys.scenario import refuses, running, shows
from tests.notify.people import CLERK, GOOD, OFFICER, OPER, SQUAD
from tests.notify.refusing import day, refused
from tests.notify.world import World

NO_SHOP = {"shop_id": None, "shop_name": None}


@pytest.fixture
def world(tmp_path):
    made = http_world(tmp_path)
    yield made
    made.database.close()


def bikes(world: World) -> str:
    """Shared bikes whose operator has the order since ten o'clock."""
    lead = world.identified("BIKE_CLUTTER", "s-bike", "SHARED_BIKE_CLUTTER", **NO_SHOP)
    world.day("2026-06-04")
    world.take(OPER, lead, "warn", method="sms")
    world.deliver()
    world.report(lead)
    return lead


def answer(world: World, lead: str, result: str) -> None:
    package = world.seal(lead, "after_notice")
    at = iso(world.clock.now())
    world.chain.recheck_done({"event_id": package, "alert_id": lead, "result": result, "package_id": package, "at": at})


def test_scenario_13_a_minor_act_put_right_in_time_ends_with_education_and_no_fine(world):
    lead = world.rechecked("cleared")
    world.take(CLERK, lead, "review_more", **GOOD)
    with refuses(world, "E_NO_RECHECK"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    with refuses(world, "E_CORRECTED"):
        world.take(OFFICER, lead, "recapture")
    world.take(CLERK, lead, "close_rectified", education="已告知门前责任，提醒保持")
    shows(world, lead, "A7", "close_rectified")
    assert not running(world, lead) and world.chain.get(CLERK, "/api/cases")["total"] == 0
    row = world.chain.get(CLERK, f"/api/alerts/{lead}")["timeline"][-1]
    assert row["note"] == "已告知门前责任，提醒保持"


def test_scenario_14_an_order_that_did_not_arrive_starts_no_time_and_sends_an_officer(world):
    lead = world.identified()
    world.take(OPER, lead, "warn", method="sms")
    assert running(world, lead) == {"DFALL"}
    world.deliver()
    world.report(lead, "failed")
    shows(world, lead, "A5", "no_receipt", papers=("ORDER",))
    assert "DRECT" not in running(world, lead) and world.chain.lead(lead).recheck_due is None
    assert not next(one for one in world.chain.steps(OFFICER, lead) if one.code == "serve_order").refusals
    world.take(OFFICER, lead, "serve_order", proof="店主当面签收")
    shows(world, lead, "A5", "serve_order", terms={"DRECT": "2026-06-03"})
    with refuses(world, "E_RECEIVED"):
        world.take(OFFICER, lead, "serve_order", proof="再次签收")


def test_scenario_15_no_fine_without_evidence_from_after_the_deadline(world):
    lead = world.warned()
    world.clock.advance(60)
    early = world.seal(lead, "after_notice")
    at = iso(world.clock.now())
    world.chain.recheck_done({"event_id": "e", "alert_id": lead, "result": "still", "package_id": early, "at": at})
    assert world.chain.lead(lead).recheck is None, "too early: it answers nothing"
    world.clock.set(world.chain.lead(lead).recheck_due)
    world.chain.tick()
    world.take(CLERK, lead, "review_more", **GOOD)
    with refuses(world, "E_NO_RECHECK"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    late = iso(world.clock.now())
    world.chain.recheck_done({"event_id": "l", "alert_id": lead, "result": "still", "package_id": early, "at": late})
    with refuses(world, "E_NO_RECHECK"):  # a word after the deadline, with a picture from before it
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    answer(world, lead, "still")
    world.take(CLERK, lead, "review_more", **GOOD)
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    shows(world, lead, "A6", "file_propose")


def test_scenario_16_shared_bikes_have_two_hours_to_the_second(world):
    lead = bikes(world)
    shows(world, lead, "A5", "receipt", papers=("ORDER",), terms={"DRECT": "2026-06-04"})
    ten = world.clock.now()
    world.clock.set(ten + timedelta(minutes=110))
    world.chain.tick()
    answer(world, lead, "still")
    assert world.state(lead) == "A5" and world.chain.lead(lead).recheck is None, "11:50: no breach yet"
    world.clock.set(ten + timedelta(hours=2, seconds=1))
    world.chain.tick()
    answer(world, lead, "still")
    shows(world, lead, "A6", "recheck_result")
    assert world.chain.lead(lead).recheck["at_deadline"] is True, "12:00:01: breach"


def test_scenario_16_bikes_that_are_gone_in_time_close_the_lead(world):
    lead = bikes(world)
    world.clock.advance(2 * 3600)
    world.chain.tick()
    answer(world, lead, "cleared")
    world.take(CLERK, lead, "close_rectified")
    shows(world, lead, "A7", "close_rectified")


def test_scenario_17_a_private_bicycle_is_handed_to_the_police(world):
    lead = world.alert("BIKE_CLUTTER", **NO_SHOP)
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD, subkind="PRIVATE_NMV")
    with refuses(world, "E_NOT_COMPETENT"):
        world.take(CLERK, lead, "identify", subject_id="s-shop", source="business_licence", confirmed=True)
    with refuses(world, "E_NOT_COMPETENT"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    assert not next(one for one in world.chain.steps(CLERK, lead) if one.code == "handoff").refusals
    world.take(CLERK, lead, "handoff", facts="私人非机动车乱停放")
    shows(world, lead, "A10", "handoff", papers=("HANDOFF",))


def test_scenario_17_a_shared_bike_in_huzhou_is_the_transport_offices_and_from_2024_unknown(tmp_path):
    world = http_world(tmp_path, "huzhou")
    key = "competence.BIKE_CLUTTER.SHARED_BIKE_CLUTTER"
    assert load_profile("huzhou").get(key, day("2023-12-31")) == "交通运输"
    with refused("E_PROFILE_INCOMPLETE"):
        load_profile("huzhou").get(key, day("2024-01-01"))
    old = world.alert("BIKE_CLUTTER", opened="2023-12-20T02:00:00Z", raised="2023-12-20T02:10:00Z", **NO_SHOP)
    own = world.seal(old, "on_site")
    world.seal(old)
    world.take(OPER, old, "confirm")
    spot = {"second_officer": "officer2", "package_id": own, "record": "到场", "subkind": "SHARED_BIKE_CLUTTER"}
    world.take(OFFICER, old, "on_site", **spot)
    with refuses(world, "E_NOT_COMPETENT"):
        world.take(CLERK, old, "identify", subject_id="s-bike", source="bike_operator_filing", confirmed=True)
    new = world.alert("BIKE_CLUTTER", **NO_SHOP)
    own = world.seal(new, "on_site")
    world.seal(new)
    world.take(OPER, new, "confirm")
    world.take(OFFICER, new, "on_site", **{**spot, "package_id": own})
    with refuses(world, "E_PROFILE_INCOMPLETE"):
        world.take(CLERK, new, "identify", subject_id="s-bike", source="bike_operator_filing", confirmed=True)
    world.database.close()


def test_scenario_18_nobody_is_fined_whom_only_a_score_names(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD)
    with refuses(world, "E_ID_UNCONFIRMED"):
        world.take(OPER, lead, "warn", method="sms")
    with refuses(world, "E_ID_UNCONFIRMED"):
        world.take(CLERK, lead, "identify", subject_id="s-shop", source="business_licence")
    with refuses(world, "E_ID_UNCONFIRMED"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    with refuses(world, "E_ID_SOURCE"):
        world.take(CLERK, lead, "identify", subject_id="s-shop", source="bike_operator_filing", confirmed=True)
    world.take(CLERK, lead, "identify", subject_id="s-shop", source="business_licence", confirmed=True)
    shows(world, lead, "A4", "identify")


def test_a_zone_in_its_warning_phase_and_an_act_of_another_organ_lead_to_no_case_by_any_step(world):
    lead = world.identified(phase="warn")
    with refuses(world, "E_PHASE_WARN"):
        world.take(OPER, lead, "warn", method="sms")
    with refuses(world, "E_PHASE_WARN"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    world.take(SQUAD, lead, "close_warned", reason="劝导期")
    shows(world, lead, "NOT_FILED", "close_warned")
