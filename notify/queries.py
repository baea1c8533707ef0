"""Looking leads and cases up: lists cut down by a filter, single records, terms, papers, packages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from notify.deadlines import OPEN, Colours
from notify.engine import Engine
from notify.filling import TIMED, case_views, document_view, lead_views, package_view, term_view
from notify.search import NAMED_BY, Named, cases_named, leads_named
from notify.states import ENDS, State
from notify.tables import NEVER, CaseRow, DeadlineRow, DocumentRow, LeadRow, PackageRow
from notify.views import (
    MOST_COUNTED,
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

T = TypeVar("T")
MOST_TERMS = 500
WINDOW = 10_000
_OPEN_LEADS = {state.value for state in State if state.is_lead and state not in ENDS}
_OPEN_CASES = {state.value for state in State if not state.is_lead and state not in ENDS}


def leads(engine: Engine, wanted: Filter) -> Page[LeadView]:
    """Leads that a filter lets through, newest first."""
    with engine.database.read() as session:
        where = [*_common(LeadRow, LeadRow.raised, wanted)]
        if wanted.source_id:
            where.append(LeadRow.source_id == wanted.source_id)
        if wanted.sealed_only:
            where.append(exists().where(PackageRow.lead_id == LeadRow.id))
        if wanted.colour:
            where.append(_coloured(engine, wanted.colour))
        broad = None
        if wanted.text:
            found, broad = leads_named(session, wanted.text, _year(engine))
            where += [found] if found is not None else []
        return _page(session, LeadRow, where, broad, wanted, lambda rows: lead_views(engine, session, rows))


def cases(engine: Engine, wanted: Filter) -> Page[CaseView]:
    """Cases that a filter lets through, newest first."""
    with engine.database.read() as session:
        where = [*_common(CaseRow, CaseRow.filed_at, wanted)]
        broad = None
        if wanted.text:
            found, broad = cases_named(session, wanted.text, _year(engine))
            where += [found] if found is not None else []
        if wanted.colour:
            where.append(_case_coloured(engine, wanted.colour))
        return _page(session, CaseRow, where, broad, wanted, lambda rows: case_views(engine, session, rows))


def _page(
    session: Session,
    table: type[Any],
    where: list[ColumnElement[bool]],
    broad: Named | None,
    wanted: Filter,
    views: Callable[[list[Any]], list[T]],
) -> Page[T]:
    """The rows asked for. The whole is counted only so far as anybody would page through it.

    `broad` is a word that fits very many places or parties: it is looked for among the first 10,000 of the list.
    """
    if wanted.offset > MOST_COUNTED:
        raise BadInput("E_OFFSET", f"offset {wanted.offset}", f"at most {MOST_COUNTED}; narrow the list down by days")
    ids, total = (
        _ids(session, table, where, wanted) if broad is None else _broad_ids(session, table, where, broad, wanted)
    )
    found = {row.id: row for row in session.scalars(select(table).where(table.id.in_(ids)))}
    more = total > MOST_COUNTED or broad is not None
    return Page(tuple(views([found[one] for one in ids])), min(total, MOST_COUNTED), wanted.limit, wanted.offset, more)


def _ids(session: Session, table: type[Any], where: list[ColumnElement[bool]], wanted: Filter) -> tuple[list[str], int]:
    query = select(table.id).where(*where).order_by(*_order(table, wanted))
    ids = list(session.scalars(query.limit(wanted.limit).offset(wanted.offset)))
    if not wanted.counted:
        return ids, len(ids)
    some = select(literal(1)).select_from(table).where(*where).limit(MOST_COUNTED + 1).subquery()
    return ids, session.scalar(select(func.count()).select_from(some)) or 0


def _broad_ids(
    session: Session, table: type[Any], where: list[ColumnElement[bool]], broad: Named, wanted: Filter
) -> tuple[list[str], int]:
    """Page and count in one look through the part of the list that is searched."""
    names = [getattr(table, name) for name in NAMED_BY[table]]
    near = select(table.id, *names, _key(table, wanted).label("turn")).where(*where)
    part = near.order_by(*_order(table, wanted)).limit(WINDOW).subquery()
    down = wanted.order is Order.NEWEST
    turns = (part.c.turn.desc(), part.c.id.desc()) if down else (part.c.turn.asc(), part.c.id.asc())
    fitting = select(part.c.id, func.count().over()).where(broad(part.c)).order_by(*turns)
    rows = session.execute(fitting.limit(wanted.limit).offset(wanted.offset)).all()
    if not rows and wanted.offset:
        return [], session.scalar(select(func.count()).select_from(part).where(broad(part.c))) or 0
    return [row[0] for row in rows], rows[0][1] if rows else 0


def counts_since(engine: Engine, states: tuple[str, ...], since: datetime) -> dict[str, int]:
    """How many leads came into each of these states since an instant."""
    query = select(LeadRow.state, func.count()).where(LeadRow.state.in_(states), LeadRow.since >= since)
    with engine.database.read() as session:
        return {str(state): int(count) for state, count in session.execute(query.group_by(LeadRow.state))}


def _year(engine: Engine) -> int:
    return engine.tools.calendar.today(engine.clock.now()).year


def _key(table: type[LeadRow] | type[CaseRow], wanted: Filter) -> Any:
    """What a list is sorted by: the soonest term, or when it came; cases of one colour by when they take the next
    one, or took it."""
    if wanted.order is Order.DUE:
        if table is CaseRow and wanted.colour:
            return CaseRow.yellow_from if wanted.colour == "green" else CaseRow.red_from
        return table.next_due
    return LeadRow.raised if table is LeadRow else CaseRow.filed_at


def _order(table: type[LeadRow] | type[CaseRow], wanted: Filter) -> tuple[ColumnElement[Any], ...]:
    """Soonest due first, or what came last first."""
    key = _key(table, wanted)
    return (key.asc(), table.id.asc()) if wanted.order is Order.DUE else (key.desc(), table.id.desc())


def _common(table: type[LeadRow] | type[CaseRow], came: Any, wanted: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    every = _OPEN_LEADS if table is LeadRow else _OPEN_CASES
    states: list[ColumnElement[bool]] = []
    if wanted.states:
        states.append(table.is_open.is_(True) if set(wanted.states) == every else table.state.in_(wanted.states))
    if wanted.entered:  # found by state and time first: a planner would sort all that ever ended
        where.append(table.id.in_(select(table.id).where(*states, table.since >= wanted.entered)))
    else:
        where += states
    if wanted.kinds:
        where.append(table.kind.in_(wanted.kinds))
    if wanted.since:
        where.append(came >= wanted.since)
    if wanted.until:
        where.append(came < wanted.until)
    return where


def _case_coloured(engine: Engine, colour: str) -> ColumnElement[bool]:
    """Cases whose running agency terms leave the colour's share; without such a term a case has none."""
    now = engine.clock.now()
    spans = {
        "green": and_(CaseRow.yellow_from > now, CaseRow.yellow_from < NEVER),
        "yellow": and_(CaseRow.yellow_from <= now, CaseRow.red_from >= now),
        "red": CaseRow.red_from < now,
    }
    if colour not in spans:
        raise BadInput("E_FIELD", f"colour {colour!r}", "green, yellow or red")
    return and_(CaseRow.is_open.is_(True), spans[colour])


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
        if owner_id:
            query = query.where(DeadlineRow.owner_id == owner_id)
        else:
            query = query.where(DeadlineRow.state == OPEN).limit(MOST_TERMS)
        return [term_view(engine, row) for row in session.scalars(query)]


def document(engine: Engine, document_id: str) -> DocumentView:
    with engine.database.read() as session:
        row = session.get(DocumentRow, document_id)
        if row is None:
            raise BadInput("E_NOT_FOUND", f"no document {document_id}")
        return document_view(row, full=True)
