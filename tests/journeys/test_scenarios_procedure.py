"""Acceptance scenarios 19-29 through the HTTP API: officers, recusal, notice, hearing, review, time limits."""

from datetime import timedelta

import pytest

from notify import Role
from notify.registers import OfficerRow
from notify.tables import CaseRow, LeadRow
from records import iso
from tests.journeys.chain_http import http_world
from tests.journeys.scenario import paper_text, refuses, running, shows
from tests.notify.people import CHAIR, CLERK, HEAD, LEGAL, OFFICER, OFFICER2, SQUAD, person
from tests.notify.refusing import change, change_organ_seal, day
from tests.notify.world import World


@pytest.fixture
def world(tmp_path):
    made = http_world(tmp_path)
    yield made
    made.database.close()


def with_hearing(world: World) -> str:
    """A case of ¥20,000 against a sole trader in B5: a hearing must be offered."""
    return world.notified(kind="OUTDOOR_AD", amount="20000", grade="ordinary")


def investigated(world: World, case: str) -> str:
    """A case in B2."""
    world.take(OFFICER, case, "investigate", record="视频显示物品超出门店线。")
    shown = {"evidence_per_element": "各要件均有证据。", "elements_shown": True, "opinion": "建议处罚"}
    world.take(OFFICER, case, "close_investigation", **shown)
    return case


@pytest.mark.parametrize("second", ["officer1", "aux", "expired"])
def test_scenario_19_one_officer_or_one_without_a_certificate_is_not_two(world, second):
    lead = world.rechecked("still")
    with refuses(world, "E_SINGLE_OFFICER"):
        world.take(OFFICER, lead, "file_propose", second_officer=second)
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    change(world, OfficerRow, "officer2", valid_to=day("2026-06-02"))
    with refuses(world, "E_SINGLE_OFFICER"):  # and not on the word of one who was certified when it was proposed
        world.take(SQUAD, lead, "file_approve")
    change(world, OfficerRow, "officer2", valid_to=day("2026-12-31"))
    case = world.take(SQUAD, lead, "file_approve").case_id
    shows(world, case, "B0", "file_approve", papers=("FILING",), terms={"D90": "2026-09-01"})


def test_scenario_20_who_is_tied_or_challenged_may_not_act_and_the_head_rules(world):
    lead = world.rechecked("still")
    change(world, OfficerRow, "officer2", ties=["s-shop"])
    with refuses(world, "E_RECUSAL"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    change(world, OfficerRow, "officer2", ties=[])
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    case = world.take(SQUAD, lead, "file_approve").case_id
    world.chain.portal_take(world.token(lead), "ask_recusal", {"person": "officer1", "reason": "是邻居"})
    with refuses(world, "E_RECUSAL"):
        world.take(OFFICER, case, "investigate", record="x")
    for unfit in ("", "aux", "officer2", "expired"):
        with refuses(world, "E_RECUSAL"):
            world.take(HEAD, case, "rule_recusal", ruling="granted", replacement=unfit)
    world.take(HEAD, case, "rule_recusal", ruling="granted", replacement="officer3")
    shows(world, case, "B0", "rule_recusal")
    with refuses(world, "E_RECUSAL"):
        world.take(OFFICER, case, "investigate", record="x")
    with refuses(world, "E_RECUSAL"):
        assigned = {"first_officer": "officer1", "second_officer": "officer2", "reason": "人手不足"}
        world.take(SQUAD, case, "assign", **assigned)
    world.take(OFFICER2, case, "investigate", record="经勘验，物品超出门店线。")
    shows(world, case, "B1", "investigate", papers=("RECORD",))


def test_scenario_21_a_prior_notice_that_lacks_facts_reasons_basis_or_rights_is_not_issued(world):
    case = world.proposed()
    with world.database.read() as session:
        proposal = dict(session.get(CaseRow, case).proposal)
    change(world, CaseRow, case, proposal={**proposal, "amount_fen": 0})
    change_organ_seal(world, None)
    with refuses(world, "E_NOTICE_INCOMPLETE"):
        world.take(OFFICER, case, "notice")
    change_organ_seal(world, "示范区城市管理行政执法局")
    change(world, CaseRow, case, proposal=proposal)
    world.law(matters__OUT_OF_STORE__penalty=None)
    with refuses(world, "E_NOTICE_INCOMPLETE"):
        world.take(OFFICER, case, "notice")
    world.law(matters__OUT_OF_STORE__penalty="《示范区街面秩序演示规定》第十二条")
    number = world.take(OFFICER, case, "notice").documents[0][1]
    assert number.endswith("000001号"), "what was refused used no number"
    shows(world, case, "B4", "notice", papers=("PRIOR_NOTICE",))


def test_scenario_22_no_decision_before_the_window_ends_unless_it_was_waived(world):
    case = world.proposed()
    world.day("2026-09-18")
    world.law(periods__decision_days=300)
    world.chain.tick()
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="direct", proof="当面签收")
    shows(world, case, "B5", "serve_notice", papers=("RECEIPT",), terms={"DSTMT": "2026-09-24"})
    lead = world.chain.case(case).lead_id
    world.chain.portal_take(world.token(lead), "statement", {"text": "有异议"})
    world.take(CLERK, case, "review_statement", adopted="rejected", reasons="无依据")
    world.day("2026-09-24")
    with refuses(world, "E_STATEMENT_WINDOW"):
        world.take(HEAD, case, "approve")
    world.clock.set(due_of(world, case, "DSTMT"))
    world.take(HEAD, case, "approve")  # 2026-09-25 00:00
    shows(world, case, "B9", "approve")


