"""Boxes back to the ground: where the cuboid that a box shows stands."""

from __future__ import annotations

import numpy as np
import pytest
from street_scene import ACROSS, ALONG, PLANE, SIZE, Actor, Scene

from detectors.footprint import fit_footprints
from detectors.frontline import FrontLines
from detectors.sightings import Placer
from geofence import CameraPose
from streams import Detection, ObjectKind


def boxes_of(view: CameraPose, places: np.ndarray, size: tuple[float, float, float], kind: ObjectKind):
    found = [Actor(kind, (x, y), size).box(view, 0.0) for x, y in places]
    keep = [i for i, box in enumerate(found) if box and box[0] > 3 and box[2] < SIZE[0] - 3 and box[3] < SIZE[1] - 3]
    return np.array([found[i] for i in keep]), places[keep]


@pytest.mark.parametrize("view", [ACROSS, ALONG])
@pytest.mark.parametrize("kind", [ObjectKind.STALL, ObjectKind.GOODS, ObjectKind.PERSON, ObjectKind.FURNITURE])
def test_a_thing_of_usual_size_is_placed_to_a_few_centimetres(view: CameraPose, kind: ObjectKind):
    from detectors.footprint import SIZES

    usual = SIZES[kind]
    rng = np.random.default_rng(0)
    places = np.column_stack([rng.uniform(4, 34, 120), rng.uniform(0.5, 6, 120)])
    boxes, truth = boxes_of(view, places, (usual.along_m, usual.across_m, usual.height_m), kind)
    axes = np.tile([1.0, 0.0], (len(boxes), 1))
    fitted = fit_footprints(view, boxes, [kind] * len(boxes), axes, SIZE)
    assert len(boxes) > 10 and fitted.good.all()
    assert np.percentile(np.hypot(*(fitted.centre - truth).T), 95) < 0.1


def test_noise_and_unusual_sizes_stay_within_the_stated_error():
    rng = np.random.default_rng(1)
    errors, stated = [], []
    for _ in range(150):
        place = np.array([[rng.uniform(6, 34), rng.uniform(0.5, 6)]])
        size = tuple(np.array([1.8, 1.0, 2.0]) * np.exp(rng.normal(0, 0.2, 3)))
        boxes, truth = boxes_of(ACROSS, place, size, ObjectKind.STALL)
        if not len(boxes):
            continue
        boxes = boxes + rng.normal(0, 1.5, boxes.shape)
        fitted = fit_footprints(ACROSS, boxes, [ObjectKind.STALL], np.array([[1.0, 0.0]]), SIZE)
        errors.append(np.hypot(*(fitted.centre - truth)[0]))
        stated.append(2.4477 * fitted.sigma.max())
    assert np.mean(np.array(errors) <= np.array(stated)) >= 0.93
    assert np.percentile(errors, 95) < 0.5


def test_a_box_above_the_horizon_is_left_out():
    scene = Scene()
    placer = Placer(FrontLines(scene.index.frontages()))
    sky = Detection(ObjectKind.STALL, "stall", 0.9, (600.0, 5.0, 700.0, 60.0))
    level = CameraPose(20.0, 24.0, 7.0, 180.0, 0.0, 0.0, 800.0, SIZE)
    assert placer.place("s", [sky], level, scene.clock.now(), SIZE) == []


def test_a_board_is_placed_on_the_wall_and_not_on_the_ground_behind_it():
    scene = Scene()
    board = scene.board(13.0, 3.0, 4.0, 1.0)
    placer = Placer(FrontLines(scene.index.frontages()))
    detection = Detection(ObjectKind.SIGNBOARD, "signboard", 0.9, board.box(ACROSS, 0.0))
    (sighting,) = placer.place("s", [detection], ACROSS, scene.clock.now(), SIZE)
    assert sighting.board is not None
    assert sighting.board.wall.shop_id == "shop-b"
    assert sighting.xy[0] == pytest.approx(13.0, abs=0.2) and sighting.xy[1] == pytest.approx(0.0, abs=1e-6)
    assert sighting.board.bottom_m == pytest.approx(3.0, abs=0.2)
    assert sighting.board.width_m == pytest.approx(4.0, abs=0.3)
    assert sighting.board.wall.facing_deg == pytest.approx(0.0, abs=1e-6)


def test_a_board_that_stands_on_the_pavement_is_placed_there():
    scene = Scene()
    board = scene.add("signboard", (20.0, 2.0), size=(0.8, 0.4, 1.2))
    placer = Placer(FrontLines(scene.index.frontages()))
    detection = Detection(ObjectKind.SIGNBOARD, "signboard", 0.9, board.box(ACROSS, 0.0))
    (sighting,) = placer.place("s", [detection], ACROSS, scene.clock.now(), SIZE)
    assert sighting.board is None
    assert np.hypot(sighting.xy[0] - 20, sighting.xy[1] - 2) < 0.3


def test_a_thing_cut_by_the_lower_border_is_marked():
    scene = Scene()
    placer = Placer(FrontLines(scene.index.frontages()))
    cut = Detection(ObjectKind.STALL, "stall", 0.9, (600.0, 500.0, 760.0, 720.0))
    (sighting,) = placer.place("s", [cut], ACROSS, scene.clock.now(), SIZE)
    assert sighting.cut
    assert PLANE.origin.lat == pytest.approx(31.22)


def test_a_box_above_the_horizon_does_not_spoil_the_others():
    level = CameraPose(20.0, 24.0, 7.0, 180.0, 0.0, 0.0, 800.0, SIZE)
    seen = Actor(ObjectKind.STALL, (20.0, 4.0), (1.8, 1.0, 2.0)).box(level, 0.0)
    boxes = np.array([(600.0, 5.0, 700.0, 60.0), seen])
    fitted = fit_footprints(level, boxes, [ObjectKind.STALL] * 2, np.array([[1.0, 0.0]] * 2), SIZE)
    assert fitted.good.tolist() == [False, True]
    assert np.hypot(*(fitted.centre[1] - (20.0, 4.0))) < 0.1
