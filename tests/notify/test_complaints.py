"""Complaints: taken in once, counted once, linked, answered in time."""

from datetime import timedelta

import pytest

from records import BadInput, Refused
from tests.notify.people import CLERK, HEAD, OFFICER, OPER, SQUAD
from tests.notify.world import World

GIVEN = {"source": "12345", "external_id": "E-1", "text": "门口堆放货物", "place": "示范路8号", "kind": "OUT_OF_STORE"}


def take(world: World, **more):
    return world.chain.take_complaint(OPER, {**GIVEN, **more})


def act(world: World, complaint, action: str, **values):
    return world.chain.complaint_action(CLERK, complaint.id, action, values)


def figure(world: World, code: str, month: str = "2026-06", **more) -> float | None:
    (found,) = world.chain.statistics(month, month, codes=(code,), **more)
    return found.value


def test_a_complaint_sent_twice_is_one(world):
    assert take(world).id == take(world).id
    assert world.chain.complaints().total == 1 and figure(world, "complaints") == 1


def test_the_terms_to_pass_on_and_to_answer_are_working_days_and_end_with_the_work(world):
    one = take(world)
    terms = {term.code: term.last_day.isoformat() for term in world.chain.deadlines(one.id)}
    assert terms == {"DMOVE3": "2026-06-08", "DREPORT5": "2026-06-10"}
    act(world, one, "check", substantiated=True, within_power=True)
    act(world, one, "complete")
    assert act(world, one, "reply", text="已责令改正").state == "closed"
    assert {term.code: term.state for term in world.chain.deadlines(one.id)} == {"DMOVE3": "gone", "DREPORT5": "done"}


def test_a_term_that_runs_out_is_late_and_stops_nothing(world):
    one = take(world)
    world.clock.advance(86_400 * 30)
    world.chain.tick()
    assert {term.state for term in world.chain.deadlines(one.id)} == {"over"}
    act(world, one, "reply", text="迟复")
    assert next(term for term in world.chain.deadlines(one.id) if term.code == "DREPORT5").late


def test_a_complaint_that_became_a_case_counts_once_whichever_came_first(world):
    early, late = take(world), take(world, external_id="E-2")
    lead = world.rechecked("still")
    act(world, early, "check", substantiated=True, within_power=True)
    act(world, early, "link", owner_id=lead)
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    case = world.take(SQUAD, lead, "file_approve").case_id
    assert world.chain.complaint(early.id).case_id == case and figure(world, "complaint_to_case") == 100
    act(world, late, "link", owner_id=case)
    act(world, late, "check", substantiated=True, within_power=True)
    assert figure(world, "complaint_to_case") == 100
    third = take(world, external_id="E-3")
    act(world, third, "check", substantiated=True, within_power=True)
    assert figure(world, "complaint_to_case") == pytest.approx(66.6667)


def test_what_is_not_so_or_not_ours_is_no_case_that_should_have_been(world):
    one, two = take(world), take(world, external_id="E-2")
    act(world, one, "check", substantiated=False, within_power=True)
    act(world, two, "check", substantiated=True, within_power=False)
    assert act(world, two, "move", to="市场监管局").state == "moved"
    assert figure(world, "complaint_to_case") is None and figure(world, "unsubstantiated") == 50
    with pytest.raises(Refused, match="E_STATE"):
        act(world, two, "reply", text="x")


def test_the_five_rates_are_of_the_complaints_of_their_month(world):
    one, two = take(world), take(world, external_id="E-2")
    act(world, one, "contact")
    act(world, one, "contact")
    act(world, one, "complete")
    world.clock.advance(86_400 * 40)  # answered in July, yet a complaint of June
    act(world, one, "reply", text="已办")
    world.chain.survey(CLERK, one.id, True, False)
    rates = ("contacted_first", "completed", "replied", "result_satisfied", "attitude_satisfied")
    assert [figure(world, code) for code in rates] == [50, 50, 50, 100, 0]
    assert figure(world, "replied", "2026-07") is None
    with pytest.raises(Refused, match="E_STATE"):
        world.chain.survey(CLERK, one.id, True, True)
    assert two.state == "open"


def test_a_spot_complained_of_five_times_is_a_hotspot_and_can_be_urged_to_a_case(world):
    spot = {"lon": 121.5, "lat": 31.2}
    seen = [take(world, external_id=f"E-{n}", **spot) for n in range(5)]
    assert [one.hotspot for one in seen] == [False] * 4 + [True]
    assert [one.id for one in world.chain.complaints(hotspots=True).items] == [seen[-1].id]
    with pytest.raises(Refused, match="E_STATE"):
        act(world, seen[-1], "urge")
    act(world, seen[-1], "check", substantiated=True, within_power=True)
    assert act(world, seen[-1], "urge").urged_at == world.clock.now()
    world.clock.advance(timedelta(days=400).total_seconds())
    assert not take(world, external_id="E-9", **spot).hotspot, "a year later the spot is forgotten"


def test_who_may_not_and_what_is_missing_are_refused(world):
    with pytest.raises(Refused, match="E_ROLE"):
        world.chain.take_complaint(HEAD, GIVEN)
    with pytest.raises(BadInput, match="E_FIELD"):
        take(world, text=" ")
    with pytest.raises(BadInput, match="E_NOT_FOUND"):
        world.chain.complaint("none")
    with pytest.raises(BadInput, match="E_NOT_FOUND"):
        act(world, take(world), "link", owner_id="none")
    assert world.audit_holds()
