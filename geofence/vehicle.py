"""A camera on a vehicle: mounting and GNSS fix together make a camera pose with its error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np

from geofence.camera import ELLIPSE_95, CameraPose
from geofence.coordinates import CoordSystem, LocalPlane, LonLat, epoch_drift_m

# Error of the velocity that a GNSS course is derived from, and the least error any course has.
_VELOCITY_SIGMA_MPS = 0.1
_COURSE_SIGMA_MIN_DEG = 0.5
# Nobody drives backwards faster than this, nor so far in one go: there the course is the heading [given].
_FORWARD_MPS, _FORWARD_M = 3.0, 40.0
# Slower than this a course is noise (metres a second) [given].
_MOVING_MPS = 0.5
# A road vehicle turns no tighter than on this radius, so that a stretch tells how far it may have turned [given].
_TURNING_RADIUS_M = 5.0
# In a turn the course lags by up to half a fix of one a second, and the antenna, so far ahead of the rear axle that
# steers nothing, points beside the heading [given].
_LAG_S, _LEVER_M = 0.5, 1.5
# How fast it turns is read off the course over at least so many seconds: shorter ones show the noise of the fixes.
_TURN_SPAN_S = 1.0


class TrackFix(Protocol):
    """A GNSS position as a track gives it; `accuracy_m` is the radius that holds 95 % of positions."""

    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...
    @property
    def speed_mps(self) -> float: ...
    @property
    def course_deg(self) -> float | None: ...
    @property
    def accuracy_m(self) -> float: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Mount:
    """How a camera sits on a vehicle, measured from the GNSS antenna's foot.

    Args:
        forward_m, right_m: metres ahead and to the right of the antenna.
        height_m: metres above the road.
        yaw_deg: turn from the vehicle's heading, clockwise (90 = looks to the right).
        pitch_deg: how far the camera looks down.
        f_px, image_size: focal length and (width, height) in pixels.
        roll_deg: right side down.
        gnss_system: what the receiver's positions are in; a receiver that is corrected by a CGCS2000 reference
            network (as Chinese RTK services are) has no epoch drift, see `coordinates`.
        angle_sigma_deg: how well the mounting angles are known (and the vehicle's own pitch and roll).
        height_sigma_m: how well the height is known.
    """

    forward_m: float
    right_m: float
    height_m: float
    yaw_deg: float
    pitch_deg: float
    f_px: float
    image_size: tuple[int, int]
    roll_deg: float = 0.0
    gnss_system: CoordSystem = CoordSystem.WGS84
    angle_sigma_deg: float = 0.3
    height_sigma_m: float = 0.03


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a vehicle points, clockwise from north in radians, and the standard error of that."""

    angle: float
    sigma: float


_UNKNOWN = Heading(0.0, math.pi)


def heading_at(fix: TrackFix, before: Sequence[TrackFix] = ()) -> Heading:
    """The heading at a fix: its course over ground, or, for a slow or standing vehicle, what the track before it tells.

    The track is followed from the last time that it drove forward for certain. A vehicle that stands does not turn,
    and one that creeps turns by no more than its way over its turning radius; a slow course is taken for the heading
    only where it lies within that and its opposite does not. Where only the opposite does, the vehicle is backing;
    where both or neither do, nothing tells forward from backward until it drives forward for certain again. Either way
    the heading's error is half a turn, which leaves every sighting undecided. In a turn a course is as wrong as it lags
    and as the antenna swings out.

    Args:
        fix: the position asked for.
        before: fixes of the same track before it, in the order of time. Without any, nothing says that a slow vehicle
            is not backing; the course is believed as it stands.
    """
    fixes = [*(one for one in before if one.at <= fix.at), fix]
    if len(fixes) == 1:
        return _course(fixes, 0)
    last = _forward(fixes)
    if last is None:
        return replace(_course(fixes, len(fixes) - 1), sigma=math.pi)
    held = _course(fixes, last)
    backing = False
    for at in range(last + 1, len(fixes)):
        held, backing = _followed(held, fixes, at)
    return replace(held, sigma=math.pi) if backing else held


def _forward(fixes: Sequence[TrackFix]) -> int | None:
    """Position of the last fix that drove forward for certain: of the last fast one, else of the end of the last long
    way in one go."""
    for at in reversed(range(len(fixes))):
        if fixes[at].speed_mps >= _FORWARD_MPS:
            return at
    found, way_m = None, 0.0
    for at in range(1, len(fixes)):
        one, earlier = fixes[at], fixes[at - 1]
        went = one.speed_mps >= _MOVING_MPS and _apart(one, earlier) < math.pi / 2
        way_m = way_m + one.speed_mps * (one.at - earlier.at).total_seconds() if went else 0.0
        if way_m >= _FORWARD_M:
            found = at
    return found


def _apart(one: TrackFix, other: TrackFix) -> float:
    """Radians between two courses; half a turn where one is not known."""
    if one.course_deg is None or other.course_deg is None:
        return math.pi
    between = math.remainder(one.course_deg - other.course_deg, 360.0)
    return math.radians(abs(between)) if math.isfinite(between) else math.pi


def _followed(held: Heading, fixes: Sequence[TrackFix], at: int) -> tuple[Heading, bool]:
    """The heading at one slow fix from that of the fix before it, and whether the vehicle is backing there."""
    one, earlier = fixes[at], fixes[at - 1]
    way_m = (max(one.speed_mps, 0.0) + max(earlier.speed_mps, 0.0)) / 2 * (one.at - earlier.at).total_seconds()
    carried = Heading(held.angle, min(held.sigma + way_m / _TURNING_RADIUS_M, math.pi))
    course = _course(fixes, at)
    if one.speed_mps < _MOVING_MPS or course.sigma >= math.pi / 2:
        return carried, False
    reach = 2.0 * held.sigma + way_m / _TURNING_RADIUS_M + course.sigma
    off = abs(math.remainder(course.angle - held.angle, 2 * math.pi))
    forward, backward = off <= reach, math.pi - off <= reach
    if forward == backward:
        return Heading(held.angle, math.pi), False
    if backward:
        return Heading(course.angle + math.pi, course.sigma), True
    return min(course, carried, key=lambda found: found.sigma), False


def _course(fixes: Sequence[TrackFix], at: int) -> Heading:
    """The course at one of the fixes of a track, with what a turn there adds to its error."""
    one = fixes[at]
    if one.course_deg is None or not math.isfinite(one.course_deg):
        return _UNKNOWN
    angle = math.radians(one.course_deg)
    sigma = max(math.atan2(_VELOCITY_SIGMA_MPS, max(one.speed_mps, 0.0)), math.radians(_COURSE_SIGMA_MIN_DEG))
    rate = _turn_rate(fixes, at)
    swing = math.atan2(_LEVER_M * rate, max(one.speed_mps, _MOVING_MPS))
    return Heading(angle, min(math.hypot(sigma, rate * _LAG_S, swing), math.pi))


def _turn_rate(fixes: Sequence[TrackFix], at: int) -> float:
    """Radians a second by which the course has lately turned; of a slow vehicle that has just begun to move, as tight
    as it can; 0 where no earlier fix tells."""
    here = fixes[at]
    for earlier in reversed(range(at)):
        one, seconds = fixes[earlier], (here.at - fixes[earlier].at).total_seconds()
        if one.speed_mps < _MOVING_MPS or one.course_deg is None:
            return here.speed_mps / _TURNING_RADIUS_M if here.speed_mps < _FORWARD_MPS else 0.0
        if seconds >= _TURN_SPAN_S:
            return _apart(here, one) / seconds
    return 0.0


def pose_at(
    fix: TrackFix, mount: Mount, plane: LocalPlane, max_range_m: float = 60.0, before: Sequence[TrackFix] = ()
) -> CameraPose:
    """The pose of a vehicle's camera at a fix, in the street's plane, with the error of fix and mounting.

    The heading is that of `heading_at`, with the track `before` the fix where there is one. WGS-84 positions carry the
    drift against CGCS2000's fixed epoch in their error (see `coordinates`).
    """
    x, y = plane.xy(LonLat(fix.lon, fix.lat, mount.gnss_system))
    found = heading_at(fix, before)
    heading = found.angle
    ahead = np.array([math.sin(heading), math.cos(heading)])
    right = np.array([math.cos(heading), -math.sin(heading)])
    foot = np.array([x, y]) + mount.forward_m * ahead + mount.right_m * right

    drift = 0.0 if mount.gnss_system is CoordSystem.CGCS2000 else epoch_drift_m(fix.at)
    place_sigma = math.hypot(fix.accuracy_m, drift) / ELLIPSE_95
    angle_sigma = math.radians(mount.angle_sigma_deg)
    sigmas = [place_sigma, place_sigma, mount.height_sigma_m]
    sigmas += [math.hypot(found.sigma, angle_sigma), angle_sigma, angle_sigma, 0.0]
    parameters = [*foot, mount.height_m, heading + math.radians(mount.yaw_deg)]
    parameters += [math.radians(mount.pitch_deg), math.radians(mount.roll_deg), mount.f_px]
    covariance = np.diag(np.square(sigmas))
    pose = CameraPose.from_parameters(np.array(parameters), mount.image_size, covariance, max_range_m)
    return replace(pose, plane=plane)
