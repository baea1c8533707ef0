from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geofence import Calibration, CameraPose, CoordSystem, GroundControlPoint, GroundView, LocalPlane, LonLat, calibrate
from records import BadInput

SIZE = (1280, 720)
PLANE = LocalPlane(LonLat(121.5, 31.2))
TRUTH = CameraPose(-12.0, 3.0, 6.0, 30.0, 20.0, 1.0, 1000.0, SIZE)
SPREAD = np.array(
    [[80, 690], [1210, 660], [640, 560], [300, 400], [950, 380], [120, 300], [1180, 290], [650, 250]], float
)


def click(pose: CameraPose, px: np.ndarray, error: np.ndarray | float = 0.0) -> list[GroundControlPoint]:
    """Control points at pixels that the pose sees, clicked with an error."""
    places = [PLANE.lonlat(x, y) for x, y in pose.ground(px)]
    return [GroundControlPoint((float(x), float(y)), place) for (x, y), place in zip(px + error, places, strict=True)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.floats(-300, 300),
    st.floats(-300, 300),
    st.floats(3, 10),
    st.floats(0, 359),
    st.floats(15, 45),
    st.floats(-4, 4),
    st.floats(700, 1700),
)
def test_a_synthetic_camera_is_recovered_from_four_points_to_the_centimetre(
    x: float, y: float, z: float, yaw: float, pitch: float, roll: float, f: float
) -> None:
    truth = CameraPose(x, y, z, yaw, pitch, roll, f, SIZE)
    found = calibrate(click(truth, SPREAD[[0, 1, 3, 4]]), SIZE, "cam", PLANE)
    np.testing.assert_allclose(found.pose.parameters[:3], truth.parameters[:3], atol=0.01)
    np.testing.assert_allclose(found.ground(SPREAD), truth.ground(SPREAD), atol=0.01)
    assert found.pose.f_px == pytest.approx(f, rel=1e-3)
    assert found.residual_px < 1e-3


def test_ground_errors_of_noisy_clicks_stay_within_the_stated_accuracy() -> None:
    rng = np.random.default_rng(7)
    asked = np.array([[400.0, 350.0], [640.0, 500.0], [900.0, 300.0]])
    held = []
    for _ in range(60):
        found = calibrate(click(TRUTH, SPREAD, rng.normal(0, 1.0, SPREAD.shape)), SIZE, "cam", PLANE)
        seen = asked + rng.normal(0, 1.0, asked.shape)
        misses = np.linalg.norm(found.ground(seen) - TRUTH.ground(asked), axis=1)
        held.append(misses <= found.accuracy_m(seen))
    assert np.mean(held) >= 0.93


def test_stated_accuracy_is_no_wild_overstatement() -> None:
    rng = np.random.default_rng(8)
    asked = np.array([[640.0, 400.0]])
    misses, stated = [], []
    for _ in range(60):
        found = calibrate(click(TRUTH, SPREAD, rng.normal(0, 1.0, SPREAD.shape)), SIZE, "cam", PLANE)
        misses.append(np.linalg.norm(found.ground(asked) - TRUTH.ground(asked)))
        stated.append(found.accuracy_m(asked, pixel_sigma_px=0.0)[0])
    assert np.median(stated) < 2.0 * np.quantile(misses, 0.95)


def test_leave_one_out_error_tells_how_far_a_point_is_off() -> None:
    found = calibrate(click(TRUTH, SPREAD, np.random.default_rng(3).normal(0, 1.0, SPREAD.shape)), SIZE, "cam", PLANE)
    assert found.left_out_m is not None and len(found.left_out_m) == len(SPREAD)
    assert found.left_out_rms_m is not None and 0.01 < found.left_out_rms_m < 3.0
    assert calibrate(click(TRUTH, SPREAD[[0, 1, 3, 4]]), SIZE, "cam", PLANE).left_out_m is None


def test_control_points_may_come_from_a_web_map() -> None:
    shifted = [GroundControlPoint(p.px, p.lonlat.to(CoordSystem.GCJ02)) for p in click(TRUTH, SPREAD)]
    np.testing.assert_allclose(calibrate(shifted, SIZE, "cam", PLANE).ground(SPREAD), TRUTH.ground(SPREAD), atol=0.01)


def test_too_few_points_are_refused_by_the_camera_s_name() -> None:
    with pytest.raises(BadInput, match="E_CALIBRATION: camera cam-7: 3 control points are too few"):
        calibrate(click(TRUTH, SPREAD[:3]), SIZE, "cam-7", PLANE)


def test_points_on_a_line_are_refused() -> None:
    line = np.column_stack([np.linspace(100, 1200, 6), np.linspace(650, 400, 6)])
    with pytest.raises(BadInput, match="on one line"):
        calibrate(click(TRUTH, line), SIZE, "cam", PLANE)


def test_three_of_four_points_on_a_line_are_refused() -> None:
    with pytest.raises(BadInput, match="on one line"):
        calibrate(click(TRUTH, np.array([[100, 650], [400, 600], [700, 550], [900, 300]], float)), SIZE, "cam", PLANE)


def test_a_point_far_off_is_refused_and_named() -> None:
    wrong = np.zeros_like(SPREAD)
    wrong[4] = [60, -45]
    with pytest.raises(BadInput, match="point 5 fits worst"):
        calibrate(click(TRUTH, SPREAD, wrong), SIZE, "cam", PLANE)


def test_mirrored_points_are_refused() -> None:
    mirrored = [
        GroundControlPoint((SIZE[0] - point.px[0], point.px[1]), point.lonlat) for point in click(TRUTH, SPREAD)
    ]
    with pytest.raises(BadInput, match="E_CALIBRATION"):
        calibrate(mirrored, SIZE, "cam", PLANE)


def test_a_pixel_outside_the_picture_is_refused() -> None:
    points = click(TRUTH, SPREAD)
    points[2] = GroundControlPoint((1300.0, 400.0), points[2].lonlat)
    with pytest.raises(BadInput, match="control point 3"):
        calibrate(points, SIZE, "cam", PLANE)


def test_control_points_out_of_range_are_refused() -> None:
    with pytest.raises(BadInput, match="beyond 15 m"):
        calibrate(click(TRUTH, SPREAD), SIZE, "cam", PLANE, max_range_m=15.0)


def test_a_calibration_survives_json() -> None:
    found: GroundView = calibrate(click(TRUTH, SPREAD), SIZE, "cam", PLANE)
    assert isinstance(found, Calibration)
    assert Calibration.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_document_that_is_no_calibration_is_refused() -> None:
    with pytest.raises(BadInput, match="E_CALIBRATION"):
        Calibration.from_json({"camera_id": "cam"})


def test_a_calibration_moves_into_another_plane_without_moving_on_the_ground() -> None:
    found = calibrate(click(TRUTH, SPREAD), SIZE, "cam", PLANE)
    other = LocalPlane(LonLat(121.53, 31.22))
    there = other.to_lonlat(found.in_plane(other).ground(SPREAD))
    np.testing.assert_allclose(PLANE.to_xy(there), found.ground(SPREAD), atol=0.002)
