"""What a generated picture shows and what its truth says of it."""

from pathlib import Path

import numpy as np
import pytest

from models.scenes import load_script
from models.scenes.actors import Car, Walker
from models.scenes.items import actor_items
from models.scenes.path import fixed_view
from models.scenes.script import Script
from models.scenes.stage import Label, Stage
from models.scenes.training import KINDS, stills
from models.scenes.view import View
from models.scenes.world import World

SCRIPT = Path(__file__).parents[3] / "configs" / "scenes" / "corner.yaml"
SIZE = (640, 360)


@pytest.fixture(scope="module")
def script() -> Script:
    return load_script(SCRIPT)


@pytest.fixture(scope="module")
def stage(script: Script) -> Stage:
    return Stage(World(script, 3, scale=16.0), fixed_view(script.cameras[0], SIZE))


def label(labels: list[Label], name: str) -> Label:
    return next(one for one in labels if one.id == name)


def test_a_ground_point_comes_back_from_its_pixel() -> None:
    view = View(-8, -7.6, 5.2, 56, 9, 500, SIZE)
    points = np.array([[0.0, 8.0, 0.0], [5.0, 3.0, 0.0], [20.0, 11.0, 0.0]])
    px, depth = view.project(points)
    assert (depth > 0).all()
    assert np.allclose(view.ground(px), points[:, :2], atol=1e-6)


def test_every_box_holds_the_ground_point_of_its_thing(script: Script, stage: Stage) -> None:
    t = 25.0
    _, labels = stage.frame(t)
    boxes, checked = {one.id: one.box for one in labels}, 0
    for actor in stage.world.present(t):
        for thing in actor_items(actor, t):
            if thing.id not in boxes or thing.place.z > 0:
                continue
            x0, y0, x1, y1 = boxes[thing.id]
            if x0 <= 0 or y0 <= 0 or x1 >= SIZE[0] or y1 >= SIZE[1]:
                continue
            (u, v), *_ = stage.view.project(np.array([[thing.place.x, thing.place.y, 0.0]]))[0]
            assert x0 - 1.5 <= u <= x1 + 1.5, thing.id
            assert y0 - 1.5 <= v <= y1 + 1.5, thing.id
            checked += 1
    assert checked >= 8


def test_someone_standing_touches_the_ground_where_the_script_says(stage: Stage) -> None:
    _, labels = stage.frame(40.0)
    box = label(labels, "waiting").box
    (px, _), depth = stage.view.project(np.array([[6.4, 9.6, 0.0], [6.4, 9.6, 1.7]]))
    assert abs((box[0] + box[2]) / 2 - px[0]) < 0.25 * stage.view.f_px / depth[0]
    assert abs(box[3] - px[1]) < 0.2 * stage.view.f_px / depth[0]


def test_all_boxes_lie_inside_the_picture_and_know_their_kind(stage: Stage) -> None:
    for t in (0.0, 7.0, 12.0, 33.0):
        picture, labels = stage.frame(t)
        assert picture.shape == (SIZE[1], SIZE[0], 3)
        for one in labels:
            x0, y0, x1, y1 = one.box
            assert 0 <= x0 < x1 <= SIZE[0]
            assert 0 <= y0 < y1 <= SIZE[1]
            assert 0 <= one.visible <= 1
            assert one.kind in KINDS


def test_what_stands_free_is_seen_whole_and_what_a_bus_hides_is_not(stage: Stage) -> None:
    before = label(stage.frame(0.0)[1], "cart")
    during = label(stage.frame(11.0)[1], "cart")
    after = label(stage.frame(30.0)[1], "cart")
    assert during.box == before.box == after.box
    assert before.visible > 0.5
    assert during.visible < before.visible - 0.3
    assert after.visible > 0.5


def test_what_passes_leaves_no_trace_in_the_picture(script: Script) -> None:
    bare = script.model_copy(update={"actors": [a for a in script.actors if a.type != "car"]})
    view = fixed_view(script.cameras[0], SIZE)
    world = World(script, 3, scale=16.0)
    again = World(bare, 3, 16.0, world.scenery)
    moving = Stage(world, view)
    moving.frame(11.0)
    after, without = moving.frame(30.0)[0], Stage(again, view).frame(30.0)[0]
    assert np.array_equal(after, without)


def test_the_nearer_of_two_people_hides_the_farther(script: Script) -> None:
    camera = View(0, 0, 1.6, 90, 0, 500, SIZE)
    near = Walker(id="near", seed=2, path=[(0, 0, 8.0)])
    far = Walker(id="far", seed=3, path=[(0, 0, 10.0)])
    scene = script.model_copy(update={"actors": [far, near]})
    _, labels = Stage(World(scene, 1, 16.0), camera).frame(1.0)
    assert label(labels, "near").visible == 1.0
    assert label(labels, "far").visible < 0.5
    assert label(labels, "near").box[3] > label(labels, "far").box[3]


def test_a_car_that_reaches_behind_the_camera_is_drawn_without_harm(script: Script) -> None:
    car = Car(id="beside", path=[(0, 0.5, 1.8)], body="bus")
    scene = script.model_copy(update={"actors": [car]})
    picture, labels = Stage(World(scene, 1, 16.0), View(0, 0, 2.0, 60, 5, 320, SIZE), smooth=False).frame(1.0)
    assert picture.shape[0] == SIZE[1]
    assert label(labels, "beside").box[2] <= SIZE[0]


def test_the_same_seed_gives_the_same_pictures_and_labels() -> None:
    first, again = (list(stills(2, 7, 320)) for _ in range(2))
    assert [one.labels for one in first] == [one.labels for one in again]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, again, strict=True))


def test_another_seed_and_the_held_back_family_give_other_streets() -> None:
    one, other, held = (
        next(stills(1, seed, 320, [family])) for seed, family in ((1, "mast"), (2, "mast"), (1, "test"))
    )
    assert one.labels != other.labels
    assert one.labels != held.labels


def test_a_wider_search_sees_every_kind() -> None:
    seen = {one.kind for still in stills(24, 3, 320) for one in still.labels}
    assert seen == set(KINDS)
