"""Lenses that distort: pixels go there and back, calibration finds the distortion, and the ellipse still holds."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geofence import Calibration, CameraPose, GroundControlPoint, LocalPlane, LonLat, calibrate
from geofence.lens import distort, straighten
from records import BadInput

SIZE = (1920, 1080)
PLANE = LocalPlane(LonLat(121.5, 31.2))
WIDE = CameraPose(-12.0, 3.0, 6.0, 30.0, 24.0, 1.0, 1100.0, SIZE, k1=-0.15)
SPREAD = np.array(
    [[90, 1040], [1830, 1020], [960, 900], [500, 620], [1400, 600], [120, 560], [1800, 540], [960, 480], [300, 850]],
    float,
)


def clicks(pose: CameraPose, px: np.ndarray, error: np.ndarray | float = 0.0) -> list[GroundControlPoint]:
    places = [PLANE.lonlat(x, y) for x, y in pose.ground(px)]
    return [GroundControlPoint((float(x), float(y)), place) for (x, y), place in zip(px + error, places, strict=True)]


@given(st.floats(-0.25, 0.25), st.floats(600, 2000), st.floats(-960, 960), st.floats(-540, 540))
def test_a_pixel_is_straightened_and_distorted_back(k1: float, f: float, x: float, y: float) -> None:
    px = np.array([[x, y]])
    straight = straighten(px, f, k1)
    assume(np.isfinite(straight).all())
    np.testing.assert_allclose(distort(straight, f, k1), px, atol=1e-6)
    longer = float(np.linalg.norm(straight) - np.linalg.norm(px))
    assert longer * np.sign(k1) <= 1e-9, "a barrel is drawn out, a pincushion drawn in"


def test_a_barrel_draws_nothing_beyond_its_turning_point() -> None:
    assert np.isnan(straighten(np.array([[1900.0, 0.0]]), 600.0, -0.25)).all()
    assert np.isnan(replace(WIDE, f_px=500.0, k1=-0.3).ground([[0.0, 1079.0]])).all()


def test_the_ground_under_a_pixel_comes_back_through_the_lens() -> None:
    ground = WIDE.ground(SPREAD)
    np.testing.assert_allclose(WIDE.pixel(np.column_stack([ground, np.zeros(len(ground))])), SPREAD, atol=1e-5)
    off = np.linalg.norm(replace(WIDE, k1=0.0).ground(SPREAD) - ground, axis=1)
    assert off.max() > 1.0, "without the lens the corners would lie metres off"


def test_calibration_finds_the_distortion() -> None:
    found = calibrate(clicks(WIDE, SPREAD), SIZE, "cam", PLANE, distortion=True)
    assert found.pose.k1 == pytest.approx(-0.15, abs=2e-3) and found.residual_px < 0.05
    np.testing.assert_allclose(found.ground(SPREAD), WIDE.ground(SPREAD), atol=0.03)
    assert Calibration.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_lens_that_bends_is_refused_without_its_distortion() -> None:
    with pytest.raises(BadInput, match="miss the camera by"):
        calibrate(clicks(WIDE, SPREAD), SIZE, "cam", PLANE)


def test_a_straight_lens_is_found_straight() -> None:
    straight = replace(WIDE, k1=0.0)
    found = calibrate(clicks(straight, SPREAD), SIZE, "cam", PLANE, distortion=True)
    assert abs(found.pose.k1) < 1e-4
    np.testing.assert_allclose(found.ground(SPREAD), straight.ground(SPREAD), atol=0.01)
    assert np.isfinite(found.accuracy_m(SPREAD)).all()


def test_five_points_are_too_few_for_a_lens() -> None:
    with pytest.raises(BadInput, match="5 control points are too few for the lens's distortion"):
        calibrate(clicks(WIDE, SPREAD[:5]), SIZE, "cam", PLANE, distortion=True)


@settings(max_examples=20, deadline=None)
@given(st.floats(-0.2, 0.1), st.floats(-1, 1), st.floats(-1, 1))
def test_a_wrong_pixel_moves_the_ground_as_far_as_the_covariance_says(k1: float, dx: float, dy: float) -> None:
    pose = replace(WIDE, k1=k1)
    px = np.array([[500.0, 620.0]])
    spread = pose.ground_covariance(px, 1.0)[0]
    step = np.array([dx, dy]) * 1e-3
    moved = pose.ground(px + step)[0] - pose.ground(px)[0]
    slope = np.linalg.norm(step)
    longest = np.sqrt(np.linalg.eigvalsh(spread)[-1])
    assert np.linalg.norm(moved) <= longest * slope * 1.001 + 1e-9
