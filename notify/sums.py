"""Sums kept as things happen: how many of what, by day and month, unit and kind, in the unit of work that counts it.

A figure that looks back over a million leads would read them all; these rows are what it reads instead.
"""

from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from notify.moment import Moment
from notify.service import newest_service
from notify.states import ENDS, State
from notify.tables import CaseRow, LeadRow
from notify.tables_desk import ComplaintRow, SumRow

BUNDLE = {"DECISION", "CREDIT_REPAIR", "COMPLIANCE"}
UNJUDGED = (State.A8, State.A9, State.MERGED)
SIMPLE = {  # steps of a case that are counted once each, and as what
    "publish": "published",
    "withdraw_publication": "withdrawn",
    "remedy_opened": "remedies",
    "revoke": "revoked",
    "transfer": "transferred",
    "terminate": "terminated",
}


def add(session: Session, day: date, measure: str, n: int = 1, kind: str = "", unit: str = "") -> None:
    """Count `n` more of a measure on a local day. Call it after the log was written to: its lock keeps order."""
    shared = {"measure": measure, "unit": unit, "kind": kind, "value": n}
    rows = [{**shared, "period": period} for period in (day.isoformat(), day.isoformat()[:7])]
    session.connection().execute(_more(session.get_bind().dialect.name), rows)


@cache
def _more(dialect: str) -> Any:
    """The statement that adds to a sum, or begins it."""
    insert: Any = pg_insert if dialect == "postgresql" else sqlite_insert
    table = SumRow.__table__
    fresh = insert(table)
    key = [table.c.measure, table.c.period, table.c.unit, table.c.kind]
    return fresh.on_conflict_do_update(index_elements=key, set_={"value": table.c.value + fresh.excluded.value})


def unit_of(m: Moment) -> str:
    """The squad of the officer who leads a case, else the organ."""
    officer = m.registers.officer(m.case.officers[0]) if m.case is not None and m.case.officers else None
    return officer.squad if officer is not None and officer.squad else m.organ_code


def count_step(m: Moment, code: str, source: State, target: State) -> None:
    """What one step adds to the sums."""
    kind, unit, day = m.lead.kind, unit_of(m), m.today

    def more(measure: str, n: int = 1, on: date | None = None) -> None:
        add(m.session, on or day, measure, n, kind, unit)

    if m.case is None:
        _lead(m, code, source, target, more)
    else:
        _case(m, code, target, more)


def _lead(m: Moment, code: str, source: State, target: State, more: Any) -> None:
    lead = m.lead
    if code == "confirm" and lead.accepted_on is None:
        lead.accepted_on = m.today
        more("accepted")
    if code == "discard":
        more("discarded")
        if m.values.get("reason") == "false_detection":
            more("false_detections")
    if code == "warn":
        more("warned")
    if target is source or target not in ENDS or lead.accepted_on is None:
        return
    if target is State.MERGED:
        more("accepted", -1, lead.accepted_on)
        return
    more("handled", 1, lead.accepted_on)
    if not lead.late:
        more("handled_in_time", 1, lead.accepted_on)
    if target not in UNJUDGED:
        more(manner(lead.received_at, target))
        more("leads_closed")
        more("lead_seconds", int((m.now - lead.raised).total_seconds()))


def manner(received_at: datetime | None, target: State) -> str:
    """Which part of 7-2-1 a closed lead belongs to: penalty where filed; management where an order was received or
    another organ or a finding ended it; service where a word was enough."""
    if target is State.FILED:
        return "by_penalty"
    return "by_service" if target is State.A7 and received_at is None else "by_management"


def _case(m: Moment, code: str, target: State, more: Any) -> None:
    case, firm = m.open_case, m.subject is not None and m.subject.kind != "person"
    if code == "decide":
        more("decided")
        more("decided_fen", case.decision_fen or 0)
    elif code == "no_penalty":
        more("no_penalty")
    elif target is State.B11 and code in ("serve_decision", "decision_served"):
        more("served")
        if firm:
            more("served_firms")
            service = newest_service(m, "decision")
            kinds = {row.kind for row in m.documents(service.documents)} if service else set()
            if kinds >= BUNDLE:
                more("served_bundled")
    elif code == "close":
        more("cases_closed")
        more("case_seconds", int((m.now - m.lead.raised).total_seconds()))
    if code in SIMPLE:
        more(SIMPLE[code])


def count_lead(session: Session, lead: LeadRow, day: date, organ: str, merged: bool = False) -> None:
    """An alert came in; one that joined an earlier lead is counted apart."""
    add(session, day, "merged" if merged else "leads", 1, lead.kind, organ)


def count_filed(m: Moment, case: CaseRow) -> None:
    """A case was opened; complaints that are tied to its lead led to it."""
    officer = m.registers.officer(case.officers[0])
    unit = officer.squad if officer and officer.squad else m.organ_code
    add(m.session, m.today, "filed", 1, case.kind, unit)
    if case.decided_at is not None:  # on the spot: decided and handed over in the step that opened it
        for measure, n in (("decided", 1), ("decided_fen", case.decision_fen or 0), ("served", 1)):
            add(m.session, m.today, measure, n, case.kind, unit)
    for row in linked(m):
        for measure in led_to(row, case):
            add(m.session, m.calendar.today(row.received_at), measure, 1, row.kind or "", row.unit)


def linked(m: Moment) -> list[ComplaintRow]:
    """The complaints of a lead, locked: whoever files asks for them before the log, like whoever works on them."""
    query = select(ComplaintRow).where(ComplaintRow.lead_id == m.lead.id).order_by(ComplaintRow.id).with_for_update()
    return list(m.session.scalars(query))


def led_to(row: ComplaintRow, case: CaseRow) -> list[str]:
    """Note the case that a complaint led to; counted once, where the complaint was found true and ours."""
    fresh, row.case_id = row.case_id is None, case.id
    return ["complaints_filed"] if fresh and row.substantiated and row.within_power else []
