"""What arrives from the street: alerts merge, events count once, order does not matter."""

from datetime import timedelta

import pytest

from records import BadInput, Refused, iso, parse_iso
from tests.notify.people import CLERK, GOOD, OPER

RING = [[121.5, 31.2], [121.50002, 31.2], [121.50002, 31.20002], [121.5, 31.20002], [121.5, 31.2]]
TOUCHING = [[lon + 0.00001, lat] for lon, lat in RING]
APART = [[lon + 0.0001, lat] for lon, lat in RING]
NOWHERE = {"shop_id": None, "shop_name": None}


def test_alerts_of_one_kind_whose_footprints_touch_become_the_earlier_lead(world):
    first = world.alert("STALL", footprint=RING, **NOWHERE)
    world.seal(first)
    second = world.alert("STALL", footprint=TOUCHING, source_id="car-1", **NOWHERE)
    package = world.seal(second)
    assert world.state(second) == "MERGED" and world.chain.lead(second).merged_into == first
    attached = world.chain.package(package)
    assert (attached.lead_id, attached.used) == (first, False)
    assert world.take(OPER, first, "confirm").state == "A2"
    assert world.state(first) == "A3", "the attached package holds nothing up"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("BIKE_CLUTTER", {"footprint": TOUCHING}),  # another kind
        ("STALL", {"footprint": APART}),  # another place
        ("STALL", {"footprint": TOUCHING, "opened": 3600, "raised": 3700}),  # an hour later
    ],
)
def test_another_kind_place_or_time_is_another_lead(world, kind, more):
    world.alert("STALL", footprint=RING, **NOWHERE)
    for name in ("opened", "raised"):
        if name in more:
            more = {**more, name: iso(world.clock.now() + timedelta(seconds=more[name]))}
    assert world.state(world.alert(kind, **{**NOWHERE, **more})) == "A0"


def test_scenario_01_a_shop_seen_by_camera_and_car_is_one_lead_and_two_shops_never_merge(world):
    first = world.alert(footprint=RING)
    assert world.state(world.alert(footprint=APART, source_id="car-1")) == "MERGED"
    neighbour = world.alert(footprint=TOUCHING, shop_id="shop-2", shop_name="示范贸易")
    assert world.state(neighbour) == "A0" and world.state(first) == "A0"


def test_after_a_verified_correction_a_fresh_capture_is_a_new_act(world):
    lead = world.rechecked("cleared")
    world.take(CLERK, lead, "close_rectified")
    world.clock.advance(60)
    assert world.state(world.alert()) == "A0"


def test_the_same_alert_told_twice_is_one(world):
    lead = world.alert(id="a-1")
    world.alert(id="a-1")
    assert world.chain.leads().total == 1 and lead == "a-1"


def test_evidence_may_come_before_its_alert(world):
    package = world.seal("alert-1")
    assert world.chain.leads().total == 0
    lead = world.alert()
    assert world.state(lead) == "A1"
    assert world.chain.lead(lead).packages[0].package_id == package


def test_the_stamp_that_comes_later_is_kept_on_the_same_package(world):
    lead = world.alert()
    world.seal(lead, status="SEALED_PENDING_TSA")
    assert world.chain.lead(lead).packages[0].stamped_at is None
    world.seal(lead)
    only = world.chain.lead(lead).packages
    assert len(only) == 1 and only[0].status == "STAMPED"


def test_an_answer_to_a_recheck_raises_no_lead(world):
    lead = world.warned()
    world.alert(id="again", stage="recheck", answers=lead)
    assert world.chain.leads().total == 1


def test_a_recheck_told_twice_is_recorded_once_and_an_unknown_result_is_refused(world):
    lead = world.warned()
    world.clock.set(world.chain.lead(lead).recheck_due)
    world.chain.tick()
    answer = {"event": "recheck", "event_id": "e", "alert_id": lead, "result": "cleared", "at": iso(world.clock.now())}
    world.chain.alert_raised(answer)
    world.chain.recheck_done({**answer, "result": "still"})
    assert world.chain.lead(lead).recheck["result"] == "cleared"
    with pytest.raises(BadInput, match="E_FIELD"):
        world.chain.recheck_done({**answer, "event_id": "f", "result": "maybe"})


@pytest.mark.parametrize("answer_first", [True, False])
def test_a_package_sealed_under_the_second_look_s_own_number_belongs_to_the_lead_it_answers(world, answer_first):
    lead = world.warned()
    world.clock.set(world.chain.lead(lead).recheck_due)
    world.chain.tick()
    package = f"pkg-second-look-after_notice-{int(world.clock.now().timestamp())}"
    answer = {"event_id": "e", "alert_id": lead, "result": "still", "package_id": package, "at": iso(world.clock.now())}
    for step in (0, 1) if answer_first else (1, 0):
        if step == 0:
            world.chain.recheck_done(answer)
        else:
            assert world.seal("second-look", "after_notice") == package
    assert [one.stage for one in world.chain.lead(lead).packages] == ["first_seen", "after_notice"]
    world.take(CLERK, lead, "review_more", **GOOD)
    with pytest.raises(Refused, match="E_NOTHING_TO_REVIEW"):
        world.take(CLERK, lead, "review_more", **GOOD)


def test_an_undecided_recheck_can_be_asked_for_again(world):
    lead = world.rechecked("undecided")
    assert world.take(OPER, lead, "recapture").state == "A6"
    assert world.chain.lead(lead).recheck is None


def test_the_recapture_command_names_alert_place_and_time(world):
    from records import drain_outbox

    lead = world.warned()
    world.clock.set(world.chain.lead(lead).recheck_due)
    world.chain.tick()
    told = []
    drain_outbox(world.database, lambda topic, key, message: told.append((topic, message)), world.clock)
    command = next(message for topic, message in told if topic == "nonsite.commands")
    assert (command["command"], command["alert_id"], command["alert"]["id"]) == ("recapture", lead, lead)
    assert parse_iso(command["due"]) == world.chain.lead(lead).recheck_due
    news = [message for topic, message in told if topic == "nonsite.cases"]
    assert {"event_id", "id", "subject", "kind", "state", "step", "at"} <= set(news[0])
    assert "示范面馆" not in str(news) and "139" not in str([m.get("phone") for m in news])


def test_a_review_covers_only_the_lead_s_own_packages(world):
    lead = world.identified()
    assert all(package.review["by"] == "clerk" for package in world.chain.lead(lead).packages)
    assert set(GOOD) <= set(world.chain.lead(lead).packages[0].review)
