from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geofence import CameraPose, GroundView
from records import BadInput

SIZE = (1280, 720)
POSE = CameraPose(10.0, 5.0, 6.0, 30.0, 20.0, 3.0, 1000.0, SIZE)
poses = st.builds(
    CameraPose,
    x=st.floats(-100, 100),
    y=st.floats(-100, 100),
    z=st.floats(2, 12),
    yaw_deg=st.floats(0, 359),
    pitch_deg=st.floats(3, 60),
    roll_deg=st.floats(-5, 5),
    f_px=st.floats(600, 1800),
    image_size=st.just(SIZE),
    max_range_m=st.just(400.0),
)
pixels = st.tuples(st.floats(0, 1280), st.floats(0, 720))


@given(poses, pixels)
def test_a_pixel_on_the_ground_comes_back(pose: CameraPose, px: tuple[float, float]) -> None:
    (place,) = pose.ground([px])
    assume(not np.isnan(place).any())
    np.testing.assert_allclose(pose.pixel([[*place, 0.0]]), [px], atol=1e-5)


@given(poses, st.floats(-20, 20), st.floats(5, 60), st.floats(0, 5), st.floats(0.1, 3.0))
def test_a_point_on_a_vertical_plane_is_found_exactly(
    pose: CameraPose, right: float, ahead: float, height: float, turn: float
) -> None:
    yaw = math.radians(pose.yaw_deg)
    forward, side = np.array([math.sin(yaw), math.cos(yaw)]), np.array([math.cos(yaw), -math.sin(yaw)])
    point = np.array(pose.camera_xy) + ahead * forward + right * side
    along = math.cos(turn) * forward + math.sin(turn) * side
    towards = point - np.array(pose.camera_xy)
    edge_on = abs(towards[0] * along[1] - towards[1] * along[0]) / np.linalg.norm(towards)
    assume(edge_on > 0.05)
    (px,) = pose.pixel([[*point, height]])
    assume(not np.isnan(px).any())
    start = point - 7.0 * along
    found_along, found_height, xyz = pose.on_vertical_plane([px], start, point + 2.0 * along)
    assert found_along[0] == pytest.approx(7.0, abs=1e-5)
    assert found_height[0] == pytest.approx(height, abs=1e-5)
    np.testing.assert_allclose(xyz[0], [*point, height], atol=1e-5)


def test_a_board_is_not_where_its_sight_line_meets_the_ground() -> None:
    board = np.array([15.0, 25.0, 3.0])
    px = POSE.pixel([board])
    assert np.linalg.norm(POSE.ground(px)[0] - board[:2]) > 5.0
    np.testing.assert_allclose(POSE.on_vertical_plane(px, [10, 25], [20, 25])[2], [board], atol=1e-9)


def test_a_vertical_plane_behind_the_camera_or_along_the_sight_line_is_not_met() -> None:
    along, height, xyz = POSE.on_vertical_plane([[640, 360]], [10, -5], [20, -5])
    assert np.isnan(along).all() and np.isnan(height).all() and np.isnan(xyz).all()
    level = replace(POSE, roll_deg=0.0)
    ahead = [10 + math.sin(math.radians(30)), 5 + math.cos(math.radians(30))]
    assert np.isnan(level.on_vertical_plane([[640, 360]], [10, 5], ahead)[1]).all()


def test_a_vertical_plane_needs_two_points() -> None:
    with pytest.raises(BadInput, match="E_PLANE"):
        POSE.on_vertical_plane([[640, 360]], [1, 1], [1, 1])


def test_pixels_above_the_horizon_and_out_of_range_have_no_ground() -> None:
    level = replace(POSE, pitch_deg=10.0, roll_deg=0.0, max_range_m=50.0)
    horizon = 360 - 1000 * math.tan(math.radians(10.0))
    above, just_below, near = [640, horizon - 1], [640, horizon + 1], [640, 700]
    ground = level.ground([above, just_below, near])
    assert np.isnan(ground[:2]).all() and np.isfinite(ground[2]).all()
    accuracy = level.accuracy_m([above, just_below, near])
    assert np.isinf(accuracy[:2]).all() and np.isfinite(accuracy[2])


def test_yaw_turns_clockwise_pitch_looks_down_roll_lowers_the_right_side() -> None:
    east = CameraPose(0, 0, 5, 90.0, 45.0, 0.0, 1000.0, SIZE)
    np.testing.assert_allclose(east.ground([[640, 360]]), [[5.0, 0.0]], atol=1e-9)
    right_of_centre, below_centre = east.ground([[740, 360], [640, 460]])
    assert right_of_centre[1] < 0 and below_centre[0] < 5.0  # south is to the right, nearer is lower
    rolled = replace(east, roll_deg=10.0)
    assert rolled.ground([[1240, 360]])[0, 0] < rolled.ground([[40, 360]])[0, 0]  # its right side looks nearer


def test_rays_start_at_the_camera_and_pass_through_what_the_pixel_shows() -> None:
    origin, direction = POSE.ray(POSE.pixel([[14.0, 30.0, 2.0]]))
    np.testing.assert_allclose(origin, [10, 5, 6])
    aim = np.array([14.0, 30.0, 2.0]) - origin
    np.testing.assert_allclose(direction[0], aim / np.linalg.norm(aim), atol=1e-12)


def test_points_behind_the_camera_have_no_pixel() -> None:
    assert np.isnan(POSE.pixel([[10.0, -20.0, 0.0]])).all()


def test_stated_covariance_agrees_with_drawn_errors() -> None:
    sigmas = np.array([0.1, 0.1, 0.05, 0.002, 0.002, 0.002, 5.0])
    known = CameraPose.from_parameters(POSE.parameters, SIZE, np.diag(sigmas**2))
    rng = np.random.default_rng(1)
    px = np.array([[300.0, 420.0]])
    drawn = []
    for error in rng.normal(0, sigmas, (3000, 7)):
        wrong = CameraPose.from_parameters(POSE.parameters + error, SIZE)
        drawn.append(wrong.ground(px + rng.normal(0, 2.0, (1, 2)))[0])
    stated = known.ground_covariance(px, pixel_sigma_px=2.0)[0]
    np.testing.assert_allclose(np.cov(np.array(drawn).T), stated, rtol=0.15, atol=0.002)
    misses = np.linalg.norm(np.array(drawn) - POSE.ground(px), axis=1)
    assert (misses <= known.accuracy_m(px, 2.0)[0]).mean() >= 0.94


def test_accuracy_fades_with_distance() -> None:
    near, far = POSE.accuracy_m([[640, 650], [640, 100]])
    assert far > 5 * near


def test_a_pose_is_a_ground_view() -> None:
    view: GroundView = POSE
    assert view.camera_xy == (10.0, 5.0)


@pytest.mark.parametrize("wrong", [{"z": 0.0}, {"f_px": -1.0}, {"yaw_deg": math.nan}, {"image_size": (0, 720)}])
def test_an_impossible_camera_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput, match="E_CAMERA"):
        replace(POSE, **wrong)
