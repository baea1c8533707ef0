"""A camera of known pose over flat ground: from pixels to metres and back, with the error that this carries.

World axes: x east, y north (metres in a `LocalPlane`), z up from the ground. Camera axes: right, down, forward.
Pixels count from the top left corner of the picture; square pixels, principal point in the picture's centre (Hartley
and Zisserman, Multiple View Geometry, ch. 6), radial distortion where a lens has some (`lens`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geofence.coordinates import Floats, LocalPlane
from geofence.lens import distort, straighten
from records import BadInput

# Axis of the 95 % ellipse of a plane normal distribution, in standard deviations: sqrt(chi2(0.95, 2)).
ELLIPSE_95 = math.sqrt(5.991464547107979)
# Sight lines that sink less than this (metres per metre) are treated as horizontal: they meet no usable ground.
_LEVEL = 1e-6
# Steps for the numeric derivatives of (x, y, z, yaw, pitch, roll, f, k1): metres, radians, pixels.
_STEPS = np.array([1e-3, 1e-3, 1e-3, 1e-6, 1e-6, 1e-6, 1e-2, 1e-5])

Covariance = tuple[tuple[float, ...], ...]


class GroundView(Protocol):
    """What a camera knows about the ground it looks at, whether it stands or drives."""

    @property
    def camera_xy(self) -> tuple[float, float]: ...

    def ground(self, px: ArrayLike) -> Floats: ...

    def accuracy_m(self, px: ArrayLike, pixel_sigma_px: float = 1.0) -> Floats: ...

    def pixel(self, xyz: ArrayLike) -> Floats: ...

    def ray(self, px: ArrayLike) -> tuple[Floats, Floats]: ...

    def on_vertical_plane(self, px: ArrayLike, a_xy: ArrayLike, b_xy: ArrayLike) -> tuple[Floats, Floats, Floats]: ...

    def to_json(self) -> dict[str, Any]: ...


def rotation(yaw: float, pitch: float, roll: float) -> Floats:
    """World to camera, (3, 3), from radians: yaw clockwise from north, pitch down, roll right side down."""
    sy, cy, sp, cp = math.sin(yaw), math.cos(yaw), math.sin(pitch), math.cos(pitch)
    forward = np.array([sy * cp, cy * cp, -sp])
    right = np.array([cy, -sy, 0.0])
    down = np.cross(forward, right)
    sr, cr = math.sin(roll), math.cos(roll)
    return np.array([cr * right + sr * down, cr * down - sr * right, forward])


def angles(matrix: Floats) -> tuple[float, float, float]:
    """(yaw, pitch, roll) in radians of a world-to-camera rotation; a camera looking straight down has roll 0."""
    right, down, forward = matrix
    pitch = math.asin(max(-1.0, min(1.0, -forward[2])))
    if math.hypot(forward[0], forward[1]) < 1e-9:
        return math.atan2(-right[1], right[0]), pitch, 0.0
    return math.atan2(forward[0], forward[1]), pitch, math.atan2(-right[2], -down[2])


@dataclass(frozen=True)
class CameraPose:
    """Where a camera is and where it looks, in metres of a plane and degrees; it is a `GroundView`.

    Args:
        x, y, z: metres east, north of the plane's origin, and above the ground.
        yaw_deg: heading of the optical axis, clockwise from the plane's north.
        pitch_deg: how far the optical axis looks down.
        roll_deg: turn about the optical axis, positive = the camera's right side down.
        f_px: focal length in pixels.
        image_size: (width, height) in pixels.
        covariance: (7, 7) of (x, y, z, yaw, pitch, roll, f) in metres, radians, pixels, (8, 8) with the distortion;
            none = known exactly.
        max_range_m: ground farther from the foot of the camera is not answered for.
        plane: the plane of the metres, where it is to be told with the pose.
        k1: radial distortion of the lens (`lens`); 0 = none.

    Raises:
        BadInput: E_CAMERA when a value is not finite, the camera not above ground, f or the size not positive.
    """

    x: float
    y: float
    z: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    f_px: float
    image_size: tuple[int, int]
    covariance: Covariance | None = None
    max_range_m: float = 150.0
    plane: LocalPlane | None = None
    k1: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.x, self.y, self.z, self.yaw_deg, self.pitch_deg, self.roll_deg, self.f_px, self.k1)
        if not all(math.isfinite(value) for value in numbers):
            raise BadInput("E_CAMERA", f"camera pose {numbers} is not finite", "give numbers")
        if self.z <= 0 or self.f_px <= 0 or min(self.image_size) <= 0:
            raise BadInput(
                "E_CAMERA",
                f"height {self.z:g} m, focal length {self.f_px:g} px, picture {self.image_size}",
                "all must be greater than 0",
            )

    @property
    def parameters(self) -> Floats:
        """(7,) x, y, z in metres, yaw, pitch, roll in radians, f in pixels; (8,) with k1 of a lens that distorts."""
        turn = np.radians([self.yaw_deg, self.pitch_deg, self.roll_deg])
        return np.array([self.x, self.y, self.z, *turn, self.f_px, *([self.k1] if self.k1 else [])])

    @classmethod
    def from_parameters(
        cls,
        parameters: Floats,
        image_size: tuple[int, int],
        covariance: Floats | None = None,
        max_range_m: float = 150.0,
    ) -> CameraPose:
        """The pose of a (7,) or (8,) vector as `parameters` gives it, with its covariance in the same units."""
        x, y, z, yaw, pitch, roll, f = (float(value) for value in parameters[:7])
        k1 = float(parameters[7]) if len(parameters) > 7 else 0.0
        covariance = covariance if covariance is None or k1 else covariance[:7, :7]
        rows = None if covariance is None else tuple(tuple(float(v) for v in row) for row in covariance)
        turn = (math.degrees(yaw) % 360.0, math.degrees(pitch), math.degrees(roll))
        return cls(x, y, z, *turn, f, image_size, rows, max_range_m, k1=k1)

    @property
    def camera_xy(self) -> tuple[float, float]:
        """Metres (east, north) of the camera's foot."""
        return self.x, self.y

    @property
    def homography(self) -> Floats:
        """(3, 3) from homogeneous ground metres to homogeneous pixels of a lens without distortion."""
        return ground_homography(self.parameters, self.image_size)

    def to_json(self) -> dict[str, Any]:
        """What an expert needs to recompute a ground point from a pixel."""
        origin = self.plane and [self.plane.origin.lon, self.plane.origin.lat]
        return {
            "crs": "EPSG:4490",
            "plane_origin": origin,
            "image_size": list(self.image_size),
            "max_range_m": self.max_range_m,
            "pose": {
                **{"x_m": self.x, "y_m": self.y, "z_m": self.z, "f_px": self.f_px},
                **{"yaw_deg": self.yaw_deg, "pitch_deg": self.pitch_deg, "roll_deg": self.roll_deg},
                **({"k1": self.k1} if self.k1 else {}),
            },
            "covariance": None if self.covariance is None else [list(row) for row in self.covariance],
            "homography_ground_to_pixel": self.homography.tolist(),
        }

    def pixel(self, xyz: ArrayLike) -> Floats:
        """(n, 3) world metres to (n, 2) pixels; NaN for points that are not in front of the camera."""
        points = np.asarray(xyz, dtype=np.float64).reshape(-1, 3)
        seen = (points - self._position) @ self._rotation.T
        depth = np.where(seen[:, 2:] > 1e-6, seen[:, 2:], np.nan)
        off = seen[:, :2] / depth * self.f_px
        pixels: Floats = (distort(off, self.f_px, self.k1) if self.k1 else off) + self._centre
        return pixels

    def ray(self, px: ArrayLike) -> tuple[Floats, Floats]:
        """(n, 2) pixels to the camera's (3,) position and (n, 3) unit directions in the world."""
        pixels = np.asarray(px, dtype=np.float64).reshape(-1, 2)
        off = pixels - self._centre
        off = straighten(off, self.f_px, self.k1) if self.k1 else off
        seen = np.column_stack([off, np.full(len(pixels), self.f_px)])
        directions = (seen / np.linalg.norm(seen, axis=1, keepdims=True)) @ self._rotation
        return self._position.copy(), directions

    def ground(self, px: ArrayLike) -> Floats:
        """(n, 2) pixels to (n, 2) ground metres; NaN above the horizon and beyond `max_range_m`."""
        position, directions = self.ray(px)
        sinks = directions[:, 2] < -_LEVEL  # not where the lens draws nothing: NaN is not less
        reach = np.where(sinks, -position[2] / np.where(sinks, directions[:, 2], -1.0), np.nan)
        offsets = directions[:, :2] * reach[:, None]
        near = np.hypot(offsets[:, 0], offsets[:, 1]) <= self.max_range_m
        found: Floats = np.where(near[:, None], offsets + position[:2], np.nan)
        return found

    def on_vertical_plane(self, px: ArrayLike, a_xy: ArrayLike, b_xy: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Where sight lines meet the vertical plane through two ground points, one plane for all or (n, 2) for each.

        Returns:
            (n,) metres along from a towards b, (n,) metres above the ground, (n, 3) world points; NaN where a
            sight line runs along the plane or meets it behind the camera or beyond `max_range_m`.

        Raises:
            BadInput: E_PLANE when both ground points are the same.
        """
        a, b = np.asarray(a_xy, dtype=np.float64), np.asarray(b_xy, dtype=np.float64)
        span = b - a
        length = np.hypot(span[..., 0], span[..., 1])
        if (length < 1e-6).any():
            raise BadInput("E_PLANE", "both ends of the line are the same point", "give two points")
        along = span / length[..., None]
        normal = np.stack([-along[..., 1], along[..., 0]], axis=-1)
        position, directions = self.ray(px)
        towards = (directions[:, :2] * normal).sum(axis=-1)
        distance = ((a - position[:2]) * normal).sum(axis=-1)
        meets = np.abs(towards) > _LEVEL
        reach = np.where(meets, distance / np.where(meets, towards, 1.0), np.nan)
        far = reach * np.hypot(directions[:, 0], directions[:, 1])
        reach = np.where((reach > 0) & (far <= self.max_range_m), reach, np.nan)
        xyz = position + directions * reach[:, None]
        return ((xyz[:, :2] - a) * along).sum(axis=-1), xyz[:, 2], xyz

    def ground_covariance(self, px: ArrayLike, pixel_sigma_px: float = 1.0) -> Floats:
        """(n, 2, 2) covariance in square metres of `ground`, to first order.

        Joins the error of the pose with an error of `pixel_sigma_px` in the asked pixels themselves.
        NaN where `ground` is.
        """
        pixels = np.asarray(px, dtype=np.float64).reshape(-1, 2)
        inverse = self._inverse_family[0]
        moved = np.einsum("pij,pnj->pni", self._inverse_family, self._straight_family(pixels))
        places, here = moved[..., :2] / moved[..., 2:], moved[0]
        by_pixel = (inverse[None, :2, :2] - places[0][:, :, None] * inverse[None, 2:, :2]) / here[:, 2, None, None]
        by_pixel = by_pixel @ self._straightening(pixels) if self.k1 else by_pixel
        spread: Floats = by_pixel @ by_pixel.transpose(0, 2, 1) * pixel_sigma_px**2
        if self.covariance is not None:
            known = np.asarray(self.covariance)
            count, moves = len(known), len(places) // 2
            steps = (places[1 : 1 + count] - places[1 + moves : 1 + moves + count]) / (2 * _STEPS[:count])[
                :, None, None
            ]
            by_pose = steps.transpose(1, 2, 0)
            spread = spread + by_pose @ known @ by_pose.transpose(0, 2, 1)
        unknown = np.isnan(self.ground(pixels)).any(axis=1)
        spread[unknown] = np.nan
        return spread

    def accuracy_m(self, px: ArrayLike, pixel_sigma_px: float = 1.0) -> Floats:
        """(n,) metres: long half axis of the 95 % error ellipse on the ground; infinite where `ground` is NaN."""
        spread = self.ground_covariance(px, pixel_sigma_px)
        mean = (spread[:, 0, 0] + spread[:, 1, 1]) / 2
        swing = np.hypot((spread[:, 0, 0] - spread[:, 1, 1]) / 2, spread[:, 0, 1])
        radius = ELLIPSE_95 * np.sqrt(np.maximum(mean + swing, 0.0))
        return np.where(np.isnan(radius), np.inf, radius)

    @cached_property
    def _position(self) -> Floats:
        return np.array([self.x, self.y, self.z])

    @cached_property
    def _rotation(self) -> Floats:
        return rotation(*(math.radians(a) for a in (self.yaw_deg, self.pitch_deg, self.roll_deg)))

    @cached_property
    def _centre(self) -> Floats:
        return np.array(self.image_size, dtype=np.float64) / 2

    @cached_property
    def _family(self) -> list[Floats]:
        """The pose's parameters, then with each of them one step up, then one step down."""
        here = self.parameters
        steps = np.diag(_STEPS[: len(here)])
        return [here, *(here + step for step in steps), *(here - step for step in steps)]

    @cached_property
    def _inverse_family(self) -> Floats:
        """(15 or 17, 3, 3) pixel-to-ground maps of `_family`."""
        maps = np.array([ground_homography(parameters, self.image_size) for parameters in self._family])
        return np.linalg.inv(maps)

    def _straight_family(self, pixels: Floats) -> Floats:
        """(15 or 17, n, 3) homogeneous pixels as each of `_family` sees them without distortion."""
        if not self.k1:
            plain = np.column_stack([pixels, np.ones(len(pixels))])
            return np.broadcast_to(plain, (len(self._family), *plain.shape))
        off = pixels - self._centre
        straight = [straighten(off, float(one[6]), float(one[7])) + self._centre for one in self._family]
        return np.concatenate([np.array(straight), np.ones((len(straight), len(pixels), 1))], axis=2)

    def _straightening(self, pixels: Floats) -> Floats:
        """(n, 2, 2) derivative of the straightened pixel by the drawn one."""
        off, half = pixels - self._centre, 0.5 * np.eye(2)
        columns = [straighten(off + h, self.f_px, self.k1) - straighten(off - h, self.f_px, self.k1) for h in half]
        return np.stack(columns, axis=2)


def ground_homography(parameters: Floats, image_size: tuple[int, int]) -> Floats:
    """(3, 3) from homogeneous ground metres to homogeneous pixels for a (7,) or (8,) parameter vector."""
    x, y, z, yaw, pitch, roll, f = parameters[:7]
    turn = rotation(yaw, pitch, roll)
    outer = np.column_stack([turn[:, 0], turn[:, 1], -turn @ np.array([x, y, z])])
    lens: NDArray[np.float64] = np.array([[f, 0, image_size[0] / 2], [0, f, image_size[1] / 2], [0, 0, 1.0]])
    mapped: Floats = lens @ outer
    return mapped
