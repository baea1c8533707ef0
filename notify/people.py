"""Who took part in what: the separation of duties is tested on persons, never on role names."""

from collections.abc import Iterable

from sqlalchemy import select

from notify.actors import Role
from notify.moment import Moment
from notify.refusals import Barred
from notify.registers import certified
from notify.tables import RecusalRow, StepRecord

_OUTSIDE = frozenset({Role.PARTY, Role.AGENT, Role.SYS, Role.PAYAGENT})


def took_part(m: Moment, person_id: str, but: Iterable[Role] = ()) -> bool:
    """Whether a person has taken a step on this lead or case in any role besides `but`."""
    return bool(parts_of(m, person_id) - set(but))


def parts_of(m: Moment, person_id: str) -> set[Role]:
    """The roles in which a person has taken steps on this lead or case."""
    query = select(StepRecord.role).where(
        StepRecord.owner_id.in_([m.owner.id, m.lead.id]), StepRecord.actor_id == person_id
    )
    return {Role(role) for role in m.session.scalars(query)} - _OUTSIDE


def handled(m: Moment, person_id: str) -> bool:
    """Whether a person investigates this lead or case, or did so before somebody took the place."""
    if m.case is not None and person_id in m.case.officers:
        return True
    named = [row.body.get("second_officer") for row in m.records("file_propose", "on_site", "recheck_on_site")]
    named += [person for row in m.records("assign") for person in row.body.get("replaced", [])]
    return person_id in named or Role.OFFICER in parts_of(m, person_id)


def officers_named(m: Moment) -> list[str]:
    """The officers of this step: those of the case, or the one who acts and the second one named."""
    if m.case is not None:
        return list(m.case.officers)
    named = [m.actor.id]
    second = m.values.get("second_officer")
    return named + ([str(second)] if second else [])


def uncertified(m: Moment, people: Iterable[str]) -> list[str]:
    """Names of those who do not count as officers of this organ today: no certificate in force, or posted elsewhere."""
    rows = [(person, m.registers.officer(person)) for person in people]
    return [
        row.name if row else person
        for person, row in rows
        if not certified(row, m.today) or m.registers.organ_on(row, m.today) != m.organ.code
    ]


def tied(m: Moment, people: Iterable[str]) -> list[str]:
    """Names of people whom the register ties to the subject (APL 43)."""
    subject = m.subject
    rows = [m.registers.officer(person) for person in people]
    return [row.name for row in rows if row and subject and subject.id in row.ties]


def stepped_back(m: Moment, people: Iterable[str]) -> list[str]:
    """Those of `people` whose recusal was granted in this case."""
    gone = {row.person_id for row in recusals(m) if row.ruling == "granted"} if m.case is not None else set()
    return [person for person in people if person in gone]


def stands_apart(m: Moment) -> None:
    """Nobody of the staff acts on a matter of somebody he is tied to, or from which he has had to step back.

    APL 43 says so of officers; here it holds for whoever reviews, approves or decides, in every step. Raises Barred
    `E_RECUSAL`. Asking to be let go stays open to the person.
    """
    if m.actor.roles <= _OUTSIDE:
        return
    names = tied(m, [m.actor.id]) + stepped_back(m, [m.actor.id])
    if names:
        raise Barred("E_RECUSAL", f"{names[0]}应当回避", f"{names[0]} must step back from this matter", "APL 43")


def recusals(m: Moment) -> list[RecusalRow]:
    query = select(RecusalRow).where(RecusalRow.case_id == m.owner.id)
    return list(m.session.scalars(query.order_by(RecusalRow.asked_at)))


def person_name(m: Moment, person_id: str) -> str:
    row = m.registers.officer(person_id)
    return row.name if row else person_id
