"""The table itself: well-formed, without dead ends, and walked at random without a guard of it ever being false."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from notify import SYSTEM, Actor, FieldType, Role, State
from notify.deadlines import TERMS
from notify.documents.kinds import KINDS
from notify.table import STEPS, reachable, steps_from
from records import NonsiteError
from tests.notify.people import CHAIR, CLERK, HEAD, LEGAL, OFFICER, OFFICER2, OPER, PRIV, SQUAD
from tests.notify.world import make_world

AGENCY = frozenset(Role) - {Role.PARTY, Role.AGENT, Role.PAYAGENT}
STAFF = (OPER, CLERK, OFFICER, OFFICER2, SQUAD, LEGAL, HEAD, PRIV, CHAIR)


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


class Walk(RuleBasedStateMachine):
    """Anybody tries anything at any time; whatever is let through must have been allowed."""

    folder = None
    count = 0

    @initialize(begin=st.sampled_from(["seal", "rechecked", "filed", "notified", "ready", "decided", "served"]))
    def street(self, begin):
        type(self).count += 1
        self.world = make_world(self.folder / str(self.count))
        if begin == "seal":
            self.world.seal(self.world.alert())
        else:
            getattr(self.world, begin)()
        self.lead = "alert-1"
        self.owners = [self.lead, *(case.id for case in self.world.chain.cases().items)]

    @rule(pick=st.integers(0, 999), forward=st.sampled_from([True, True, True, False]), choice=st.integers(0, 9))
    def somebody_takes_a_step(self, pick, forward, choice):
        offers = [
            (actor, owner, offer)
            for actor in (*STAFF, *self.parties())
            for owner in self.owners
            for offer in self.world.chain.steps(actor, owner)
            if actor.owner_id in (None, owner)
        ]
        ahead = [one for one in offers if one[2].primary and not one[2].refusals] if forward else []
        if not offers:
            return
        actor, owner, offer = (ahead or offers)[pick % len(ahead or offers)]
        values = {field.name: self.filled(field, choice) for field in offer.fields}
        try:
            outcome = self.world.take(actor, owner, offer.code, **{k: v for k, v in values.items() if v is not None})
        except NonsiteError:
            return
        assert not offer.refusals, f"{offer.code} was taken against {offer.refusals}"
        if outcome.case_id:
            self.owners.append(outcome.case_id)

    def parties(self):
        """The party of each matter, once it is known."""
        return [Actor("party:s-shop", "张三", frozenset({Role.PARTY}), owner) for owner in self.owners]

    def filled(self, field, choice):
        if field.type is FieldType.BOOL:
            return choice != 0
        if field.choices:
            return field.choices[choice % len(field.choices)].value
        if field.type is FieldType.DATE:
            return (self.world.clock.now() + timedelta(days=20)).date().isoformat() if field.required else None
        return field.default if field.default or field.type is FieldType.MONEY else "理由"

    @rule(hours=st.sampled_from([1, 2, 30, 24 * 8, 24 * 40]))
    def time_passes(self, hours):
        self.world.clock.advance(hours * 3600)
        self.world.chain.tick()

    @rule(result=st.sampled_from(["still", "still", "cleared", "undecided"]))
    def the_camera_answers(self, result):
        if self.world.state(self.lead) == "A6" and self.world.chain.lead(self.lead).recheck is None:
            package = self.world.seal(self.lead, "after_notice")
            self.world.chain.recheck_done(
                {"event_id": package, "alert_id": self.lead, "result": result, "package_id": package, "at": self.now()}
            )

    def now(self):
        from records import iso

        return iso(self.world.clock.now())

    @rule()
    def the_gateway_reports(self):
        self.world.deliver()
        for owner in self.owners:
            try:
                self.world.report(owner)
            except IndexError:  # no message was sent for it
                continue

    def teardown(self):
        if not hasattr(self, "world"):
            return
        assert self.world.audit_holds()
        for owner in self.owners:
            states = [(e.source, e.target) for e in self.view(owner).timeline if e.source]
            assert all(before[1] == after[0] for before, after in pairwise(states)), "each step starts where one ended"
        self.world.database.close()

    def view(self, owner):
        return self.world.chain.lead(owner) if owner == self.lead else self.world.chain.case(owner)


def walk(folder, walks: int, steps: int) -> None:
    Walk.folder = folder
    rules = settings(
        max_examples=walks,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],
    )
    run_state_machine_as_test(Walk, settings=rules)


def test_random_walks_never_pass_a_gate_that_the_table_closes(tmp_path):
    walk(tmp_path, walks=6, steps=20)


@pytest.mark.long
def test_many_random_walks_never_pass_a_gate_that_the_table_closes(tmp_path):
    walk(tmp_path, walks=1000, steps=60)
