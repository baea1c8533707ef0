"""The main ways of the chain from alert to archive, step by step through `take`."""

from datetime import timedelta

from tests.notify.people import CLERK, GOOD, HEAD, OFFICER, OPER, PRIV, SQUAD
from tests.notify.refusing import refused
from tests.notify.world import World


def kinds(world: World, owner: str) -> list[str]:
    view = world.chain.case(owner) if owner.count("-") > 2 else world.chain.lead(owner)
    return [paper.kind for paper in view.documents]


def test_an_alert_is_nobodys_business_until_its_package_is_sealed(world):
    lead = world.alert()
    assert world.state(lead) == "A0" and world.chain.steps(OPER, lead) == []
    world.seal(lead)
    assert world.state(lead) == "A1"
    assert [offer.code for offer in world.chain.steps(OPER, lead)] == ["confirm", "discard"]


def test_an_alert_that_the_operator_discards_ends_with_a_label(world):
    lead = world.alert()
    world.seal(lead)
    outcome = world.take(OPER, lead, "discard", reason="false_detection", note="是行人")
    assert outcome.state == "A9" and world.chain.lead(lead).is_end
    assert world.chain.lead(lead).timeline[-1].note == "是行人"
    assert world.audit_holds()


def test_corrected_in_time_ends_without_a_case(world):
    lead = world.rechecked("cleared")
    world.take(CLERK, lead, "close_rectified")
    view = world.chain.lead(lead)
    assert view.state == "A7" and view.case_id is None
    assert [paper.kind for paper in view.documents] == ["ORDER"]
    assert "提醒" in view.timeline[-1].note


def test_still_there_leads_to_a_paid_fine_and_the_archive(world):
    case = world.notified()
    world.pass_term(case, "DSTMT")
    assert world.state(case) == "B7"
    world.take(HEAD, case, "approve")
    world.chain.portal_take(world.token(case), "consent", {"address": "13900000001", "signed_name": "张三"})
    world.take(HEAD, case, "decide", amount="100")
    world.take(OFFICER, case, "serve_decision", method="electronic")
    assert world.state(case) == "B10"
    world.deliver()
    world.report(case)
    assert world.state(case) == "B11"
    world.deliver()
    assert [amount for _, amount, _ in world.pigeons.orders.values()] == [10000]
    world.pay(case, 10000)
    assert world.state(case) == "B12"
    world.take(CLERK, case, "publish")
    world.take(SQUAD, case, "close", correction="现场已恢复")
    with refused("E_REMEDY_OPEN"):
        world.take(PRIV, case, "archive")
    world.pass_term(case, "DLIT6M")
    world.take(PRIV, case, "archive")
    assert world.state(case) == "B17"
    assert kinds(world, case) == [
        "FILING",
        "RECORD",
        "EVIDENCE_LIST",
        "REPORT",
        "PRIOR_NOTICE",
        "RECEIPT",
        "CONSENT",
        "DECISION",
        "RECEIPT",
        "PAYMENT",
        "PUBLICATION",
        "CLOSING",
        "FILE_INDEX",
    ]
    assert world.audit_holds()


def test_a_statement_is_heard_reviewed_and_answered_in_the_decision(world):
    case = world.notified()
    world.chain.portal_take(world.token(case), "statement", {"text": "当时正在卸货。"})
    assert world.state(case) == "B6"
    world.take(CLERK, case, "review_statement", adopted="rejected", reasons="持续时间超过卸货所需")
    world.pass_term(case, "DSTMT")
    world.take(HEAD, case, "approve")
    outcome = world.take(HEAD, case, "decide", amount="100")
    source = world.chain.document(outcome.documents[0][0]).source
    assert "当时正在卸货" in source["statement_text"] and "持续时间超过卸货所需" in source["statement_text"]


def test_the_party_may_waive_the_window_in_writing(world):
    case = world.notified()
    world.chain.portal_take(world.token(case), "waive", {"signed_name": "张三", "agreed": True})
    world.take(HEAD, case, "approve")
    assert world.take(HEAD, case, "decide", amount="100").state == "B10"


def test_private_bikes_are_handed_to_the_police(world):
    lead = world.alert("BIKE_CLUTTER", shop_id=None, shop_name=None)
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD, subkind="PRIVATE_NMV")
    outcome = world.take(CLERK, lead, "handoff", facts="多辆私人非机动车占用人行道")
    assert outcome.state == "A10" and outcome.body["organ"] == "公安"
    assert world.chain.document(outcome.documents[0][0]).kind == "HANDOFF"


def test_bad_evidence_is_rejected_by_the_clerk(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    assert world.take(CLERK, lead, "reject", reason="画面模糊").state == "A8"


def test_late_payment_owes_the_surcharge_of_its_day(world):
    case = world.served()
    world.pass_term(case, "DPAY15")
    assert world.state(case) == "B13"
    world.clock.advance(timedelta(days=9).total_seconds())  # the tenth day after the due day
    payment = world.chain.case(case).payment
    assert (payment.surcharge_fen, payment.balance_fen) == (3000, 13000)
    world.pay(case, 10000, txn="t-1")
    assert world.state(case) == "B13"
    assert world.chain.case(case).payment.balance_fen == 3000
    world.pay(case, 3000, txn="t-2")
    assert world.state(case) == "B12"


def test_an_unknown_vendor_is_identified_by_two_officers(world):
    lead = world.alert("STALL", shop_id=None, shop_name=None)
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD)
    world.take(
        OFFICER,
        lead,
        "identify_on_site",
        second_officer="officer2",
        kind="person",
        name="赵六",
        id_number="11010519491231002X",
        address="示范村1号",
        phone="13900000009",
        confirmed=True,
    )
    world.take(OFFICER, lead, "warn", method="direct", proof="本人签收")
    view = world.chain.lead(lead)
    assert view.state == "A5" and view.recheck_due == world.clock.now() + timedelta(minutes=30)
    assert view.subject.name == "赵六" and view.subject.id_number == "1101**********002X"
