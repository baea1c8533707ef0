"""The collecting agent's statement of a day held against what it told of: what was missed is taken in, what differs is
shown. And refunds: what went back."""

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.actors import Actor, Role
from notify.callbacks import payment_told
from notify.engine import AUDIT, Engine
from notify.money import fen_of
from notify.refusals import Barred
from notify.tables import OrderRow, PaymentRow
from notify.tables_desk import ReconciliationRow, RefundRow
from records import BadInput, NonsiteError, append, iso, parse_iso, uuid7

COLUMNS = ("txn_id", "code", "amount_yuan", "paid_at", "channel")
_CASHIERS = frozenset({Role.CLERK, Role.PRIV, Role.PAYAGENT})


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a statement showed. `agreed` lines were known; `taken` were not and count from now on; `differing`,
    `unknown` (no such payment code) and `missing` (told to us, not in the statement) are for a person."""

    id: str
    day: date
    lines: int
    agreed: int
    taken: tuple[str, ...]
    differing: tuple[Mapping[str, Any], ...]
    unknown: tuple[Mapping[str, Any], ...]
    missing: tuple[Mapping[str, Any], ...]
    repeated: bool = False


def reconcile(engine: Engine, actor: Actor, day: date, text: str) -> Reconciliation:
    """Hold a CSV statement (txn_id, code, amount_yuan, paid_at, channel; UTF-8) of one local day against our books.

    The same statement again changes nothing. Raises BadInput `E_STATEMENT` naming the line, Refused `E_ROLE`.
    """
    if not actor.has(_CASHIERS):
        raise Barred("E_ROLE", "无权对账", "reconciling is for clerks and the collecting agent", "")
    lines, sha256 = _lines(text), hashlib.sha256(f"{day}\n{text}".encode()).hexdigest()
    with engine.database.read() as session:
        known = session.scalars(select(ReconciliationRow).where(ReconciliationRow.sha256 == sha256)).first()
        if known is not None:
            return _told(known, repeated=True)
        before = {row.txn_id: row for row in _payments(engine, session, day)}
        orders = {line["code"]: _order(session, line["code"]) for line in lines}
        amounts = {line["txn_id"]: session.get(PaymentRow, line["txn_id"]) for line in lines}
    found: dict[str, list[Any]] = {"agreed": [], "taken": [], "differing": [], "unknown": []}
    for line in lines:
        part, entry = _held(engine, line, orders[line["code"]], amounts[line["txn_id"]])
        found[part].append(entry)
    told = {line["txn_id"] for line in lines}
    missing = [{"txn_id": one, "amount_fen": row.amount_fen} for one, row in before.items() if one not in told]
    body: dict[str, Any] = {**found, "agreed": len(found["agreed"]), "missing": missing, "lines": len(lines)}
    with engine.database.session() as session:
        now = engine.clock.now()
        row = ReconciliationRow(id=uuid7(engine.clock), day=day, at=now, actor_id=actor.id, sha256=sha256, body=body)
        session.add(row)
        session.flush()
        counts = {key: value if isinstance(value, int) else len(value) for key, value in body.items()}
        append(
            session, AUDIT, "reconciled", row.id, {"actor": actor.id, "day": day.isoformat(), **counts}, engine.clock
        )
        return _told(row)


def _lines(text: str) -> list[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise BadInput("E_STATEMENT", f"columns {reader.fieldnames}", f"a first line {','.join(COLUMNS)}")
    found = []
    try:
        rows = list(enumerate(reader, start=2))
    except csv.Error as error:
        raise BadInput("E_STATEMENT", f"line {reader.line_num}: {error}", "nothing of it was taken") from None
    for number, line in rows:
        try:
            fen, at = fen_of(line["amount_yuan"] or ""), parse_iso(line["paid_at"] or "")
            if not line["txn_id"] or not line["code"] or fen <= 0:
                raise ValueError("a field is empty")
        except (NonsiteError, ValueError, TypeError) as error:
            raise BadInput("E_STATEMENT", f"line {number}: {error}", "nothing of the statement was taken") from None
        found.append({**line, "amount_fen": fen, "at": at})
    ids = [line["txn_id"] for line in found]
    if len(set(ids)) < len(ids):
        raise BadInput("E_STATEMENT", "a transaction stands in the statement twice", "nothing of it was taken")
    return found


def _held(engine: Engine, line: Mapping[str, Any], order: OrderRow | None, known: PaymentRow | None) -> tuple[str, Any]:
    """Where a line of the statement belongs; one that nobody told us of is taken in like a callback."""
    plain = {"txn_id": line["txn_id"], "code": line["code"], "amount_fen": line["amount_fen"]}
    if known is not None:
        same = order is not None and (known.order_id, known.amount_fen) == (order.id, line["amount_fen"])
        return ("agreed", line["txn_id"]) if same else ("differing", {**plain, "told_fen": known.amount_fen})
    if order is None:
        return "unknown", plain
    payment_told(
        engine,
        {
            **{"txn_id": line["txn_id"], "order_id": order.id, "amount_fen": line["amount_fen"]},
            **{"paid_at": iso(line["at"]), "channel": line["channel"] or "statement"},
        },
    )
    return "taken", line["txn_id"]


def _payments(engine: Engine, session: Session, day: date) -> list[PaymentRow]:
    """Payments of a local day that we were told of."""
    start = datetime.combine(day, time(), engine.tools.calendar.zone).astimezone(UTC)
    query = select(PaymentRow).where(PaymentRow.paid_at >= start, PaymentRow.paid_at < start + timedelta(days=1))
    return list(session.scalars(query))


def _order(session: Session, code: str) -> OrderRow | None:
    return session.scalars(select(OrderRow).where(OrderRow.code == code)).first()


def _told(row: ReconciliationRow, repeated: bool = False) -> Reconciliation:
    parts = {name: tuple(row.body[name]) for name in ("taken", "differing", "unknown", "missing")}
    return Reconciliation(row.id, row.day, row.body["lines"], row.body["agreed"], **parts, repeated=repeated)


def refund_told(engine: Engine, data: Mapping[str, Any]) -> dict[str, Any]:
    """The collecting agent tells that a refund was paid {refund_id, reference}; told twice, it counts once."""
    if not data.get("refund_id") or not data.get("reference"):
        raise BadInput("E_CALLBACK", "the callback lacks refund_id or reference")
    return _done(engine, "gateway", str(data["refund_id"]), str(data["reference"]))


def record_refund(engine: Engine, actor: Actor, refund_id: str, reference: str) -> dict[str, Any]:
    """A refund was paid another way: a person notes its reference."""
    if not actor.has(_CASHIERS):
        raise Barred("E_ROLE", "无权登记退款", "refunds are noted by clerks", "")
    if not reference.strip():
        raise BadInput("E_FIELD", "reference is missing", "the number of the transfer")
    return _done(engine, actor.id, refund_id, reference.strip())


def _done(engine: Engine, who: str, refund_id: str, reference: str) -> dict[str, Any]:
    with engine.database.session() as session:
        row = session.get(RefundRow, refund_id, with_for_update=True)
        if row is None:
            raise BadInput("E_NOT_FOUND", f"no refund {refund_id}")
        repeated = row.state == "done"
        if not repeated:
            row.state, row.done_at, row.reference = "done", engine.clock.now(), reference
            session.flush()
            fact = {"actor": who, "refund": row.id, "amount_fen": row.amount_fen, "reference": reference}
            append(session, AUDIT, "refunded", row.case_id, fact, engine.clock)
        return {"refund_id": row.id, "state": row.state, "repeated": repeated}
