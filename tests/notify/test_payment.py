"""Money: amounts in fen and in words, surcharge with its cap, callbacks that count once."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.money import fen_of, yuan_text, yuan_words
from notify.payment import surcharge_fen
from notify.signing import sign
from notify.tables import OrderRow, PaymentRow
from records import BadInput, Refused, iso
from tests.notify.people import CLERK, HEAD, LEGAL, OFFICER, SQUAD
from tests.notify.stand_ins import Pigeons

DUE = date(2026, 10, 8)


def surcharge(day_after_due: int, **more) -> int:
    return surcharge_fen(50_000, DUE, DUE + timedelta(days=day_after_due), 30, 100, **more)


@pytest.mark.parametrize(
    ("days", "fen"), [(0, 0), (1, 1500), (10, 15000), (33, 49500), (34, 50000), (40, 50000), (400, 50000)]
)
def test_scenario_40_the_surcharge_of_500_yuan_by_day_and_its_cap(days, fen):
    assert surcharge(days) == fen


def test_scenario_41_days_of_a_reconsideration_add_nothing():
    twenty = (DUE + timedelta(days=6), DUE + timedelta(days=25))
    assert surcharge(30, skipped=[twenty]) == surcharge(10)


def test_what_was_paid_earlier_no_longer_bears_a_surcharge():
    half = [(DUE + timedelta(days=5), 25_000)]
    assert surcharge(10, paid=half) == 5 * 1500 + 5 * 750


@given(st.integers(1, 10_000_000), st.integers(0, 200))
def test_the_surcharge_never_passes_the_principal_and_never_falls(principal, days):
    today, tomorrow = (surcharge_fen(principal, DUE, DUE + timedelta(days=n), 30, 100) for n in (days, days + 1))
    assert 0 <= today <= tomorrow <= principal


@pytest.mark.parametrize(
    ("fen", "text", "words"),
    [
        (0, "0.00", "零元整"),
        (1, "0.01", "壹分"),
        (10, "0.10", "壹角整"),
        (105, "1.05", "壹元零伍分"),
        (20_000, "200.00", "贰佰元整"),
        (100_500, "1005.00", "壹仟零伍元整"),
        (1_000_000, "10000.00", "壹万元整"),
        (10_000_100, "100001.00", "壹拾万零壹元整"),
        (100_000_001, "1000000.01", "壹佰万元零壹分"),
    ],
)
def test_amounts_read_as_papers_write_them(fen, text, words):
    assert (yuan_text(fen), yuan_words(fen), fen_of(text)) == (text, words, fen)


@pytest.mark.parametrize("bad", ["", "x", "-1", "1.001", "NaN", "1e3000", "１２"])
def test_what_is_no_amount_in_yuan_is_refused(bad):
    if bad == "１２":
        assert fen_of(bad) == 1200  # full-width digits are digits
        return
    with pytest.raises(BadInput, match="E_AMOUNT"):
        fen_of(bad)


def test_a_payment_told_twice_counts_once(world):
    case = world.served()
    first, again = world.pay(case, 10_000, txn="t"), world.pay(case, 10_000, txn="t")
    assert (first["repeated"], again["repeated"], world.state(case)) == (False, True, "B12")
    with world.database.read() as session:
        assert session.query(PaymentRow).count() == 1
    with pytest.raises(Refused, match="E_PAYMENT_CONFLICT"):
        world.pay(case, 9_999, txn="t")


def test_part_then_the_rest_then_too_much(world):
    case = world.served()
    world.pay(case, 4_000, txn="a")
    assert world.state(case) == "B11"
    world.pay(case, 7_000, txn="b")
    assert world.state(case) == "B12"
    world.pay(case, 500, txn="c")
    payment = world.chain.case(case).payment
    assert (payment.state, payment.overpaid_fen, payment.balance_fen) == ("over", 1_500, 0)


def test_the_day_of_payment_counts_not_the_day_of_its_news(world):
    case = world.served()
    due = next(t.due for t in world.chain.deadlines(case) if t.code == "DPAY15")
    world.clock.set(due + timedelta(days=5))
    world.chain.tick()
    world.pay(case, 10_000, at=due - timedelta(hours=1))
    assert world.state(case) == "B12"


def test_scenario_44_cash_taken_by_an_officer_is_refused(world):
    case = world.served()
    with world.database.read() as session:
        order = session.query(OrderRow).one()
    data = {
        "txn_id": "cash",
        "order_id": order.id,
        "amount_fen": 10_000,
        "paid_at": iso(world.clock.now()),
        "channel": "spot_cash",
    }
    body = json.dumps(data).encode()
    with pytest.raises(Refused, match="E_SPOT_CASH"):
        world.chain.payment_callback(body, sign(Pigeons.secret, body, world.clock.now()))
    assert world.state(case) == "B11"


def test_a_payment_that_nobody_signed_is_refused(world):
    with pytest.raises(Refused, match="E_SIGNATURE"):
        world.chain.payment_callback(b"{}", "t=1,v1=00")


def test_the_gateway_down_keeps_messages_and_orders_for_later(world):
    case = world.served()
    world.pigeons.down = True
    assert world.chain.deliver() == 0 and world.chain.unsent() == 1
    world.pigeons.down = False
    assert world.chain.deliver() == 1 and world.chain.unsent() == 0
    assert world.chain.deliver() == 0
    assert next(iter(world.pigeons.orders.values()))[2] == world.chain.case(case).payment.due_on


def test_scenario_42_a_deferral_stops_the_surcharge_until_it_ends(world):
    case = world.served()
    world.pass_term(case, "DPAY15")
    with pytest.raises(Refused, match="E_NO_APPLICATION"):
        world.take(HEAD, case, "grant_deferral", until="2026-08-01", reason="x")
    lead = world.chain.case(case).lead_id
    world.chain.portal_take(world.token(lead), "apply_deferral", {"reason": "经营困难"})
    world.take(HEAD, case, "grant_deferral", until="2026-08-01", reason="确有困难")
    assert world.state(case) == "B12D"
    world.day("2026-07-20")
    assert world.chain.case(case).payment.surcharge_fen == 0
    world.pass_term(case, "DPAY15")
    assert world.state(case) == "B13"
    world.day("2026-08-04")
    assert world.chain.case(case).payment.surcharge_fen == 900


def overdue(world) -> str:
    case = world.served()
    world.pass_term(case, "DPAY15")
    return case


def test_scenario_43_the_court_only_after_dunning_and_inside_its_window(world):
    case = overdue(world)
    world.clock.advance(86400 * 3)
    with pytest.raises(Refused, match="E_SURCHARGE_CAP"):
        world.take(OFFICER, case, "dun", method="direct", proof="签收", surcharge="50.00")
    world.take(OFFICER, case, "dun", method="direct", proof="签收")
    with pytest.raises(Refused, match="E_DUNNING"):
        world.take(HEAD, case, "court_apply")
    world.pass_term(case, "DDUN10")
    with pytest.raises(Refused, match="E_COURT_WINDOW"):
        world.take(HEAD, case, "court_apply")
    world.day("2026-12-14")  # the six months of the suit ended on the 11th
    world.chain.tick()
    with pytest.raises(Refused, match="E_LEGAL_REVIEW"):
        world.take(HEAD, case, "court_apply")
    world.take(LEGAL, case, "legal_opinion", purpose="court", conclusion="pass", opinion="材料齐全")
    assert world.take(HEAD, case, "court_apply").state == "B15"
    world.pay(case, 20_000)
    assert world.state(case) == "B12"


def test_scenario_43_after_three_months_the_window_is_lost_and_the_head_closes(world):
    case = overdue(world)
    world.take(OFFICER, case, "dun", method="direct", proof="签收")
    world.clock.advance(86400 * 300)
    world.chain.tick()
    with pytest.raises(Refused, match="E_COURT_WINDOW"):
        world.take(HEAD, case, "court_apply")
    assert world.take(HEAD, case, "close_unpaid", reason="期限已过，追究责任").state == "B16"


def test_scenario_45_a_revoked_decision_owes_nothing_and_leaves_the_public_record(world):
    case = world.served()
    world.take(CLERK, case, "publish")
    world.day("2026-09-30")
    world.take(HEAD, case, "revoke", reason="复议撤销")
    view = world.chain.case(case)
    term = next(t for t in view.deadlines if t.code == "DRETRACT3")
    assert (view.state, term.last_day, view.payment) == ("REVOKED", date(2026, 10, 10), None)
    world.take(CLERK, case, "withdraw_publication", reason="决定已撤销")
    assert "DRETRACT3" in [t.code for t in world.chain.case(case).deadlines if t.state == "done"]
    assert world.take(SQUAD, case, "close", correction="已撤销").state == "B16"


def test_scenario_46_the_public_record_of_a_person_hides_who_it_is(world):
    from notify.tables import PublicationRow

    case = world.served()
    world.take(CLERK, case, "publish")
    with world.database.read() as session:
        body = session.get(PublicationRow, case).body
    assert body["subject"] == "示范面馆" and body["result"] == "罚款¥100.00"
    assert not {"phone", "address", "id_number"} & set(body)
