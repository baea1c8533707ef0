"""How a picture lies against its reference: where the scene has gone, to a part of a pixel."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from streams import Frame, Placement, Reference, View
from tests.streams.scene_camera import SIZE, SceneCamera, defocused, shift_px, turn_deg

HD = (1280, 720)


def view(frame: Frame) -> View:
    return View.of(frame)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(view(SceneCamera().frame()))


def turned_px(camera: SceneCamera, degrees: float) -> float:
    return camera.f_px * 2 * math.tan(math.radians(degrees))


def test_the_same_scene_lies_where_it_lay_whoever_walks_through(reference: Reference) -> None:
    camera = SceneCamera()
    for _ in range(4):
        laid = reference.near(view(camera.frame()))
        assert laid.placement is not None
        assert laid.placement.farthest_px(HD) < 5.0  # the mast sways by one pixel of the small picture


@pytest.mark.parametrize("degrees", [-0.3, 0.3, 0.5])
def test_a_small_turn_is_measured_by_the_places_themselves(reference: Reference, degrees: float) -> None:
    camera = SceneCamera()
    placement = reference.near(view(camera.frame(yaw=degrees, weather={"shake_px": 0.0}))).placement
    assert placement is not None
    right, down = shift_px(placement, HD)
    assert right == pytest.approx(turned_px(camera, degrees), abs=2.5)
    assert down == pytest.approx(0.0, abs=2.5)


@pytest.mark.parametrize(("pose", "degrees"), [({"yaw": 2.0}, 2.0), ({"yaw": -6.0}, -6.0)])
def test_a_large_turn_is_found_over_the_whole_picture(
    reference: Reference, pose: dict[str, float], degrees: float
) -> None:
    camera = SceneCamera()
    picture = view(camera.frame(**pose))
    assert reference.near(picture).placement is None
    placement = reference.wide(picture)
    assert placement is not None
    assert shift_px(placement, HD)[0] == pytest.approx(turned_px(camera, degrees), rel=0.05)


def test_a_zoom_is_told_from_a_turn(reference: Reference) -> None:
    placement = reference.wide(view(SceneCamera().frame(f=160.0)))
    assert placement is not None
    f_px = SceneCamera().f_px
    assert placement.scale == pytest.approx((f_px + 80.0) / f_px, abs=0.02)
    assert abs(turn_deg(placement)) < 0.5


@pytest.mark.parametrize(
    "weather",
    [
        {"rain": 1.0, "light": "overcast"},
        {"light": "day"},
        {"light": "dusk", "gain": 0.5, "noise": 6.0},
        {"light": "dusk", "gain": 0.2, "noise": 6.0},
    ],
)
def test_rain_sun_and_dusk_move_nothing(reference: Reference, weather: dict[str, object]) -> None:
    placement = reference.near(view(SceneCamera().frame(weather=weather))).placement
    assert placement is not None and placement.farthest_px(HD) < 5.0


@pytest.mark.parametrize("seed", [4, 7, 11])
def test_another_street_is_not_recognised(reference: Reference, seed: int) -> None:
    other = view(SceneCamera(seed).frame())
    assert reference.near(other).placement is None
    assert reference.wide(other) is None


def test_a_mirrored_picture_lies_far_off_if_anywhere(reference: Reference) -> None:
    other = View(np.ascontiguousarray(reference.view.grey[:, ::-1]))
    assert reference.near(other).placement is None
    placement = reference.wide(other)
    assert placement is None or placement.farthest_px(HD) > 0.9 * HD[0]


def test_defocus_takes_sharpness_and_dim_light_does_not(reference: Reference) -> None:
    camera = SceneCamera()
    clear = reference.sharpness(view(camera.frame()))
    soft = reference.sharpness(view(camera.frame(change=defocused(1.5))))
    dim = reference.sharpness(view(camera.frame(weather={"gain": 0.7})))
    assert clear is not None and soft is not None and dim is not None
    assert soft < 0.6 * clear < dim


def test_an_empty_picture_has_no_places_and_no_sharpness() -> None:
    empty = Reference(View(np.full((270, 480), 120, np.uint8)))
    assert not empty.usable
    assert empty.near(View(np.full((270, 480), 90, np.uint8))).placement is None
    assert empty.sharpness(View(np.full((270, 480), 90, np.uint8))) is None


def written(image: np.ndarray) -> np.ndarray:
    """With the camera's name above and its clock below, all over the width, as cameras write them."""
    out = image.copy()
    for y, text in (
        (20, "2026-06-03 12:00:00 Wednesday   CAM 01 1"),
        (SIZE[1] - 8, "No. 8 Example Road, east side, mast 3"),
    ):
        cv2.putText(out, text, (6, y), cv2.FONT_HERSHEY_SIMPLEX, 0.85, (255, 255, 255), 2, cv2.LINE_AA)
    return out


def test_what_is_written_into_every_picture_does_not_hold_a_turned_camera_in_place() -> None:
    camera = SceneCamera()
    reference = Reference(view(camera.frame(change=written)))
    same = reference.near(view(camera.frame(change=written))).placement
    assert same is not None and same.farthest_px(HD) < 5.0
    for degrees in (0.4, 2.0, 8.0):
        turned = reference.near(view(camera.frame(change=written, yaw=degrees))).placement
        assert turned is None or turned.farthest_px(HD) > 5.0


def test_a_camera_that_comes_back_with_another_shape_of_picture_is_laid_all_the_same(reference: Reference) -> None:
    grey = SceneCamera().frame().grey((480, 360))
    assert Reference(View(grey)).near(reference.view).placement is not None
    assert reference.near(View(grey)).placement is not None


def test_placements_are_told_at_any_scale_and_follow_each_other() -> None:
    right = Placement.of([[1, 0, 3.0], [0, 1, 0]], (480, 270))
    down = Placement.of([[1, 0, 0], [0, 1, 6.0]], (480, 270))
    assert shift_px(right, (1920, 1080)) == pytest.approx((12.0, 0.0))
    assert shift_px(right.then(down), (480, 270)) == pytest.approx((3.0, 6.0))
    turn = cv2.getRotationMatrix2D((240, 135), -2.0, 1.1)
    assert turn_deg(Placement.of(turn, (480, 270))) == pytest.approx(2.0)
    assert Placement.of(turn, (480, 270)).scale == pytest.approx(1.1)


def test_pictures_of_any_shape_are_taken() -> None:
    for shape in ((576, 720), (1080, 1920), (360, 640)):
        picture = View.of(Frame.of(np.zeros((*shape, 3), np.uint8)))
        assert picture.size == (480, round(480 * shape[0] / shape[1]))
    assert SIZE[0] / SIZE[1] == pytest.approx(16 / 9)
