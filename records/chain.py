"""Append-only, hash-chained logs.

A log row's hash covers the previous row's hash and the row's own RFC 8785 form, so an edited, missing or inserted row
breaks every hash after it. Triggers refuse UPDATE and DELETE, and a row that does not follow the last. What a chain
cannot show by itself is a tail cut off by whoever owns the database: that is what anchors outside are for.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import DDL, String, Text, UniqueConstraint, bindparam, event, func, insert, select, text, type_coerce
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


# Told to the database as it is: a unit of work that keeps every row it added as an object costs as much as the row.
_INSERT = insert(LogRow.__table__)  # type: ignore[arg-type]
_APPEND = text(
    "SELECT seq, prev, hash FROM log_append(:chain, :at, :kind, :subject, :body, :before, :after)"
).bindparams(bindparam("at", type_=UtcDateTime), bindparam("body", type_=Json))


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
    now = clock.now()
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    row = LogRow(chain=chain, seq=0, at=at, kind=kind, subject=subject, body=body, prev=GENESIS, hash="")
    values = {name: getattr(row, name) for name in ("chain", "at", "kind", "subject", "body")}
    if session.get_bind().dialect.name == "postgresql":
        before, after = _around_number(row)
        row.seq, row.prev, row.hash = session.execute(_APPEND, {**values, "before": before, "after": after}).one()
        return row
    seq, row.prev = tail(session, chain)
    row.seq = seq + 1
    row.hash = row_hash(row)
    session.execute(_INSERT, {**values, "seq": row.seq, "prev": row.prev, "hash": row.hash})
    return row


def _around_number(row: LogRow) -> tuple[str, str]:
    """The RFC 8785 form of a row before and behind its number, which the database gives it."""
    at, body, chain, kind, subject = (
        rfc8785.dumps(value).decode() for value in (iso(row.at), row.body, row.chain, row.kind, row.subject)
    )
    return f'{{"at":{at},"body":{body},"chain":{chain},"kind":{kind},"seq":', f',"subject":{subject}}}'


def tail(session: Session, chain: str) -> tuple[int, str]:
    """Number and hash of a chain's newest row, (0, GENESIS) before the first; nobody else adds to it meanwhile."""
    if session.get_bind().dialect.name == "postgresql":
        statement: Any = text("SELECT seq, hash FROM log_tail(:chain)").bindparams(chain=chain)
    else:
        statement = select(LogRow.seq, LogRow.hash).where(LogRow.chain == chain).order_by(LogRow.seq.desc()).limit(1)
    last = session.execute(statement).first()
    return (int(last[0]), str(last[1])) if last else (0, GENESIS)


def row_hash(row: LogRow) -> str:
    """SHA-256 (hex) over the previous hash and the row's RFC 8785 form."""
    return hashlib.sha256(row.prev.encode() + canonical_row(row)).hexdigest()


def chains(session: Session) -> list[str]:
    """The names of all chains, each found by one look into the index, however long they are."""
    found: list[str] = []
    while (
        name := session.scalar(select(func.min(LogRow.chain)).where(LogRow.chain > (found or [""])[-1]))
    ) is not None:
        found.append(name)
    return found


