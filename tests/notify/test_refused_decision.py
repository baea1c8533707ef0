"""Unlawful steps are refused: amounts, one act, papers, service; by code and scenario."""

from datetime import timedelta

import pytest

from notify import Actor, Role
from notify.law import LawValue
from notify.tables import CaseRow, LeadRow
from records import BadInput, iso
from tests.notify.people import CLERK, GOOD, HEAD, OFFICER, OPER, SQUAD
from tests.notify.refusing import change_organ_seal, day, refused


def test_scenario_29_an_act_found_after_two_years_is_not_filed(world):
    old = world.clock.now() - timedelta(days=800)
    lead = world.rechecked("still", opened=iso(old), raised=iso(old))
    with world.database.session() as session:
        session.get(LeadRow, lead).last_seen = old
    world.law(matter_list__required=False)
    with refused("E_LIMITATION"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_scenario_30_an_amount_outside_the_range_or_at_its_top_without_reason_is_refused(world):
    case = world.filed()
    world.take(OFFICER, case, "investigate", record="x")
    world.take(OFFICER, case, "close_investigation", evidence_per_element="x", elements_shown=True, opinion="x")
    for amount, grade in (("99.99", "minor"), ("1000.01", "serious"), ("500", "minor")):
        with refused("E_RANGE"):
            world.take(SQUAD, case, "propose", grade=grade, amount=amount, reasons="x")
    with refused("E_RANGE"):
        world.take(SQUAD, case, "propose", grade="serious", amount="1000", reasons="x")
    assert (
        world.take(SQUAD, case, "propose", grade="serious", amount="1000", reasons="x", aggravation="阻断通行").state
        == "B3"
    )


def test_scenario_30_the_top_of_the_range_needs_the_heads_own_reason_too(world):
    case = world.filed()
    world.take(OFFICER, case, "investigate", record="x")
    world.take(OFFICER, case, "close_investigation", evidence_per_element="x", elements_shown=True, opinion="x")
    world.take(SQUAD, case, "propose", grade="serious", amount="1000", reasons="x", aggravation="阻断通行")
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="sms")
    world.deliver()
    world.report(case)
    world.pass_term(case, "DSTMT")
    world.take(HEAD, case, "approve")
    with refused("E_RANGE"):
        world.take(HEAD, case, "decide", amount="1000")
    assert world.take(HEAD, case, "decide", amount="1000", head_reason="多次劝阻无效").state == "B10"


def test_scenario_31_the_same_act_is_not_fined_twice(world):
    case = world.decided()
    with world.database.session() as session:
        first = session.get(CaseRow, case)
        lead = session.get(LeadRow, first.lead_id)
        copy = {c.key: getattr(lead, c.key) for c in LeadRow.__table__.columns}
        copy |= {"id": "twin", "number": "XS-twin", "state": "A6", "case_id": None}
        session.add(LeadRow(**copy))
    with world.database.read() as session:
        from notify import SYSTEM
        from notify.guards_case import single_fine

        assert single_fine.test(world.chain.engine.moment(session, SYSTEM, "twin")) == first.number


def test_scenario_33_without_a_published_benchmark_only_the_minimum_stands(world):
    case = world.filed()
    world.take(OFFICER, case, "investigate", record="x")
    world.take(OFFICER, case, "close_investigation", evidence_per_element="x", elements_shown=True, opinion="x")
    world.law(benchmark__published_at=day("2026-12-01"))
    with refused("E_NO_BENCHMARK_PUBLISHED"):
        world.take(SQUAD, case, "propose", grade="minor", amount="200", reasons="x")
    assert world.take(SQUAD, case, "propose", grade="minor", amount="100", reasons="x").state == "B3"


def test_scenario_36_a_decision_without_seal_or_collector_is_not_issued(world):
    case = world.ready()
    change_organ_seal(world, None)
    with refused("E_DECISION_FIELDS"):
        world.take(HEAD, case, "decide", amount="100")
    assert world.chain.case(case).decision_number is None
    change_organ_seal(world, "章")
    world.law(collector__name=None)
    with refused("E_PROFILE_INCOMPLETE"):
        world.take(HEAD, case, "decide", amount="100")


def test_scenario_37_an_electronic_decision_needs_consent_while_the_notice_may_go_by_message(world):
    case = world.decided()
    with refused("E_ESERVICE_CONSENT"):
        world.take(OFFICER, case, "serve_decision", method="electronic")


def test_scenario_37_outside_pudong_the_notice_does_not_go_by_message(world):
    case = world.proposed()
    world.take(OFFICER, case, "notice")
    world.law(sms_for_prior_notice=False)
    with refused("E_SMS_NOTICE"):
        world.take(OFFICER, case, "serve_notice", method="sms")


