"""What a decided case owes and what was paid: order, surcharge, balance. Whole fen throughout."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.moment import Moment
from notify.numbering import next_number
from notify.tables import OrderRow, PaymentRow
from notify.tables_desk import RefundRow
from records import uuid7

OPEN, PAID, OVER, VOID = "open", "paid", "over", "void"
Days = list[tuple[date, date]]


def open_order(m: Moment, principal_fen: int) -> OrderRow:
    """The payment order of a decision; it can be paid once the decision is served and `due_on` is set."""
    year = m.today.year
    seq = next_number(m.session, m.organ.code, "缴款码", year)
    row = OrderRow(
        id=uuid7(m.clock),
        case_id=m.open_case.id,
        code=_payment_code(year, seq),
        principal_fen=principal_fen,
        due_on=None,
        state=OPEN,
        created=m.now,
        overpaid_fen=0,
    )
    m.session.add(row)
    m.session.flush()
    return row


def _payment_code(year: int, seq: int) -> str:
    """Sixteen digits: year, running number, and a Luhn check digit against slips of the finger."""
    body = f"{year:04d}{seq:011d}"
    return f"{body}{_luhn(body)}"


def _luhn(body: str) -> int:
    digits = [int(c) * (2 if n % 2 == 0 else 1) for n, c in enumerate(reversed(body))]
    return -sum(d // 10 + d % 10 for d in digits) % 10


def order_of(session: Session, case_id: str) -> OrderRow | None:
    """The live order of a case."""
    query = select(OrderRow).where(OrderRow.case_id == case_id, OrderRow.state != VOID)
    return session.scalars(query.order_by(OrderRow.created.desc()).limit(1)).first()


def payments_of(session: Session, order_id: str) -> list[PaymentRow]:
    query = select(PaymentRow).where(PaymentRow.order_id == order_id)
    return list(session.scalars(query.order_by(PaymentRow.paid_at, PaymentRow.txn_id)))


def surcharge_fen(
    principal_fen: int,
    due_on: date,
    day: date,
    permille: int,
    cap_percent: int,
    skipped: Days | None = None,
    paid: list[tuple[date, int]] | None = None,
) -> int:
    """The surcharge that has accrued by the end of `day` (APL 72; ACL 45).

    Each day after `due_on` adds `permille` of the principal still unpaid that day, never more in all than `cap_percent`
    of the principal; days inside `skipped` (reconsideration, suit, an approved deferral; ends included) add none.
    """
    cap = Decimal(principal_fen) * cap_percent / 100
    total, at = Decimal(0), due_on + timedelta(days=1)
    while at <= day and total < cap:
        if not any(start <= at <= end for start, end in skipped or []):
            left = principal_fen - sum(amount for on, amount in paid or [] if on < at)
            total += Decimal(max(left, 0)) * permille / 1000
        at += timedelta(days=1)
    return int(min(total, cap).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def skipped_days(m: Moment) -> Days:
    """Days that add no surcharge: reconsideration or suit (APL 73), and a deferral or plan that is kept (APL 66)."""
    spans: Days = []
    stops = m.records("remedy_closed")
    for start in m.records("remedy_opened"):
        stop = next((row for row in stops if row.seq > start.seq), None)
        spans.append((m.calendar.today(start.at), m.calendar.today(stop.at) if stop else date.max))
    missed = m.records("overdue")
    for start in m.records("grant_deferral"):
        broken = next((row.body["missed"] for row in missed if row.seq > start.seq and row.body.get("missed")), None)
        spans.append((m.calendar.today(start.at), date.fromisoformat(broken or start.body["until"])))
    return spans


def owed_fen(m: Moment, order: OrderRow, day: date) -> tuple[int, int, int]:
    """(principal, surcharge by the end of `day`, paid so far) of an order."""
    payments = payments_of(m.session, order.id)
    paid = [(m.calendar.today(p.paid_at), p.amount_fen) for p in payments]
    surcharge = 0
    due = order.first_due or order.due_on
    if due is not None:
        surcharge = surcharge_fen(
            order.principal_fen,
            due,
            day,
            int(m.law("surcharge.permille_per_day")),
            int(m.law("surcharge.cap_percent")),
            skipped_days(m),
            paid,
        )
    return order.principal_fen, surcharge, sum(amount for _, amount in paid)


def surcharge_now(m: Moment) -> int:
    """The surcharge that has accrued by today."""
    order = order_of(m.session, m.open_case.id)
    return owed_fen(m, order, m.today)[1] if order else 0


def balance_now(m: Moment, at: datetime | None = None) -> int:
    """What is still owed today (or at `at`); negative where too much was paid."""
    order = order_of(m.session, m.open_case.id)
    if order is None:
        return 0
    principal, surcharge, paid = owed_fen(m, order, m.calendar.today(at) if at else m.today)
    return principal + surcharge - paid


def plan_kept(m: Moment, order: OrderRow) -> tuple[date | None, date | None]:
    """(the instalment that was missed, the next that is due) of an approved plan; each is due by its day's end.

    A plan of one instalment is a plain deferral.
    """
    paid = sum(row.amount_fen for row in payments_of(m.session, order.id)) - int(
        (order.plan or {}).get("before_fen", 0)
    )
    owed = 0
    for part in (order.plan or {}).get("parts", []):
        owed += int(part["amount_fen"])
        due = date.fromisoformat(part["due_on"])
        if paid < owed:
            return (due, None) if m.today > due else (None, due)
    return None, None


def refunds_of(session: Session, case_id: str) -> list[RefundRow]:
    """What is to be paid back, or was, oldest first."""
    query = select(RefundRow).where(RefundRow.case_id == case_id)
    return list(session.scalars(query.order_by(RefundRow.created, RefundRow.id)))


def owe_refund(m: Moment, order: OrderRow, amount_fen: int, reason: str) -> RefundRow:
    """Money must go back to whoever paid: `reason` overpaid, double or revoked. It leaves with the next delivery."""
    row = RefundRow(
        id=uuid7(m.clock),
        order_id=order.id,
        case_id=order.case_id,
        amount_fen=amount_fen,
        reason=reason,
        state="due",
        created=m.now,
    )
    m.session.add(row)
    m.session.flush()
    return row


def revoke_order(m: Moment, case_id: str) -> None:
    """A decision fell: its order is void, and what was paid under it (and is not on its way back) is owed back."""
    query = select(OrderRow).where(OrderRow.case_id == case_id, OrderRow.state != VOID)
    for order in m.session.scalars(query):
        paid = sum(row.amount_fen for row in payments_of(m.session, order.id))
        back = sum(row.amount_fen for row in refunds_of(m.session, case_id) if row.order_id == order.id)
        order.state = VOID
        if paid > back:
            owe_refund(m, order, paid - back, "revoked")
