"""Words that the acceptance scenarios share: what a step must leave behind, and that a refused one leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from notify.deadlines import OPEN
from notify.tables import CaseRow, DeadlineRow, DocumentRow, LeadRow, NumberRow, StepRecord
from records import Refused
from records.chain import LogRow
from records.outbox import OutboxRow
from tests.notify.world import World


def everything(world: World) -> dict[str, Any]:
    """All that a step could write: states, papers, numbers, terms, history, audit rows, news for the bus."""
    with world.database.read() as session:
        states = {row.id: row.state for row in (*session.scalars(select(LeadRow)), *session.scalars(select(CaseRow)))}
        numbers = {(row.organ, row.series, row.year): row.last for row in session.scalars(select(NumberRow))}
        terms = {row.id: (row.state, row.ends_at) for row in session.scalars(select(DeadlineRow))}
        counts = {
            table.__tablename__: session.scalar(select(func.count()).select_from(table))
            for table in (DocumentRow, StepRecord, OutboxRow)
        }
        counts["audit"] = session.scalar(select(func.count()).where(LogRow.chain == "audit"))
    return {"states": states, "numbers": numbers, "terms": terms, **counts}


@contextmanager
def refuses(world: World, code: str, audited: int = 0) -> Iterator[None]:
    """What is tried inside is refused with `code` and leaves nothing behind but `audited` rows of audit."""
    before = everything(world)
    with pytest.raises(Refused, match=rf"^{code}:"):
        yield
    assert everything(world) == {**before, "audit": before["audit"] + audited}


def shows(
    world: World,
    owner: str,
    state: str,
    step: str,
    papers: tuple[str, ...] = (),
    terms: dict[str, str] | None = None,
) -> None:
    """After a step: the state, its row of audit, the papers issued (each number in the audit), the terms that run."""
    assert world.state(owner) == state
    with world.database.read() as session:
        case = session.get(CaseRow, owner)
        subjects = [owner, case.lead_id] if case is not None else [owner]
        rows = list(session.scalars(select(LogRow).where(LogRow.chain == "audit", LogRow.subject.in_(subjects))))
        assert step in [row.kind for row in rows]
        sealed = {number for row in rows for number in row.body.get("documents", [])}
        issued = list(session.scalars(select(DocumentRow).where(DocumentRow.owner_id == owner)))
        running = {
            term.code: term.last_day
            for term in session.scalars(select(DeadlineRow).where(DeadlineRow.owner_id == owner))
            if term.state == OPEN
        }
    kinds = {paper.kind: paper.number for paper in issued}
    assert set(papers) <= set(kinds), f"{papers} of {sorted(kinds)}"
    for paper in papers:
        assert kinds[paper] in sealed, f"{paper} is in no row of audit"
    for code, day in (terms or {}).items():
        assert running[code] == date.fromisoformat(day), code
    assert world.audit_holds()


def running(world: World, owner: str) -> set[str]:
    """The codes of the terms that run for a lead or case."""
    with world.database.read() as session:
        rows = session.scalars(select(DeadlineRow).where(DeadlineRow.owner_id == owner, DeadlineRow.state == OPEN))
        return {row.code for row in rows}


def paper_text(world: World, owner: str, kind: str) -> str:
    """The whole source of the newest paper of a kind, as text."""
    with world.database.read() as session:
        query = select(DocumentRow).where(DocumentRow.owner_id == owner, DocumentRow.kind == kind)
        return str(session.scalars(query.order_by(DocumentRow.position.desc())).first().source)  # type: ignore[union-attr]
