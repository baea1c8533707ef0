"""Unlawful steps are refused: evidence and devices; by code and scenario."""

import pytest

from notify import EvidenceStatus, GroundVerdict
from notify.registers import DeviceRow, MatterRow
from records import iso
from tests.notify.people import CLERK, GOOD, OFFICER, OPER
from tests.notify.refusing import change, day, refused
from tests.notify.world import make_world


def test_scenario_03_evidence_of_a_camera_published_after_the_capture_is_not_admitted(world):
    change(world, DeviceRow, "cam-1", published_at=day("2026-06-04"))
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_DEVICE_UNPUBLISHED"):
        world.take(CLERK, lead, "review", **GOOD)
    assert world.state(lead) == "A3", "the lead stays"


@pytest.mark.parametrize(
    "gap", [{"legal_review_to": None}, {"technical_review_to": day("2026-06-02")}, {"standard": None}]
)
def test_scenario_04_a_device_without_valid_reviews_is_not_admitted(world, gap):
    change(world, DeviceRow, "cam-1", **gap)
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_DEVICE_NOT_VETTED"):
        world.take(CLERK, lead, "review", **GOOD)


def test_scenario_05_a_package_with_one_quality_false_carries_nothing(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_UNREVIEWED"):
        world.take(CLERK, lead, "review", **{**GOOD, "clear": False})


def test_scenario_05_filing_on_a_recheck_package_nobody_reviewed_is_refused(world):
    lead = world.warned()
    world.clock.set(world.chain.lead(lead).recheck_due)
    world.chain.tick()
    package = world.seal(lead, "after_notice")
    world.chain.recheck_done(
        {"event_id": "r", "alert_id": lead, "result": "still", "package_id": package, "at": iso(world.clock.now())}
    )
    with refused("E_UNREVIEWED"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_scenario_06_an_altered_package_is_unusable_from_then_on_and_audited(world):
    lead = world.rechecked("still")
    package = world.chain.lead(lead).packages[0].package_id
    world.shelf.broken[package] = "data/p1.jpg: hash differs"
    with refused("E_HASH_MISMATCH"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    assert world.chain.package(package).unusable == "data/p1.jpg: hash differs"
    world.shelf.broken.clear()
    with refused("E_HASH_MISMATCH"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    assert world.audit_holds()


def test_a_package_that_cannot_be_looked_at_stops_the_step_but_is_not_condemned(world, monkeypatch):
    lead = world.identified()
    package = world.chain.lead(lead).packages[0].package_id
    with monkeypatch.context() as patch:
        patch.setattr(
            world.shelf, "status", lambda one: EvidenceStatus(one, False, False, "store not mounted", found=False)
        )
        with refused("E_HASH_MISMATCH"):
            world.take(OPER, lead, "warn", method="sms")
    assert world.chain.package(package).unusable is None
    assert world.take(OPER, lead, "warn", method="sms").state == "A5"


def test_a_package_without_its_time_stamp_waits_in_a2_and_only_dissuasion_goes_out(world):
    lead = world.alert()
    package = world.seal(lead, status="SEALED_PENDING_TSA")
    world.shelf.pending.add(package)
    world.take(OPER, lead, "confirm")
    assert world.state(lead) == "A2"
    assert world.take(OPER, lead, "dissuade").messages
    world.shelf.pending.clear()
    world.chain.tick()
    assert world.state(lead) == "A3"


def test_scenario_07_a_vehicle_outside_its_published_area_gives_no_evidence(world):
    world.layers.answer = GroundVerdict("enforce", "v1", "v1", "", False)
    lead = world.alert(source_id="car-1")
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_VEHICLE_AREA"):
        world.take(CLERK, lead, "review", **GOOD)


def test_scenario_08_camera_evidence_alone_is_refused_where_it_only_starts_a_lead(tmp_path):
    world = make_world(tmp_path, "shanghai_other")
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_AUTHORITY"):
        world.take(CLERK, lead, "review", **GOOD)
    own = world.seal(lead, "on_site")
    world.take(OFFICER, lead, "on_site", second_officer="officer2", package_id=own, record="到场查看")
    assert world.state(lead) == "A4"


def test_scenario_09_a_matter_off_the_published_list_on_the_day_of_the_act_is_not_filed(world):
    lead = world.rechecked("still")
    change(world, MatterRow, ("OUT_OF_STORE", day("2026-01-01")), listed_to=day("2026-06-02"))
    with refused("E_MATTER_NOT_LISTED"):
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")


def test_evidence_with_a_wrong_clock_is_not_admitted(world):
    world.shelf.clock_error_s = 2.5
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_CLOCK"):
        world.take(CLERK, lead, "review", **GOOD)
