"""Doors by which a paper could count, or a decision fall, before its day: each was open once and is shut."""

from datetime import date, timedelta

import pytest

from notify import Role
from notify.law import LawValue
from notify.tables import LeadRow, LinkRow
from records import Refused
from tests.notify.people import CLERK, GOOD, HEAD, OFFICER, OPER, PRIV, SQUAD, person
from tests.notify.refusing import refused
from tests.notify.world import World


def changed(world: World, amount: str = "150") -> str:
    """A served fine of ¥200 that the organ has lowered."""
    case = world.served(amount="200", grade="minor")
    world.take(HEAD, case, "change", amount=amount, reason="适用裁量有误")
    return case


def test_a_changed_decision_climbs_the_ladder_of_service_like_any_paper(world):
    case = changed(world)
    with refused("E_SERVICE_LADDER"):
        world.take(OFFICER, case, "serve_change", method="announce", proof="无法送达")
    world.take(OFFICER, case, "service_failed", method="direct", reason="门店关闭")
    with refused("E_SERVICE_LADDER"):
        world.take(OFFICER, case, "serve_change", method="announce", proof="无法送达")
    world.take(OFFICER, case, "service_failed", method="mail", reason="退回")
    world.take(OFFICER, case, "serve_change", method="announce", proof="直接、邮寄均未成功")
    assert world.state(case) == "CHANGED"
    world.pass_term(case, "DANN")
    assert world.state(case) == "B11"


def test_ways_that_failed_for_the_decision_do_not_stand_for_its_change(world):
    case = world.decided(amount="200")
    for method in ("direct", "mail"):
        world.take(OFFICER, case, "service_failed", method=method, reason="无人")
    world.take(OFFICER, case, "serve_decision", method="left", proof="见证人在场")
    world.take(HEAD, case, "change", amount="150", reason="适用裁量有误")
    with refused("E_SERVICE_LADDER"):
        world.take(OFFICER, case, "serve_change", method="announce", proof="无法送达")


def test_the_organ_lowers_its_fine_no_further_than_the_law_does(world):
    case = world.served(amount="200", grade="minor")
    with refused("E_RANGE"):
        world.take(HEAD, case, "change", amount="50", reason="从宽")
    assert world.take(HEAD, case, "change", amount="100", reason="适用裁量有误").state == "CHANGED"


def test_a_receipt_of_an_earlier_notice_serves_no_later_one(world):
    case = world.proposed()
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="sms")
    world.deliver()
    first = world.link(case)
    world.report(case, "failed")
    world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    world.pass_term(case, "DSTMT")
    world.take(HEAD, case, "renotice", reason="事实有变")
    world.take(SQUAD, case, "propose", grade="minor", amount="100", reasons="x", new_facts="新事实")
    world.take(OFFICER, case, "notice")
    world.chain.send_link_code(first)
    world.chain.open_link(first, world.code())
    assert world.state(case) == "B4", "the old letter came, the new one did not"
    world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    assert world.state(case) == "B5"


def test_a_hearing_letter_of_an_earlier_round_lets_no_public_notice_through(world):
    case = world.proposed(kind="OUTDOOR_AD", amount="20000", grade="ordinary")
    world.take(OFFICER, case, "notice")
    for method in ("direct", "mail"):
        world.take(OFFICER, case, "service_failed", method=method, reason="无人")
    world.take(OFFICER, case, "serve_notice", method="left", proof="见证人在场")
    world.pass_term(case, "DSTMT")
    world.take(HEAD, case, "renotice", reason="数额有变")
    world.take(SQUAD, case, "propose", grade="minor", amount="1000", reasons="x")
    world.take(OFFICER, case, "notice")
    with refused("E_SERVICE_LADDER"):
        world.take(OFFICER, case, "serve_notice", method="announce", proof="无法送达")


