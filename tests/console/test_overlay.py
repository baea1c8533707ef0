"""What is drawn over a photograph: boxes moved into a crop, one caption per kind, lines where the street is."""

from datetime import UTC, datetime, timedelta

import pytest

from console.overlay import boxes_on, labels_of, lines_on
from console.progress import way
from geofence import Calibration, CameraPose, GroundControlPoint, LocalPlane, LonLat, calibrate
from records import iso

AT = datetime(2026, 6, 3, 8, 15, tzinfo=UTC)
PLANE = LocalPlane(LonLat(121.5, 31.2))
SIZE = (1280, 720)
POSE = CameraPose(0.0, 0.0, 5.0, 0.0, 20.0, 0.0, 900.0, SIZE)


def photo(crop: list[int] | None = None, width: int = 1280, height: int = 720, seconds: float = 0) -> dict[str, object]:
    return {"captured_utc": iso(AT + timedelta(seconds=seconds)), "crop": crop, "width": width, "height": height}


def alert(*boxes: tuple[float, float, float, float], kind: str = "bicycle") -> dict[str, object]:
    return {"boxes": [{"captured_at": iso(AT), "box": list(box), "kind": kind, "score": 0.9} for box in boxes]}


def test_boxes_are_moved_and_cut_to_a_close_up() -> None:
    [box] = boxes_on(photo([100, 50, 300, 150], 200, 100), alert((150, 20, 350, 120)), [])
    assert (box.x1, box.y1, box.x2, box.y2) == (50, 0, 200, 70) and box.main


def test_a_box_outside_the_close_up_is_left_out() -> None:
    assert boxes_on(photo([100, 50, 300, 150], 200, 100), alert((400, 200, 450, 260)), []) == []


def test_a_look_that_is_not_near_in_time_draws_nothing() -> None:
    assert boxes_on(photo(seconds=2.5), alert((1, 1, 50, 50)), []) != []
    assert boxes_on(photo(seconds=3.5), alert((1, 1, 50, 50)), []) == []


def test_what_the_alert_is_about_is_not_drawn_twice() -> None:
    look = {"captured_utc": iso(AT), "detections": [{"kind": "bicycle", "score": 0.8, "box": [10, 10, 51, 50]}]}
    assert len(boxes_on(photo(), alert((10, 10, 50, 50)), [look])) == 1


def test_a_heap_has_one_caption_above_its_highest_bicycle() -> None:
    boxes = boxes_on(photo(), alert((10, 80, 50, 120), (60, 40, 90, 90), (95, 60, 130, 100)), [])
    [label] = labels_of(boxes)
    assert (label.kind, label.count, label.x, label.y) == ("bicycle", 3, 60, 40)


def camera() -> Calibration:
    """A camera five metres up, looking north and down, calibrated from points on the ground."""
    places = [(-4.0, 10.0), (4.0, 10.0), (-6.0, 20.0), (6.0, 20.0), (0.0, 15.0), (-3.0, 25.0)]
    points = []
    for x, y in places:
        px = POSE.pixel([(x, y, 0.0)])[0]
        points.append(GroundControlPoint((float(px[0]), float(px[1])), PLANE.lonlat(x, y)))
    return calibrate(points, SIZE, "cam-1", PLANE)


def feature(*xy: tuple[float, float]) -> dict[str, object]:
    line = [[place.lon, place.lat] for place in (PLANE.lonlat(x, y) for x, y in xy)]
    geometry = {"type": "LineString", "coordinates": line}
    return {
        "features": [{"id": "f", "geometry": geometry, "properties": {"layer": "frontage", "shop_name": "示范面馆"}}]
    }


def test_a_line_on_the_ground_lies_where_the_camera_sees_it() -> None:
    [line] = lines_on(photo(), feature((-4.0, 12.0), (4.0, 12.0)), camera().to_json(), SIZE)
    expected = POSE.pixel([(-4.0, 12.0, 0.0), (4.0, 12.0, 0.0)])
    assert line.points[0] == pytest.approx(tuple(expected[0]), abs=0.5)
    assert line.points[-1] == pytest.approx(tuple(expected[1]), abs=0.5)
    assert (line.layer, line.name) == ("frontage", "示范面馆")


def test_what_lies_behind_the_camera_is_not_drawn() -> None:
    assert lines_on(photo(), feature((-4.0, -12.0), (4.0, -12.0)), camera().to_json(), SIZE) == []
    [line] = lines_on(photo(), feature((0.0, -30.0), (0.0, 30.0)), camera().to_json(), SIZE)
    assert all(-320 < x < 1600 and -180 < y < 900 for x, y in line.points)


def test_a_package_without_a_fixed_cameras_calibration_has_no_lines() -> None:
    assert lines_on(photo(), feature((-4.0, 12.0), (4.0, 12.0)), {"camera_id": "car-1"}, SIZE) == []
    assert lines_on(photo(), feature((-4.0, 12.0), (4.0, 12.0)), camera().to_json(), (640, 360)) == []


@pytest.mark.parametrize(
    ("state", "done", "look"),
    [
        ("A1", 0, "here"),
        ("A3", 1, "here"),
        ("A7", 3, "ended"),
        ("B5", 4, "here"),
        ("B10", 5, "here"),
        ("B12", 6, "ended"),
    ],
)
def test_the_seven_links_show_where_things_stand(state: str, done: int, look: str) -> None:
    links = way(state)
    assert len(links) == 7
    assert [link.look for link in links] == ["done"] * done + [look] + [""] * (6 - done)
