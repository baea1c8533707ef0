"""The clock of the chain: what is due is done, once and in order, also after weeks of standing still."""

from datetime import timedelta

import structlog
from sqlalchemy import select

from notify.actors import SYSTEM
from notify.callbacks import received
from notify.deadlines import OPEN, OVER, TERMS, due, firm_up, note_due
from notify.engine import Engine
from notify.intake import settle_lead
from notify.outgo import deliver
from notify.service import pending_service
from notify.states import State
from notify.table import step_of
from notify.tables import DeadlineRow, LeadRow
from records import NonsiteError, iso

COMPLAINT_TERMS = ("DREPORT5", "DMOVE3")
LATE_AFTER = timedelta(minutes=10)
log = structlog.get_logger(__name__)


def tick(engine: Engine, limit: int = 500) -> int:
    """Do what is due: terms that have run out, evidence that waits for its stamp, messages that wait to leave.

    The number of terms that ran out. Safe to call from several processes and at any time.
    """
    with engine.database.read() as session:
        engine.refresh_calendar(session)
    firm_ends(engine)
    done, fired, stuck = 0, -1, set[str]()
    while fired:
        with engine.database.read() as session:  # what was refused just now does not keep the others waiting
            found = due(session, engine.clock.now(), limit + len(stuck))
            waiting = [deadline_id for deadline_id in found if deadline_id not in stuck]
        results = {deadline_id: _safely(engine, deadline_id) for deadline_id in waiting}
        stuck |= {deadline_id for deadline_id, good in results.items() if not good}
        fired = sum(results.values())
        done += fired
    unlock(engine)
    deliver(engine)
    return done


def firm_ends(engine: Engine) -> None:
    """Count provisional ends again, where there are any: a holiday table may have been loaded."""
    with engine.database.read() as session:
        query = select(DeadlineRow.id).where(DeadlineRow.provisional.is_(True), DeadlineRow.state == OPEN).limit(1)
        waiting = session.scalar(query) is not None
    if waiting:
        with engine.database.session() as session:
            firm_up(session, engine.tools.calendar)


def _safely(engine: Engine, deadline_id: str) -> bool:
    try:
        return fire(engine, deadline_id)
    except NonsiteError as error:  # it stays open and is tried again at the next tick
        log.warning("a term could not be dealt with", deadline=deadline_id, reason=str(error))
        return False


def fire(engine: Engine, deadline_id: str) -> bool:
    """One term has run out: take the system's step for it where the state still asks for it. False if done already."""
    with engine.database.session() as session:
        row = session.get(DeadlineRow, deadline_id, with_for_update=True)
        if row is None or row.state != OPEN:
            return False
        now = engine.clock.now()
        row.state, row.done_at, row.late = OVER, now, now - row.ends_at > LATE_AFTER
        session.flush()
        note_due(session, row.owner_id)
        if row.code in COMPLAINT_TERMS:
            return True
        m = engine.moment(session, SYSTEM, row.owner_id, lock=True)
        if row.code == "DANN":
            service = pending_service(m)
            if service is not None:
                received(engine, m, service, "公告期满", iso(row.ends_at - timedelta(seconds=1)))
            return True
        step = step_of(TERMS[row.code].step)
        if step is not None and State(m.owner.state) in step.sources and _applies(row, m.lead):
            engine.apply(m, step.code, {"term": row.code, "late": row.late})
        return True


def _applies(row: DeadlineRow, lead: LeadRow) -> bool:
    return not (row.code == "DFALL" and lead.received_at is not None)


def unlock(engine: Engine) -> None:
    """Leads in A2 move on once their evidence is good and stamped."""
    with engine.database.read() as session:
        waiting = list(session.scalars(select(LeadRow.id).where(LeadRow.state == State.A2.value)))
    for lead_id in waiting:
        try:
            settle_lead(engine, lead_id)
        except NonsiteError as error:
            log.warning("a lead could not move on", lead=lead_id, reason=str(error))
