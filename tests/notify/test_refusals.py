"""The unlawful step cannot be taken: each refusal by its code, named after the scenario of the domain note it shows."""

from datetime import timedelta

import pytest

from notify import Actor, EvidenceStatus, GroundVerdict, Role, load_profile
from notify.registers import DeviceRow, MatterRow, OfficerRow
from notify.tables import CaseRow, LeadRow
from records import BadInput, Refused, iso
from tests.notify.conftest import (
    CHAIR,
    CLERK,
    GOOD,
    HEAD,
    LEGAL,
    OFFICER,
    OFFICER2,
    OPER,
    SQUAD,
    World,
    make_world,
    person,
)


def refused(code: str):
    return pytest.raises(Refused, match=rf"^{code}:")


def change(world: World, table, key, **values):
    with world.database.session() as session:
        row = session.get(table, key)
        for name, value in values.items():
            setattr(row, name, value)


def day(text: str):
    from datetime import date

    return date.fromisoformat(text)


# -- detection and evidence


def test_scenario_03_evidence_of_a_camera_published_after_the_capture_is_not_admitted(world):
    change(world, DeviceRow, "cam-1", published_at=day("2026-06-04"))
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_DEVICE_UNPUBLISHED"):
        world.take(CLERK, lead, "review", **GOOD)
    assert world.state(lead) == "A3", "the lead stays"


@pytest.mark.parametrize(
    "gap", [{"legal_review_to": None}, {"technical_review_to": day("2026-06-02")}, {"standard": None}]
)
def test_scenario_04_a_device_without_valid_reviews_is_not_admitted(world, gap):
    change(world, DeviceRow, "cam-1", **gap)
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_DEVICE_NOT_VETTED"):
        world.take(CLERK, lead, "review", **GOOD)


