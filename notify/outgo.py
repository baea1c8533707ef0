"""What leaves: queued text messages and payment orders go to the gateway, after the unit of work that queued them."""

import structlog
from sqlalchemy import func, select

from notify.engine import Engine
from notify.payment import OPEN
from notify.registers import Registers
from notify.service import FAILED, QUEUED, SENT
from notify.tables import CaseRow, MessageRow, OrderRow

MAX_ATTEMPTS = 20
log = structlog.get_logger(__name__)


def deliver(engine: Engine, limit: int = 200) -> int:
    """Hand what waits to the gateway; the count handed over. What the gateway does not take stays for the next time.

    A crash between handing over and marking hands it over twice; the gateway knows ids it has seen.
    """
    return _messages(engine, limit) + _orders(engine, limit)


def _messages(engine: Engine, limit: int) -> int:
    with engine.database.read() as session:
        query = select(MessageRow).where(MessageRow.state == QUEUED).order_by(MessageRow.id).limit(limit)
        waiting = list(session.scalars(query))
    sent = 0
    for row in waiting:
        try:
            engine.tools.gateway.send_sms(row.id, row.phone, row.text)
            failure = None
        except OSError as error:
            failure = str(error) or type(error).__name__
            log.warning("sms gateway did not take a message", message=row.id, reason=failure)
        with engine.database.session() as session:
            fresh = session.get(MessageRow, row.id, with_for_update=True)
            if fresh is None or fresh.state != QUEUED:  # its delivery report was faster than we
                sent += failure is None
                continue
            fresh.attempts += 1
            if failure is None:
                fresh.state, fresh.sent_at = SENT, engine.clock.now()
                sent += 1
            elif fresh.attempts >= MAX_ATTEMPTS:
                fresh.state, fresh.reason = FAILED, failure
        if failure is not None:
            break  # the gateway is down: the rest would fail the same way
    return sent


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
    pushed = 0
    for row, payer in waiting:
        assert row.due_on is not None
        try:
            engine.tools.gateway.place_order(row.id, row.code, payer, row.principal_fen, row.due_on)
        except OSError as error:
            log.warning("payment gateway did not take an order", order=row.id, reason=str(error))
            break
        with engine.database.session() as session:
            fresh = session.get(OrderRow, row.id, with_for_update=True)
            if fresh is not None:
                fresh.pushed_at = engine.clock.now()
        pushed += 1
    return pushed


def unsent(engine: Engine) -> int:
    """Messages queued or waiting for their delivery report, and orders not yet pushed."""
    with engine.database.read() as session:
        messages = select(func.count()).select_from(MessageRow).where(MessageRow.state.in_((QUEUED, SENT)))
        orders = select(func.count()).where(
            OrderRow.state == OPEN, OrderRow.pushed_at.is_(None), OrderRow.due_on.is_not(None)
        )
        return (session.scalar(messages) or 0) + (session.scalar(orders) or 0)
