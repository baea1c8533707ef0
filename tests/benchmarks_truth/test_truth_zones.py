"""The zones that the rivals are given lie in the picture where the street has them."""

import cv2
import numpy as np
import pytest

from benchmarks.truth_parts.ours import grounds
from benchmarks.truth_parts.scene import SIZE, Scene, build
from benchmarks.truth_parts.spec import SceneSpec
from benchmarks.truth_parts.zones import Drawer, regions, zones
from detectors import Violation
from geofence import GroundView, load_street
from models.scenes import street_file
from models.scenes.path import fixed_view


@pytest.fixture(scope="module")
def scene() -> Scene:
    point = {"from": "08:00", "to": "17:00"}
    spec = SceneSpec.model_validate({
        "name": "zones", "seed": 9, "seconds": 60, "start": "2026-04-15 16:59:30",
        "events": [{"what": "stall", "slot": 1, "permit": point}, {"what": "board", "slot": 3, "licensed": True}],
    })  # fmt: skip
    return build(spec, "hours")


@pytest.fixture(scope="module")
def drawn(scene: Scene) -> tuple[Drawer, GroundView]:
    street = load_street(street_file(scene.script))
    view = grounds(scene, street, {})["near"].at(scene.script.start)
    assert view is not None
    return Drawer(scene, street.plane), view


def pixel(scene: Scene, x: float, y: float, z: float) -> tuple[float, float]:
    """Where the drawn camera, not the surveyed one, shows a point of the street."""
    (px,), _ = fixed_view(scene.script.cameras[0], SIZE).project(np.array([[x, y, z]]))
    return float(px[0]), float(px[1])


def holds(ring: list[list[int]], point: tuple[float, float]) -> bool:
    return cv2.pointPolygonTest(np.array(ring, np.int32), point, False) >= 0


def test_a_zone_holds_the_feet_of_what_stands_in_it_and_nothing_outside_the_picture(
    scene: Scene, drawn: tuple[Drawer, GroundView]
) -> None:
    drawer, view = drawn
    stalls = next(one for one in zones(scene) if one["kind"] == Violation.STALL)
    ring = drawer.ring(stalls["solid"], view)
    assert ring is not None
    assert holds(ring, pixel(scene, *scene.truths[0].places[0][1], 0.0))
    assert np.min(ring) >= 0 and np.max(ring) <= max(SIZE)


def test_a_permit_is_a_hole_only_in_its_hours(scene: Scene, drawn: tuple[Drawer, GroundView]) -> None:
    drawer, view = drawn
    (hole,) = next(one for one in zones(scene) if one["kind"] == Violation.STALL)["holes"]
    ring = drawer.ring(hole["solid"], view)
    assert ring is not None and holds(ring, pixel(scene, *scene.truths[0].places[0][1], 0.0))
    seconds = [a for a, _ in hole["active"]]
    assert (min(seconds), max(seconds)) == (0.0, 29.0)


def test_a_licensed_board_is_a_hole_in_the_zone_of_its_wall(scene: Scene, drawn: tuple[Drawer, GroundView]) -> None:
    drawer, view = drawn
    board = scene.script.district.licences[0]
    middle = pixel(scene, board.x, board.y, board.bottom + board.height / 2)
    for shapes in (zones(scene), regions(scene)):
        walls = [one for one in shapes if one["kind"] == Violation.OUTDOOR_AD]
        rings = {n: drawer.ring(one["solid"], view) for n, one in enumerate(walls)}
        (mine,) = [n for n, ring in rings.items() if ring is not None and holds(ring, middle)]
        faces = [drawer.ring(hole["solid"], view) for hole in walls[mine]["holes"]]
        assert any(face is not None and holds(face, middle) for face in faces)


def test_what_lies_behind_the_camera_has_no_ring(scene: Scene, drawn: tuple[Drawer, GroundView]) -> None:
    drawer, view = drawn
    camera = scene.script.cameras[0]
    behind = [(camera.x - 3, camera.y - y, 0.0) for y in (2.0, 4.0, 6.0)]
    assert drawer.ring(behind, view) is None