def test_scenario_05_a_package_with_one_quality_false_carries_nothing(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_UNREVIEWED"):
        world.take(CLERK, lead, "review", **{**GOOD, "clear": False})


def test_scenario_05_filing_on_a_recheck_package_nobody_reviewed_is_refused(world):
    lead = world.warned()
    world.clock.set(world.chain.lead(lead).recheck_due)
    world.chain.tick()
    package = world.seal(lead, "after_notice")
    world.chain.recheck_done(
        {"event_id": "r", "alert_id": lead, "result": "still", "package_id": package, "at": iso(world.clock.now())}
    )
    with refused("E_UNREVIEWED"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_scenario_06_an_altered_package_is_unusable_from_then_on_and_audited(world):
    lead = world.rechecked("still")
    package = world.chain.lead(lead).packages[0].package_id
    world.shelf.broken[package] = "data/p1.jpg: hash differs"
    with refused("E_HASH_MISMATCH"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    assert world.chain.package(package).unusable == "data/p1.jpg: hash differs"
    world.shelf.broken.clear()
    with refused("E_HASH_MISMATCH"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    assert world.audit_holds()


def test_a_package_that_cannot_be_looked_at_stops_the_step_but_is_not_condemned(world, monkeypatch):
    lead = world.identified()
    package = world.chain.lead(lead).packages[0].package_id
    with monkeypatch.context() as patch:
        patch.setattr(
            world.shelf, "status", lambda one: EvidenceStatus(one, False, False, "store not mounted", found=False)
        )
        with refused("E_HASH_MISMATCH"):
            world.take(OPER, lead, "warn", method="sms")
    assert world.chain.package(package).unusable is None
    assert world.take(OPER, lead, "warn", method="sms").state == "A5"


def test_a_package_without_its_time_stamp_waits_in_a2_and_only_dissuasion_goes_out(world):
    lead = world.alert()
    package = world.seal(lead, status="SEALED_PENDING_TSA")
    world.shelf.pending.add(package)
    world.take(OPER, lead, "confirm")
    assert world.state(lead) == "A2"
    assert world.take(OPER, lead, "dissuade").messages
    world.shelf.pending.clear()
    world.chain.tick()
    assert world.state(lead) == "A3"


def test_scenario_07_a_vehicle_outside_its_published_area_gives_no_evidence(world):
    world.layers.answer = GroundVerdict("enforce", "v1", "v1", "", False)
    lead = world.alert(source_id="car-1")
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_VEHICLE_AREA"):
        world.take(CLERK, lead, "review", **GOOD)


def test_scenario_08_camera_evidence_alone_is_refused_where_it_only_starts_a_lead(tmp_path):
    world = make_world(tmp_path, "shanghai_other")
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_AUTHORITY"):
        world.take(CLERK, lead, "review", **GOOD)
    own = world.seal(lead, "on_site")
    world.take(OFFICER, lead, "on_site", second_officer="officer2", package_id=own, record="到场查看")
    assert world.state(lead) == "A4"


def test_scenario_09_a_matter_off_the_published_list_on_the_day_of_the_act_is_not_filed(world):
    lead = world.rechecked("still")
    change(world, MatterRow, ("OUT_OF_STORE", day("2026-01-01")), listed_to=day("2026-06-02"))
    with refused("E_MATTER_NOT_LISTED"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_evidence_with_a_wrong_clock_is_not_admitted(world):
    world.shelf.clock_error_s = 2.5
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_CLOCK"):
        world.take(CLERK, lead, "review", **GOOD)


# -- warn and rectify


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
    lead = world.rechecked("still", phase="warn")
    with refused("E_PHASE_WARN"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    assert world.take(SQUAD, lead, "not_file", reason="劝导期").state == "NOT_FILED"


def test_layers_that_no_longer_forbid_the_place_stop_the_order(world):
    lead = world.identified()
    world.layers.answer = GroundVerdict(None, "v1", "v2", "f-1 → -", True)
    with refused("E_GROUND_CHANGED"):
        world.take(OPER, lead, "warn", method="sms")


# -- procedure


@pytest.mark.parametrize("second", ["officer1", "aux", "expired"])
def test_scenario_19_one_officer_or_one_without_a_valid_certificate_is_not_two(world, second):
    lead = world.rechecked("still")
    with refused("E_SINGLE_OFFICER"):
        world.chain.engine.take(OFFICER, lead, "file_propose", {"second_officer": second})


def test_scenario_19_a_certificate_that_ran_out_since_filing_stops_the_case(world):
    case = world.filed()
    change(world, OfficerRow, "officer2", valid_to=day("2026-06-02"))
    with refused("E_SINGLE_OFFICER"):
        world.take(OFFICER, case, "investigate", record="x")


def test_scenario_20_an_officer_tied_to_the_party_or_challenged_may_not_act(world):
    lead = world.rechecked("still")
    change(world, OfficerRow, "officer2", ties=["s-shop"])
    with refused("E_RECUSAL"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    change(world, OfficerRow, "officer2", ties=[])
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    case = world.take(SQUAD, lead, "file_approve").case_id
    world.chain.portal_take(world.token(lead), "ask_recusal", {"person": "officer1", "reason": "是邻居"})
    with refused("E_RECUSAL"):
        world.take(OFFICER, case, "investigate", record="x")
    world.take(HEAD, case, "rule_recusal", ruling="granted", replacement="officer3")
    assert world.chain.case(case).officers == ("officer3", "officer2")
    assert world.take(OFFICER2, case, "investigate", record="x").state == "B1"


def test_scenario_21_a_prior_notice_without_its_basis_is_not_issued_and_uses_no_number(world):
    case = world.proposed()
    with world.database.session() as session:
        row = session.get(CaseRow, case)
        row.proposal = {**row.proposal, "reasons": ""}
    world.chain.engine.tools.documents
    change_organ_seal(world, None)
    with refused("E_NOTICE_INCOMPLETE"):
        world.take(OFFICER, case, "notice")
    change_organ_seal(world, "示范区城市管理行政执法局")
    paper = world.take(OFFICER, case, "notice").documents[0]
    assert paper[1].endswith("000001号")


def change_organ_seal(world: World, seal: str | None) -> None:
    from notify.registers import OrganRow

    change(world, OrganRow, "demo", seal=seal)


def test_scenario_22_no_decision_before_the_statement_window_has_ended(world):
    case = world.proposed()
    world.day("2026-09-18")
    world.chain.tick()
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="direct", proof="当面")
    term = next(t for t in world.chain.deadlines(case) if t.code == "DSTMT")
    assert term.last_day == day("2026-09-24")
    world.chain.portal_take(world.token(world.chain.case(case).lead_id), "statement", {"text": "有异议"})
    world.take(CLERK, case, "review_statement", adopted="rejected", reasons="无依据")
    world.day("2026-09-24")
    with refused("E_STATEMENT_WINDOW"):
        world.take(HEAD, case, "approve")
    world.clock.set(term.due)
    assert world.take(HEAD, case, "approve").state == "B9"


def test_scenario_23_the_decision_may_not_be_heavier_than_the_notice(world):
    case = world.ready(amount="100")
    with refused("E_AGGRAVATED"):
        world.take(HEAD, case, "decide", amount="100.01")
    assert world.take(HEAD, case, "decide", amount="100").state == "B10"


def test_scenario_24_a_statement_without_a_written_review_stops_the_decision(world):
    case = world.ready()
    world.chain.portal_take(world.token(case), "statement", {"text": "迟到的意见"})
    assert world.state(case) == "B6"
    with refused("E_STATE"):
        world.take(HEAD, case, "decide", amount="100")
    world.take(CLERK, case, "review_statement", adopted="partly", reasons="酌情")
    world.take(HEAD, case, "approve")
    assert world.take(HEAD, case, "decide", amount="100").state == "B10"


def hearing_case(world: World) -> str:
    """A case of ¥20,000 against a sole trader: a hearing must be offered."""
    return world.notified(kind="OUTDOOR_AD", amount="20000", grade="ordinary")


def test_scenario_25_a_hearing_that_was_asked_for_is_held_and_reviewed(world):
    case = hearing_case(world)
    world.chain.portal_take(world.token(case), "request_hearing", {"text": "要求听证"})
    with refused("E_HEARING_SKIPPED"):
        world.take(OFFICER, case, "summon_hearing", held_on="2026-06-10", place="一楼", chair="chair")
    with refused("E_HEARING_SKIPPED"):
        world.chain.engine.take(
            OFFICER, case, "summon_hearing", {"held_on": "2026-06-30", "place": "一楼", "chair": "officer2"}
        )
    world.take(OFFICER, case, "summon_hearing", held_on="2026-06-30", place="一楼", chair="chair")
    with refused("E_HEARING_SKIPPED"):
        world.take(CHAIR, case, "hold_hearing", record="…", signed=True)
    world.day("2026-06-30")
    world.chain.tick()
    assert world.take(CHAIR, case, "hold_hearing", record="双方质证", signed=True).state == "B6H2"
    world.take(LEGAL, case, "legal_review", conclusion="pass", opinion="合法")
    world.take(HEAD, case, "approve")
    assert world.take(HEAD, case, "decide", amount="20000").state == "B10"


@pytest.mark.parametrize(
    ("subject", "fen", "told"),
    [("s-firm", 5_000_000, True), ("s-firm", 4_999_900, False), ("s-shop", 500_000, True), ("s-shop", 499_900, False)],
)
def test_scenario_26_the_right_to_a_hearing_starts_at_the_threshold(world, subject, fen, told):
    from notify import SYSTEM
    from notify.disposition import needs_hearing_notice

    lead = world.identified("OUTDOOR_AD", subject)
    with world.database.read() as session:
        m = world.chain.engine.moment(session, SYSTEM, lead)
        assert needs_hearing_notice(m, fen) is told


def test_scenario_27_a_major_decision_needs_a_legal_review_by_somebody_apart(world):
    case = hearing_case(world)
    world.pass_term(case, "DSTMT")
    world.chain.tick()
    with refused("E_LEGAL_REVIEW"):
        world.take(HEAD, case, "approve")
    both = Actor("officer1", "陈一", frozenset({Role.LEGAL, Role.OFFICER}))
    with refused("E_REVIEWER_CONFLICT"):
        world.take(both, case, "legal_review", conclusion="pass", opinion="…")
    with refused("E_REVIEWER_UNQUALIFIED"):
        world.take(person("officer3", Role.LEGAL), case, "legal_review", conclusion="pass", opinion="…")
    world.take(LEGAL, case, "legal_review", conclusion="return", opinion="理由不足")
    assert world.state(case) == "B2"


def test_a_hearing_window_that_was_not_waived_binds_even_where_the_statement_was(world):
    case = hearing_case(world)
    world.chain.portal_take(world.token(case), "waive", {"signed_name": "张三", "agreed": True})
    world.take(LEGAL, case, "legal_review", conclusion="pass", opinion="合法")
    with refused("E_HEARING_WINDOW"):
        world.take(HEAD, case, "approve")
    world.pass_term(case, "DHEAR")
    assert world.take(HEAD, case, "approve").state == "B9"


def test_scenario_28_no_decision_after_day_ninety(world):
    world.clock.set(world.clock.now() + timedelta(days=33))  # 2026-07-06
    case = world.ready()
    term = next(t for t in world.chain.deadlines(case) if t.code == "D90")
    assert term.last_day == day("2026-10-04")
    world.clock.set(term.due)
    with refused("E_D90"):
        world.take(HEAD, case, "decide", amount="100")
    with refused("E_D90_NO_GROUND"):
        world.take(HEAD, case, "extend_d90", ground="听证", until="2026-11-01")
    world.law(d90_exclusions=["听证"])
    world.take(HEAD, case, "extend_d90", ground="听证", until="2026-11-01")
    assert world.take(HEAD, case, "decide", amount="100").state == "B10"


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


def test_scenario_46a_an_unknown_hearing_threshold_stops_the_notice(world):
    case = world.proposed()
    world.law(hearing_threshold__person_yuan=None)
    with refused("E_PROFILE_INCOMPLETE"):
        world.take(OFFICER, case, "notice")


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


def test_four_eyes_are_two_persons_whatever_their_roles(world):
    lead = world.rechecked("still")
    many = Actor("officer1", "陈一", frozenset({Role.OFFICER, Role.SQUAD, Role.HEAD}))
    world.take(many, lead, "file_propose", second_officer="officer2")
    with refused("E_FOUR_EYES"):
        world.take(many, lead, "file_approve")


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
    with refused("E_LINK"):
        world.chain.portal(token[:-1] + ("A" if token[-1] != "A" else "B"))


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
    from notify.law import LawValue

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
