"""Append-only, hash-chained logs.

A log row's hash covers the previous row's hash and the row's own RFC 8785 form, so an edited, missing or inserted row
breaks every hash after it. Triggers refuse UPDATE and DELETE. What a chain cannot show by itself is a tail cut off by
whoever owns the database: that is what anchors outside are for.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import DDL, String, UniqueConstraint, event, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.clock import Clock, iso
from records.database import Base, Json, UtcDateTime

GENESIS = "0" * 64


class LogRow(Base):
    """One event of one chain."""

    __tablename__ = "log"
    __table_args__ = (UniqueConstraint("chain", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    chain: Mapped[str] = mapped_column(String(80))
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    body: Mapped[Any] = mapped_column(Json)
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk over one chain found; `first_bad` is the first sequence number that does not hold."""

    ok: bool
    rows: int
    first_bad: int | None
    reason: str


def append(session: Session, chain: str, kind: str, subject: str, body: dict[str, Any], clock: Clock) -> LogRow:
    """Add one event to `chain` within the caller's unit of work.

    On PostgreSQL writers of one chain queue on an advisory lock until the end of their transaction; on SQLite the unit
    of work already holds the write lock.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:chain))"), {"chain": f"log:{chain}"})
    last = session.scalars(select(LogRow).where(LogRow.chain == chain).order_by(LogRow.seq.desc()).limit(1)).first()
    seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
    now = clock.now()
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    row = LogRow(chain=chain, seq=seq, at=at, kind=kind, subject=subject, body=body, prev=prev, hash="")
    row.hash = row_hash(row)
    session.add(row)
    session.flush()
    return row


def row_hash(row: LogRow) -> str:
    """SHA-256 (hex) over the previous hash and the row's RFC 8785 form."""
    fact = {
        "chain": row.chain,
        "seq": row.seq,
        "at": iso(row.at),
        "kind": row.kind,
        "subject": row.subject,
        "body": row.body,
    }
    return hashlib.sha256(row.prev.encode() + rfc8785.dumps(fact)).hexdigest()


def verify_chain(session: Session, chain: str) -> ChainReport:
    """Walk one chain from its first row and say where it first breaks."""
    prev, seq = GENESIS, 0
    for row in _rows(session, chain):
        seq += 1
        if row.seq != seq:
            return ChainReport(False, seq - 1, seq, f"row {seq} is missing (found {row.seq})")
        if row.prev != prev:
            return ChainReport(False, seq - 1, seq, f"row {seq} does not follow the row before it")
        if row.hash != row_hash(row):
            return ChainReport(
                False, seq - 1, seq, f"row {seq} was altered: expected hash {row_hash(row)}, found {row.hash}"
            )
        prev = row.hash
    return ChainReport(True, seq, None, "")


def _rows(session: Session, chain: str) -> Iterator[LogRow]:
    query = select(LogRow).where(LogRow.chain == chain).order_by(LogRow.seq).execution_options(yield_per=1000)
    yield from session.scalars(query)


SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS log_no_{verb.lower()} BEFORE {verb} ON log "
    f"BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)
POSTGRESQL_GUARDS = (
    "CREATE OR REPLACE FUNCTION log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$",
    "CREATE TRIGGER log_no_change BEFORE UPDATE OR DELETE ON log FOR EACH ROW EXECUTE FUNCTION log_refuse()",
    "CREATE TRIGGER log_no_truncate BEFORE TRUNCATE ON log FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()",
)

for _dialect, _statements in (("sqlite", SQLITE_GUARDS), ("postgresql", POSTGRESQL_GUARDS)):
    for _statement in _statements:
        _ddl: Any = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(LogRow.__table__, "after_create", _ddl.execute_if(dialect=_dialect))
