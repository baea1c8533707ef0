from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from geofence import CoordSystem, GroundView, LocalPlane, LonLat, Mount, pose_at
from geofence.vehicle import heading_at

PLANE = LocalPlane(LonLat(121.5, 31.2))
MOUNT = Mount(1.0, 0.5, 2.2, 90.0, 15.0, 1000.0, (1280, 720), gnss_system=CoordSystem.CGCS2000)


@dataclass(frozen=True)
class Fix:
    lon: float
    lat: float
    speed_mps: float
    course_deg: float | None
    accuracy_m: float
    at: datetime


def fix_at(x: float, y: float, **changes: float | None) -> Fix:
    place = PLANE.lonlat(x, y)
    driving = Fix(place.lon, place.lat, 8.0, 90.0, 0.3, datetime(2026, 6, 3, tzinfo=UTC))
    return replace(driving, **changes)


def test_a_camera_sits_where_its_mount_puts_it() -> None:
    pose = pose_at(fix_at(20.0, 30.0), MOUNT, PLANE)  # driving east, looking right: south
    assert pose.camera_xy == pytest.approx((21.0, 29.5), abs=1e-3)
    assert (pose.z, pose.yaw_deg) == (2.2, pytest.approx(180.0))
    (ahead,) = pose.ground([[640, 500]])
    assert ahead[1] < 29.0 and ahead[0] == pytest.approx(21.0, abs=1e-3)


def test_a_slower_vehicle_knows_its_heading_less_well() -> None:
    px = [[640, 420]]
    fast, slow = (pose_at(fix_at(0, 0, speed_mps=v), MOUNT, PLANE).accuracy_m(px)[0] for v in (10.0, 0.3))
    assert slow > 2 * fast


@pytest.mark.parametrize("course", [None, float("nan")])
def test_without_a_course_nothing_is_placed_well_enough_to_decide(course: float | None) -> None:
    view: GroundView = pose_at(fix_at(0, 0, course_deg=course, speed_mps=0.0), MOUNT, PLANE)
    assert view.accuracy_m([[640, 450]])[0] > 10.0


def track(*legs: tuple[float, float, float | None]) -> list[Fix]:
    """Fixes a second apart: (seconds, speed, course) of each leg."""
    fixes, at = [], datetime(2026, 6, 3, tzinfo=UTC)
    for seconds, speed, course in legs:
        for _ in range(int(seconds)):
            fixes.append(fix_at(0, 0, speed_mps=speed, course_deg=course, at=at))
            at += timedelta(seconds=1)
    return fixes


def test_a_vehicle_that_has_stopped_still_points_where_it_drove() -> None:
    *before, last = track((5, 8.0, 90.0), (1, 0.4, 70.0), (30, 0.0, None))
    heading = heading_at(last, before)
    assert math.degrees(heading.angle) == pytest.approx(90.0) and heading.sigma > math.radians(20), "it rolled out 8 m"
    *before, last = track((5, 5.0, 90.0), (30, 0.0, None))
    stopped_at_once = [*before[:5], replace(before[5], at=before[4].at + timedelta(milliseconds=100)), *before[6:]]
    heading = heading_at(last, stopped_at_once)
    assert math.degrees(heading.angle) == pytest.approx(90.0) and heading.sigma < math.radians(8)
    with_track = pose_at(last, MOUNT, PLANE, before=stopped_at_once)
    assert with_track.accuracy_m([[640, 500]])[0] < pose_at(last, MOUNT, PLANE).accuracy_m([[640, 500]])[0] / 5


def test_a_slow_course_against_the_heading_may_be_backing_and_is_not_believed() -> None:
    *before, last = track((5, 8.0, 90.0), (20, 1.5, 271.0))
    assert heading_at(last, before).sigma == math.pi
    assert pose_at(last, MOUNT, PLANE, before=before).accuracy_m([[640, 450]])[0] > 10.0
    *before, last = track((5, 8.0, 90.0), (20, 1.5, 271.0), (1, 6.0, 271.0))
    heading = heading_at(last, before)
    assert math.degrees(heading.angle) == pytest.approx(271.0) and heading.sigma < math.radians(2), (
        "nobody backs so fast"
    )


def test_a_creeping_vehicle_is_believed_by_its_own_course_where_that_says_more() -> None:
    *before, last = track((5, 8.0, 90.0), (20, 1.5, 120.0))
    assert math.degrees(heading_at(last, before).angle) == pytest.approx(120.0)


def test_a_worse_fix_makes_a_worse_place() -> None:
    good, bad = (pose_at(fix_at(0, 0, accuracy_m=a), MOUNT, PLANE).accuracy_m([[640, 500]])[0] for a in (0.1, 5.0))
    assert bad > 5.0 > good


def test_wgs84_positions_carry_the_epoch_drift() -> None:
    plain = replace(MOUNT, gnss_system=CoordSystem.WGS84)
    px = [[640, 600]]
    assert (
        pose_at(fix_at(0, 0), plain, PLANE).accuracy_m(px)[0]
        > pose_at(fix_at(0, 0), MOUNT, PLANE).accuracy_m(px)[0] + 0.3
    )


def test_ground_beyond_the_range_is_not_answered() -> None:
    pose = pose_at(fix_at(0, 0), MOUNT, PLANE, max_range_m=10.0)
    assert np.isnan(pose.ground([[640, 200]])).all()


def test_a_pose_tells_all_that_a_ground_point_needs() -> None:
    told = json.loads(json.dumps(pose_at(fix_at(20.0, 30.0), MOUNT, PLANE).to_json(), allow_nan=False))
    assert told["plane_origin"] == [121.5, 31.2]
    x, y, w = np.linalg.inv(told["homography_ground_to_pixel"]) @ [640, 500, 1]
    np.testing.assert_allclose([x / w, y / w], pose_at(fix_at(20.0, 30.0), MOUNT, PLANE).ground([[640, 500]])[0])