def test_scenario_46b_six_captures_of_one_shop_in_one_afternoon_are_one_act_and_one_case(world):
    first = world.rechecked("still")
    later = []
    for _ in range(5):
        world.clock.advance(45 * 60)
        later.append(world.alert())
        world.seal(later[-1])
        world.take(OPER, later[-1], "confirm")
        world.take(CLERK, later[-1], "review", **GOOD)
        world.take(CLERK, later[-1], "identify", subject_id="s-shop", source="business_licence", confirmed=True)
    assert {world.state(lead) for lead in later} == {"MERGED"}
    assert len(world.chain.lead(first).packages) == 7
    world.take(OFFICER, first, "file_propose", second_officer="officer2")
    world.take(SQUAD, first, "file_approve")
    assert world.chain.cases().total == 1


def test_one_operator_s_bikes_at_two_places_are_two_acts(world):
    bikes = {"kind": "BIKE_CLUTTER", "subject": "s-bike", "subkind": "SHARED_BIKE_CLUTTER"}
    first = world.identified(**bikes, shop_id=None, shop_name=None)
    second = world.identified(**bikes, shop_id=None, shop_name=None)
    assert [world.state(lead) for lead in (first, second)] == ["A4", "A4"]


def test_a_step_of_another_role_another_state_and_another_party_is_refused(world):
    lead = world.alert()
    world.seal(lead)
    with refused("E_ROLE"):
        world.take(CLERK, lead, "confirm")
    with refused("E_STATE"):
        world.take(OPER, lead, "warn")
    other = world.warned(subject="s-firm", shop_id="shop-2", shop_name="示范贸易")
    token = world.token(other)
    assert world.chain.portal(token).owner_id == other
    stranger = Actor("party:s-firm", "李四", frozenset({Role.PARTY}), other)
    with refused("E_ROLE"):
        world.take(stranger, lead, "confirm")
    link = world.link(other)
    with refused("E_LINK"):
        world.chain.link_door(link[:-1] + ("A" if link[-1] != "A" else "B"))


def test_a_bad_field_is_named(world):
    lead = world.identified()
    with pytest.raises(BadInput, match="E_FIELD"):
        world.take(OPER, lead, "warn", method="telepathy")
    with pytest.raises(BadInput, match="E_FIELD"):
        world.take(OPER, lead, "warn", method="sms", colour="red")


def test_a_refused_step_leaves_nothing_behind(world):
    case = world.ready()
    before = sorted(path.name for path in world.chain.engine.tools.documents.folder.iterdir())
    change_organ_seal(world, None)
    with refused("E_DECISION_FIELDS"):
        world.take(HEAD, case, "decide", amount="100")
    assert sorted(path.name for path in world.chain.engine.tools.documents.folder.iterdir()) == before
    assert world.chain.case(case).state == "B9" and world.chain.case(case).payment is None


def test_scenario_32_a_lighter_new_law_is_chosen_and_recorded(world):
    case = world.filed()
    world.take(OFFICER, case, "investigate", record="x")
    world.take(OFFICER, case, "close_investigation", evidence_per_element="x", elements_shown=True, opinion="x")
    profile = world.chain.profile.overlaid("test", {})
    changed = {"min_yuan": (100, 60), "max_yuan": (1000, 300)}
    for name, (old, new) in changed.items():
        key = f"matters.OUT_OF_STORE.fine.{name}"
        before = LawValue(key, old, "old", "test", "test", until=day("2026-06-30"))
        profile.values[key] = (before, LawValue(key, new, "new", "test", "test", since=day("2026-07-01")))
    world.chain.engine.profile = profile
    world.day("2026-07-02")
    with refused("E_RANGE"):
        world.take(SQUAD, case, "propose", grade="serious", amount="600", reasons="x")
    world.take(SQUAD, case, "propose", grade="minor", amount="100", reasons="x")
    assert world.chain.case(case).proposal["law"] == "new"
    assert world.chain.case(case).proposal["high_fen"] == 30_000


def test_scenario_39_three_letters_to_a_firm_share_one_service_and_a_person_gets_the_decision_alone(world):
    world.law(bundle_three_letters=True)
    case = world.decided()
    world.take(OFFICER, case, "serve_decision", method="direct", proof="签收")
    service = next(one for one in world.chain.case(case).services if one.purpose == "decision")
    kinds = [world.chain.document(one).kind for one in service.documents]
    assert kinds == ["DECISION", "CREDIT_REPAIR", "COMPLIANCE"]


def test_scenario_39_without_the_rule_the_decision_goes_alone(world):
    case = world.served()
    service = next(one for one in world.chain.case(case).services if one.purpose == "decision")
    assert len(service.documents) == 1
