"""What a unit of work enters last: rows of the audit log and counts. Both are shared by everybody who works here.

Whoever adds to the log holds its lock until he commits, and a count's row is locked the same way. So entries are kept
until everything else of the unit of work is written, and made just before the commit: the log first, then the counts.
In that order nobody waits for anybody who waits for him.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from notify.tables import StepRecord
from notify.tables_desk import SumRow
from records import Clock, append

AUDIT = "audit"
_KEY = "notify.books"


class _Books:
    """The entries of one unit of work."""

    def __init__(self) -> None:
        self.facts: list[Callable[[Session], Any]] = []
        self.counts: dict[tuple[str, str, str, str], int] = {}


def _books(session: Session) -> _Books:
    books: _Books = session.info.setdefault(_KEY, _Books())
    return books


def enter(session: Session, kind: str, subject: str, body: dict[str, Any], clock: Clock) -> None:
    """One row of the audit log, at the end of the unit of work."""
    _books(session).facts.append(lambda session: append(session, AUDIT, kind, subject, body, clock))


def count(session: Session, day: date, measure: str, n: int, kind: str, unit: str) -> None:
    """`n` more of a measure on a local day and in its month."""
    counts = _books(session).counts
    for period in (day.isoformat(), day.isoformat()[:7]):
        key = (measure, period, unit, kind)
        counts[key] = counts.get(key, 0) + n


@event.listens_for(Session, "before_commit")
def _close(session: Session) -> None:
    """Make the entries. A unit of work that is given up never comes here, and its entries go with it."""
    books: _Books | None = session.info.pop(_KEY, None)
    if books is None:
        return
    session.flush()
    for fact in books.facts:
        fact(session)
    rows = [
        {"measure": measure, "period": period, "unit": unit, "kind": kind, "value": n}
        for (measure, period, unit, kind), n in sorted(books.counts.items())
        if n
    ]
    if rows:
        session.connection().execute(_more(session.get_bind().dialect.name), rows)


def record_sha256(row: StepRecord) -> str:
    """What was filled in for a step and what it led to, as one hash: the audit chain seals it without repeating it."""
    text = json.dumps([row.step, row.body, row.note], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _more(dialect: str) -> Any:
    """The statement that adds to a sum, or begins it."""
    insert: Any = pg_insert if dialect == "postgresql" else sqlite_insert
    table = SumRow.__table__
    fresh = insert(table)
    key = [table.c.measure, table.c.period, table.c.unit, table.c.kind]
    return fresh.on_conflict_do_update(index_elements=key, set_={"value": table.c.value + fresh.excluded.value})


def plain(value: Any) -> Any:
    """A value as a step's record keeps it."""
    return value.isoformat() if isinstance(value, date) else value
