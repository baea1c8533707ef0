"""Money that goes back, money in parts, and the collecting agent's statement."""

import json
from datetime import date, timedelta

import pytest

from notify.signing import sign
from records import BadInput, Refused, iso
from tests.notify.people import CLERK, HEAD, OFFICER, OPER, SQUAD
from tests.notify.stand_ins import Pigeons
from tests.notify.world import World

HEADER = "txn_id,code,amount_yuan,paid_at,channel\n"


def refunded(world: World, refund_id: str) -> dict:
    body = json.dumps({"refund_id": refund_id, "reference": "RF1"}).encode()
    return world.chain.refund_callback(body, sign(Pigeons.secret, body, world.clock.now()))


def refunds(world: World, case: str):
    payment = world.chain.case(case).payment
    return payment.refunds if payment else ()


def test_what_was_paid_under_a_decision_that_fell_goes_back(world):
    case = world.served()
    world.deliver()
    world.pay(case, 10_000)
    world.take(HEAD, case, "revoke", reason="复议撤销")
    with pytest.raises(Refused, match="E_NOT_SETTLED"):
        world.take(SQUAD, case, "close", correction="已撤销")
    world.deliver()
    ((refund_id, (code, fen, reason)),) = world.pigeons.refunds.items()
    assert (fen, reason) == (10_000, "revoked") and world.pigeons.cancelled == {code}
    assert [refunded(world, refund_id)["repeated"] for _ in range(2)] == [False, True]
    assert world.take(SQUAD, case, "close", correction="已撤销").state == "B16" and world.audit_holds()


def test_paid_too_much_and_paid_twice_go_back(world):
    case = world.served()
    world.pay(case, 12_000, txn="a")
    world.pay(case, 10_000, txn="b")
    owed_back = {(one["amount_fen"], one["reason"]) for one in refunds(world, case)}
    assert owed_back == {(2_000, "overpaid"), (10_000, "double")}
    world.take(HEAD, case, "revoke", reason="复议撤销")
    world.deliver()
    assert sorted(fen for _, fen, _ in world.pigeons.refunds.values()) == [2_000, 10_000, 10_000]


def test_a_part_paid_before_the_decision_fell_goes_back_and_what_comes_after_too(world):
    case = world.served()
    world.pay(case, 3_000, txn="a")
    world.take(HEAD, case, "revoke", reason="撤销")
    world.pay(case, 7_000, txn="b")
    world.deliver()
    assert sorted(fen for _, fen, _ in world.pigeons.refunds.values()) == [3_000, 7_000]


def test_a_refund_that_was_paid_another_way_is_noted_by_a_clerk_and_by_nobody_else(world):
    case = world.served()
    world.pay(case, 12_000)
    refund = refunds(world, case)[0]["id"]
    with pytest.raises(Refused, match="E_ROLE"):
        world.chain.record_refund(OPER, refund, "T-1")
    assert world.chain.record_refund(CLERK, refund, "T-1")["state"] == "done"


def on_plan(world: World) -> str:
    case = world.served()
    world.take(OFFICER, case, "apply_deferral", reason="经营困难")
    plan = "2026-07-01 40.00\n2026-08-01 30.00\n2026-09-01 30.00"
    world.take(HEAD, case, "grant_deferral", until="2026-09-01", plan=plan, reason="确有困难")
    return case


def test_scenario_42_three_instalments_that_are_kept_bear_no_surcharge(world):
    case = on_plan(world)
    world.day("2026-06-30")
    world.pay(case, 4_000, txn="1")
    world.pass_term(case, "DPAY15")
    assert world.state(case) == "B12D"
    world.day("2026-07-31")
    world.pay(case, 3_000, txn="2")
    world.pass_term(case, "DPAY15")
    assert (world.state(case), world.chain.case(case).payment.surcharge_fen) == ("B12D", 0)
    world.day("2026-09-01")
    world.pay(case, 3_000, txn="3")
    assert world.state(case) == "B12"


