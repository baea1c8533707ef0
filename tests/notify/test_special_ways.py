"""Fast track, volunteer work instead of part of a fine, registered items, disputes over competence."""

import pytest

from notify.tables import CaseRow
from tests.notify.people import CLERK, HEAD, OFFICER, SQUAD
from tests.notify.refusing import refused
from tests.notify.world import World

AGREED = {"clear": True, "unopposed": True, "shown_by": "当事人在询问笔录中同意"}


def fast(world: World, **more) -> str:
    """A case on the fast track whose notice was served and whose party has waived its statement."""
    case = world.proposed(**more)
    world.take(OFFICER, case, "choose_fast", **AGREED)
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="sms")
    world.deliver()
    world.report(case)
    return case


def waived(world: World, case: str) -> None:
    world.chain.portal_take(world.token(case), "waive", {"signed_name": "张三", "agreed": True})


def test_on_the_fast_track_one_step_of_the_head_approves_and_decides(world):
    case = fast(world)
    waived(world, case)
    assert world.take(HEAD, case, "decide_fast", amount="100").state == "B10"
    assert [row.step for row in world.chain.case(case).timeline][-2:] == ["waive", "decide_fast"]


def test_the_fast_track_skips_neither_the_notice_nor_its_window(world):
    case = world.proposed()
    world.take(OFFICER, case, "choose_fast", **AGREED)
    with refused("E_STATE"):
        world.take(HEAD, case, "decide_fast", amount="100")
    served = fast(world, shop_id="shop-2", subject="s-firm")
    with refused("E_STATE"):
        world.take(HEAD, served, "decide_fast", amount="100")
    world.pass_term(served, "DSTMT")
    assert world.take(HEAD, served, "decide_fast", amount="100").state == "B10"


@pytest.mark.parametrize("said", ["object", "statement"])
def test_whatever_the_party_says_against_it_ends_the_fast_track(world, said):
    case = fast(world)
    if said == "object":
        world.chain.portal_take(world.token(case), "object_fast", {})
        world.pass_term(case, "DSTMT")
    else:
        world.chain.portal_take(world.token(case), "statement", {"text": "有异议"})
        world.take(CLERK, case, "review_statement", adopted="rejected", reasons="无依据")
        world.pass_term(case, "DSTMT")
    with refused("E_FAST_TRACK"):
        world.take(HEAD, case, "decide_fast", amount="100")
    world.take(HEAD, case, "approve")
    assert world.take(HEAD, case, "decide", amount="100").state == "B10"


def test_the_fast_track_is_for_small_fines_and_asks_for_the_partys_word(world):
    case = world.proposed(amount="600", grade="ordinary")
    with refused("E_FAST_TRACK"):
        world.take(OFFICER, case, "choose_fast", **{**AGREED, "unopposed": False})
    world.take(OFFICER, case, "choose_fast", **AGREED)
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    world.pass_term(case, "DSTMT")
    with refused("E_FAST_TRACK"):
        world.take(HEAD, case, "decide_fast", amount="600")


def test_where_nobody_has_said_whether_there_is_a_fast_track_there_is_none(world):
    case = world.proposed()
    world.law(fast_track__enabled=None)
    with refused("E_PROFILE_INCOMPLETE"):
        world.take(OFFICER, case, "choose_fast", **AGREED)
    world.law(fast_track__enabled=False)
    assert "choose_fast" not in {one.code for one in world.chain.steps(OFFICER, case)}


def offsets(world: World, **more) -> None:
    law = {"enabled": True, "yuan_per_hour": 20, "max_percent": 50, "basis": "《示范区公益服务办法》", **more}
    world.law(**{f"service_offset__{key}": value for key, value in law.items()})


def worked(world: World, hours: int = 5) -> str:
    case = world.filed()
    world.take(OFFICER, case, "investigate", record="勘验")
    said = {"asked": True, "hours": hours, "host": "示范路居委会", "shown_by": "服务记录1号"}
    world.take(OFFICER, case, "volunteer", **said)
    shown = {"evidence_per_element": "齐", "elements_shown": True, "opinion": "处罚"}
    world.take(OFFICER, case, "close_investigation", **shown)
    return case


