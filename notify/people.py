"""Who took part in what: the separation of duties is tested on persons, never on role names."""

from collections.abc import Iterable

from sqlalchemy import select

from notify.actors import Role
from notify.moment import Moment
from notify.registers import certified
from notify.tables import RecusalRow, StepRecord

_OUTSIDE = (Role.PARTY.value, Role.AGENT.value, Role.SYS.value, Role.PAYAGENT.value)


def took_part(m: Moment, person_id: str, but: Iterable[Role] = ()) -> bool:
    """Whether a person has taken a step on this lead or case in any role besides `but`."""
    owners = [m.owner.id, m.lead.id]
    query = select(StepRecord.role).where(StepRecord.owner_id.in_(owners), StepRecord.actor_id == person_id)
    skip = {role.value for role in but} | set(_OUTSIDE)
    return any(role not in skip for role in m.session.scalars(query))


def officers_named(m: Moment) -> list[str]:
    """The officers of this step: those of the case, or the one who acts and the second one named."""
    if m.case is not None:
        return list(m.case.officers)
    named = [m.actor.id]
    second = m.values.get("second_officer")
    return named + ([str(second)] if second else [])


def uncertified(m: Moment, people: Iterable[str]) -> list[str]:
    """Names of those who do not count as officers today."""
    rows = [(person, m.registers.officer(person)) for person in people]
    return [row.name if row else person for person, row in rows if not certified(row, m.today)]


def tied(m: Moment, people: Iterable[str]) -> list[str]:
    """Names of officers whom the register ties to the subject (APL 43)."""
    subject = m.subject
    rows = [m.registers.officer(person) for person in people]
    return [row.name for row in rows if row and subject and subject.id in row.ties]


def recusals(m: Moment) -> list[RecusalRow]:
    query = select(RecusalRow).where(RecusalRow.case_id == m.owner.id)
    return list(m.session.scalars(query.order_by(RecusalRow.asked_at)))


def person_name(m: Moment, person_id: str) -> str:
    row = m.registers.officer(person_id)
    return row.name if row else person_id
