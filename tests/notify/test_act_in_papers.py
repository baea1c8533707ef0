"""How papers tell the act: the moments at which it was seen and its place, and nothing that nobody saw."""

from datetime import timedelta
from pathlib import Path

import pytest

from geofence import load_street, publish
from records import iso
from tests.notify.people import CLERK, GOOD, OFFICER, OPER, SQUAD
from tests.notify.world import World

STREET = Path(__file__).parents[1] / "console" / "data" / "street.yaml"
NOWHERE = {"shop_id": None, "shop_name": None}


def papers(world: World, case: str) -> dict[str, dict[str, object]]:
    view = world.chain.case(case)
    return {one.kind: world.chain.document(one.id).source for one in (*view.lead.documents, *view.documents)}


def test_order_notice_and_decision_name_the_moments_at_which_it_was_seen_and_no_period(world):
    case = world.decided()
    found = papers(world, case)
    seen = "2026年6月3日16时13分，监控设备首次发现示范路8号（示范面馆）门前有"
    for kind in ("ORDER", "PRIOR_NOTICE", "DECISION"):
        text = found[kind]["fact"]["text"]
        assert text.startswith(seen) and "16时15分仍在" in text, kind
        assert "期间" not in text and "16时45分" not in text, kind
    for kind in ("PRIOR_NOTICE", "DECISION"):
        assert found[kind]["ordered_text"] == "2026年6月3日16时15分"
        assert found[kind]["recheck_text"] == "16时45分复核时仍在，未改正"
    assert "责令改正后，2026年6月3日16时45分复核时仍在" in found["REPORT"]["paragraphs"][0]["text"]
    assert "复核时仍在，未改正" in str(found["FILING"]["rows"])


def test_a_thing_that_stood_in_permitted_hours_first_was_found_when_the_act_was_found(world):
    raised = world.clock.now()
    lead = world.warned(opened=iso(raised - timedelta(minutes=20)), dwell_s=60)
    text = world.chain.document(world.chain.lead(lead).documents[0].id).source["fact"]["text"]
    assert text.startswith("2026年6月3日16时15分，监控设备首次发现") and "15时55分" not in text
    assert "其时已累计停留1分00秒" in text
    assert "15时55分" not in world.message(lead).text


def test_a_later_capture_of_the_same_act_is_told_as_a_moment_of_its_own(world):
    lead = world.warned()
    world.clock.advance(600)
    world.alert()
    assert len([one for one in world.chain.leads().items if one.merged_into == lead]) == 1
    world.look_again(lead, "still")
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    case = world.proposed(case=str(world.take(SQUAD, lead, "file_approve").case_id))
    world.take(OFFICER, case, "notice")
    text = papers(world, case)["PRIOR_NOTICE"]["fact"]["text"]
    assert "16时23分再次拍摄到" in text and "复核" not in text


@pytest.fixture
def street(world):
    """Layers in which a front line runs 5.5 m north of the alert."""
    found = load_street(STREET)
    with world.database.session() as session:
        publish(session, found, "test", world.clock.now())
    return found


def place(world: World, version: str, lat: float) -> str | None:
    return world.chain.lead(world.alert("STALL", lon=121.5001, lat=lat, layer_version=version, **NOWHERE)).address


def test_a_place_without_a_shop_is_told_by_the_nearest_front_line_as_nearness(world, street):
    assert place(world, street.version, 31.2002) == "示范路8号附近（约6米）"


def test_beyond_fifteen_metres_or_without_published_layers_only_coordinates_are_known(world, street):
    assert place(world, street.version, 31.20005) is None
    assert place(world, "another", 31.2002) is None


def test_papers_give_the_coordinates_with_what_is_near_and_no_shops_name(world, street):
    alert = {"lon": 121.5001, "lat": 31.2002, "layer_version": street.version, **NOWHERE}
    lead = world.identified("STALL", **alert)
    world.take(OPER, lead, "warn", method="sms")
    text = world.chain.document(world.chain.lead(lead).documents[0].id).source["fact"]["text"]
    assert "示范路8号附近（约6米）（东经121.500100°、北纬31.200200°处）" in text
    assert "示范面馆" not in text.split("（监控设备记录")[0]


@pytest.mark.parametrize(("phone", "where"), [("13911112222", "通过随短信发送的查询链接"), (None, "到本机关")])
def test_whoever_has_no_telephone_is_not_sent_to_a_link_in_a_message(world, phone, where):
    lead = world.alert("STALL", **NOWHERE)
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD)
    who = {"kind": "person", "name": "王某", "address": "示范路3号", "confirmed": True, "second_officer": "officer2"}
    world.take(OFFICER, lead, "identify_on_site", **who, **({"phone": phone} if phone else {}))
    world.take(OFFICER, lead, "warn", method="direct", proof="本人签收")
    assert world.chain.document(world.chain.lead(lead).documents[0].id).source["query_text"] == where
