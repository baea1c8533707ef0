"""A sealing machine's own log: its rows, told to the hub; its head, to be published; whether a package stands in it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from evidence.checks import Package
from evidence.messages import LOGS, LogMessage
from evidence.names import chain_name
from evidence.trust import CheckFailed
from records import GENESIS, BadInput, ChainBreak, Clock, Database, LogRow, append, outbox_put, row_hash, walk

INTENT, SEALED, ABORTED, RECOVERED, UNSIGNED = (
    f"evidence.{word}" for word in ("intent", "sealed", "aborted", "recovered", "unsigned")
)


def enter(session: Session, machine: str, kind: str, subject: str, body: dict[str, Any], clock: Clock) -> LogRow:
    """Add a row to a machine's own log; in the same unit of work it is left to be told to the hub."""
    row = append(session, chain_name(machine), kind, subject, body, clock)
    outbox_put(session, LOGS, machine, log_message(row).model_dump(mode="json"))
    return row


def log_message(row: LogRow) -> LogMessage:
    """A row as it is told."""
    return LogMessage(
        event_id=f"{row.chain}:{row.seq}",
        chain=row.chain,
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        subject=row.subject,
        body=row.body,
        prev=row.prev,
        hash=row.hash,
    )


@dataclass(frozen=True, slots=True)
class LogHead:
    """The newest row of a log when it was published: what lies before it can no longer be cut or rewritten unseen."""

    chain: str
    seq: int
    hash: str


def log_head(database: Database, machine_id: str) -> LogHead | None:
    """The head of a machine's log now; None where it is empty."""
    chain = chain_name(machine_id)
    with database.read() as session:
        row = session.scalar(select(LogRow).where(LogRow.chain == chain).order_by(LogRow.seq.desc()).limit(1))
    return LogHead(chain, row.seq, row.hash) if row else None


class LogBehind(CheckFailed):
    """The log at hand does not reach as far as the package's intent."""


class CheckedChains:
    """How far each chain of a database was walked in this process: what follows is walked on from there.

    A row altered behind that point is found by the next start and by `nonsite db check`, which walk from the first row.
    """

    def __init__(self) -> None:
        self._heads: dict[str, tuple[int, str]] = {}
        self._lock = threading.Lock()

    def rows(self, session: Session, chain: str) -> int:
        """How many rows the chain has, all checked; raises CheckFailed naming the first that does not hold."""
        seq, newest = self._heads.get(chain, (0, GENESIS))
        if seq and session.scalar(select(LogRow.hash).where(LogRow.chain == chain, LogRow.seq == seq)) != newest:
            seq, newest = 0, GENESIS
        try:
            for seq, newest in walk(session, chain, seq, newest):  # noqa: B007, B020 - where it ends is what counts
                pass
        except ChainBreak as error:
            with self._lock:
                self._heads.pop(chain, None)
            raise CheckFailed(f"{chain} breaks at row {error.seq}: {error}") from error
        with self._lock:
            self._heads[chain] = seq, newest
        return seq


_CHECKED: WeakKeyDictionary[Database, CheckedChains] = WeakKeyDictionary()


def check_log(
    package: Package, seal_sha256: str | None, log: Database | Path | str, anchor: LogHead | None = None
) -> str:
    """The chain is whole, reaches the anchor, and holds intent and seal of this package; raises CheckFailed."""
    facts = package.record()["log"]
    database = log if isinstance(log, Database) else _open(Path(log))
    try:
        with database.read() as session:
            count = _CHECKED.setdefault(database, CheckedChains()).rows(session, facts["chain"])
            query = select(LogRow).where(LogRow.chain == facts["chain"])
            rows = list(session.scalars(query.where(LogRow.subject == package.info.get("External-Identifier"))))
            if anchor is not None:
                _check_anchor(anchor, session.scalar(query.where(LogRow.seq == anchor.seq)), count)
    except SQLAlchemyError as error:
        raise CheckFailed(f"the log cannot be read: {error}") from error
    finally:
        if database is not log:
            database.close()
    for row in rows:
        if row_hash(row) != row.hash:
            raise CheckFailed(
                f"{facts['chain']} breaks at row {row.seq}: expected hash {row_hash(row)}, found {row.hash}"
            )
    intents = [row.seq for row in rows if row.kind == INTENT]
    seals = [row for row in rows if row.kind in (SEALED, RECOVERED)]
    if not seals and (count < facts["intent_seq"] or intents == [facts["intent_seq"]]):
        raise LogBehind(f"expected one sealed row, found 0 (intent is row {facts['intent_seq']}, there are {count})")
    if intents != [facts["intent_seq"]]:
        raise CheckFailed(f"intent: expected row {facts['intent_seq']}, found {intents or 'none'}")
    if len(seals) != 1:
        raise CheckFailed(f"expected one sealed row, found {len(seals)}")
    if seals[0].body["seal_sha256"] != seal_sha256:
        raise CheckFailed(f"seal: expected {seals[0].body['seal_sha256']} as logged, found {seal_sha256}")
    return f"{facts['chain']} rows {intents[0]} and {seals[0].seq} of {count}"


def _check_anchor(anchor: LogHead, row: LogRow | None, rows: int) -> None:
    if row is None:
        raise CheckFailed(f"the tail was cut: expected at least {anchor.seq} rows as published, found {rows}")
    if row.hash != anchor.hash:
        raise CheckFailed(f"rewritten since row {anchor.seq} was published: expected {anchor.hash}, found {row.hash}")


def _open(path: Path) -> Database:
    if not path.is_file():
        raise BadInput("E_LOG", f"{path}: no log", "give the sealing machine's SQLite file")
    return Database(path)