def due_of(world: World, owner: str, code: str):
    return next(term.due for term in world.chain.deadlines(owner) if term.code == code)


def test_scenario_22_with_a_waiver_the_decision_may_come_at_once_but_the_hearing_window_binds(world):
    case = world.notified()
    key = world.token(case)
    with refuses(world, "E_NOT_AGREED"):
        world.chain.portal_take(key, "waive", {"signed_name": "张三", "agreed": False})
    with refuses(world, "E_ROLE"):  # nobody of the staff waives a right of the party's
        world.take(person("chief", Role.HEAD, Role.PARTY), case, "waive", signed_name="张三", agreed=True)
    world.chain.portal_take(key, "waive", {"signed_name": "张三", "agreed": True})
    shows(world, case, "B7", "waive")
    world.take(HEAD, case, "approve")
    shows(world, case, "B9", "approve")


def test_scenario_22_waiving_the_statement_waives_no_hearing(world):
    case = with_hearing(world)
    world.chain.portal_take(world.token(case), "waive", {"signed_name": "张三", "agreed": True})
    world.take(LEGAL, case, "legal_review", conclusion="pass", opinion="合法")
    with refuses(world, "E_HEARING_WINDOW"):
        world.take(HEAD, case, "approve")
    world.pass_term(case, "DHEAR")
    world.take(HEAD, case, "approve")
    shows(world, case, "B9", "approve")


def test_scenario_23_the_decision_is_never_heavier_than_the_notice(world):
    case = world.ready(amount="100")
    with refuses(world, "E_AGGRAVATED"):
        world.take(HEAD, case, "decide", amount="100.01")
    world.take(HEAD, case, "renotice", reason="更正数额")
    shows(world, case, "B2", "renotice")
    case2 = world.notified(subject="s-firm", shop_id="shop-2", shop_name="示范贸易")
    world.chain.portal_take(world.token(case2), "statement", {"text": "不服"})
    world.take(CLERK, case2, "review_statement", adopted="rejected", reasons="无新证据")
    world.take(HEAD, case2, "renotice", reason="重新告知")
    heavier = {"grade": "minor", "amount": "200", "reasons": "态度恶劣"}
    with refuses(world, "E_AGGRAVATED"):  # a new notice is no way around it
        world.take(SQUAD, case2, "propose", **heavier)
    world.take(SQUAD, case2, "propose", **heavier, new_facts="查明当日另有二处物品")
    shows(world, case2, "B3", "propose")


def test_scenario_24_a_statement_is_answered_in_writing_before_any_decision(world):
    case = world.ready()
    world.chain.portal_take(world.token(case), "statement", {"text": "迟到的意见"})
    shows(world, case, "B6", "statement")
    for step in ("decide", "approve"):
        with refuses(world, "E_STATE"):
            world.take(HEAD, case, step)
    world.take(CLERK, case, "review_statement", adopted="partly", reasons="酌情")
    shows(world, case, "B7", "review_statement", papers=("STATEMENT_REVIEW",))
    world.take(HEAD, case, "approve")
    world.take(HEAD, case, "decide", amount="100")
    assert "迟到的意见" in paper_text(world, case, "DECISION")


def test_scenario_25_a_hearing_that_was_asked_for_is_summoned_in_time_held_and_reviewed(world):
    case = with_hearing(world)
    world.chain.portal_take(world.token(case), "request_hearing", {"text": "要求听证"})
    shows(world, case, "B6H", "request_hearing", papers=("HEARING_NOTICE",))
    summons = {"place": "一楼", "chair": "chair", "proof": "本人签收"}
    with refuses(world, "E_HEARING_SKIPPED"):
        world.take(OFFICER, case, "summon_hearing", held_on="2026-06-10", **summons)
    with refuses(world, "E_HEARING_SKIPPED"):
        world.take(OFFICER, case, "summon_hearing", held_on="2026-06-30", **{**summons, "chair": "officer2"})
    with refuses(world, "E_STATE"):
        world.take(HEAD, case, "approve")
    world.take(OFFICER, case, "summon_hearing", held_on="2026-06-30", **summons)
    shows(world, case, "B6H", "summon_hearing", papers=("HEARING_SUMMONS",))
    with refuses(world, "E_HEARING_SKIPPED"):
        world.take(CHAIR, case, "hold_hearing", record="双方质证", signed=True)
    world.day("2026-06-30")
    world.chain.tick()
    with refuses(world, "E_HEARING_SKIPPED"):
        world.take(CHAIR, case, "hold_hearing", record="双方质证", signed=False)
    with refuses(world, "E_HEARING_SKIPPED"):  # another than the summons named
        world.take(person("officer3", Role.CHAIR), case, "hold_hearing", record="双方质证", signed=True)
    world.take(CHAIR, case, "hold_hearing", record="双方质证", signed=True)
    shows(world, case, "B6H2", "hold_hearing", papers=("HEARING_RECORD",))
    with refuses(world, "E_STATE"):
        world.take(HEAD, case, "approve")
    world.take(LEGAL, case, "legal_review", conclusion="pass", opinion="合法")
    shows(world, case, "B8", "legal_review", papers=("LEGAL_OPINION",))


