"""The hub takes in the sealing machines' logs, row by row as they stand there, and never the same place twice.

A machine that tells another row under a number that the hub holds has rewritten its log: that is written into the
hub's own log, and nothing of it is taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import select

from evidence.log import log_message
from evidence.messages import LogMessage
from records import BadInput, Clock, Database, LogRow, Refused, append, row_hash, tail

HUB = "hub"
FORKED = "log.forked"


class LogGap(Refused):
    """Rows before this one have not come yet; they are told again, oldest first."""


def absorb(database: Database, message: dict[str, object], clock: Clock, machine: str | None = None) -> int:
    """Take in one row of a machine's log; how many rows of it the hub holds now. The same row again changes nothing.

    With `machine`, only its own log is taken. Raises BadInput where the row is none or its hash is wrong, LogGap where
    rows before it are missing, Refused E_LOG_FORKED where it is not what the machine told before.
    """
    try:
        told = LogMessage.model_validate(message)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput("E_LOG_ROW", f"{where}: {first['msg']}", "send rows as the log holds them") from error
    if machine is not None and told.chain != f"machine:{machine}":
        raise BadInput("E_LOG_ROW", f"{told.chain}: not the log of {machine}", "each machine tells its own log")
    row = LogRow(
        chain=told.chain, seq=told.seq, at=told.at, kind=told.kind, subject=told.subject, body=told.body,
        prev=told.prev, hash=told.hash,
    )  # fmt: skip
    if row_hash(row) != told.hash:
        raise BadInput(
            "E_LOG_ROW", f"{told.event_id}: expected hash {row_hash(row)}, found {told.hash}", "look into it"
        )
    with database.session() as session:
        held, newest = tail(session, told.chain)
        if told.seq == held + 1 and told.prev == newest:
            session.add(row)
            return told.seq
        if told.seq > held + 1:
            raise LogGap("E_LOG_GAP", f"{told.chain}: row {told.seq} came, {held + 1} is next", f"send from {held + 1}")
        there = session.scalar(select(LogRow.hash).where(LogRow.chain == told.chain, LogRow.seq == told.seq))
        if there == told.hash:
            return held
        # A row that would follow, but not what is held, is a rewrite as much as another row under a known number.
        facts = {"seq": told.seq, "held": there or newest, "told": told.hash if there else told.prev}
        known = select(LogRow.id).where(LogRow.chain == HUB, LogRow.kind == FORKED, LogRow.subject == told.chain)
        if session.scalar(known.limit(1)) is None:
            append(session, HUB, FORKED, told.chain, facts, clock)
    raise Refused(
        "E_LOG_FORKED",
        f"{told.chain}: row {told.seq}: expected {facts['held']} as told before, found {facts['told']}",
        "the machine's log was rewritten: keep the machine, look into it",
    )


def absorb_file(database: Database, log: Path, clock: Clock) -> dict[str, int]:
    """Take in every machine's log that lies in an SQLite file; rows held now, by chain. For a hub that was restored."""
    if not log.is_file():
        raise BadInput("E_LOG", f"{log}: no log", "give the sealing machine's SQLite file")
    source = Database(log)
    held: dict[str, int] = {}
    try:
        for row in _rows(source):
            held[row.chain] = absorb(database, log_message(row).model_dump(mode="json"), clock)
    finally:
        source.close()
    return held


def _rows(source: Database) -> Iterable[LogRow]:
    with source.read() as session:
        query = select(LogRow).where(LogRow.chain.like("machine:%")).order_by(LogRow.chain, LogRow.seq)
        return list(session.scalars(query))