def test_volunteer_work_offsets_what_the_profile_lets_it_and_the_papers_say_so(world):
    offsets(world)
    case = worked(world)
    for amount, offset in (("180", "120"), ("50", "50")):  # more than five hours earn; below the statutory minimum
        with refused("E_OFFSET"):
            world.take(SQUAD, case, "propose", grade="minor", amount=amount, offset=offset, reasons="x")
    world.take(SQUAD, case, "propose", grade="ordinary", amount="250", offset="100", reasons="x")
    with world.database.read() as session:
        assert session.get(CaseRow, case).proposal["offset_fen"] == 10_000
    world.take(OFFICER, case, "notice")
    paper = next(one for one in world.chain.case(case).documents if one.kind == "PRIOR_NOTICE")
    assert "公益服务5小时" in str(world.chain.document(paper.id).source)
    world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    world.pass_term(case, "DSTMT")
    world.take(HEAD, case, "approve")
    assert world.take(HEAD, case, "decide", amount="250").state == "B10"


def test_without_the_offset_the_same_amount_stands_in_no_grade(world):
    offsets(world)
    case = worked(world)
    with refused("E_RANGE"):
        world.take(SQUAD, case, "propose", grade="ordinary", amount="250", reasons="x")


def test_volunteer_work_is_asked_for_by_the_party_and_allowed_by_the_profile(world):
    case = world.filed()
    world.take(OFFICER, case, "investigate", record="勘验")
    said = {"asked": True, "hours": 5, "host": "居委会", "shown_by": "1号"}
    with refused("E_OFFSET"):
        world.take(OFFICER, case, "volunteer", **said)
    world.law(service_offset__enabled=None)
    with refused("E_PROFILE_INCOMPLETE"):
        world.take(OFFICER, case, "volunteer", **said)
    offsets(world)
    with refused("E_OFFSET"):
        world.take(OFFICER, case, "volunteer", **{**said, "asked": False})
    offsets(world, yuan_per_hour=None)
    world.take(OFFICER, case, "volunteer", **said)
    shown = {"evidence_per_element": "齐", "elements_shown": True, "opinion": "处罚"}
    world.take(OFFICER, case, "close_investigation", **shown)
    with refused("E_PROFILE_INCOMPLETE"):
        world.take(SQUAD, case, "propose", grade="ordinary", amount="250", offset="100", reasons="x")


def test_registered_items_are_settled_within_seven_working_days_and_before_the_investigation_ends(world):
    case = world.filed()
    world.take(OFFICER, case, "investigate", record="勘验")
    listed = {"items": "折叠桌两张", "kept_at": "一中队", "paper": "登1号", "reason": "可能灭失"}
    with refused("E_ROLE"):
        world.take(OFFICER, case, "register_items", **listed)
    world.take(HEAD, case, "register_items", **listed)
    term = next(one for one in world.chain.deadlines(case) if one.code == "DREG7")
    assert str(term.last_day) == "2026-06-12", "seven working days from Wednesday 3 June"
    shown = {"evidence_per_element": "齐", "elements_shown": True, "opinion": "处罚"}
    with refused("E_REGISTERED"):
        world.take(OFFICER, case, "close_investigation", **shown)
    with refused("E_REGISTERED"):
        world.take(HEAD, case, "terminate", ground="other", reason="x")
    world.take(HEAD, case, "settle_items", outcome="returned", reason="已拍照固定")
    assert world.take(OFFICER, case, "close_investigation", **shown).state == "B2"
    assert next(one for one in world.chain.deadlines(case) if one.code == "DREG7").state == "done"


def test_nothing_is_told_or_decided_while_competence_is_disputed(world):
    case = world.proposed()
    world.take(OFFICER, case, "dispute_competence", organ="交通运输局", reason="共享单车")
    term = next(one for one in world.chain.deadlines(case) if one.code == "DJUR7")
    assert str(term.last_day) == "2026-06-10"
    with refused("E_JURISDICTION"):
        world.take(OFFICER, case, "notice")
    world.take(HEAD, case, "settle_competence", result="ours", paper="协商记录1号")
    assert world.take(OFFICER, case, "notice").state == "B4"


def test_a_case_that_was_given_to_another_organ_goes_there_and_nowhere_else(world):
    case = world.proposed()
    with refused("E_COMPETENT"):
        world.take(HEAD, case, "transfer", why="competence", organ="交通运输局", reason="x")
    world.take(OFFICER, case, "dispute_competence", organ="交通运输局", reason="x")
    world.take(HEAD, case, "settle_competence", result="theirs", paper="指定管辖1号")
    for step, values in (("notice", {}), ("propose", {})):
        with refused("E_JURISDICTION|E_STATE"):
            world.take(OFFICER if step == "notice" else SQUAD, case, step, **values)
    assert world.take(HEAD, case, "transfer", why="competence", organ="交通运输局", reason="指定").state == "B10X"
