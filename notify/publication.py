"""The public record of a decision: subject (masked), cause, basis, result, organ, date (APL 48), and its withdrawal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from notify.credit import credit_days
from notify.moment import Moment
from notify.money import yuan_text
from notify.registers import SubjectRow
from notify.states import State
from notify.tables import CaseRow, PublicationRow
from records import Database


def masked_name(subject: SubjectRow) -> str:
    """A natural person keeps the family name only; a firm is named in full (APL 48, 50)."""
    return subject.name[0] + "某" if subject.kind == "person" else subject.name


def public_body(m: Moment) -> dict[str, Any]:
    """What the public sees: no identity number, no address, no phone."""
    case, subject = m.open_case, m.subject
    return {
        "number": case.decision_number,
        "subject": masked_name(subject) if subject else "",
        "cause": m.law(f"matters.{m.matter}.name", m.law_day),
        "basis": m.law(f"matters.{m.matter}.penalty", m.law_day),
        "result": f"罚款¥{yuan_text(case.decision_fen or 0)}",
        "organ": m.organ.name,
        "date": m.calendar.today(case.decided_at).isoformat() if case.decided_at else "",
    }


def publish_record(m: Moment, credit_class: str) -> PublicationRow:
    """Write the record with its credit class and days (NDRC36)."""
    days = credit_days(m, credit_class, m.today)
    row = PublicationRow(
        case_id=m.open_case.id,
        body=public_body(m),
        published_at=m.now,
        credit_class=days.credit_class,
        earliest_repair=days.earliest_repair,
        latest_end=days.latest_end,
    )
    m.session.add(row)
    m.session.flush()
    return row


def withdraw(m: Moment, reason: str) -> None:
    """Take the record back with the reason (APL 48: within three days)."""
    row = m.session.get_one(PublicationRow, m.open_case.id)
    row.withdrawn_at, row.reason = m.now, reason


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """A decision as the public sees it, or the note that it was withdrawn and why."""

    record: Mapping[str, Any]
    published_at: datetime
    credit_class: str | None
    earliest_repair: date | None
    latest_end: date | None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What the public learns of a record that was taken back: its number, when and why."""

    number: str
    withdrawn_at: datetime
    reason: str


def shown(database: Database, today: date, limit: int, offset: int) -> list[PublicRecord]:
    """The records that are public on a day, newest first: neither withdrawn nor past their last day, and of a decision
    that stands."""
    fallen = select(CaseRow.id).where(CaseRow.state == State.REVOKED.value)
    with database.read() as session:
        query = (
            select(PublicationRow)
            .where(PublicationRow.withdrawn_at.is_(None), PublicationRow.case_id.not_in(fallen))
            .where(or_(PublicationRow.latest_end.is_(None), PublicationRow.latest_end >= today))
            .order_by(PublicationRow.published_at.desc(), PublicationRow.case_id.desc())
        )
        return [
            PublicRecord(row.body, row.published_at, row.credit_class, row.earliest_repair, row.latest_end)
            for row in session.scalars(query.limit(limit).offset(offset))
        ]


def withdrawals(database: Database, limit: int) -> list[Withdrawn]:
    """Records that were taken back, newest first, with the reason (APL 48)."""
    with database.read() as session:
        query = select(PublicationRow).where(PublicationRow.withdrawn_at.is_not(None))
        rows = session.scalars(query.order_by(PublicationRow.withdrawn_at.desc()).limit(limit))
        return [
            Withdrawn(str(row.body["number"]), row.withdrawn_at, row.reason or "") for row in rows if row.withdrawn_at
        ]
