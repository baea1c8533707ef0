"""Unlawful steps are refused: warning, re-check, competence, identity; by code and scenario."""

from datetime import timedelta

from notify import GroundVerdict, load_profile
from records import iso
from tests.notify.people import CLERK, GOOD, OFFICER, OPER, SQUAD
from tests.notify.refusing import day, refused


def test_scenario_13_a_minor_violation_corrected_in_time_is_not_filed(world):
    lead = world.rechecked("cleared")
    world.take(CLERK, lead, "review_more", **GOOD)
    with refused("E_NO_RECHECK"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    assert world.take(CLERK, lead, "close_rectified").state == "A7"


def test_scenario_14_without_a_receipt_no_time_runs_and_an_officer_must_go(world):
    lead = world.identified()
    world.take(OPER, lead, "warn", method="sms")
    world.deliver()
    world.report(lead, "failed")
    view = world.chain.lead(lead)
    assert view.recheck_due is None and "DRECT" not in [term.code for term in view.deadlines]
    assert view.services[-1].failed and view.timeline[-1].step == "no_receipt"
    assert "serve_order" in [offer.code for offer in world.chain.steps(OFFICER, lead)]
    world.take(OFFICER, lead, "serve_order", proof="店主当面签收")
    assert world.chain.lead(lead).recheck_due == world.clock.now() + timedelta(minutes=30)


def test_scenario_14_silence_of_the_gateway_opens_the_same_fallback_once(world):
    lead = world.identified()
    world.take(OPER, lead, "warn", method="sms")
    world.clock.advance(3 * 3600)
    assert world.chain.tick() == 1 and world.chain.tick() == 0
    assert [event.step for event in world.chain.lead(lead).timeline].count("no_receipt") == 1


def test_opening_the_link_is_a_receipt_and_a_later_report_changes_nothing(world):
    lead = world.identified()
    world.take(OPER, lead, "warn", method="sms")
    world.deliver()
    view = world.chain.portal(world.token(lead))
    assert view.recheck_due == world.clock.now() + timedelta(minutes=30)
    world.clock.advance(60)
    world.report(lead)
    assert world.chain.lead(lead).recheck_due == view.recheck_due


def test_scenario_15_a_fine_needs_evidence_from_after_the_deadline(world):
    lead = world.warned()
    package = world.seal(lead, "after_notice")
    world.chain.recheck_done(
        {"event_id": "early", "alert_id": lead, "result": "still", "package_id": package, "at": iso(world.clock.now())}
    )
    assert world.chain.lead(lead).recheck is None, "too early: it answers nothing"
    world.clock.set(world.chain.lead(lead).recheck_due)
    world.chain.tick()
    world.take(CLERK, lead, "review_more", **GOOD)
    with refused("E_NO_RECHECK"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_scenario_16_shared_bikes_have_two_hours_from_the_receipt(world):
    lead = world.identified("BIKE_CLUTTER", "s-bike", "SHARED_BIKE_CLUTTER", shop_id=None, shop_name=None)
    world.take(OPER, lead, "warn", method="sms")
    world.deliver()
    world.report(lead)
    received = world.clock.now()
    assert world.chain.lead(lead).recheck_due == received + timedelta(hours=2)
    world.clock.set(received + timedelta(minutes=110))
    world.chain.tick()
    assert world.state(lead) == "A5", "no breach yet"
    world.look_again(lead, "still")
    assert world.chain.lead(lead).recheck["at_deadline"] is True


def test_scenario_16_bikes_cleared_in_time_end_the_lead(world):
    lead = world.identified("BIKE_CLUTTER", "s-bike", "SHARED_BIKE_CLUTTER", shop_id=None, shop_name=None)
    world.take(OPER, lead, "warn", method="sms")
    world.deliver()
    world.report(lead)
    world.look_again(lead, "cleared")
    assert world.take(CLERK, lead, "close_rectified").state == "A7"


def test_scenario_17_a_private_bicycle_is_the_polices(world):
    lead = world.alert("BIKE_CLUTTER", shop_id=None, shop_name=None)
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD, subkind="PRIVATE_NMV")
    with refused("E_NOT_COMPETENT"):
        world.take(CLERK, lead, "identify", subject_id="s-shop", source="business_licence", confirmed=True)
    assert not next(o for o in world.chain.steps(CLERK, lead) if o.code == "handoff").refusals


def test_scenario_17_competence_unknown_since_2024_in_huzhou_stops(tmp_path):
    profile = load_profile("huzhou")
    assert profile.get("competence.BIKE_CLUTTER.SHARED_BIKE_CLUTTER", day("2023-12-31")) == "交通运输"
    with refused("E_PROFILE_INCOMPLETE"):
        profile.get("competence.BIKE_CLUTTER.SHARED_BIKE_CLUTTER", day("2024-01-01"))


def test_what_this_organ_may_do_itself_is_not_handed_off(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_COMPETENT"):
        world.take(CLERK, lead, "handoff", facts="摊位")


def test_scenario_18_a_subject_that_only_scored_is_nobody(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD)
    with refused("E_ID_UNCONFIRMED"):
        world.take(OPER, lead, "warn", method="sms")
    with refused("E_ID_UNCONFIRMED"):
        world.take(CLERK, lead, "identify", subject_id="s-shop", source="business_licence")


def test_a_zone_in_its_warning_phase_leads_to_dissuasion_only(world):
    lead = world.identified(phase="warn")
    with refused("E_PHASE_WARN"):
        world.take(OPER, lead, "warn", method="sms")
    with refused("E_PHASE_WARN"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    assert world.take(OPER, lead, "dissuade").state == "A4"
    assert world.take(SQUAD, lead, "close_warned", reason="劝导期").state == "NOT_FILED"


def test_layers_that_no_longer_forbid_the_place_stop_the_order(world):
    lead = world.identified()
    world.layers.answer = GroundVerdict(None, "v1", "v2", "f-1 → -", True)
    with refused("E_GROUND_CHANGED"):
        world.take(OPER, lead, "warn", method="sms")


def test_an_order_handed_over_in_person_needs_its_receipt(world):
    lead = world.identified()
    with refused("E_SERVICE_PROOF"):
        world.take(OFFICER, lead, "warn", method="direct")
    assert world.take(OFFICER, lead, "warn", method="direct", proof="本人签收").state == "A5"
