"""What lies on the bus is what its published schema says."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detectors import IncidentStore
from geofence import load_street
from nonsite.handover import Handover, shift_of
from nonsite.messages import CameraMessage, IncidentsMessage, StreetMessage, camera_of, schema_of
from nonsite.rules import detector_rules
from nonsite.settings import SourceSettings
from notify import load_profile
from records import BadInput, FrozenClock
from scripts import message_schemas
from streams import TOPICS
from streams.topics import family
from tests.nonsite.test_cli_bad_input import GOOD, square

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
NOW = datetime(2026, 6, 3, 8, 0, tzinfo=UTC)


def street(*, moved: float = 0.0):
    corners = [(lon + moved, lat) for lon, lat in GOOD]
    document = {"street": "s", "crs": "EPSG:4490", "timezone": "Asia/Shanghai", "features": [square(*corners)]}
    return load_street(document)


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_the_published_schema_is_that_of_the_model(topic):
    assert (SCHEMAS / f"{topic}.json").read_text() == message_schemas.page(topic)
    assert schema_of(topic)["title"] == topic


def test_a_camera_comes_back_from_the_bus_as_it_was_published():
    camera = SourceSettings(id="cam-1", url="rtsp://u:p@host/1", group="corner", image_size=(768, 432))
    message = CameraMessage(camera=camera)
    assert camera_of(json.loads(json.dumps(message.to_json() | {"schema": "nonsite.cameras"}))) == camera
    assert (message.key, family(message.key)) == ("corner/cam-1", "corner")


def test_a_camera_that_is_none_is_named_by_its_field():
    with pytest.raises(BadInput, match=r"E_CAMERA.*camera\.url"):
        camera_of({"camera": {"id": "cam-1"}})


def test_a_state_fits_its_schema_and_says_where_its_metres_begin():
    clock = FrozenClock(NOW)
    store = IncidentStore(detector_rules(load_profile("demo")), clock, "corner")
    state = Handover("worker-1", clock).with_facts(store.to_json(), (), (), street())
    told = IncidentsMessage.model_validate(state)
    assert (told.group, told.machine, told.at) == ("corner", "worker-1", NOW)
    assert shift_of(state, street()) == (0.0, 0.0)


def test_a_street_published_anew_shifts_what_was_measured_on_the_old_one():
    clock = FrozenClock(NOW)
    state = {"group": "g", "incidents": []}
    told = Handover("worker-1", clock).with_facts(state, (), (), street())
    east_m, north_m = shift_of(told, street(moved=0.0001))
    assert east_m == pytest.approx(-9.53, abs=0.05)  # the new origin lies that far to the east of the old one
    assert north_m == pytest.approx(0.0, abs=0.01)
    assert shift_of(told, street(moved=0.1)) is None  # quite another place


def test_a_street_as_published_fits_its_schema():
    one = street()
    message = {
        **{"event_id": "street:1", "street": one.name, "version": one.version, "published_at": NOW.isoformat()},
        **{"publisher": "X", "geojson": one.features_geojson()},
    }
    assert load_street(StreetMessage.model_validate(message).geojson).version == one.version
