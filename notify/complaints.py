"""Complaints (诉件) from hotlines and other platforms: taken in, checked, linked to leads and cases, answered.

Who complained stays with the platform that sent it; here is what it says, where, and what was done.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from notify.actors import Actor, Role
from notify.books import enter
from notify.complaint_actions import ACTIONS, CLOSED, MOVED, OPEN, offered, said
from notify.complaint_views import ComplaintView, view
from notify.deadlines import TERMS, end_terms, start_term
from notify.engine import TOPIC, Engine
from notify.numbering import next_number
from notify.offers import StepOffer
from notify.refusals import Barred
from notify.sums import add
from notify.tables_desk import ComplaintRow, SurveyRow
from records import BadInput, iso, outbox_put, parse_iso, uuid7

_WORKERS = frozenset({Role.OPER, Role.CLERK, Role.OFFICER, Role.SQUAD})
_YEAR = timedelta(days=365)
_CELL = 2_000  # cells to a degree: some 55 m, the size of a shop front and its pavement
_NEEDED = {
    "source": ("来源", "Source"),
    "external_id": ("来源编号", "Number there"),
    "text": ("诉求内容", "What it says"),
    "place": ("地点", "Place"),
}


def take_in(engine: Engine, actor: Actor, given: Mapping[str, Any]) -> ComplaintView:
    """A complaint {source, external_id, text, place, kind?, lon?, lat?, received_at?, unit?}; sent twice, it is one.

    It is assigned to its unit, and its terms to pass it on and to answer run from when it was received.
    """
    _may(actor, _WORKERS)
    for name, (zh, en) in _NEEDED.items():
        said(given, name, zh, en)
    try:
        with engine.database.session() as session:
            known = _by_external(session, str(given["source"]), str(given["external_id"]))
            return view(engine, session, known or _fresh(engine, session, actor, given))
    except IntegrityError:  # the same one, sent twice at once
        with engine.database.read() as session:
            known = _by_external(session, str(given["source"]), str(given["external_id"]))
            if known is None:
                raise
            return view(engine, session, known)


def _fresh(engine: Engine, session: Session, actor: Actor, given: Mapping[str, Any]) -> ComplaintRow:
    now = engine.clock.now()
    year = engine.tools.calendar.today(now).year
    kind, spot = given.get("kind"), _spot(given)
    row = ComplaintRow(
        id=uuid7(engine.clock),
        number=f"SJ{year}-{next_number(session, engine.organ, '诉件', year):06d}",
        source=str(given["source"]),
        external_id=str(given["external_id"]),
        unit=str(given.get("unit") or engine.organ),
        kind=kind,
        text=str(given["text"]),
        place=str(given["place"])[:200],
        lon=given.get("lon"),
        lat=given.get("lat"),
        spot=spot,
        repeats=_repeats(session, spot, kind, now),
        state=OPEN,
        received_at=min(parse_iso(given["received_at"]), now) if given.get("received_at") else now,
        assigned_at=now,
        updated=now,
    )
    session.add(row)
    session.flush()
    _note(engine, session, actor, row, "complaint_received")
    for measure in ("complaints", "complaints_assigned", *(["complaints_repeated"] if row.repeats else [])):
        _count(engine, session, row, measure)
    for code in (one for one in ("DMOVE3", "DREPORT5") if engine.profile.known(TERMS[one].key)):
        start_term(
            session, row.id, code, str(kind), row.received_at, engine.profile, engine.tools.calendar, engine.clock
        )
    return row


def act(engine: Engine, actor: Actor, complaint_id: str, action: str, values: Mapping[str, Any]) -> ComplaintView:
    """One action on a complaint: contact, check, link, move, complete, reply, urge. Each counts once.

    Raises Refused `E_ROLE`, `E_STATE`; BadInput `E_NOT_FOUND`, `E_FIELD`.
    """
    _may(actor, _WORKERS)
    if action not in ACTIONS:
        raise BadInput("E_STEP", f"no action {action}", f"one of {', '.join(ACTIONS)}")
    step = ACTIONS[action]
    with engine.database.session() as session:
        row = _get(session, complaint_id, lock=True)
        if row.state == MOVED or (row.state == CLOSED and not step.after_end):
            raise Barred("E_STATE", f"诉件{row.number}已办结", f"complaint {row.number} is {row.state}")
        now = engine.clock.now()
        measures = step.do(session, row, now, values)
        row.updated = now
        session.flush()
        for codes, state in step.ends:
            end_terms(session, row.id, codes, now, state)
        _note(engine, session, actor, row, f"complaint_{action}")
        for measure in measures:
            _count(engine, session, row, measure)
        return view(engine, session, row)


def offers(engine: Engine, actor: Actor, complaint_id: str) -> list[StepOffer]:
    """What `actor` may do about a complaint as it stands. Raises BadInput `E_NOT_FOUND`."""
    with engine.database.read() as session:
        found = offered(_get(session, complaint_id), session.get(SurveyRow, complaint_id) is not None)
    if actor.has(_WORKERS):
        return found
    return [one for one in found if one.code == "survey" and actor.has(frozenset({Role.SUPER}))]


def survey(engine: Engine, actor: Actor, complaint_id: str, result: bool, attitude: bool) -> None:
    """What whoever complained answered when asked; once."""
    _may(actor, _WORKERS | {Role.SUPER})
    with engine.database.session() as session:
        row = _get(session, complaint_id, lock=True)
        if session.get(SurveyRow, row.id) is not None:
            raise Barred("E_STATE", f"诉件{row.number}已评价", f"complaint {row.number} was asked about already")
        at = engine.clock.now()
        session.add(SurveyRow(complaint_id=row.id, at=at, result_satisfied=result, attitude_satisfied=attitude))
        session.flush()
        _note(engine, session, actor, row, "complaint_survey")
        measures = {"surveys": True, "surveys_result": result, "surveys_attitude": attitude}
        for measure in (name for name, counts in measures.items() if counts):
            _count(engine, session, row, measure)


def complaint(engine: Engine, complaint_id: str) -> ComplaintView:
    """One complaint. Raises BadInput `E_NOT_FOUND`."""
    with engine.database.read() as session:
        return view(engine, session, _get(session, complaint_id))


def _may(actor: Actor, roles: frozenset[Role]) -> None:
    if not actor.has(roles):
        codes = ", ".join(sorted(roles))
        raise Barred("E_ROLE", "无权办理诉件", f"complaints are for {codes}", "sign in with that role")


def _get(session: Session, complaint_id: str, lock: bool = False) -> ComplaintRow:
    row = session.get(ComplaintRow, complaint_id, with_for_update=lock)
    if row is None:
        raise BadInput("E_NOT_FOUND", f"no complaint {complaint_id}")
    return row


def _by_external(session: Session, source: str, external_id: str) -> ComplaintRow | None:
    query = select(ComplaintRow).where(ComplaintRow.source == source, ComplaintRow.external_id == external_id)
    return session.scalars(query).first()


def _spot(given: Mapping[str, Any]) -> str:
    """The cell of the ground that a complaint is about, else its place in words."""
    if given.get("lon") is None or given.get("lat") is None:
        return str(given["place"]).strip()[:64]
    return f"{float(given['lon']) * _CELL:.0f},{float(given['lat']) * _CELL:.0f}"


def _repeats(session: Session, spot: str, kind: str | None, now: datetime) -> int:
    query = select(func.count()).where(ComplaintRow.spot == spot, ComplaintRow.received_at >= now - _YEAR)
    return session.scalar(query.where(ComplaintRow.kind == kind)) or 0


def _note(engine: Engine, session: Session, actor: Actor, row: ComplaintRow, what: str) -> None:
    """Log and tell: ids and states, nothing of what was said or by whom."""
    enter(session, what, row.id, {"actor": actor.id, "state": row.state, "lead": row.lead_id}, engine.clock)
    message = {"event_id": uuid7(engine.clock), "id": row.id, "subject": "complaint", "kind": row.kind or ""}
    told = {**message, "state": row.state, "from": None, "step": what, "at": iso(engine.clock.now())}
    outbox_put(session, TOPIC, row.id, told)


def _count(engine: Engine, session: Session, row: ComplaintRow, measure: str) -> None:
    """Counted on the day on which the complaint came, so that a month's rates are of that month's complaints."""
    day = engine.tools.calendar.today(row.received_at)
    add(session, day, measure, 1, row.kind or "", row.unit)
