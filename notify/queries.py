"""Looking leads and cases up: lists cut down by a filter, single records, terms, papers, packages."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from notify.deadlines import OPEN, Colours
from notify.engine import Engine
from notify.filling import TIMED, case_views, document_view, lead_views, package_view, term_view
from notify.registers import SubjectRow
from notify.tables import CaseRow, DeadlineRow, DocumentRow, LeadRow, PackageRow
from notify.views import (
    CaseView,
    DeadlineView,
    DocumentView,
    Filter,
    LeadView,
    Order,
    PackageView,
    Page,
)
from records import BadInput


def leads(engine: Engine, wanted: Filter) -> Page[LeadView]:
    """Leads that a filter lets through, newest first."""
    with engine.database.read() as session:
        where = [*_common(LeadRow, wanted)]
        if wanted.source_id:
            where.append(LeadRow.source_id == wanted.source_id)
        if wanted.sealed_only:
            where.append(exists().where(PackageRow.lead_id == LeadRow.id))
        if wanted.colour:
            where.append(_coloured(engine, wanted.colour))
        if wanted.text:
            like = f"%{wanted.text}%"
            where.append(or_(LeadRow.number.like(like), LeadRow.address.like(like), LeadRow.id == wanted.text))
        query = select(LeadRow).where(*where).order_by(*_order(LeadRow, wanted.order))
        total = session.scalar(select(func.count()).select_from(LeadRow).where(*where)) or 0
        rows = list(session.scalars(query.limit(wanted.limit).offset(wanted.offset)))
        return Page(tuple(lead_views(engine, session, rows)), total, wanted.limit, wanted.offset)


def cases(engine: Engine, wanted: Filter) -> Page[CaseView]:
    """Cases that a filter lets through, newest first."""
    with engine.database.read() as session:
        where = [*_common(CaseRow, wanted)]
        if wanted.text:
            like = f"%{wanted.text}%"
            named = exists().where(SubjectRow.id == CaseRow.subject_id, SubjectRow.name.like(like))
            where.append(
                or_(CaseRow.number.like(like), CaseRow.place.like(like), CaseRow.decision_number.like(like), named)
            )
        if wanted.colour:
            running = exists().where(
                DeadlineRow.owner_id == CaseRow.id, DeadlineRow.state == OPEN, DeadlineRow.binds == "agency"
            )
            where.append(running)
        query = select(CaseRow).where(*where).order_by(*_order(CaseRow, wanted.order))
        if wanted.colour:
            found = [
                view
                for view in case_views(engine, session, list(session.scalars(query)))
                if view.colour == wanted.colour
            ]
            part = found[wanted.offset : wanted.offset + wanted.limit]
            return Page(tuple(part), len(found), wanted.limit, wanted.offset)
        total = session.scalar(select(func.count()).select_from(CaseRow).where(*where)) or 0
        rows = list(session.scalars(query.limit(wanted.limit).offset(wanted.offset)))
        return Page(tuple(case_views(engine, session, rows)), total, wanted.limit, wanted.offset)


def _order(table: type[LeadRow] | type[CaseRow], order: Order) -> tuple[ColumnElement[Any], ...]:
    """Soonest due first, or what came last first."""
    if order is Order.DUE:
        return (table.next_due.asc(), table.id.asc())
    came = LeadRow.raised if table is LeadRow else CaseRow.filed_at
    return (came.desc(), table.id.desc())


def _common(table: type[LeadRow] | type[CaseRow], wanted: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.states:
        where.append(table.state.in_(wanted.states))
    if wanted.kinds:
        where.append(table.kind.in_(wanted.kinds))
    return where


def _coloured(engine: Engine, colour: str) -> ColumnElement[bool]:
    """Leads whose handling time in their state leaves the colour's share."""
    bounds, now = Colours.of(engine.profile), engine.clock.now()
    parts = []
    for state in TIMED:
        total = timedelta(minutes=engine.profile.number(f"lead_minutes.{state}"))
        green = now - total * (1 - bounds.green_above / 100)
        yellow = now - total * (1 - bounds.yellow_above / 100)
        spans = {
            "green": LeadRow.since > green,
            "yellow": and_(LeadRow.since <= green, LeadRow.since >= yellow),
            "red": LeadRow.since < yellow,
        }
        if colour not in spans:
            raise BadInput("E_FIELD", f"colour {colour!r}", "green, yellow or red")
        parts.append(and_(LeadRow.state == state, spans[colour]))
    return or_(*parts)


def lead(engine: Engine, lead_id: str) -> LeadView:
    with engine.database.read() as session:
        row = session.get(LeadRow, lead_id)
        if row is None:
            raise BadInput("E_NOT_FOUND", f"no lead {lead_id}")
        return lead_views(engine, session, [row], full=True)[0]


def case(engine: Engine, case_id: str) -> CaseView:
    with engine.database.read() as session:
        row = session.get(CaseRow, case_id)
        if row is None:
            raise BadInput("E_NOT_FOUND", f"no case {case_id}")
        return case_views(engine, session, [row], full=True)[0]


def package(engine: Engine, package_id: str) -> PackageView | None:
    with engine.database.read() as session:
        row = session.get(PackageRow, package_id)
        return package_view(row) if row else None


def deadlines(engine: Engine, owner_id: str | None) -> list[DeadlineView]:
    with engine.database.read() as session:
        query = select(DeadlineRow).order_by(DeadlineRow.ends_at, DeadlineRow.id)
        query = query.where(DeadlineRow.owner_id == owner_id) if owner_id else query.where(DeadlineRow.state == OPEN)
        return [term_view(engine, row) for row in session.scalars(query)]


def document(engine: Engine, document_id: str) -> DocumentView:
    with engine.database.read() as session:
        row = session.get(DocumentRow, document_id)
        if row is None:
            raise BadInput("E_NOT_FOUND", f"no document {document_id}")
        return document_view(row, full=True)
