"""Complaints as the desk and programs see them: single ones, and lists in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notify.deadlines import is_running
from notify.engine import Engine
from notify.filling import term_view
from notify.tables import DeadlineRow
from notify.tables_desk import ComplaintRow, SurveyRow
from notify.views import MOST_COUNTED, Page


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """A complaint as the desk sees it. `repeats`: earlier ones of the same spot and kind within a year.

    `due`, `colour`: of the running term that ends first, None without one. The two answers of the survey are None where
    nobody was asked yet.
    """

    id: str
    number: str
    source: str
    external_id: str
    unit: str
    kind: str | None
    text: str
    place: str
    lon: float | None
    lat: float | None
    repeats: int
    state: str
    received_at: datetime
    contacted_at: datetime | None
    checked_at: datetime | None
    substantiated: bool | None
    within_power: bool | None
    moved_to: str | None
    completed_at: datetime | None
    replied_at: datetime | None
    reply: str | None
    lead_id: str | None
    case_id: str | None
    urged_at: datetime | None
    hotspot: bool
    due: datetime | None
    colour: str | None
    result_satisfied: bool | None
    attitude_satisfied: bool | None


_WORKED_OUT = ("hotspot", "due", "colour", "result_satisfied", "attitude_satisfied")
_COLUMNS = tuple(name for name in ComplaintView.__slots__ if name not in _WORKED_OUT)


def often(engine: Engine) -> int:
    """From how many complaints of one spot and kind within a year it is a hotspot."""
    return engine.profile.number("complaints.repeat_count")


def views(engine: Engine, session: Session, rows: Sequence[ComplaintRow]) -> list[ComplaintView]:
    """Read models of rows, in their order."""
    ids = [row.id for row in rows]
    terms: dict[str, DeadlineRow] = {}
    query = select(DeadlineRow).where(DeadlineRow.owner_id.in_(ids)).order_by(DeadlineRow.ends_at.desc())
    for term in session.scalars(query):
        if is_running(term):
            terms[term.owner_id] = term  # the last one kept ends first
    answers = {
        row.complaint_id: row for row in session.scalars(select(SurveyRow).where(SurveyRow.complaint_id.in_(ids)))
    }
    return [_view(engine, row, terms.get(row.id), answers.get(row.id)) for row in rows]


def view(engine: Engine, session: Session, row: ComplaintRow) -> ComplaintView:
    """The read model of one row."""
    return views(engine, session, [row])[0]


def _view(engine: Engine, row: ComplaintRow, term: DeadlineRow | None, survey: SurveyRow | None) -> ComplaintView:
    return ComplaintView(
        **{name: getattr(row, name) for name in _COLUMNS},
        hotspot=row.repeats + 1 >= often(engine),
        due=term.ends_at if term else None,
        colour=term_view(engine, term).colour if term else None,
        result_satisfied=survey.result_satisfied if survey else None,
        attitude_satisfied=survey.attitude_satisfied if survey else None,
    )


def listed(
    engine: Engine, state: str | None, hotspots: bool, limit: int, offset: int, text: str = ""
) -> Page[ComplaintView]:
    """Complaints, newest first; `hotspots`: only those of spots that were complained of again and again."""
    with engine.database.read() as session:
        where = [ComplaintRow.state == state] if state else []
        if hotspots:
            where.append(ComplaintRow.repeats >= often(engine) - 1)
        if text:
            where.append((ComplaintRow.number == text) | (ComplaintRow.external_id == text))
        some = select(ComplaintRow.id).where(*where).limit(MOST_COUNTED + 1).subquery()
        total = session.scalar(select(func.count()).select_from(some)) or 0
        query = select(ComplaintRow).where(*where).order_by(ComplaintRow.received_at.desc(), ComplaintRow.id.desc())
        rows = list(session.scalars(query.limit(limit).offset(offset)))
        return Page(tuple(views(engine, session, rows)), min(total, MOST_COUNTED), limit, offset, total > MOST_COUNTED)
