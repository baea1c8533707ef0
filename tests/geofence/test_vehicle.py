from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from geofence import CoordSystem, GroundView, LocalPlane, LonLat, Mount, Street, StreetIndex, pose_at
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


@dataclass(frozen=True)
class Driven:
    """A moment of a scripted drive: what the receiver says, and where the vehicle truly points (radians)."""

    fix: Fix
    heading: float


def driven(*legs: tuple[float, float, float], hertz: int = 10, report_hertz: int = 1) -> list[Driven]:
    """A vehicle whose rear axle follows the legs (seconds, metres a second, metres of its circle's radius; positive to
    the right, infinite for straight on, a negative speed backs); the receiver, on the roof 1.5 m ahead of that axle,
    tells the velocity of its antenna over the last fifth of a second."""
    x, y, heading, at = 0.0, 0.0, math.radians(90.0), datetime(2026, 6, 3, tzinfo=UTC)
    antennas: list[tuple[float, float]] = []
    found = []
    for seconds, speed, radius in legs:
        for _ in range(round(seconds * hertz)):
            heading += speed / radius / hertz
            x, y = x + math.sin(heading) * speed / hertz, y + math.cos(heading) * speed / hertz
            at += timedelta(seconds=1 / hertz)
            antennas.append((x + 1.5 * math.sin(heading), y + 1.5 * math.cos(heading)))
            if len(antennas) > 2 and len(antennas) % (hertz // report_hertz) == 0:
                (x0, y0), (x1, y1) = antennas[-3], antennas[-1]
                pace = math.hypot(x1 - x0, y1 - y0) * hertz / 2
                course = math.degrees(math.atan2(x1 - x0, y1 - y0)) % 360 if pace > 0.05 else None
                fix = fix_at(x1, y1, speed_mps=pace, course_deg=course, at=at)
                found.append(Driven(fix, heading))
    return found


STRAIGHT = math.inf
U_TURN = ((10, 6.0, STRAIGHT), (3, 2.0, STRAIGHT), (9, 2.0, 5.6), (6, 2.0, STRAIGHT))
THREE_POINTS = (
    (10, 6.0, STRAIGHT), (2, 1.5, STRAIGHT), (6.5, 1.5, 5.5), (2, 0.0, STRAIGHT), (4, -1.0, -5.5), (2, 0.0, STRAIGHT),
    (4, 1.5, 5.5), (8, 2.0, STRAIGHT),
)  # fmt: skip
BACKED_INTO_A_YARD = (
    (10, 6.0, STRAIGHT),
    (2, 0.0, STRAIGHT),
    (9, -1.2, 6.0),
    (20, 0.0, STRAIGHT),
    (10, -1.0, STRAIGHT),
)
CREPT_ROUND_AND_BACKED = ((10, 6.0, STRAIGHT), (8, 1.5, 5.5), (2, 0.0, STRAIGHT), (12, -1.0, STRAIGHT))


@pytest.mark.parametrize("legs", [U_TURN, THREE_POINTS, BACKED_INTO_A_YARD, CREPT_ROUND_AND_BACKED])
@pytest.mark.parametrize("report_hertz", [1, 5])
def test_a_slow_vehicle_in_a_u_turn_places_nothing_confidently_wrong(
    legs: tuple[tuple[float, float, float], ...], report_hertz: int
) -> None:
    drive = driven(*legs, report_hertz=report_hertz)
    for at in range(5 * report_hertz, len(drive)):
        fix, truth = drive[at].fix, drive[at].heading
        seen = pose_at(fix, MOUNT, PLANE, before=[one.fix for one in drive[:at]])
        there = pose_at(replace(fix, speed_mps=20.0, course_deg=math.degrees(truth)), MOUNT, PLANE)
        px = [[640, 500]]
        wrong_m = float(np.hypot(*(seen.ground(px) - there.ground(px))[0]))
        assert wrong_m <= seen.accuracy_m(px)[0], f"{at / report_hertz:g} s into the drive"


def test_after_a_u_turn_the_heading_is_known_again_and_while_backing_it_is_not() -> None:
    drive = driven(*U_TURN)
    last = heading_at(drive[-1].fix, [one.fix for one in drive[:-1]])
    assert abs(math.remainder(last.angle - drive[-1].heading, 2 * math.pi)) < math.radians(3)
    assert last.sigma < math.radians(5)
    backed = driven(*CREPT_ROUND_AND_BACKED)
    assert heading_at(backed[-1].fix, [one.fix for one in backed[:-1]]).sigma == math.pi


def test_what_is_seen_in_a_u_turn_is_undecided(make_street: Callable[..., Street]) -> None:
    plane = make_street(("z", "vending_forbidden", [(0, 0), (9, 0), (9, 9)], {})).plane
    drive = driven(*U_TURN)
    answers = []
    for at in (8, 17, len(drive) - 1):  # straight on, in the turn, after it
        pose = pose_at(drive[at].fix, MOUNT, plane, before=[one.fix for one in drive[:at]])
        (place,), (error,) = pose.ground([[640, 420]]), pose.accuracy_m([[640, 420]])
        edge = float(place[1]) - 3.0  # a boundary three metres from the thing
        near = StreetIndex(make_street(("z", "vending_forbidden", [(-90, edge), (90, edge), (90, 90), (-90, 90)], {})))
        answers.append(near.facts(place, drive[at].fix.at, float(error)).undecided)
    assert answers == [False, True, False]


@pytest.mark.parametrize("course", [90.0, 270.0])
def test_a_track_that_never_drove_forward_for_certain_tells_no_heading(course: float) -> None:
    *before, last = track((20, 1.5, course))
    assert heading_at(last, before).sigma == math.pi
    *before, last = track((40, 1.5, course))  # nobody backs sixty metres in one go
    assert heading_at(last, before).sigma < math.radians(5)


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
