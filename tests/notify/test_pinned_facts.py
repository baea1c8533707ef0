"""What an alert was judged by is looked up again: a warning phase only dissuades, a difference waits for an officer."""

import pytest

from notify import GroundVerdict
from records import BadInput
from tests.notify.people import HEAD, OFFICER, OPER, SQUAD
from tests.notify.refusing import refused

CHANGED = GroundVerdict("enforce", "v1", "v2", "v1: f-1 [enforce] → v2: - [-]", True, "f-1 [enforce]", "- [-]", "aa11")
CHANGED_AGAIN = GroundVerdict(
    "enforce", "v1", "v3", "v1: f-1 [enforce] → v3: f-1 [enforce] +permit", True, "f-1 [enforce]", "f-1 +permit", "bb22"
)
WARNING_AT_THE_ACT = GroundVerdict("warn", "v1", "v2", "", True)


def propose(world, lead):
    return world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_E_PHASE_WARN_at_filing_a_zone_that_only_warned_at_the_act_opens_no_case(world):
    lead = world.identified(phase="warn")
    with refused("E_PHASE_WARN"):
        propose(world, lead)


def test_E_PHASE_WARN_at_the_order_a_zone_that_only_warned_at_the_act_lets_nobody_be_ordered_to_correct(world):
    lead = world.identified(phase="warn")
    with refused("E_PHASE_WARN"):
        world.take(OPER, lead, "warn", method="sms")
    other = world.identified(shop_id="shop-2", shop_name="示范贸易", subject="s-firm")
    world.layers.answer = WARNING_AT_THE_ACT
    with refused("E_PHASE_WARN"):
        world.take(OFFICER, other, "warn", method="direct", proof="签收")
    assert world.chain.lead(other).documents == ()


def test_what_only_warned_ends_without_a_case_and_nothing_else_ends_so(world):
    lead = world.identified(phase="warn")
    other = world.identified(shop_id="shop-2", shop_name="示范贸易", subject="s-firm")
    assert "close_warned" in {offer.code for offer in world.chain.steps(SQUAD, lead)}
    assert "close_warned" not in {offer.code for offer in world.chain.steps(SQUAD, other)}
    with refused("E_PHASE_ENFORCE"):
        world.take(SQUAD, other, "close_warned", reason="x")
    assert world.take(SQUAD, lead, "close_warned", reason="劝导期，已劝阻").state == "NOT_FILED"


def test_E_PHASE_WARN_at_filing_though_the_alert_says_enforce_where_the_layers_of_the_act_only_warned(world):
    lead = world.rechecked("still")
    world.layers.answer = WARNING_AT_THE_ACT
    with refused("E_PHASE_WARN"):
        propose(world, lead)


def test_E_PHASE_WARN_at_filing_between_the_officer_s_proposal_and_its_approval(world):
    lead = world.rechecked("still")
    propose(world, lead)
    world.layers.answer = WARNING_AT_THE_ACT
    with refused("E_PHASE_WARN"):
        world.take(SQUAD, lead, "file_approve")


def test_E_PHASE_WARN_at_notice_no_prior_notice_is_issued(world):
    case = world.proposed()
    world.layers.answer = WARNING_AT_THE_ACT
    with refused("E_PHASE_WARN"):
        world.take(OFFICER, case, "notice")


def test_E_PHASE_WARN_at_decision_no_fine_is_decided(world):
    case = world.ready()
    world.layers.answer = WARNING_AT_THE_ACT
    with refused("E_PHASE_WARN"):
        world.take(HEAD, case, "decide", amount="100")


def test_a_zone_that_only_warned_still_allows_dissuasion(world):
    lead = world.identified(phase="warn")
    world.layers.answer = WARNING_AT_THE_ACT
    assert world.take(OPER, lead, "dissuade").state == "A4"


@pytest.mark.parametrize("stage", ["order", "filing", "approval", "notice", "decision"])
def test_E_GROUND_CHANGED_until_an_officer_answers_the_difference_with_a_reason(world, stage):
    begin = {"order": "identified", "filing": "rechecked", "approval": "rechecked", "notice": "proposed"}
    owner = getattr(world, begin.get(stage, "ready"))()
    if stage == "approval":
        propose(world, owner)
    step = {
        "order": lambda: world.take(OPER, owner, "warn", method="sms"),
        "filing": lambda: propose(world, owner),
        "approval": lambda: world.take(SQUAD, owner, "file_approve"),
        "notice": lambda: world.take(OFFICER, owner, "notice"),
        "decision": lambda: world.take(HEAD, owner, "decide", amount="100"),
    }[stage]
    world.layers.answer = CHANGED
    with refused("E_GROUND_CHANGED"):
        step()
    with pytest.raises(BadInput, match=r"^E_FIELD:"):
        world.take(OFFICER, owner, "answer_ground", reason="")
    with refused("E_ROLE"):
        world.take(HEAD, owner, "answer_ground", reason="不影响")
    world.take(OFFICER, owner, "answer_ground", reason="区域于行为之后调整，行为时仍属禁止设摊区")
    assert step().body["ground"]["difference"] == CHANGED.difference


def test_an_answer_holds_for_the_difference_it_was_given_to_and_no_other(world):
    case = world.proposed()
    world.layers.answer = CHANGED
    world.take(OFFICER, case, "answer_ground", reason="区域于行为之后调整")
    world.layers.answer = CHANGED_AGAIN
    with refused("E_GROUND_CHANGED"):
        world.take(OFFICER, case, "notice")


def test_where_nothing_differs_there_is_nothing_to_answer(world):
    case = world.proposed()
    with refused("E_GROUND_SAME"):
        world.take(OFFICER, case, "answer_ground", reason="x")
    assert "answer_ground" not in {offer.code for offer in world.chain.steps(OFFICER, case)}
    world.layers.answer = CHANGED
    assert "answer_ground" in {offer.code for offer in world.chain.steps(OFFICER, case)}


def test_the_record_keeps_what_the_street_said_then_and_now_and_who_answered_why(world):
    case = world.proposed()
    world.layers.answer = CHANGED
    reason = "区域于行为之后调整，行为时仍属禁止设摊区"
    outcome = world.take(OFFICER, case, "answer_ground", reason=reason)
    assert outcome.body["ground"]["then"] == "f-1 [enforce]" and outcome.body["ground"]["now"] == "- [-]"
    (event,) = [one for one in world.chain.case(case).timeline if one.step == "answer_ground"]
    assert event.note == reason and event.actor == OFFICER.name
    assert world.audit_holds()
