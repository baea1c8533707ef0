"""Unlawful steps are refused: officers, notice, statement, hearing, review; by code and scenario."""

from datetime import timedelta

import pytest

from notify import Actor, Role
from notify.registers import OfficerRow
from notify.tables import CaseRow
from tests.notify.people import CHAIR, CLERK, HEAD, LEGAL, OFFICER, OFFICER2, SQUAD, person
from tests.notify.refusing import change, change_organ_seal, day, refused
from tests.notify.world import World


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
        world.take(OFFICER, case, "summon_hearing", held_on="2026-06-10", place="一楼", chair="chair", proof="本人签收")
    with refused("E_HEARING_SKIPPED"):
        world.chain.engine.take(
            OFFICER,
            case,
            "summon_hearing",
            {"held_on": "2026-06-30", "place": "一楼", "chair": "officer2", "proof": "签收"},
        )
    world.take(OFFICER, case, "summon_hearing", held_on="2026-06-30", place="一楼", chair="chair", proof="本人签收")
    with refused("E_HEARING_SKIPPED"):
        world.take(CHAIR, case, "hold_hearing", record="…", signed=True)
    world.day("2026-06-30")
    world.chain.tick()
    assert world.take(CHAIR, case, "hold_hearing", record="双方质证", signed=True).state == "B6H2"
    world.take(LEGAL, case, "legal_review", conclusion="pass", opinion="合法")
    world.take(HEAD, case, "approve")
    with refused("E_PANEL"):
        world.take(HEAD, case, "decide", amount="20000")
    world.take(HEAD, case, "panel", attendees="局长、两名副局长", opinions="一致同意", result="agreed")
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


def test_scenario_46a_an_unknown_hearing_threshold_stops_the_notice(world):
    case = world.proposed()
    world.law(hearing_threshold__person_yuan=None)
    with refused("E_PROFILE_INCOMPLETE"):
        world.take(OFFICER, case, "notice")


def test_four_eyes_are_two_persons_whatever_their_roles(world):
    lead = world.rechecked("still")
    many = Actor("officer1", "陈一", frozenset({Role.OFFICER, Role.SQUAD, Role.HEAD}))
    world.take(many, lead, "file_propose", second_officer="officer2")
    with refused("E_FOUR_EYES"):
        world.take(many, lead, "file_approve")