class ChainBreak(Exception):
    """Where a chain first does not hold, and why, as a sentence."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(reason)
        self.seq = seq


def verify_chain(session: Session, chain: str) -> ChainReport:
    """Walk one chain from its first row and say where it first breaks."""
    rows = 0
    try:
        for rows, _ in walk(session, chain):  # noqa: B007 - counted for the report
            pass
    except ChainBreak as error:
        return ChainReport(False, error.seq - 1, error.seq, str(error))
    return ChainReport(True, rows, None, "")


def walk(session: Session, chain: str, after: int = 0, prev: str = GENESIS) -> Iterator[tuple[int, str]]:
    """(number, hash) of each row of a chain behind row `after`, whose hash is `prev`; every row is checked.

    Raises ChainBreak at the first that is missing, altered or does not follow.
    """
    named = json.dumps(chain, ensure_ascii=False)
    seq = after
    for found, at, kind, subject, body, stated_prev, stated in _raw_rows(session, chain, after):
        seq += 1
        if found != seq:
            raise ChainBreak(seq, f"row {seq} is missing (found {found})")
        if stated_prev != prev:
            raise ChainBreak(seq, f"row {seq} does not follow the row before it")
        # A row is kept as the text that was hashed, or nearly so; where it differs, the slow form decides.
        form = (
            f'{{"at":"{at}","body":{body},"chain":{named},"kind":{json.dumps(kind, ensure_ascii=False)},'
            f'"seq":{seq},"subject":{json.dumps(subject, ensure_ascii=False)}}}'
        )
        if hashlib.sha256(f"{prev}{form}".encode()).hexdigest() != stated:
            _check_slowly(session, chain, seq)
        prev = stated
        yield seq, stated


def _check_slowly(session: Session, chain: str, seq: int) -> None:
    row = session.scalars(select(LogRow).where(LogRow.chain == chain, LogRow.seq == seq)).one()
    found = row_hash(row)
    if found != row.hash:
        raise ChainBreak(seq, f"row {seq} was altered: expected hash {found}, found {row.hash}")


def _raw_rows(session: Session, chain: str, after: int) -> Iterator[Any]:
    if session.get_bind().dialect.name == "postgresql":
        at: Any = func.to_char(func.timezone("UTC", LogRow.at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    else:  # kept as "2026-05-12 08:15:30.000000"
        kept = type_coerce(LogRow.at, Text)
        at = func.substr(kept, 1, 10).concat("T").concat(func.substr(kept, 12, 12)).concat("Z")
    columns = (LogRow.seq, at, LogRow.kind, LogRow.subject, type_coerce(LogRow.body, Text), LogRow.prev, LogRow.hash)
    query = select(*columns).where(LogRow.chain == chain, LogRow.seq > after).order_by(LogRow.seq)
    return iter(session.execute(query.execution_options(yield_per=5000)))


def canonical_row(row: LogRow) -> bytes:
    """The RFC 8785 form of a row, over which, behind the previous hash, its own is made."""
    fact = {
        "chain": row.chain,
        "seq": row.seq,
        "at": iso(row.at),
        "kind": row.kind,
        "subject": row.subject,
        "body": row.body,
    }
    return bytes(rfc8785.dumps(fact))


SQLITE_GUARDS = (
    *(
        f"CREATE TRIGGER IF NOT EXISTS log_no_{verb.lower()} BEFORE {verb} ON log "
        f"BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER IF NOT EXISTS log_follow BEFORE INSERT ON log "
    "WHEN NEW.seq <> coalesce((SELECT max(seq) FROM log WHERE chain = NEW.chain), 0) + 1 OR NEW.prev <> "
    "coalesce((SELECT hash FROM log WHERE chain = NEW.chain AND seq = NEW.seq - 1), 'GENESIS') "
    "BEGIN SELECT RAISE(ABORT, 'the row does not follow the row before it'); END".replace("GENESIS", GENESIS),
)
# Each statement of a function of this kind sees what was committed before it began: the lock is had, then the tail is
# read. In one plain statement the tail would be of before the wait.
POSTGRESQL_TAIL = (
    "CREATE OR REPLACE FUNCTION log_tail(wanted text) RETURNS TABLE (seq integer, hash varchar) LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('log:' || wanted)); "
    "RETURN QUERY SELECT l.seq, l.hash FROM log l WHERE l.chain = wanted ORDER BY l.seq DESC LIMIT 1; END $$"
)
POSTGRESQL_FOLLOW = (
    "CREATE OR REPLACE FUNCTION log_follow() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE last record; BEGIN "
    "PERFORM pg_advisory_xact_lock(hashtext('log:' || NEW.chain)); "
    "SELECT l.seq, l.hash INTO last FROM log l WHERE l.chain = NEW.chain ORDER BY l.seq DESC LIMIT 1; "
    "IF NEW.seq <> coalesce(last.seq, 0) + 1 OR NEW.prev <> coalesce(last.hash, 'GENESIS') THEN "
    "RAISE EXCEPTION 'the row does not follow the row before it'; END IF; RETURN NEW; END $$"
).replace("GENESIS", GENESIS)
# Number, previous hash and own hash are the database's to give, under the lock, in one call.
POSTGRESQL_APPEND = (
    "CREATE OR REPLACE FUNCTION log_append(wanted text, made timestamptz, what text, about text, content text, "
    "head text, rest text) RETURNS TABLE (seq integer, prev varchar, hash varchar) LANGUAGE plpgsql AS $$ "
    "DECLARE n integer; before varchar; own varchar; BEGIN "
    "PERFORM pg_advisory_xact_lock(hashtext('log:' || wanted)); "
    "SELECT l.seq, l.hash INTO n, before FROM log l WHERE l.chain = wanted ORDER BY l.seq DESC LIMIT 1; "
    "n := coalesce(n, 0) + 1; before := coalesce(before, 'GENESIS'); "
    "own := encode(sha256(convert_to(before || head || n || rest, 'UTF8')), 'hex'); "
    "INSERT INTO log (chain, seq, at, kind, subject, body, prev, hash) "
    "VALUES (wanted, n, made, what, about, content, before, own); RETURN QUERY SELECT n, before, own; END $$"
).replace("GENESIS", GENESIS)
POSTGRESQL_GUARDS = (
    "CREATE OR REPLACE FUNCTION log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$",
    "CREATE TRIGGER log_no_change BEFORE UPDATE OR DELETE ON log FOR EACH ROW EXECUTE FUNCTION log_refuse()",
    "CREATE TRIGGER log_no_truncate BEFORE TRUNCATE ON log FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()",
    POSTGRESQL_TAIL,
    POSTGRESQL_FOLLOW,
    POSTGRESQL_APPEND,
    "CREATE TRIGGER log_follow BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION log_follow()",
)

for _dialect, _statements in (("sqlite", SQLITE_GUARDS), ("postgresql", POSTGRESQL_GUARDS)):
    for _statement in _statements:
        _ddl: Any = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(LogRow.__table__, "after_create", _ddl.execute_if(dialect=_dialect))
