"""What is offered: the step that people wait for is the next lawful one, and nothing is offered that has no object."""

from tests.notify.people import CLERK, GOOD, HEAD, OFFICER, OPER, SQUAD
from tests.notify.world import World


def usual(world: World, actor, owner: str) -> list[str]:
    return [offer.code for offer in world.chain.steps(actor, owner) if offer.primary]


def codes(world: World, actor, owner: str) -> set[str]:
    return {offer.code for offer in world.chain.steps(actor, owner)}


def at_identification(world: World) -> str:
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD)
    return lead


def test_until_the_party_is_confirmed_the_clerk_confirms_it_and_nobody_orders_anything(world):
    lead = at_identification(world)
    assert (usual(world, CLERK, lead), usual(world, OPER, lead)) == (["identify"], [])


def test_a_party_identified_on_site_needs_no_second_confirmation(world):
    lead = at_identification(world)
    who = {"kind": "person", "name": "王某", "address": "示范路3号", "phone": "13911112222", "confirmed": True}
    world.take(OFFICER, lead, "identify_on_site", second_officer="officer2", **who)
    assert usual(world, CLERK, lead) == [] and usual(world, OFFICER, lead) == ["warn"]


def test_a_package_nobody_reviewed_is_the_clerks_next_step_and_then_no_step_at_all(world):
    lead = world.warned()
    world.look_again(lead, "undecided")
    assert usual(world, CLERK, lead) == ["review_more"]
    world.take(CLERK, lead, "review_more", **GOOD)
    assert "review_more" not in codes(world, CLERK, lead)


def test_a_corrected_lead_is_closed_before_anything_else(world):
    assert usual(world, CLERK, world.rechecked("cleared")) == ["close_rectified"]


def test_while_a_filing_waits_it_is_the_squads_and_is_not_proposed_again(world):
    lead = world.rechecked()
    assert usual(world, OFFICER, lead) == ["file_propose"] and "file_approve" not in codes(world, SQUAD, lead)
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    assert "file_propose" not in codes(world, OFFICER, lead) and usual(world, SQUAD, lead) == ["file_approve"]


def test_an_order_that_was_received_is_not_handed_over_again(world):
    assert "serve_order" not in codes(world, OFFICER, world.warned())


def test_steps_without_an_object_are_not_offered(world):
    case = world.served()
    assert codes(world, HEAD, case).isdisjoint({"grant_deferral", "rule_recusal"})
    assert codes(world, CLERK, case) == {"remedy_opened", "publish", "suggest"}
    world.take(CLERK, case, "publish")
    assert codes(world, CLERK, case) == {"remedy_opened", "withdraw_publication", "credit_repaired", "suggest"}


def test_a_party_without_the_right_to_a_hearing_is_not_asked_about_one(world):
    token = world.token(world.notified())
    mine = {offer.code for offer in world.chain.portal_steps(token)}
    assert mine == {"statement", "waive", "consent", "ask_recusal"}


def test_never_two_steps_are_the_usual_one(world):
    lead = world.identified()
    world.law(warn_first="allowed")
    for actor in (OPER, CLERK, OFFICER, SQUAD):
        assert len(usual(world, actor, lead)) <= 1


def test_a_decision_not_to_penalise_waits_for_its_service(world):
    case = world.ready()
    world.take(HEAD, case, "no_penalty", ground="first", education="x")
    assert usual(world, OFFICER, case) == ["serve_no_penalty"]


def test_a_record_says_whose_step_it_waits_for_and_nothing_where_only_time_passes(world):
    lead = at_identification(world)
    assert world.chain.awaited(lead).code == "identify"
    world.take(CLERK, lead, "identify", subject_id="s-shop", source="business_licence", confirmed=True)
    waits = world.chain.awaited(lead)
    assert (waits.code, set(waits.roles)) == ("warn", {"OPER", "OFFICER"})
    world.take(OPER, lead, "warn", method="sms")
    assert world.chain.awaited(lead) is None


def test_a_case_waits_for_its_own_officers_whoever_looks(world):
    case = world.filed()
    assert world.chain.awaited(case).code == "investigate"
