"""No door leads round the table: borrowed roles, messages about other leads, people who are tied, posted or apart."""

from datetime import timedelta

import pytest

from notify import Actor, Role
from notify.registers import OfficerRow, PostingRow
from notify.tables import PackageRow
from records import BadInput, iso
from tests.notify.people import CLERK, GOOD, HEAD, OFFICER, OPER, SQUAD
from tests.notify.refusing import day, refused

ALL = frozenset(Role)


@pytest.mark.parametrize("step", ["window_ended", "waive", "withdraw_hearing", "paid", "notice_served"])
def test_whoever_holds_every_role_takes_no_step_of_the_system_the_bank_or_the_party(world, step):
    case = world.served() if step == "paid" else world.proposed() if step == "notice_served" else world.notified()
    with refused("E_ROLE|E_STATE"):
        world.take(Actor("chief", "长", ALL), case, step)
    assert step not in [event.step for event in world.chain.case(case).timeline]


def test_a_person_tied_to_the_party_takes_no_step_in_any_role_but_may_ask_to_be_let_go(world):
    case = world.ready()
    world.law()
    with world.database.session() as session:
        session.add(OfficerRow(id="head", name="长", organ="demo", kind="officer", ties=["s-shop"]))
    for step in ("decide", "terminate", "no_penalty"):
        with refused("E_RECUSAL"):
            world.take(HEAD, case, step, **({"ground": "other", "reason": "x"} if step == "terminate" else {}))
    assert world.take(Actor("deputy", "副", frozenset({Role.HEAD})), case, "decide", amount="100").state == "B10"


def test_who_reviewed_or_proposed_it_does_not_decide_it_whatever_the_role_of_the_day(world):
    case = world.ready()
    for person in ("clerk", "squad", "officer1", "officer2"):
        with refused("E_FOUR_EYES"):
            world.take(Actor(person, person, frozenset({Role.HEAD})), case, "decide", amount="100")


def test_an_officer_who_is_lent_away_does_not_count_here(world):
    lead = world.rechecked("still")
    with world.database.session() as session:
        session.add(PostingRow(officer="officer2", organ="town", since=day("2026-06-01"), until=None, basis="借调"))
    with refused("E_SINGLE_OFFICER"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_a_message_does_not_carry_the_evidence_of_one_lead_over_to_another(world):
    other = world.rechecked("still", shop_id="shop-2", shop_name="示范贸易", subject="s-firm")
    stolen = world.chain.lead(other).packages[-1].package_id
    lead = world.warned()
    world.clock.set(world.chain.lead(lead).recheck_due + timedelta(seconds=1))
    world.chain.tick()
    at = iso(world.clock.now())
    world.chain.recheck_done({"event_id": "x", "alert_id": lead, "result": "still", "package_id": stolen, "at": at})
    with world.database.read() as session:
        assert session.get(PackageRow, stolen).lead_id == other
    with refused("E_NO_RECHECK"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_a_package_that_comes_when_the_case_is_filed_is_only_attached_and_bars_nothing(world):
    case = world.ready()
    late = world.seal(world.chain.case(case).lead_id, "after_notice")
    package = next(one for one in world.chain.case(case).lead.packages if one.package_id == late)
    assert not package.used
    assert world.take(HEAD, case, "decide", amount="100").state == "B10"


def test_what_was_put_right_is_over_and_the_next_capture_is_an_act_of_its_own(world):
    first = world.rechecked("cleared")
    at = iso(world.clock.now() + timedelta(seconds=5))
    world.chain.recheck_done({"event_id": "again", "alert_id": first, "result": "still", "package_id": None, "at": at})
    assert world.chain.lead(first).recheck["result"] == "cleared"
    second = world.alert(opened=iso(world.clock.now()))
    assert world.state(second) == "A0", "it does not join the lead that was put right"


def test_a_notice_is_not_served_before_it_was_written(world):
    case = world.proposed()
    world.take(OFFICER, case, "notice")
    with refused("E_SERVICE_PROOF"):
        world.take(OFFICER, case, "serve_notice", method="direct", proof="签收", served_on="2026-05-01")


def test_the_new_hearing_window_binds_though_an_earlier_hearing_was_waived(world):
    case = world.notified(kind="OUTDOOR_AD", amount="20000", grade="ordinary")
    world.chain.portal_take(world.token(case), "waive_hearing", {"signed_name": "张三"})
    world.pass_term(case, "DSTMT")
    world.take(HEAD, case, "renotice", reason="更正依据")
    world.take(SQUAD, case, "propose", grade="ordinary", amount="20000", reasons="重新告知")
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    world.chain.portal_take(world.token(case), "waive", {"signed_name": "张三", "agreed": True})
    world.take(Actor("legal", "审", frozenset({Role.LEGAL})), case, "legal_review", conclusion="pass", opinion="合法")
    with refused("E_HEARING_WINDOW"):
        world.take(HEAD, case, "approve")


def test_a_standstill_over_the_end_of_the_window_does_not_lose_the_case(world):
    case = world.notified()
    world.take(HEAD, case, "suspend", cause="appraisal", reason="鉴定")
    world.clock.advance(86400 * 20)
    world.chain.tick()
    assert world.take(HEAD, case, "resume").state == "B5"
    assert world.state(case) == "B7", "the window that ended meanwhile has ended"


def test_a_ground_not_to_penalise_must_stand_in_the_record(world):
    case = world.ready()
    for ground in ("minor_corrected", "limitation", "local_list"):
        with refused("E_GROUND"):
            world.take(HEAD, case, "no_penalty", ground=ground, education="教育")
    assert world.take(HEAD, case, "no_penalty", ground="first", education="教育").state == "B10N"


def test_what_is_on_the_list_of_what_is_not_penalised_is_not_penalised(world):
    case = world.proposed()
    world.law(no_penalty_list=["OUT_OF_STORE"])
    with refused("E_NO_PENALTY_DUE"):
        world.take(OFFICER, case, "notice")


def test_a_child_is_not_fined_and_a_minor_only_less(world):
    from notify import resident_check_digit

    def born(text: str) -> str:
        body = f"310115{text}001"
        return body + resident_check_digit(body)

    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD)
    who = {"second_officer": "officer2", "kind": "person", "name": "小明", "address": "示范路1号", "confirmed": True}
    with pytest.raises(BadInput, match="E_IDENTITY_NUMBER"):
        world.take(OFFICER, lead, "identify_on_site", **who, id_number="310115201301010018")
    world.take(OFFICER, lead, "identify_on_site", **who, id_number=born("20130101"), phone="13900000077")
    world.take(OPER, lead, "warn", method="sms")
    world.deliver()
    world.report(lead)
    world.look_again(lead, "still")
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    case = world.take(SQUAD, lead, "file_approve").case_id
    with refused("E_NO_PENALTY_DUE"):
        world.proposed(case=case)
    assert world.take(HEAD, case, "no_penalty", ground="under_age", education="责令监护人管教").state == "B10N"


def test_a_decision_that_fell_before_it_was_served_can_be_closed(world):
    case = world.decided()
    world.take(Actor("deputy", "副", frozenset({Role.HEAD})), case, "revoke", reason="发现错误")
    assert world.take(SQUAD, case, "close", correction="已撤销").state == "B16"
