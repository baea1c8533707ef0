"""What leaves after the unit of work that queued it: text messages, payment orders, refunds, news to staff."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import structlog
from sqlalchemy import func, select

from notify.actors import SYSTEM
from notify.callbacks import unproven
from notify.engine import Engine
from notify.payment import OPEN, VOID
from notify.registers import Registers
from notify.service import FAILED, QUEUED, SENT
from notify.staff import tell_staff
from notify.tables import CaseRow, MessageRow, OrderRow, ServiceRow
from notify.tables_desk import RefundRow

MAX_ATTEMPTS = 20
T = TypeVar("T")
log = structlog.get_logger(__name__)


def deliver(engine: Engine, limit: int = 200) -> int:
    """Hand what waits to the gateway; the count handed over. What the gateway does not take stays for the next time.

    A crash between handing over and marking hands it over twice; the gateway knows ids it has seen.
    """
    sent = _messages(engine, limit) + _orders(engine, limit) + _cancelled(engine, limit) + _refunds(engine, limit)
    return sent + tell_staff(engine, limit)


def _hand_over(
    waiting: Iterable[T], send: Callable[[T], None], mark: Callable[[T, str | None], None], what: str
) -> int:
    """Hand each over and mark what became of it; one that is refused holds up nobody, a gateway that is down all."""
    sent = 0
    for one in waiting:
        failure, down = None, False
        try:
            send(one)
        except OSError as error:
            failure, down = str(error) or type(error).__name__, isinstance(error, ConnectionError)
            log.warning("the gateway did not take it", what=what, reason=failure)
        mark(one, failure)
        sent += failure is None
        if down:
            break
    return sent


def _messages(engine: Engine, limit: int) -> int:
    with engine.database.read() as session:
        query = select(MessageRow).where(MessageRow.state == QUEUED).order_by(MessageRow.id).limit(limit)
        waiting = list(session.scalars(query))

    def mark(row: MessageRow, failure: str | None) -> None:
        with engine.database.session() as session:
            fresh = session.get(MessageRow, row.id, with_for_update=True)
            if fresh is None or fresh.state != QUEUED:  # its delivery report was faster than we
                return
            fresh.attempts += 1
            if failure is None:
                fresh.state, fresh.sent_at = SENT, engine.clock.now()
            elif fresh.attempts >= MAX_ATTEMPTS:
                fresh.state, fresh.reason = FAILED, failure
                service = session.get(ServiceRow, fresh.service_id) if fresh.service_id else None
                if service is not None and service.served_at is None:
                    unproven(engine, engine.moment(session, SYSTEM, service.owner_id, lock=True), service, failure)

    return _hand_over(waiting, lambda row: engine.tools.gateway.send_sms(row.id, row.phone, row.text), mark, "message")


def _orders(engine: Engine, limit: int) -> int:
    with engine.database.read() as session:
        query = select(OrderRow).where(
            OrderRow.state == OPEN, OrderRow.pushed_at.is_(None), OrderRow.due_on.is_not(None)
        )
        waiting = []
        for row in session.scalars(query.order_by(OrderRow.id).limit(limit)):
            case = session.get(CaseRow, row.case_id)
            subject = Registers(session).subject(case.subject_id) if case else None
            waiting.append((row, subject.name if subject else ""))

    def send(one: tuple[OrderRow, str]) -> None:
        row, payer = one
        assert row.due_on is not None
        engine.tools.gateway.place_order(row.id, row.code, payer, row.principal_fen, row.due_on)

    return _hand_over(
        waiting, send, lambda one, failure: _stamp(engine, OrderRow, one[0].id, "pushed_at", failure), "order"
    )


def _cancelled(engine: Engine, limit: int) -> int:
    """Orders of decisions that fell are taken back, so that nobody pays them any more."""
    with engine.database.read() as session:
        query = select(OrderRow).where(
            OrderRow.state == VOID, OrderRow.pushed_at.is_not(None), OrderRow.cancelled_at.is_(None)
        )
        waiting = list(session.scalars(query.order_by(OrderRow.id).limit(limit)))
    return _hand_over(
        waiting,
        lambda row: engine.tools.gateway.cancel_order(row.code),
        lambda row, failure: _stamp(engine, OrderRow, row.id, "cancelled_at", failure),
        "cancelled order",
    )


def _refunds(engine: Engine, limit: int) -> int:
    with engine.database.read() as session:
        query = select(RefundRow).where(RefundRow.state == "due").order_by(RefundRow.id).limit(limit)
        waiting = [(row, session.get_one(OrderRow, row.order_id).code) for row in session.scalars(query)]

    def send(one: tuple[RefundRow, str]) -> None:
        row, code = one
        engine.tools.gateway.refund(row.id, code, row.amount_fen, row.reason)

    def mark(one: tuple[RefundRow, str], failure: str | None) -> None:
        if failure is not None:
            return
        with engine.database.session() as session:
            fresh = session.get(RefundRow, one[0].id, with_for_update=True)
            if fresh is not None and fresh.state == "due":  # the bank may have been faster than we
                fresh.state, fresh.ordered_at = "ordered", engine.clock.now()

    return _hand_over(waiting, send, mark, "refund")


def _stamp(engine: Engine, table: type[Any], row_id: str, column: str, failure: str | None) -> None:
    if failure is not None:
        return
    with engine.database.session() as session:
        fresh = session.get(table, row_id, with_for_update=True)
        if fresh is not None:
            setattr(fresh, column, engine.clock.now())


def unsent(engine: Engine) -> int:
    """Messages queued or waiting for their delivery report, and orders not yet pushed."""
    with engine.database.read() as session:
        messages = select(func.count()).select_from(MessageRow).where(MessageRow.state.in_((QUEUED, SENT)))
        orders = select(func.count()).where(
            OrderRow.state == OPEN, OrderRow.pushed_at.is_(None), OrderRow.due_on.is_not(None)
        )
        return (session.scalar(messages) or 0) + (session.scalar(orders) or 0)
