"""Calibration of a fixed camera from ground control points: pixels clicked in a picture against map positions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from geofence.camera import CameraPose
from geofence.coordinates import CoordSystem, Floats, LocalPlane, LonLat
from geofence.posefit import fit_pose
from records import BadInput

METHOD = "ground control points; pinhole, square pixels, centred principal point, no lens distortion"
METHOD_LENS = "ground control points; pinhole, square pixels, centred principal point, radial distortion k1 (Brown)"


@dataclass(frozen=True, slots=True)
class GroundControlPoint:
    """A pixel (x, y) and the place on the ground that it shows."""

    px: tuple[float, float]
    lonlat: LonLat


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fixed camera placed in the street's plane; it is a `GroundView`.

    Args:
        camera_id: whose calibration this is.
        plane: the plane that ground metres are in (the street's).
        pose: position, angles and focal length, with their covariance.
        points: the control points it was made from, and for each, in pixels, how far the pose misses it.
        residual_px: root mean square of those.
        left_out_m: for each point, metres between it and where a fit without it puts its pixel; none where four
            points carry the fit, which leaves nothing to check it by.
    """

    camera_id: str
    plane: LocalPlane
    pose: CameraPose
    points: tuple[GroundControlPoint, ...]
    residuals_px: tuple[float, ...]
    residual_px: float
    left_out_m: tuple[float, ...] | None

    @property
    def image_size(self) -> tuple[int, int]:
        """(width, height) in pixels of the pictures it holds for."""
        return self.pose.image_size

    @property
    def camera_xy(self) -> tuple[float, float]:
        """Metres (east, north) of the camera's foot."""
        return self.pose.camera_xy

    def ground(self, px: ArrayLike) -> Floats:
        """See `CameraPose.ground`."""
        return self.pose.ground(px)

    def accuracy_m(self, px: ArrayLike, pixel_sigma_px: float = 1.0) -> Floats:
        """See `CameraPose.accuracy_m`."""
        return self.pose.accuracy_m(px, pixel_sigma_px)

    def pixel(self, xyz: ArrayLike) -> Floats:
        """See `CameraPose.pixel`."""
        return self.pose.pixel(xyz)

    def ray(self, px: ArrayLike) -> tuple[Floats, Floats]:
        """See `CameraPose.ray`."""
        return self.pose.ray(px)

    def on_vertical_plane(self, px: ArrayLike, a_xy: ArrayLike, b_xy: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """See `CameraPose.on_vertical_plane`."""
        return self.pose.on_vertical_plane(px, a_xy, b_xy)

    def in_plane(self, plane: LocalPlane) -> Calibration:
        """The same camera in another plane, as when a new version of the street has another middle."""
        foot, ahead = self.plane.to_lonlat([self.camera_xy, (self.pose.x, self.pose.y + 100.0)])
        x, y = plane.to_xy([foot])[0]
        towards = plane.to_xy([ahead])[0] - (x, y)
        turn_deg = float(np.degrees(np.arctan2(towards[0], towards[1])))  # north of one plane in the other
        moved = replace(self.pose, x=float(x), y=float(y), yaw_deg=(self.pose.yaw_deg + turn_deg) % 360.0, plane=plane)
        return replace(self, plane=plane, pose=moved)

    def to_json(self) -> dict[str, Any]:
        """Everything that an expert needs to recompute a ground point; `from_json` reads it back."""
        return {
            "camera_id": self.camera_id,
            "version": self.version,
            "method": METHOD_LENS if self.pose.k1 else METHOD,
            **self.pose.to_json(),
            "residual_px": self.residual_px,
            "left_out_rms_m": self.left_out_rms_m,
            "points": [
                {
                    "px": list(point.px),
                    "lonlat": [point.lonlat.lon, point.lonlat.lat],
                    "system": point.lonlat.system.value,
                    "residual_px": residual,
                    "left_out_m": None if self.left_out_m is None else self.left_out_m[index],
                }
                for index, (point, residual) in enumerate(zip(self.points, self.residuals_px, strict=True))
            ],
        }

    @property
    def version(self) -> str:
        """First 12 digits of the SHA-256 of what it is made from: camera, picture size, points (CGCS2000, 10^-9
        degrees) in their order, and whether the lens was fitted."""
        points = []
        for point in self.points:
            place = point.lonlat.to(CoordSystem.CGCS2000)
            points.append([*map(float, point.px), round(place.lon, 9), round(place.lat, 9)])
        made = [self.camera_id, list(self.image_size), bool(self.pose.k1), points]
        return hashlib.sha256(json.dumps(made, separators=(",", ":")).encode()).hexdigest()[:12]

    @property
    def left_out_rms_m(self) -> float | None:
        """Root mean square of the leave-one-out errors in metres; none with four points."""
        return None if self.left_out_m is None else float(np.sqrt(np.mean(np.square(self.left_out_m))))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Calibration:
        """Read what `to_json` wrote.

        Raises:
            BadInput: E_CALIBRATION when a key is missing or a value is of the wrong kind.
        """
        try:
            return cls._from_json(document)
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(
                "E_CALIBRATION", f"not a calibration document: {error!r}", "calibrate the camera again"
            ) from error

    @classmethod
    def _from_json(cls, document: Mapping[str, Any]) -> Calibration:
        pose, points, rows = document["pose"], document["points"], document["covariance"]
        width, height = document["image_size"]
        plane = LocalPlane(LonLat(*document["plane_origin"]))
        left_out = [point["left_out_m"] for point in points]
        return cls(
            camera_id=document["camera_id"],
            plane=plane,
            pose=CameraPose(
                **{"x": pose["x_m"], "y": pose["y_m"], "z": pose["z_m"]},
                **{key: pose[key] for key in ("yaw_deg", "pitch_deg", "roll_deg", "f_px")},
                k1=float(pose.get("k1", 0.0)),
                image_size=(int(width), int(height)),
                covariance=None if rows is None else tuple(tuple(float(v) for v in row) for row in rows),
                max_range_m=document["max_range_m"],
                plane=plane,
            ),
            points=tuple(
                GroundControlPoint(
                    (float(point["px"][0]), float(point["px"][1])),
                    LonLat(point["lonlat"][0], point["lonlat"][1], CoordSystem(point["system"])),
                )
                for point in points
            ),
            residuals_px=tuple(point["residual_px"] for point in points),
            residual_px=document["residual_px"],
            left_out_m=None if None in left_out else tuple(left_out),
        )


def calibrate(
    points: Sequence[GroundControlPoint],
    image_size: tuple[int, int],
    camera_id: str,
    plane: LocalPlane,
    *,
    pixel_sigma_px: float = 1.0,
    max_range_m: float = 150.0,
    distortion: bool = False,
) -> Calibration:
    """Place a camera by at least four ground control points that it sees.

    Args:
        points: clicked pixels and their places, of any coordinate system.
        image_size: (width, height) of the picture in pixels.
        camera_id: whose calibration this is; it names the camera in refusals.
        plane: the street's plane, in which ground metres are given.
        pixel_sigma_px: how well a careful click sits.
        max_range_m: ground farther away is not answered for.
        distortion: fit the lens's radial distortion too, from at least six points.

    Raises:
        BadInput: E_CALIBRATION, naming the camera, for too few points, points on a line, a pixel outside the picture,
            mirrored points, residuals that are too big, points above the horizon or out of range.
    """
    width, height = image_size
    for index, point in enumerate(points):
        if not (0 <= point.px[0] <= width and 0 <= point.px[1] <= height):
            raise BadInput(
                "E_CALIBRATION",
                f"camera {camera_id}: control point {index + 1} at {point.px} is outside the {width}x{height} picture",
                "give pixels from the top left corner",
            )
    xy = np.array([plane.xy(point.lonlat) for point in points], dtype=np.float64).reshape(-1, 2)
    px = np.array([point.px for point in points], dtype=np.float64).reshape(-1, 2)
    # Fitted about the points' own middle: far from the plane's origin the numbers would lose digits.
    middle = xy.mean(axis=0) if len(xy) else np.zeros(2)
    try:
        fit = fit_pose(
            xy - middle,
            px,
            image_size,
            pixel_sigma_px=pixel_sigma_px,
            max_range_m=max_range_m,
            distortion=distortion,
        )
    except BadInput as error:
        raise BadInput(error.code, f"camera {camera_id}: {error.message}", error.hint) from error
    pose = replace(fit.pose, x=fit.pose.x + float(middle[0]), y=fit.pose.y + float(middle[1]), plane=plane)
    return Calibration(camera_id, plane, pose, tuple(points), fit.residuals_px, fit.residual_px, fit.left_out_m)
