"""A camera over time: in place, moved, blind, frozen, and back; what passes by is none of these."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from streams import CameraState, LensRules, Placement, Reference, SceneCheck, SceneRules, View
from tests.streams.scene_camera import SIZE, SceneCamera, bus_side, covered, defocused, dirty

RULES = SceneRules(every_s=30.0, lens=LensRules(soft_after_s=300.0, hidden_after_s=1200.0))
ALLOWED_PX = 3.0


def covers(placement: Placement) -> bool:
    return placement.farthest_px(SIZE) <= ALLOWED_PX


def checked(camera: SceneCamera, rules: SceneRules = RULES) -> SceneCheck:
    """A check that knows its scene."""
    check = SceneCheck(rules, covers, reference=Reference(View.of(camera.frame())))
    camera.watch(check, 60)
    assert check.state is CameraState.IN_PLACE
    return check


def test_a_camera_turned_by_two_degrees_is_moved_and_raises_doubt_at_once() -> None:
    camera = SceneCamera()
    check = checked(camera)
    assert check.doubt(camera.frame(yaw=2.0), True) == "not recognised", "before any look has found it out"
    camera.watch(check, 60, yaw=2.0)
    assert (check.state, check.reason) == (CameraState.MOVED, "moved")
    assert check.placement is None or covers(check.placement), "where it lay when it was last in place"


@pytest.mark.parametrize("pose", [{"f": 200.0}, {"pitch": 3.0}, {"yaw": 25.0}])
def test_zoomed_tilted_or_turned_far_it_is_moved(pose: dict[str, float]) -> None:
    camera = SceneCamera()
    check = checked(camera)
    camera.watch(check, RULES.lost_after_s + 60, **pose)
    assert check.state is CameraState.MOVED


def test_a_bump_of_five_pixels_is_reported_and_stops_only_what_it_must() -> None:
    camera = SceneCamera()
    check = checked(camera)
    bump = math.degrees(math.atan(5.0 / camera.f_px))
    camera.watch(check, 120, yaw=bump)
    assert check.state is CameraState.MOVED
    tolerant = SceneCheck(RULES, lambda placement: placement.farthest_px(SIZE) < 9.0, reference=check.reference)
    camera.watch(tolerant, 120, yaw=bump)
    assert tolerant.state is CameraState.IN_PLACE
    assert tolerant.placement is not None and tolerant.placement.farthest_px(SIZE) == pytest.approx(5.0, abs=1.8)


def test_put_back_it_is_believed_again_only_after_a_while() -> None:
    camera = SceneCamera()
    check = checked(camera)
    camera.watch(check, 60, yaw=2.0)
    camera.watch(check, 60)
    assert check.state is CameraState.MOVED
    camera.watch(check, RULES.recover_s + 60)
    assert check.state is CameraState.IN_PLACE


def test_a_bus_that_fills_the_picture_has_not_moved_the_camera() -> None:
    camera = SceneCamera()
    check = checked(camera)
    assert check.doubt(camera.frame(bus=True), True) is None, "over half the picture: the rest still tells"
    hidden = camera.frame(bus=True, change=bus_side)
    assert check.doubt(hidden, True) is not None, "while nothing else is seen nothing can be proved"
    camera.watch(check, 180, bus=True, change=bus_side)
    assert check.state is CameraState.IN_PLACE
    camera.watch(check, 30)
    assert check.state is CameraState.IN_PLACE and check.doubt(camera.frame(), True) is None


def test_covered_it_is_blind_after_a_minute_and_black_too() -> None:
    for change in (covered, lambda image: np.minimum(image, 3)):
        camera = SceneCamera()
        check = checked(camera)
        camera.watch(check, 120, change=change)
        assert (check.state, check.reason) == (CameraState.BLIND, "blind")


def test_a_picture_that_stands_still_to_the_last_pixel_is_frozen() -> None:
    camera = SceneCamera()
    check = checked(camera)
    still = camera.frame()
    for n in range(20):
        check.look(replace(still, captured_at=camera.at + timedelta(seconds=30 * n)), True)
    assert (check.state, check.reason) == (CameraState.FROZEN, "frozen")


def test_rain_begins_and_the_sun_comes_out_and_nothing_happens() -> None:
    camera = SceneCamera()
    check = checked(camera)
    camera.watch(check, 120, weather={"rain": 1.0, "light": "overcast"})
    camera.watch(check, 120, weather={"light": "day"})
    assert check.state is CameraState.IN_PLACE and check.doubt(camera.frame(), True) is None


def test_night_falls_and_the_scene_is_followed_into_the_dark() -> None:
    camera = SceneCamera(every_s=60.0)
    check = checked(camera)
    for gain in (0.8, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25, 0.2):
        camera.watch(check, 300, day=gain > 0.5, weather={"light": "dusk", "gain": gain, "noise": 5.0})
    assert check.state is CameraState.IN_PLACE
    night = {"light": "dusk", "gain": 0.2, "noise": 5.0}
    assert check.doubt(camera.frame(weather=night), False) is None
    assert check.doubt(camera.frame(weather=night, yaw=2.0), False) is not None
    camera.watch(check, 300, day=False, weather=night, yaw=2.0)
    assert check.state is not CameraState.IN_PLACE


def infrared(image: np.ndarray) -> np.ndarray:
    """What a camera shows that goes over to infrared: leaves and cloth bright, lamps and sky dark, and grain."""
    swapped = (
        40 + 0.6 * (255 - image.astype(float)) + np.random.default_rng(int(image.sum()) % 999).normal(0, 3, image.shape)
    )
    return np.clip(swapped, 0, 255).astype(np.uint8)


def test_after_a_night_in_infrared_the_next_one_is_known_from_its_first_minute() -> None:
    camera = SceneCamera(every_s=300.0)
    check = checked(camera, replace(RULES, every_s=290.0, doubt_every_s=290.0))
    assert check.doubt(camera.frame(change=infrared), False) == "not verified", "the first night"
    camera.watch(check, 3 * 3600, day=False, change=infrared)
    assert check.state is CameraState.UNSURE and check.night.known is None
    camera.watch(check, 1200)
    assert check.state is CameraState.IN_PLACE and check.night.known is not None
    assert check.doubt(camera.frame(change=infrared), False) is None, "the second"
    assert check.doubt(camera.frame(change=infrared, yaw=2.0), False) is not None
    camera.watch(check, 3600, day=False, change=infrared)
    assert check.state is CameraState.IN_PLACE


def test_a_camera_turned_in_the_night_ties_no_night_to_the_day() -> None:
    camera = SceneCamera(every_s=300.0)
    check = checked(camera, replace(RULES, every_s=290.0, doubt_every_s=290.0))
    camera.watch(check, 3600, day=False, change=infrared)
    camera.watch(check, 2 * 3600, day=False, change=infrared, yaw=2.0)
    camera.watch(check, 1200)
    assert check.night.known is None


def test_a_night_without_any_light_is_unsure_and_no_alarm() -> None:
    camera = SceneCamera()
    check = checked(camera)
    camera.watch(check, 300, day=False, change=lambda image: np.minimum(image, 3) + image % 2)
    assert check.state is CameraState.UNSURE
    assert check.doubt(camera.frame(change=lambda image: np.minimum(image, 3)), False) == "not verified"
    camera.watch(check, 60)
    assert check.state is CameraState.IN_PLACE


def test_a_camera_that_reconnects_is_looked_at_at_once() -> None:
    camera = SceneCamera()
    check = checked(camera)
    camera.at += timedelta(seconds=90)
    camera.watch(check, 60, yaw=2.0)
    assert check.state is CameraState.MOVED


def test_a_defocused_lens_is_told_after_a_while_and_stops_nothing() -> None:
    camera = SceneCamera(every_s=60.0)
    check = checked(camera)
    camera.watch(check, 150 * 60)
    assert check.lens.soft_since(camera.at) is None
    camera.watch(check, 900, change=defocused(1.2))
    assert check.lens.soft_since(camera.at) is not None
    assert check.lens.sharpness is not None and check.lens.sharpness < 0.6
    assert check.state is CameraState.IN_PLACE
    camera.watch(check, 600)
    assert check.lens.soft_since(camera.at) is None


def test_dirt_on_half_the_lens_is_told_when_it_stays() -> None:
    camera = SceneCamera(every_s=60.0)
    check = checked(camera)
    camera.watch(check, 1200)
    camera.watch(check, 600, change=dirty)
    assert check.lens.hidden_since(camera.at) is None, "something may stand there for a while"
    camera.watch(check, 1800, change=dirty)
    assert check.lens.hidden_since(camera.at) is not None
    assert 0.3 <= check.lens.hidden_share <= 0.7
    assert not check.state.stops


def test_without_a_reference_one_is_learnt_by_day_and_then_holds() -> None:
    camera = SceneCamera()
    check = SceneCheck(RULES, covers)
    camera.watch(check, 120, day=False)
    assert check.reference is None, "not by night"
    assert check.doubt(camera.frame(yaw=2.0), True) is None, "there is nothing to tell it by"
    camera.watch(check, 150)
    assert check.reference is not None and check.learnt_at is not None
    camera.watch(check, 60)
    assert check.state is CameraState.IN_PLACE
    camera.watch(check, 90, yaw=2.0)
    assert check.state is CameraState.MOVED


def test_a_reference_is_not_learnt_while_the_camera_is_being_turned() -> None:
    camera = SceneCamera()
    check = SceneCheck(RULES, covers)
    for n in range(8):
        camera.watch(check, 10, yaw=0.4 * n)
    assert check.reference is None
    camera.watch(check, 200, yaw=3.0)
    assert check.reference is not None
    camera.watch(check, 30, yaw=3.0)
    assert check.state is CameraState.IN_PLACE


def test_a_moving_camera_has_no_scene_but_may_be_blind() -> None:
    camera = SceneCamera()
    check = SceneCheck(RULES, covers, still=False)
    for n in range(14):
        camera.watch(check, 10, yaw=4.0 * n)
    assert check.state is CameraState.UNPROVEN and check.reference is None
    camera.watch(check, 120, change=covered)
    assert check.state is CameraState.BLIND
