"""What a party's matters say of him is erased at its term or by order, with a record; what was done stays (PIPL 47).

Numbers, states, times, sums and the hashes of papers stay, and so does every row of the log, which never held more than
ids and hashes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from notify.actors import Actor, Role
from notify.engine import AUDIT, Engine
from notify.refusals import Barred
from notify.registers import SubjectRow
from notify.tables import (
    CaseRow,
    ConsentRow,
    DocumentRow,
    LeadRow,
    LinkRow,
    MessageRow,
    RecusalRow,
    ServiceRow,
    StepRecord,
)
from records import BadInput, append

ERASED = "〔已删除〕"
MAY_ERASE = frozenset({Role.PRIV, Role.HEAD})


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased of a party: its leads and cases, how many records of each kind, the papers whose files went."""

    subject_id: str
    owners: tuple[str, ...]
    records: dict[str, int]
    papers: tuple[str, ...]


def erase_party(engine: Engine, actor: Actor, subject_id: str, order: str) -> Erasure:
    """Erase everything that names a party, in one unit of work with its row in the audit; then the files of papers.

    `order` is the number of the order, or the term that ran out. Raises Refused `E_ROLE`, `E_ERASE_OPEN` while a matter
    of the party runs, `E_NO_REASON` without an order; BadInput `E_NOT_FOUND`.
    """
    if not actor.has(MAY_ERASE | {Role.SYS}):
        raise Barred("E_ROLE", "由档案与数据安全或负责人办理", "for the archive or the head", "sign in with that role")
    if not order.strip():
        raise Barred("E_NO_REASON", "未写明删除依据", "no order or term is named", "give the number of the order")
    with engine.database.session() as session:
        subject = session.get(SubjectRow, subject_id)
        if subject is None:
            raise BadInput("E_NOT_FOUND", f"no party {subject_id}")
        owners = _owners(session, subject_id)
        subject.name, subject.id_number, subject.address = ERASED, None, None
        subject.phone, subject.representative = None, None
        papers = tuple(session.scalars(select(DocumentRow.id).where(DocumentRow.owner_id.in_(owners))))
        records = {name: _blank(session, row, column, owners, values) for name, row, column, values in _PLACES}
        gone = update(LinkRow).where(LinkRow.owner_id.in_(owners), LinkRow.revoked_at.is_(None))
        session.execute(gone.values(revoked_at=engine.clock.now()))
        facts: dict[str, Any] = {"order": order, "actor": actor.id, "owners": owners, "records": records}
        append(session, AUDIT, "personal.erased", subject_id, facts, engine.clock)
    for paper in papers:
        engine.tools.documents.discard(paper)
    return Erasure(subject_id, tuple(owners), records, papers)


def parties_due(session: Session, ended_before: datetime) -> list[str]:
    """Parties of whom something is kept and whose every lead and case ended before an instant."""
    ended: dict[str, datetime] = {}
    for row in (LeadRow, CaseRow):
        runs = func.max(case((row.is_open, 1), else_=0))
        query = select(row.subject_id, func.max(row.since), runs).where(row.subject_id.is_not(None))
        for subject, since, is_open in session.execute(query.group_by(row.subject_id)):
            last = datetime.max.replace(tzinfo=since.tzinfo) if is_open else since
            ended[subject] = max(last, ended.get(subject, last))
    due = [subject for subject, last in ended.items() if last < ended_before]
    return [one for one in sorted(due) if (found := session.get(SubjectRow, one)) and found.name != ERASED]


def _owners(session: Session, subject_id: str) -> list[str]:
    """The leads and cases of a party; Refused while one of them runs."""
    cases = list(session.scalars(select(CaseRow).where(CaseRow.subject_id == subject_id)))
    of_cases = LeadRow.id.in_([one.lead_id for one in cases])
    leads = list(session.scalars(select(LeadRow).where(or_(LeadRow.subject_id == subject_id, of_cases))))
    every: list[LeadRow | CaseRow] = [*leads, *cases]
    running = [row.number for row in every if row.is_open]
    if running:
        raise Barred("E_ERASE_OPEN", f"尚有未办结事项：{'、'.join(running)}", f"still running: {', '.join(running)}")
    return [row.id for row in every]


def _blank(session: Session, row: Any, column: str, owners: Iterable[str], values: dict[str, Any]) -> int:
    done: Any = session.execute(update(row).where(getattr(row, column).in_(list(owners))).values(**values))
    return int(done.rowcount)


_PLACES: tuple[tuple[str, Any, str, dict[str, Any]], ...] = (
    ("steps", StepRecord, "owner_id", {"body": {}, "note": ERASED}),
    ("documents", DocumentRow, "owner_id", {"source": {}}),
    ("services", ServiceRow, "owner_id", {"recipient": ERASED, "proof": {}}),
    ("messages", MessageRow, "owner_id", {"phone": "", "text": ERASED}),
    ("consents", ConsentRow, "case_id", {"address": "", "signed_name": ERASED}),
    ("recusals", RecusalRow, "case_id", {"reason": ERASED}),
)