def test_a_licensee_who_was_only_asked_to_clear_the_street_waives_nothing_for_the_party(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(OPER, lead, "dissuade")
    asked = world.token(lead)
    assert world.chain.portal(asked).lead_id == lead
    world.take(CLERK, lead, "review", **GOOD)
    inquiry = {"source": "frontage_inquiry", "inquiry": "陈一到店核实，实际经营人为该公司", "confirmed": True}
    world.take(CLERK, lead, "identify", subject_id="s-firm", **inquiry)
    with refused("E_LINK"):
        world.chain.portal(asked)
    with refused("E_LINK"):
        world.chain.portal_take(asked, "waive", {"signed_name": "张三", "agreed": True})
    with world.database.read() as session:
        assert session.query(LinkRow).count() == 1


def lighter_from(world: World, changed_on: date, low: int = 50, high: int = 200) -> None:
    """From a day on the law of the matter is another, lighter one."""
    profile = world.chain.profile
    values = dict(profile.values)
    for key, old, new in (
        ("matters.OUT_OF_STORE.fine.min_yuan", 100, low),
        ("matters.OUT_OF_STORE.fine.max_yuan", 1000, high),
        ("matters.OUT_OF_STORE.penalty", "旧条", f"新条{changed_on}"),
    ):
        before = LawValue(key, old, "test", "test", "test", until=changed_on - timedelta(days=1))
        values[key] = (before, LawValue(key, new, "test", "test", "test", since=changed_on))
    made = profile.overlaid("test", {})
    fresh = type(made)(made.name, made.title_zh, made.title_en, made.lineage, made.deployable, values)
    world.chain.engine.profile = fresh


def test_the_public_record_cites_the_law_by_which_it_was_decided(world):
    case = world.filed()
    lighter_from(world, date(2026, 6, 20))
    world.day("2026-06-22")
    world.proposed(case=case)
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    world.pass_term(case, "DSTMT")
    world.take(HEAD, case, "approve")
    world.take(HEAD, case, "decide", amount="100")
    world.take(OFFICER, case, "serve_decision", method="direct", proof="签收")
    world.take(CLERK, case, "publish")
    (record,) = world.chain.public_records()
    assert record.record["basis"] == "新条2026-06-20"
    view = world.chain.case(case)
    told = next(one for one in view.documents if one.kind == "DECISION")
    assert record.record["basis"] in str(world.chain.document(told.id).source)


def test_a_law_that_changes_after_the_decision_is_cited_nowhere(world):
    case = world.served()
    lighter_from(world, date(2026, 7, 1))
    world.day("2026-07-02")
    world.take(CLERK, case, "publish")
    assert world.chain.public_records()[0].record["basis"] == "旧条"


def test_what_was_never_decided_is_not_published(world):
    case = world.ready()
    world.take(HEAD, case, "no_penalty", ground="first", education="教育")
    world.take(OFFICER, case, "serve_no_penalty", method="direct", proof="签收")
    world.take(SQUAD, case, "close", correction="已改正")
    with refused("E_NO_DECISION"):
        world.take(CLERK, case, "publish")


def test_a_fallen_decision_is_taken_from_the_public_before_its_case_is_closed(world):
    case = world.served()
    world.take(CLERK, case, "publish")
    world.take(HEAD, case, "revoke", reason="撤销")
    with refused("E_STILL_PUBLISHED"):
        world.take(SQUAD, case, "close", correction="已撤销")
    world.take(CLERK, case, "withdraw_publication", reason="决定已撤销")
    world.take(SQUAD, case, "close", correction="已撤销")
    assert world.chain.public_records() == []
    with refused("E_NO_DECISION|E_PUBLISHED"):
        world.take(PRIV, case, "publish")


def test_evidence_that_nobody_says_was_lawfully_obtained_passes_no_review(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_ILLEGAL_MEANS"):
        world.take(CLERK, lead, "review", **{**GOOD, "lawful_means": False})


def test_each_recording_is_told_in_words_before_the_investigation_goes_on(world):
    case = world.filed()
    with refused("E_UNEXPLAINED"):
        world.take(OFFICER, case, "investigate", record="勘验", moments="1. 2026年6月3日16时13分：物品在线外")
    offered = next(one for one in world.chain.steps(OFFICER, case) if one.code == "investigate")
    drafted = next(one.default for one in offered.fields if one.name == "moments")
    assert [line[:2] for line in drafted.splitlines()] == ["1.", "2."] and "超出门店线0.8米" in drafted
    world.take(OFFICER, case, "investigate", record="勘验", moments=drafted)
    paper = next(one for one in world.chain.case(case).documents if one.kind == "RECORD")
    assert "复核时仍在" in str(world.chain.document(paper.id).source)


def test_where_no_order_was_given_the_party_must_have_been_told_all_the_same(world):
    world.law(warn_first="none", matters__OUT_OF_STORE__after_order=False)
    lead = world.identified()
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    case = world.take(SQUAD, lead, "file_approve").case_id
    world.proposed(case=case)
    with refused("E_NOT_INFORMED"):
        world.take(OFFICER, case, "notice")


@pytest.mark.parametrize(("touched", "filed"), [(None, False), ("none", False), ("health", True)])
def test_five_years_bind_only_where_two_officers_found_the_harm(world, touched, filed):
    lead = world.rechecked("still")
    with world.database.session() as session:  # the act ended three years before it was found
        row = session.get(LeadRow, lead)
        row.last_seen = row.last_seen - timedelta(days=3 * 365)
    if touched is not None:
        said = {"harm": "火灾伤三人", "shown_by": "消防认定书1号"} if touched != "none" else {}
        world.take(OFFICER, lead, "find_harm", second_officer="officer2", touched=touched, **said)
    if filed:
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
        assert world.take(SQUAD, lead, "file_approve").case_id
    else:
        with refused("E_LIMITATION"):
            world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_the_longer_limitation_needs_its_harm_stated_and_two_officers(world):
    lead = world.rechecked("still")
    with refused("E_HARM_UNSHOWN"):
        world.take(OFFICER, lead, "find_harm", second_officer="officer2", touched="life")
    with refused("E_SINGLE_OFFICER"):
        world.take(OFFICER, lead, "find_harm", second_officer="aux", touched="life", harm="x", shown_by="y")


def test_an_unknown_longer_limitation_stops(world):
    world.law(periods__limitation_years_grave=None)
    lead = world.rechecked("still")
    world.take(OFFICER, lead, "find_harm", second_officer="officer2", touched="life", harm="x", shown_by="y")
    with refused("E_PROFILE_INCOMPLETE"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_no_refusal_leaves_a_trace_of_a_paper(world):
    case = changed(world)
    before = len(world.chain.case(case).documents)
    with pytest.raises(Refused):
        world.take(OFFICER, case, "serve_change", method="announce", proof="无法送达")
    assert len(world.chain.case(case).documents) == before


def test_a_served_fine_that_nobody_has_paid_is_not_closed(world):
    case = world.served()
    with refused("E_NOT_SETTLED"):
        world.take(SQUAD, case, "close", correction="已改正")
    world.pay(case, 10_000)
    assert world.take(SQUAD, case, "close", correction="已改正").state == "B16"


def test_who_wrote_the_application_down_does_not_grant_it(world):
    case = world.served()
    world.take(person("head", Role.HEAD, Role.OFFICER), case, "apply_deferral", reason="困难")
    with refused("E_FOUR_EYES"):
        world.take(HEAD, case, "grant_deferral", until="2026-09-01", reason="确有困难")


def test_a_filing_is_of_the_party_it_was_proposed_against(world):
    world.law(warn_first="none", matters__OUT_OF_STORE__after_order=False)
    lead = world.identified()
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    inquiry = {"source": "frontage_inquiry", "inquiry": "陈一到店核实，实际经营人为该公司", "confirmed": True}
    world.take(CLERK, lead, "identify", subject_id="s-firm", **inquiry)
    with refused("E_NOT_PROPOSED"):
        world.take(SQUAD, lead, "file_approve")
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    case = world.take(SQUAD, lead, "file_approve").case_id
    assert world.chain.case(case).subject.id == "s-firm"


@pytest.mark.parametrize(
    ("wrong", "right"), [("罚款", "警告"), ("示范", "¥9"), ("没有这些字", "别的字"), ("面馆", "面馆"), ("100", "900")]
)
def test_a_correction_mends_a_slip_and_no_amount_or_article(world, wrong, right):
    case = world.decided()
    paper = next(one.id for one in world.chain.case(case).documents if one.kind == "DECISION")
    with refused("E_CORRECTION"):
        world.take(HEAD, case, "correct", document_id=paper, wrong=wrong, right=right)


def test_a_slip_of_the_pen_is_mended_by_a_paper_of_its_own(world):
    case = world.decided()
    paper = next(one.id for one in world.chain.case(case).documents if one.kind == "DECISION")
    world.take(HEAD, case, "correct", document_id=paper, wrong="张三", right="张叁")
    assert world.chain.case(case).documents[-1].kind == "CORRECTION"


def test_officers_clocks_are_judged_where_they_are_known(world):
    lead = world.alert()
    world.seal(lead)
    world.seal(lead, "on_site")
    world.take(OPER, lead, "confirm")
    world.shelf.clock_error_s = 7.0
    with refused("E_CLOCK"):
        world.take(CLERK, lead, "review", **GOOD)
