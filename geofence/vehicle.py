"""A camera on a vehicle: mounting and GNSS fix together make a camera pose with its error."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np

from geofence.camera import ELLIPSE_95, CameraPose
from geofence.coordinates import CoordSystem, LocalPlane, LonLat, epoch_drift_m

# Error of the velocity that a GNSS course is derived from, and the least error any course has.
_VELOCITY_SIGMA_MPS = 0.1
_COURSE_SIGMA_MIN_DEG = 0.5


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


def pose_at(fix: TrackFix, mount: Mount, plane: LocalPlane, max_range_m: float = 60.0) -> CameraPose:
    """The pose of a vehicle's camera at a fix, in the street's plane, with the error of fix and mounting.

    The heading is the course over ground. Its error grows as the vehicle slows; a vehicle that stands, or a fix
    without a course, has an unknown heading, whose huge error leaves every sighting undecided. WGS-84 positions
    carry the drift against CGCS2000's fixed epoch in their error (see `coordinates`).
    """
    x, y = plane.xy(LonLat(fix.lon, fix.lat, mount.gnss_system))
    course = fix.course_deg
    known = course is not None and math.isfinite(course)
    heading = math.radians(course) if course is not None and known else 0.0
    ahead = np.array([math.sin(heading), math.cos(heading)])
    right = np.array([math.cos(heading), -math.sin(heading)])
    foot = np.array([x, y]) + mount.forward_m * ahead + mount.right_m * right

    drift = 0.0 if mount.gnss_system is CoordSystem.CGCS2000 else epoch_drift_m(fix.at)
    place_sigma = math.hypot(fix.accuracy_m, drift) / ELLIPSE_95
    course_sigma = math.atan2(_VELOCITY_SIGMA_MPS, max(fix.speed_mps, 0.0)) if known else math.pi
    course_sigma = max(course_sigma, math.radians(_COURSE_SIGMA_MIN_DEG))
    angle_sigma = math.radians(mount.angle_sigma_deg)
    sigmas = [place_sigma, place_sigma, mount.height_sigma_m]
    sigmas += [math.hypot(course_sigma, angle_sigma), angle_sigma, angle_sigma, 0.0]
    parameters = [*foot, mount.height_m, heading + math.radians(mount.yaw_deg)]
    parameters += [math.radians(mount.pitch_deg), math.radians(mount.roll_deg), mount.f_px]
    covariance = np.diag(np.square(sigmas))
    pose = CameraPose.from_parameters(np.array(parameters), mount.image_size, covariance, max_range_m)
    return replace(pose, plane=plane)
