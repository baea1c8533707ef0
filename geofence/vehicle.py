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
# Nobody drives backwards faster than this: at such a speed the course is the heading (metres a second) [given].
_FORWARD_MPS = 5.0
# A road vehicle turns no tighter than on this radius, so that a stretch tells how far it may have turned [given].
_TURNING_RADIUS_M = 5.0


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


def heading_at(fix: TrackFix, before: Sequence[TrackFix] = ()) -> Heading:
    """The heading at a fix: its course over ground, or, for a slow or standing vehicle, that of the track before it.

    A vehicle that stands does not turn, and one that creeps turns by no more than its way over its turning radius: the
    heading of the last time it drove forward for certain holds, with that error. A slow course that runs against it is
    of a vehicle that may be backing, and its heading is unknown: its huge error leaves every sighting undecided.

    Args:
        fix: the position asked for.
        before: fixes of the same track before it, in the order of time.
    """
    own = _course(fix)
    held = _held(fix, before)
    if fix.speed_mps >= _FORWARD_MPS or held is None:
        # Below that speed without a track nothing says that it is not backing; the course is believed as it stands.
        return own
    if own.sigma < math.pi / 4 and abs(math.remainder(own.angle - held.angle, 2 * math.pi)) > math.pi / 2:
        return Heading(held.angle, math.pi)
    return min(own, held, key=lambda one: one.sigma)


def _course(fix: TrackFix) -> Heading:
    course = fix.course_deg
    if course is None or not math.isfinite(course):
        return Heading(0.0, math.pi)
    sigma = math.atan2(_VELOCITY_SIGMA_MPS, max(fix.speed_mps, 0.0))
    return Heading(math.radians(course), max(sigma, math.radians(_COURSE_SIGMA_MIN_DEG)))


def _held(fix: TrackFix, before: Sequence[TrackFix]) -> Heading | None:
    """The heading of the last fix that drove forward for certain, with what the way since may have turned it by."""
    way_m, later = 0.0, fix
    for one in reversed(before):
        seconds = (later.at - one.at).total_seconds()
        if seconds < 0:
            continue
        way_m += max(one.speed_mps, later.speed_mps, 0.0) * seconds
        if one.speed_mps >= _FORWARD_MPS:
            course = _course(one)
            return Heading(course.angle, min(math.hypot(course.sigma, way_m / _TURNING_RADIUS_M), math.pi))
        later = one
    return None


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
