"""What a person may do now: the steps of the table for a state and a role, each with its form and its refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from notify.actors import SYSTEM, Actor, Role
from notify.engine import Engine
from notify.forms import filled_fields
from notify.guards import refuse
from notify.moment import Moment
from notify.ports import EvidenceStatus, GroundVerdict
from notify.states import Field, Guard, State, Step
from notify.table import steps_from
from records import NonsiteError


@dataclass(frozen=True, slots=True)
class Refusal:
    """What stands in the way of a step."""

    code: str
    zh: str
    en: str
    law: str = ""


@dataclass(frozen=True, slots=True)
class StepOffer:
    """One step as a button: its form, and why it cannot be taken now (empty: it can)."""

    code: str
    title_zh: str
    title_en: str
    fields: tuple[Field, ...]
    refusals: tuple[Refusal, ...]
    primary: bool
    law: str


def offers(engine: Engine, actor: Actor, owner_id: str) -> list[StepOffer]:
    """The steps that `actor` may take on a lead or case, with what stands in their way.

    Evidence is judged by what is on record; taking the step looks at it again.
    """
    actor = actor.standing()
    with engine.database.read() as session:
        m = engine.moment(session, actor, owner_id)
        m.statuses = recorded(m)
        state = State(m.owner.state)
        mine = [step for step in steps_from(state) if Role.SYS not in step.roles and actor.has(step.roles)]
        return _one_primary([_offer(m, step) for step in mine if not _moot(m, step)])


def recorded(m: Moment) -> Mapping[str, EvidenceStatus]:
    """The last known status of each used package."""
    return {
        row.package_id: EvidenceStatus(
            row.package_id,
            row.unusable is None,
            row.stamped_at is not None,
            row.unusable or "",
            clock_error_s=0.0,  # known only from a look at the package itself
        )
        for row in m.packages()
    }


def _moot(m: Moment, step: Step) -> bool:
    """Whether there is nothing for the step to do here (no request to rule on, a consent already given)."""
    return any(guard.moot and guard.test(m) is not None for guard in step.guards)


def _one_primary(found: list[StepOffer]) -> list[StepOffer]:
    """Only one step is the usual next one: the first main step of the table that the law leaves open now."""
    first = next((offer.code for offer in found if offer.primary and not offer.refusals), "")
    return [replace(offer, primary=offer.code == first) for offer in found]


def _offer(m: Moment, step: Step) -> StepOffer:
    fresh = replace(m, values={}, body={})
    refusals = [
        found for guard in step.guards if not guard.needs_values and (found := _refusal(fresh, guard)) is not None
    ]
    fields = filled_fields(fresh, step)
    unique = tuple(dict.fromkeys(refusals))
    return StepOffer(step.code, step.zh, step.en, fields, unique, step.primary and not _done(fresh, step), step.law)


def _done(m: Moment, step: Step) -> bool:
    """A step that leads nowhere else and was taken here (or settled by another) is no longer what people wait for.

    One with a moot guard is: that guard says when there is nothing more to do.
    """
    stays = step.target is None or step.target.value == m.owner.state
    stays = stays and not any(guard.moot for guard in step.guards)
    taken = m.record(step.code, *step.settled_by) if stays else None
    return taken is not None and taken.at >= m.owner.since


def _refusal(m: Moment, guard: Guard) -> Refusal | None:
    try:
        detail = guard.test(m)
    except NonsiteError as error:
        return Refusal(error.code, error.message, getattr(error, "en", error.message), error.hint)
    if detail is None:
        return None
    found = refuse(guard, detail)
    return Refusal(found.code, found.zh, found.en, guard.law)


@dataclass(frozen=True, slots=True)
class Awaited:
    """The step that a lead or case waits for, and the roles that may take it."""

    code: str
    title_zh: str
    title_en: str
    roles: tuple[str, ...]


def looked_up(engine: Engine, owner_id: str) -> GroundVerdict | None:
    """The ground facts of an owner's act, looked up again; None where that is not possible."""
    with engine.database.read() as session:
        m = engine.moment(session, SYSTEM, owner_id)
        try:
            return m.verdict
        except NonsiteError:
            return None


# These ask who somebody is, not how the matter stands.
_PERSONAL = frozenset({"E_NOT_CASE_OFFICER", "E_FOUR_EYES", "E_REVIEWER_CONFLICT", "E_REVIEWER_UNQUALIFIED"})


def awaited(engine: Engine, owner_id: str) -> Awaited | None:
    """The main step that the law leaves open now, whoever may take it; None where only time or the system moves on."""
    with engine.database.read() as session:
        m = engine.moment(session, SYSTEM, owner_id)
        m.statuses = recorded(m)
        for step in steps_from(State(m.owner.state)):
            if not step.primary or Role.SYS in step.roles or _moot(m, step):
                continue
            offer = _offer(m, step)
            if offer.primary and not {one.code for one in offer.refusals} - _PERSONAL:
                return Awaited(step.code, step.zh, step.en, tuple(sorted(role.value for role in step.roles)))
    return None


def waiting_for(state: State) -> list[Role]:
    """The roles whose main step a state waits for."""
    roles = {role for step in steps_from(state) if step.primary for role in step.roles}
    return sorted(roles)
