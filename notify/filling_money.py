"""From orders, payments and refunds to what a case owes as of now."""

from typing import Any

from sqlalchemy.orm import Session

from notify.actors import SYSTEM
from notify.engine import Engine
from notify.payment import OPEN as OWED
from notify.payment import order_of, owed_fen, payments_of, refunds_of
from notify.tables_desk import RefundRow
from notify.views import PaymentView


def payment(engine: Engine, session: Session, case_id: str) -> PaymentView | None:
    """What a case owes as of now."""
    order = order_of(session, case_id)
    if order is None:
        return None
    m = engine.moment(session, SYSTEM, case_id)
    principal, surcharge, paid = owed_fen(m, order, m.today)
    settled = order.state != OWED
    return PaymentView(
        order.id,
        order.code,
        order.state,
        principal,
        max(0, paid - order.overpaid_fen - principal) if settled else surcharge,
        paid,
        0 if settled else principal + surcharge - paid,
        order.overpaid_fen,
        order.due_on,
        tuple((order.plan or {}).get("parts", [])),
        tuple(_refund(row) for row in refunds_of(session, case_id)),
        tuple(row.receipt_number for row in payments_of(session, order.id) if row.receipt_number),
    )


def _refund(row: RefundRow) -> dict[str, Any]:
    fields = ("id", "amount_fen", "reason", "state", "created", "done_at", "reference")
    return {name: getattr(row, name) for name in fields}
