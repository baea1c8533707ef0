"""The table itself: well-formed and without dead ends."""

import pytest

from notify import SYSTEM, FieldType, Role, State
from notify.deadlines import TERMS
from notify.documents.kinds import KINDS
from notify.table import STEPS, reachable, steps_from

AGENCY = frozenset(Role) - {Role.PARTY, Role.AGENT, Role.PAYAGENT}


def test_every_state_is_reached_from_the_first_of_its_layer():
    assert reachable([State.A0, State.B0]) == set(State)


@pytest.mark.parametrize("state", [state for state in State if not state.is_end], ids=str)
def test_no_state_but_an_end_is_without_a_step(state):
    assert steps_from(state)


@pytest.mark.parametrize("state", [state for state in State if state.is_end], ids=str)
def test_an_end_has_no_step_that_leaves_it(state):
    assert [step.code for step in steps_from(state) if step.goals] == []


def test_from_every_state_the_agency_and_the_clock_alone_lead_to_an_end():
    ends = {state for state in State if state.is_end}
    while True:
        more = {
            state
            for state in set(State) - ends
            if any(step.roles & AGENCY and ends & set(step.goals) for step in steps_from(state))
        }
        if not more:
            break
        ends |= more
    assert ends == set(State)


def test_steps_name_papers_and_terms_that_exist_and_fields_once():
    for step in STEPS:
        assert set(step.documents) <= set(KINDS), step.code
        assert set(step.starts) | set(step.ends) <= set(TERMS), step.code
        names = [field.name for field in step.fields]
        assert len(names) == len(set(names)), step.code
        assert all(f.choices or f.choices_from for f in step.fields if f.type is FieldType.CHOICE), step.code
    assert {term.step for term in TERMS.values()} - {""} <= {step.code for step in STEPS} | {"deemed_served"}


def test_steps_of_the_system_are_never_a_persons():
    assert all(step.roles == SYSTEM.roles for step in STEPS if step.auto)
