"""A rejection that says the camera is wrong silences it there for a while; other rejections do not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from detectors import Suppression
from records import BadInput, OutboxRow, Refused
from tests.notify.people import CLERK, GOOD, OPER, SQUAD


def commands(world) -> list[dict]:
    with world.database.read() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == "nonsite.commands").order_by(OutboxRow.id))
        return [row.message for row in rows]


def discarded(world, reason: str, **alert) -> str:
    lead = world.alert("STALL", shop_id=None, shop_name=None, **alert)
    world.seal(lead)
    world.take(OPER, lead, "discard", reason=reason)
    return lead


def test_a_false_detection_silences_the_camera_there_for_the_profiles_time_and_tells_it(world):
    lead = discarded(world, "false_detection")
    (one,) = world.chain.suppressions()
    assert (one.id, one.source_id, one.kind, one.by, one.reason) == (lead, "cam-1", "STALL", "oper", "false_detection")
    assert one.until == world.clock.now() + timedelta(minutes=1440)
    (command,) = commands(world)
    assert (command["command"], command["source_id"]) == ("suppress", "cam-1")
    told = Suppression.model_validate(command["suppression"])
    assert (told.id, told.until) == (lead, one.until) and len(told.footprint) == 5


@pytest.mark.parametrize("reason", ["permitted", "ended", "other"])
def test_a_reason_that_does_not_blame_the_camera_silences_nothing(world, reason):
    discarded(world, reason)
    assert world.chain.suppressions() == [] and commands(world) == []


@pytest.mark.parametrize(("about", "silent"), [("false_detection", 1), ("unclear_picture", 0), (None, 0)])
def test_a_clerk_who_rejects_evidence_as_a_false_detection_silences_it_too(world, about, silent):
    lead = world.alert("STALL", shop_id=None, shop_name=None)
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "reject", reason="不是摊位", about=about)
    assert len(world.chain.suppressions()) == silent


def test_it_is_over_when_its_time_is(world):
    discarded(world, "false_detection")
    world.clock.advance(1440 * 60)
    assert world.chain.suppressions() == []


def test_a_boards_height_goes_with_it(world):
    board = {"board": {"bottom_m": 4.0, "height_m": 1.5}}
    discarded(world, "false_detection", facts=board)
    (one,) = world.chain.suppressions()
    assert one.heights == (4.0, 5.5)


def test_whoever_may_lifts_it_and_the_camera_hears_of_it(world):
    lead = discarded(world, "false_detection")
    with pytest.raises(Refused, match="E_ROLE"):
        world.chain.lift_suppression(CLERK, lead)
    assert world.chain.lift_suppression(SQUAD, lead).id == lead
    assert world.chain.suppressions() == []
    last = commands(world)[-1]
    assert (last["command"], last["suppression_id"], last["by"]) == ("lift", lead, "squad")
    with pytest.raises(BadInput, match="E_NOT_FOUND"):
        world.chain.lift_suppression(SQUAD, lead)


def test_the_operator_whose_livery_most_bicycles_bear_is_offered_first_and_still_only_offered(world):
    brands = [{"id": "x", "count": 6, "operator": "bike"}, {"id": "unknown", "count": 2, "operator": None}]
    lead = world.alert("BIKE_CLUTTER", shop_id=None, shop_name=None, subkind=None, facts={"brands": brands})
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD, subkind="SHARED_BIKE_CLUTTER")
    (offer,) = [offer for offer in world.chain.steps(CLERK, lead) if offer.code == "identify"]
    (field,) = [field for field in offer.fields if field.name == "subject_id"]
    assert "6 辆" in field.choices[0].zh and "6 bear its livery" in field.choices[0].en
    assert field.default is None
