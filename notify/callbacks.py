"""What gateways call back: delivery reports and payments. Signed, and idempotent by their own ids."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from notify.actors import PAYMENT_AGENT, SYSTEM
from notify.books import enter
from notify.engine import Engine
from notify.guards_desk import SERVED_WITH, papers_to_serve
from notify.moment import Moment
from notify.payment import OVER, PAID, VOID, balance_now, owe_refund
from notify.refusals import Barred
from notify.service import DELIVERED, FAILED, RECEIPT_STEPS
from notify.signing import verify
from notify.states import State
from notify.steps.words import OWING
from notify.sums import add, unit_of
from notify.table import step_of
from notify.tables import MessageRow, OrderRow, PaymentRow, ServiceRow
from notify.tables_links import LinkCodeRow
from records import BadInput, iso, parse_iso

RECEIPT_WAYS = {"delivery_report": "短信送达报告", "link_opened": "当事人凭短信验证码打开查询链接"}


def signed_json(engine: Engine, body: bytes, signature: str) -> dict[str, Any]:
    """The JSON object of a gateway's call. Raises Refused `E_SIGNATURE`, BadInput `E_CALLBACK`."""
    verify(engine.tools.gateway.secret, body, signature, engine.clock.now())
    try:
        data = json.loads(body)
    except ValueError:
        raise BadInput("E_CALLBACK", "the callback is not JSON") from None
    if not isinstance(data, dict):
        raise BadInput("E_CALLBACK", "the callback is no JSON object")
    return data


def _need(data: Mapping[str, Any], *names: str) -> None:
    missing = [name for name in names if data.get(name) is None]
    if missing:
        raise BadInput("E_CALLBACK", f"the callback lacks {', '.join(missing)}")