@pytest.mark.parametrize(
    ("subject", "fen", "told"),
    [("s-firm", 5_000_000, True), ("s-firm", 4_999_900, False), ("s-shop", 500_000, True), ("s-shop", 499_900, False)],
)
def test_scenario_26_the_right_to_a_hearing_is_told_from_the_threshold_on(world, subject, fen, told):
    case = investigated(world, world.filed(kind="OUTDOOR_AD", subject=subject))
    grade = "serious" if fen > 2_000_000 else "ordinary"
    world.take(SQUAD, case, "propose", grade=grade, amount=str(fen // 100), reasons="x", aggravation="x")
    world.take(OFFICER, case, "notice")
    shows(world, case, "B4", "notice", papers=("PRIOR_NOTICE", *(("HEARING_NOTICE",) if told else ())))
    issued = {paper.kind for paper in world.chain.case(case).documents}
    assert ("HEARING_NOTICE" in issued) is told
    world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    assert ("DHEAR" in running(world, case)) is told


def test_scenario_27_a_major_decision_passes_a_review_by_somebody_apart(world):
    case = with_hearing(world)
    world.pass_term(case, "DSTMT")
    with refuses(world, "E_LEGAL_REVIEW"):
        world.take(HEAD, case, "approve")
    world.take(LEGAL, case, "legal_review", conclusion="return", opinion="理由不足")
    shows(world, case, "B2", "legal_review", papers=("LEGAL_OPINION",))


def test_scenario_27_who_handled_the_case_reviews_it_in_no_role(world):
    case = with_hearing(world)
    world.pass_term(case, "DSTMT")
    with refuses(world, "E_REVIEWER_CONFLICT"):
        world.take(person("officer2", Role.LEGAL), case, "legal_review", conclusion="pass", opinion="…")
    with refuses(world, "E_REVIEWER_UNQUALIFIED"):
        world.take(person("officer3", Role.LEGAL), case, "legal_review", conclusion="pass", opinion="…")
    world.take(LEGAL, case, "legal_review", conclusion="pass", opinion="合法")
    with refuses(world, "E_FOUR_EYES"):  # and who reviewed it does not decide it, in whatever role he signs in
        world.take(person("legal", Role.HEAD), case, "approve")


def test_scenario_28_no_decision_after_day_ninety_unless_a_local_rule_excludes_days(world):
    world.clock.set(world.clock.now() + timedelta(days=33))  # 2026-07-06
    case = world.ready()
    shows(world, case, "B9", "approve", terms={"D90": "2026-10-04"})  # a holiday: not rolled
    world.clock.set(due_of(world, case, "D90"))
    world.chain.tick()
    with refuses(world, "E_D90"):
        world.take(HEAD, case, "decide", amount="100")
    with refuses(world, "E_D90_NO_GROUND"):
        world.take(HEAD, case, "extend_d90", ground="听证", until="2026-11-01")
    world.law(d90_exclusions=["听证"])
    with refuses(world, "E_D90_NO_GROUND"):
        world.take(HEAD, case, "extend_d90", ground="听证", until="2026-10-01")
    world.take(HEAD, case, "extend_d90", ground="听证", until="2026-11-01")
    world.take(HEAD, case, "decide", amount="100")
    shows(world, case, "B10", "decide", papers=("DECISION",))


def test_scenario_28_past_its_time_a_case_is_ended_on_that_ground(world):
    case = world.ready()
    world.clock.set(due_of(world, case, "D90"))
    world.take(HEAD, case, "terminate", ground="d90", reason="办案期限届满，追究责任")
    shows(world, case, "TERMINATED", "terminate", papers=("TERMINATION",))
    assert not running(world, case) & {"D90", "DSTMT"}


def test_scenario_29_an_act_found_after_two_years_is_not_filed_and_a_lasting_one_counts_from_its_end(world):
    old = world.clock.now() - timedelta(days=800)
    world.law(matter_list__required=False)
    lead = world.rechecked("still", opened=iso(old), raised=iso(world.clock.now()))
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")  # it lasted until today
    world.take(SQUAD, lead, "file_refuse", reason="补充材料")
    change(world, LeadRow, lead, last_seen=old)
    with refuses(world, "E_LIMITATION"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    shows(world, lead, "A6", "file_refuse")
