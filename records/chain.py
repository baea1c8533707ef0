"""Append-only, hash-chained logs.

A log row's hash covers the previous row's hash and the row's own RFC 8785 form, so an edited, missing or inserted row
breaks every hash after it. Triggers refuse UPDATE and DELETE, and a row that does not follow the last. What a chain
cannot show by itself is a tail cut off by whoever owns the database: that is what anchors outside are for.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import DDL, String, UniqueConstraint, event, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.clock import Clock, iso, utc
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
# On PostgreSQL a row without number and hash is given them by the trigger, under the lock: one statement an event.
_APPEND = (
    "INSERT INTO log (chain, seq, at, kind, subject, body, prev, hash) VALUES (%s, 0, %s, %s, %s, %s, '', '') "
    "RETURNING seq, prev, hash"
)
_INSERT = "INSERT INTO log (chain, seq, at, kind, subject, body, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_CHUNK, _HEX = 5000, 64


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
    connection, content = session.connection(), canonical(body)
    if connection.dialect.name == "postgresql":
        values = (chain, at, kind, subject, content)
        row.seq, row.prev, row.hash = connection.exec_driver_sql(_APPEND, values).one()
        return row
    seq, row.prev = tail(session, chain)
    row.seq = seq + 1
    row.hash = row_hash(row)
    kept = utc(at).strftime("%Y-%m-%d %H:%M:%S.%f")
    connection.exec_driver_sql(_INSERT, (chain, row.seq, kept, kind, subject, content, row.prev, row.hash))
    return row


def canonical(value: Any) -> str:
    """The RFC 8785 form of a JSON value; raises ValueError where it is none."""
    if _is_plain(value):  # the C encoder of the standard library writes the same, ten times as fast
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return bytes(rfc8785.dumps(value)).decode()


def _is_plain(value: Any) -> bool:
    """Without floats, large numbers or names beyond ASCII: where the two encoders write alike."""
    kind = type(value)
    if kind is str:
        return True
    if kind is dict:
        return all(type(name) is str and name.isascii() and _is_plain(one) for name, one in value.items())
    if kind is list or kind is tuple:
        return all(map(_is_plain, value))
    return value is None or kind is bool or (kind is int and -(2**53) < value < 2**53)


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
    seq = after
    while rows := _chunk(session, chain, seq):
        for found, line in rows:
            seq += 1
            if found != seq:
                raise ChainBreak(seq, f"row {seq} is missing (found {found})")
            if line[_HEX : 2 * _HEX] != prev.encode():
                raise ChainBreak(seq, f"row {seq} does not follow the row before it")
            prev, hashed = line[:_HEX].decode("latin-1"), line[_HEX:]
            # A row is kept as the text that was hashed, or nearly so; where it differs, the slow form decides.
            if hashlib.sha256(hashed).hexdigest() != prev:
                _check_slowly(seq, hashed, prev)
            yield seq, prev


def _check_slowly(seq: int, hashed: bytes, stated: str) -> None:
    try:
        found = hashlib.sha256(hashed[:_HEX] + rfc8785.dumps(json.loads(hashed[_HEX:]))).hexdigest()
    except (ValueError, rfc8785.CanonicalizationError) as error:
        raise ChainBreak(seq, f"row {seq} was altered: {error}") from error
    if found != stated:
        raise ChainBreak(seq, f"row {seq} was altered: expected hash {found}, found {stated}")


# A row's hash, the one before, and what was hashed, made of the row as it is kept. One value holds a whole chunk: an
# object for each row would cost more than its hash.
_LINE_POSTGRESQL = (
    'concat(hash, prev, \'{"at":"\', to_char(at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\'), '
    '\'","body":\', body, \',"chain":\', %s::text, \',"kind":\', to_json(kind), \',"seq":\', seq, '
    "',\"subject\":', to_json(subject), '}')"
)
_ROWS_POSTGRESQL = "FROM log WHERE chain = %s AND seq > %s ORDER BY seq LIMIT %s"
_READ_POSTGRESQL = (
    (
        "SELECT count(*), max(seq), convert_to(string_agg(line, E'\\n'), 'UTF8') "
        "FROM (SELECT seq, THE_LINE AS line THE_ROWS) AS rows"
    )
    .replace("THE_LINE", _LINE_POSTGRESQL)
    .replace("THE_ROWS", _ROWS_POSTGRESQL)
)
_READ_SQLITE = (  # times are kept as "2026-05-12 08:15:30.000000"
    "SELECT seq, CAST(hash || prev || '{\"at\":\"' || substr(at, 1, 10) || 'T' || substr(at, 12, 12) || "
    '\'Z","body":\' || body || \',"chain":\' || ? || \',"kind":\' || json_quote(kind) || \',"seq":\' || seq || '
    "',\"subject\":' || json_quote(subject) || '}' AS BLOB) "
    "FROM log WHERE chain = ? AND seq > ? ORDER BY seq LIMIT ?"
)


def _chunk(session: Session, chain: str, after: int) -> list[tuple[int, bytes]]:
    """(number, hash with previous hash and what was hashed) of the next rows of a chain, read in bulk."""
    connection, wanted = session.connection(), (json.dumps(chain, ensure_ascii=False), chain, after, _CHUNK)
    with closing(connection.connection.cursor()) as cursor:
        if connection.dialect.name != "postgresql":
            cursor.execute(_READ_SQLITE, wanted)
            return list(cursor.fetchall())
        cursor.execute(_READ_POSTGRESQL, wanted, binary=True)  # type: ignore[call-arg]
        ((count, last, data),) = cursor.fetchall()
        if not count:
            return []
        numbers: Iterable[int] = range(after + 1, after + count + 1)
        if last != after + count:  # rows are missing: which, is told after those before them were checked
            cursor.execute(f"SELECT seq {_ROWS_POSTGRESQL}", wanted[1:])
            numbers = [number for (number,) in cursor.fetchall()]
        lines = data.split(b"\n")
    if len(lines) != count:  # a line feed was put into a row, where what follows could pass for another
        raise ChainBreak(after + 1, f"a row from {after + 1} on was altered: {count} rows are {len(lines)} lines")
    return list(zip(numbers, lines, strict=True))


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
# A row without a number gets number, previous hash and own hash here, under the lock; one that bears them (a machine's
# that is absorbed) must follow. The hash is over the row as it is kept, in its RFC 8785 form.
POSTGRESQL_FOLLOW = (
    "CREATE OR REPLACE FUNCTION log_follow() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "DECLARE n integer; before varchar; locked boolean; BEGIN "
    "locked := pg_advisory_xact_lock(hashtext('log:' || NEW.chain)) IS NULL; "
    "SELECT l.seq, l.hash INTO n, before FROM log l WHERE l.chain = NEW.chain ORDER BY l.seq DESC LIMIT 1; "
    "n := coalesce(n, 0) + 1; before := coalesce(before, 'GENESIS'); "
    "IF NEW.seq = 0 THEN NEW.seq := n; NEW.prev := before; "
    'NEW.hash := encode(sha256(convert_to(before || \'{"at":"\' || '
    'to_char(NEW.at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\') || \'","body":\' || NEW.body || '
    "',\"chain\":' || to_json(NEW.chain) || ',\"kind\":' || to_json(NEW.kind) || ',\"seq\":' || n || "
    "',\"subject\":' || to_json(NEW.subject) || '}', 'UTF8')), 'hex'); "
    "ELSIF NEW.seq <> n OR NEW.prev <> before THEN "
    "RAISE EXCEPTION 'the row does not follow the row before it'; END IF; RETURN NEW; END $$"
).replace("GENESIS", GENESIS)
POSTGRESQL_GUARDS = (
    "CREATE OR REPLACE FUNCTION log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$",
    "CREATE TRIGGER log_no_change BEFORE UPDATE OR DELETE ON log FOR EACH ROW EXECUTE FUNCTION log_refuse()",
    "CREATE TRIGGER log_no_truncate BEFORE TRUNCATE ON log FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()",
    POSTGRESQL_TAIL,
    POSTGRESQL_FOLLOW,
    "CREATE TRIGGER log_follow BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION log_follow()",
)

for _dialect, _statements in (("sqlite", SQLITE_GUARDS), ("postgresql", POSTGRESQL_GUARDS)):
    for _statement in _statements:
        _ddl: Any = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(LogRow.__table__, "after_create", _ddl.execute_if(dialect=_dialect))