def sms_told(engine: Engine, report: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery report {message_id, state delivered|failed, at, reason}: it is the receipt of what was sent."""
    _need(report, "message_id", "state", "at")
    with engine.database.session() as session:
        message = session.get(MessageRow, report["message_id"], with_for_update=True)
        if message is None:
            return _code_told(session, report)
        if message.state in (DELIVERED, FAILED):
            return {"message_id": message.id, "state": message.state, "repeated": True}
        at = max(message.created, min(parse_iso(report["at"]), engine.clock.now()))
        good = report["state"] == "delivered"
        message.state, message.reported_at = (DELIVERED if good else FAILED), at
        message.reason = None if good else str(report.get("reason") or "not delivered")
        service = session.get(ServiceRow, message.service_id) if message.service_id else None
        if service is not None and service.served_at is None:
            m = engine.moment(session, SYSTEM, service.owner_id, lock=True)
            if good:
                received(engine, m, service, "delivery_report", iso(at))
            else:
                unproven(engine, m, service, str(message.reason))
        return {"message_id": message.id, "state": message.state, "repeated": False}


def _code_told(session: Session, report: Mapping[str, Any]) -> dict[str, Any]:
    """The report of a message that carried the code of a link: it proves no service, but the party is told why it
    waits."""
    row = session.get(LinkCodeRow, report["message_id"], with_for_update=True)
    if row is None:
        raise BadInput("E_NOT_FOUND", f"no message {report['message_id']}")
    row.undelivered = report["state"] != "delivered"
    return {"message_id": row.id, "state": FAILED if row.undelivered else DELIVERED, "repeated": False}


def received(engine: Engine, m: Moment, service: ServiceRow, how: str, at: str) -> None:
    """A receipt came in: the step that waits for it is taken by the system; anything else is only noted."""
    step = RECEIPT_STEPS.get(service.purpose)
    row = step_of(step) if step else None
    if row is not None and State(m.owner.state) in row.sources and of_now(m, service):
        engine.apply(m, row.code, {"at": at, "how": RECEIPT_WAYS.get(how, how), "service": service.id})
    elif service.served_at is None:
        service.served_at, service.proof = parse_iso(at), {**service.proof, "by": how}


def of_now(m: Moment, service: ServiceRow) -> bool:
    """Whether a service is of the paper that waits now: the receipt of a notice or decision that was since made anew
    proves nothing of the new one."""
    if m.case is None or m.case.state not in SERVED_WITH:
        return True
    purpose, waiting = papers_to_serve(m)
    return service.purpose == purpose and bool(waiting) and waiting[0].id in service.documents


def unproven(engine: Engine, m: Moment, service: ServiceRow, reason: str) -> None:
    """A service did not reach the party: it stands as failed, and the papers wait for another way."""
    service.failed = reason
    code = "no_receipt" if service.purpose == "order" else "service_unproven"
    step = step_of(code)
    if step is not None and State(m.owner.state) in step.sources:
        engine.apply(m, code, {"reason": reason, "service": service.id})


def payment_told(engine: Engine, data: Mapping[str, Any]) -> dict[str, Any]:
    """A payment {txn_id, order_id, amount_fen, paid_at, channel}; told twice, it counts once.

    Full payment (with any surcharge of the day of payment) moves the case to B12, a part leaves it, too much is kept
    to be paid back. Raises Refused `E_SPOT_CASH` for cash taken by an officer (APL 67), `E_PAYMENT_CONFLICT` where one
    transaction comes with another amount.
    """
    _need(data, "txn_id", "order_id", "amount_fen", "paid_at")
    amount = data["amount_fen"]
    if not isinstance(amount, int) or isinstance(amount, bool) or amount <= 0:
        raise BadInput("E_AMOUNT", f"amount_fen {amount!r}", "a whole number of fen above 0")
    if data.get("channel") == "spot_cash":
        raise Barred(
            "E_SPOT_CASH", "普通程序案件执法人员不得当场收缴罚款", "an officer may not take the fine", "APL 67, 68"
        )
    with engine.database.session() as session:
        order = session.get(OrderRow, data["order_id"], with_for_update=True)
        if order is None:
            raise BadInput("E_NOT_FOUND", f"no order {data['order_id']}")
        known = session.get(PaymentRow, data["txn_id"])
        if known is not None:
            if (known.order_id, known.amount_fen) != (order.id, amount):
                told = f"transaction {known.txn_id} was told with another amount"
                raise Barred("E_PAYMENT_CONFLICT", f"交易{known.txn_id}此前的金额不同", told)
            return _answer(order, repeated=True)
        payment = PaymentRow(
            txn_id=data["txn_id"],
            order_id=order.id,
            amount_fen=amount,
            paid_at=parse_iso(data["paid_at"]),
            received_at=engine.clock.now(),
            channel=str(data.get("channel") or "bank"),
            receipt_number=str(data["receipt_number"]) if data.get("receipt_number") else None,
        )
        session.add(payment)
        session.flush()
        m = engine.moment(session, PAYMENT_AGENT, order.case_id, lock=True)
        settle_order(engine, m, order, payment)
        return _answer(order, repeated=False)


def settle_order(engine: Engine, m: Moment, order: OrderRow, payment: PaymentRow) -> None:
    """Let the balance after a payment decide what becomes of order and case."""
    fact = {"order": order.id, "txn": payment.txn_id, "amount_fen": payment.amount_fen}
    enter(m.session, "payment", order.case_id, fact, engine.clock)
    add(m.session, m.today, "paid_fen", payment.amount_fen, m.lead.kind, unit_of(m))
    values = {"txn_id": payment.txn_id, "amount_fen": payment.amount_fen, "paid_at": iso(payment.paid_at)}
    if order.state in (PAID, OVER, VOID):
        order.overpaid_fen += payment.amount_fen
        owe_refund(m, order, payment.amount_fen, "revoked" if order.state == VOID else "double")
        order.state = OVER if order.state != VOID else VOID
        return
    left = balance_now(m, payment.paid_at)
    case = m.open_case
    if left > 0:
        if State(case.state) in OWING:
            engine.apply(m, "part_paid", {**values, "left_fen": left})
        return
    order.state, order.overpaid_fen = (OVER if left < 0 else PAID), -left
    if left < 0:
        owe_refund(m, order, -left, "overpaid")
    if State(case.state) in OWING:
        engine.apply(m, "paid", values)


def _answer(order: OrderRow, repeated: bool) -> dict[str, Any]:
    return {"order_id": order.id, "state": order.state, "overpaid_fen": order.overpaid_fen, "repeated": repeated}
