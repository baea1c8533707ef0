"""The one transition table: every step of leads and cases, found by state, role and code."""

from collections.abc import Iterable

from notify.states import State, Step
from notify.steps.after import AFTER_STEPS
from notify.steps.case import CASE_STEPS
from notify.steps.decision import DECISION_STEPS
from notify.steps.defence import DEFENCE_STEPS
from notify.steps.desk import DESK_STEPS
from notify.steps.lead import LEAD_STEPS
from notify.steps.on_spot import ON_SPOT_STEPS
from notify.steps.remedies import REMEDY_STEPS
from notify.steps.special import HARM, SPECIAL_STEPS
from notify.steps.street import STREET_LEAD_STEPS
from notify.steps.ways import SET_ASIDE, WAYS_STEPS

STEPS: tuple[Step, ...] = (
    *LEAD_STEPS,
    *STREET_LEAD_STEPS,
    *CASE_STEPS,
    *DEFENCE_STEPS,
    *DECISION_STEPS,
    *AFTER_STEPS,
    *ON_SPOT_STEPS,
    *REMEDY_STEPS,
    *WAYS_STEPS,
    *SET_ASIDE,
    *HARM,
    *SPECIAL_STEPS,
    *DESK_STEPS,
)
_BY_CODE = {step.code: step for step in STEPS}
assert len(_BY_CODE) == len(STEPS), "a step's code is its name: two rows share one"


def step_of(code: str) -> Step | None:
    """The step of a code, None where there is none."""
    return _BY_CODE.get(code)


def steps_from(state: State) -> list[Step]:
    """The steps that may be taken in a state, in table order."""
    return [step for step in STEPS if state in step.sources]


def reachable(start: Iterable[State]) -> set[State]:
    """Every state that steps lead to from `start`."""
    seen, todo = set(start), list(start)
    while todo:
        state = todo.pop()
        for step in steps_from(state):
            for goal in step.goals:
                if goal not in seen:
                    seen.add(goal)
                    todo.append(goal)
    return seen