def test_scenario_42_a_missed_instalment_starts_the_surcharge_on_what_is_left(world):
    case = on_plan(world)
    world.day("2026-06-30")
    world.pay(case, 4_000, txn="1")
    world.pass_term(case, "DPAY15")
    world.pass_term(case, "DPAY15")  # the second day passes unpaid
    assert world.state(case) == "B13"
    world.day("2026-08-05")  # four days after 1 August, on the 60 yuan that are left
    assert world.chain.case(case).payment.surcharge_fen == 4 * 180


def test_a_surcharge_that_had_accrued_before_a_deferral_is_not_forgotten(world):
    case = world.served()
    world.pass_term(case, "DPAY15")
    world.clock.advance(86_400 * 4)
    before = world.chain.case(case).payment.surcharge_fen
    world.take(OFFICER, case, "apply_deferral", reason="经营困难")
    until = (world.clock.now() + timedelta(days=30)).date().isoformat()
    world.take(HEAD, case, "grant_deferral", until=until, reason="确有困难")
    assert before > 0 and world.chain.case(case).payment.surcharge_fen in (before, before - 300)


@pytest.mark.parametrize(
    "plan", ["2026-07-01 40.00", "2026-07-01 50.00\n2026-08-01 50.00", "x", "2026-09-01 60.00\n2026-07-01 40.00"]
)
def test_a_plan_that_does_not_add_up_or_end_on_its_day_is_refused(world, plan):
    case = world.served()
    world.take(OFFICER, case, "apply_deferral", reason="经营困难")
    with pytest.raises(BadInput):
        world.take(HEAD, case, "grant_deferral", until="2026-09-01", plan=plan, reason="确有困难")
    assert world.state(case) == "B11"


def test_a_statement_takes_in_what_was_never_told_and_shows_what_differs(world):
    told, missed = world.served(), world.served(subject="s-firm", shop_id="shop-2", shop_name="示范贸易")
    world.pay(told, 10_000, txn="told")
    world.pay(told, 1_000, txn="unseen")
    now = iso(world.clock.now())
    codes = [world.chain.case(one).payment.code for one in (told, missed)]
    rows = [
        f"told,{codes[0]},99.00,{now},bank",
        f"missed,{codes[1]},100.00,{now},bank",
        f"odd,9999999999999999,5.00,{now},bank",
    ]
    day = world.chain.calendar.today(world.clock.now())
    text = HEADER + "\n".join(rows) + "\n"
    found = world.chain.reconcile(CLERK, day, text)
    assert (found.taken, found.agreed, world.state(missed)) == (("missed",), 0, "B12")
    assert [one["told_fen"] for one in found.differing] == [10_000]
    assert [one["txn_id"] for one in found.unknown] == ["odd"]
    assert [one["txn_id"] for one in found.missing] == ["unseen"]
    again = world.chain.reconcile(CLERK, day, text)
    assert again.repeated and again.id == found.id and world.audit_holds()


@pytest.mark.parametrize(
    "text", ["a,b\n", HEADER + "t,c,x,2026-06-03T00:00:00Z,bank\n", HEADER + "t,,1.00,2026-06-03T00:00:00Z,b\n"]
)
def test_a_statement_with_a_line_that_cannot_be_read_is_refused_whole(world, text):
    with pytest.raises(BadInput, match="E_STATEMENT"):
        world.chain.reconcile(CLERK, date(2026, 6, 3), text)


def test_the_number_of_the_electronic_receipt_is_kept_with_the_payment(world):
    case = world.served()
    world.deliver()
    (order_id,) = world.pigeons.orders
    data = {
        "txn_id": "t",
        "order_id": order_id,
        "amount_fen": 10_000,
        "paid_at": iso(world.clock.now()),
        "receipt_number": "E1",
    }
    body = json.dumps(data).encode()
    world.chain.payment_callback(body, sign(Pigeons.secret, body, world.clock.now()))
    assert world.chain.case(case).payment.receipts == ("E1",)
