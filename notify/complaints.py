"""Complaints (诉件) from hotlines and other platforms: taken in, checked, linked to leads and cases, answered.

Who complained stays with the platform that sent it; here is what it says, where, and what was done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notify.actors import Actor, Role
from notify.deadlines import DONE, GONE, TERMS, end_terms, start_term
from notify.engine import AUDIT, TOPIC, Engine
from notify.numbering import next_number
from notify.refusals import Barred
from notify.sums import add, led_to
from notify.tables import CaseRow, LeadRow
from notify.tables_desk import ComplaintRow, SurveyRow
from notify.views import MOST_COUNTED, Page
from records import BadInput, append, iso, outbox_put, parse_iso, uuid7

OPEN, MOVED, CLOSED = "open", "moved", "closed"
_WORKERS = frozenset({Role.OPER, Role.CLERK, Role.OFFICER, Role.SQUAD})
_YEAR = timedelta(days=365)
_CELL = 2_000  # cells to a degree: some 55 m, the size of a shop front and its pavement


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """A complaint as the desk sees it. `repeats`: earlier ones of the same spot and kind within a year."""

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
    substantiated: bool | None
    within_power: bool | None
    moved_to: str | None
    completed_at: datetime | None
    replied_at: datetime | None
    reply: str | None
    lead_id: str | None
    case_id: str | None
    hotspot: bool
    urged_at: datetime | None


def take_in(engine: Engine, actor: Actor, given: Mapping[str, Any]) -> ComplaintView:
    """A complaint {source, external_id, text, place, kind?, lon?, lat?, received_at?, unit?}; sent twice, it is one.

    It is assigned to its unit, and its terms to pass it on and to answer run from when it was received.
    """
    _may(actor, _WORKERS)
    for name in ("source", "external_id", "text", "place"):
        if not str(given.get(name) or "").strip():
            raise BadInput("E_FIELD", f"a complaint needs {name}")
    with engine.database.session() as session:
        known = _by_external(session, str(given["source"]), str(given["external_id"]))
        if known is not None:
            return view(engine, known)
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
        return view(engine, row)


def act(engine: Engine, actor: Actor, complaint_id: str, action: str, values: Mapping[str, Any]) -> ComplaintView:
    """One action on a complaint: contact, check, link, move, complete, reply, urge. Each counts once.

    Raises Refused `E_ROLE`, `E_STATE`; BadInput `E_NOT_FOUND`, `E_FIELD`.
    """
    _may(actor, _WORKERS)
    if action not in _ACTIONS:
        raise BadInput("E_STEP", f"no action {action}", f"one of {', '.join(_ACTIONS)}")
    with engine.database.session() as session:
        row = _get(session, complaint_id)
        if row.state == MOVED or (row.state == CLOSED and action not in ("link", "urge")):
            raise Barred("E_STATE", f"诉件{row.number}已办结", f"complaint {row.number} is {row.state}")
        now = engine.clock.now()
        measures = _ACTIONS[action](session, row, now, values)
        row.updated = now
        session.flush()
        for codes, state in _ENDS.get(action, ()):
            end_terms(session, row.id, codes, now, state)
        _note(engine, session, actor, row, f"complaint_{action}")
        for measure in measures:
            _count(engine, session, row, measure)
        return view(engine, row)


def _contact(session: Session, row: ComplaintRow, now: datetime, values: Mapping[str, Any]) -> list[str]:
    """Whoever complained was spoken to before anybody went there (先行联系)."""
    fresh, row.contacted_at = row.contacted_at is None, row.contacted_at or now
    return ["complaints_contacted"] if fresh else []


def _check(session: Session, row: ComplaintRow, now: datetime, values: Mapping[str, Any]) -> list[str]:
    """What the check found: is it so, and is it ours."""
    if row.checked_at is not None:
        raise Barred("E_STATE", f"诉件{row.number}已核查", f"complaint {row.number} was checked already")
    row.substantiated, row.within_power = (_yes(values, name) for name in ("substantiated", "within_power"))
    row.checked_at = now
    found = ["complaints_checked"]
    found += [] if row.substantiated else ["complaints_unfounded"]
    found += ["complaints_eligible"] if row.substantiated and row.within_power else []
    return found + (["complaints_filed"] if row.case_id and found[-1] == "complaints_eligible" else [])


def _link(session: Session, row: ComplaintRow, now: datetime, values: Mapping[str, Any]) -> list[str]:
    """Tie it to the lead or case that it is about."""
    owner = str(values.get("owner_id") or "")
    case = session.get(CaseRow, owner) or session.scalars(select(CaseRow).where(CaseRow.lead_id == owner)).first()
    lead = session.get(LeadRow, case.lead_id if case else owner)
    if lead is None:
        raise BadInput("E_NOT_FOUND", f"no lead or case {owner}")
    row.lead_id = lead.id
    return led_to(row, case) if case is not None else []


def _move(session: Session, row: ComplaintRow, now: datetime, values: Mapping[str, Any]) -> list[str]:
    """Another organ is competent: passed on, and ours no more."""
    row.moved_to, row.state = _said(values, "to"), MOVED
    return ["complaints_moved"]


def _complete(session: Session, row: ComplaintRow, now: datetime, values: Mapping[str, Any]) -> list[str]:
    """What it is about has been dealt with."""
    fresh, row.completed_at = row.completed_at is None, row.completed_at or now
    _close(row)
    return ["complaints_completed"] if fresh else []


def _reply(session: Session, row: ComplaintRow, now: datetime, values: Mapping[str, Any]) -> list[str]:
    """The answer to whoever complained."""
    row.reply, fresh = _said(values, "text"), row.replied_at is None
    row.replied_at = row.replied_at or now
    _close(row)
    return ["complaints_replied"] if fresh else []


def _urge(session: Session, row: ComplaintRow, now: datetime, values: Mapping[str, Any]) -> list[str]:
    """Urge the squad to open a case (督促启动执法程序): true, ours, and nothing was filed."""
    if not (row.substantiated and row.within_power) or row.case_id:
        raise Barred("E_STATE", "须属实、属本机关职权且未立案", "only what is true, ours and not filed is urged")
    row.urged_at = now
    return []


def _close(row: ComplaintRow) -> None:
    if row.completed_at is not None and row.replied_at is not None:
        row.state = CLOSED


_ACTIONS = {
    "contact": _contact,
    "check": _check,
    "link": _link,
    "move": _move,
    "complete": _complete,
    "reply": _reply,
    "urge": _urge,
}
# which terms an action meets, or makes pointless
_ENDS = {
    "check": ((("DMOVE3",), GONE),),
    "move": ((("DMOVE3",), DONE), (("DREPORT5",), GONE)),
    "reply": ((("DREPORT5",), DONE), (("DMOVE3",), GONE)),
}


def survey(engine: Engine, actor: Actor, complaint_id: str, result: bool, attitude: bool) -> None:
    """What whoever complained answered when asked; once."""
    _may(actor, _WORKERS | {Role.SUPER})
    with engine.database.session() as session:
        row = _get(session, complaint_id)
        if session.get(SurveyRow, row.id) is not None:
            raise Barred("E_STATE", f"诉件{row.number}已评价", f"complaint {row.number} was asked about already")
        at = engine.clock.now()
        session.add(SurveyRow(complaint_id=row.id, at=at, result_satisfied=result, attitude_satisfied=attitude))
        session.flush()
        _note(engine, session, actor, row, "complaint_survey")
        measures = {"surveys": True, "surveys_result": result, "surveys_attitude": attitude}
        for measure in (name for name, counts in measures.items() if counts):
            _count(engine, session, row, measure)


def complaints(
    engine: Engine, state: str | None, hotspots: bool, limit: int, offset: int, text: str = ""
) -> Page[ComplaintView]:
    """Complaints, newest first; `hotspots`: only those of spots that were complained of again and again."""
    with engine.database.read() as session:
        where = [ComplaintRow.state == state] if state else []
        if hotspots:
            where.append(ComplaintRow.repeats >= _often(engine) - 1)
        if text:
            where.append(ComplaintRow.number.in_([text]) | (ComplaintRow.external_id == text))
        some = select(ComplaintRow.id).where(*where).limit(MOST_COUNTED + 1).subquery()
        total = session.scalar(select(func.count()).select_from(some)) or 0
        query = select(ComplaintRow).where(*where).order_by(ComplaintRow.received_at.desc(), ComplaintRow.id.desc())
        rows = session.scalars(query.limit(limit).offset(offset))
        found = tuple(view(engine, row) for row in rows)
        return Page(found, min(total, MOST_COUNTED), limit, offset, total > MOST_COUNTED)


def complaint(engine: Engine, complaint_id: str) -> ComplaintView:
    """One complaint. Raises BadInput `E_NOT_FOUND`."""
    with engine.database.read() as session:
        return view(engine, _get(session, complaint_id))


def view(engine: Engine, row: ComplaintRow) -> ComplaintView:
    shown = {name: getattr(row, name) for name in ComplaintView.__slots__ if name != "hotspot"}
    return ComplaintView(**shown, hotspot=row.repeats + 1 >= _often(engine))


def _often(engine: Engine) -> int:
    return engine.profile.number("complaints.repeat_count")


def _may(actor: Actor, roles: frozenset[Role]) -> None:
    if not actor.has(roles):
        codes = ", ".join(sorted(roles))
        raise Barred("E_ROLE", "无权办理诉件", f"complaints are for {codes}", "sign in with that role")


def _get(session: Session, complaint_id: str) -> ComplaintRow:
    row = session.get(ComplaintRow, complaint_id, with_for_update=True)
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


def _said(values: Mapping[str, Any], name: str) -> str:
    text = str(values.get(name) or "").strip()
    if not text:
        raise BadInput("E_FIELD", f"{name} is missing")
    return text


def _yes(values: Mapping[str, Any], name: str) -> bool:
    if not isinstance(values.get(name), bool):
        raise BadInput("E_FIELD", f"{name} is missing", "true or false")
    return bool(values[name])


def _note(engine: Engine, session: Session, actor: Actor, row: ComplaintRow, what: str) -> None:
    """Log and tell: ids and states, nothing of what was said or by whom."""
    append(session, AUDIT, what, row.id, {"actor": actor.id, "state": row.state, "lead": row.lead_id}, engine.clock)
    message = {"event_id": uuid7(engine.clock), "id": row.id, "subject": "complaint", "kind": row.kind or ""}
    told = {**message, "state": row.state, "from": None, "step": what, "at": iso(engine.clock.now())}
    outbox_put(session, TOPIC, row.id, told)


def _count(engine: Engine, session: Session, row: ComplaintRow, measure: str) -> None:
    """Counted on the day on which the complaint came, so that a month's rates are of that month's complaints."""
    day = engine.tools.calendar.today(row.received_at)
    add(session, day, measure, 1, row.kind or "", row.unit)
