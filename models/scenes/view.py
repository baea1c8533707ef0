"""The camera: a pinhole of known pose over the ground plane, in the street's own frame.

Street frame: x along the street, y across it (left of x), z up, metres. Image: pixels, origin at the
top left corner, centre of the first pixel at (0.5, 0.5).
"""

from dataclasses import dataclass
from functools import cached_property
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NEAR_M = 0.35


@dataclass(frozen=True)
class View:
    """Pose and lens. `yaw_deg` counter-clockwise from +x, `pitch_deg` positive looking down."""

    x: float
    y: float
    z: float
    yaw_deg: float
    pitch_deg: float
    f_px: float
    size: tuple[int, int]
    roll_deg: float = 0.0

    @cached_property
    def rotation(self) -> Floats:
        """(3, 3) rows: image right, image down, forward."""
        a, p, r = radians(self.yaw_deg), radians(self.pitch_deg), radians(self.roll_deg)
        forward = np.array([cos(a) * cos(p), sin(a) * cos(p), -sin(p)])
        right = np.array([sin(a), -cos(a), 0.0])
        down = np.cross(forward, right)
        return np.stack([right * cos(r) + down * sin(r), down * cos(r) - right * sin(r), forward])

    @cached_property
    def centre(self) -> Floats:
        return np.array([self.x, self.y, self.z])

    @cached_property
    def matrix(self) -> Floats:
        """(3, 4) projection of homogeneous street points to homogeneous pixels."""
        w, h = self.size
        k = np.array([[self.f_px, 0, w / 2], [0, self.f_px, h / 2], [0, 0, 1.0]])
        return np.asarray(k @ np.hstack([self.rotation, -(self.rotation @ self.centre)[:, None]]))

    def camera_frame(self, points: Floats) -> Floats:
        """(n, 3) street metres to (n, 3) right, down, forward metres."""
        return np.asarray((points - self.centre) @ self.rotation.T)

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """(n, 3) street metres to (n, 2) pixels and (n,) depths; depths below NEAR_M are not in view."""
        c = self.camera_frame(np.asarray(points, float))
        depth = np.maximum(c[:, 2], 1e-6)
        px = c[:, :2] * (self.f_px / depth)[:, None] + np.array(self.size) / 2
        return px, c[:, 2]

    def ground(self, px: Floats) -> Floats:
        """(n, 2) pixels to (n, 2) street metres on z = 0 (pixels above the horizon give NaN)."""
        px = np.atleast_2d(np.asarray(px, float))
        rays = np.hstack([(px - np.array(self.size) / 2) / self.f_px, np.ones((len(px), 1))]) @ self.rotation
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(rays[:, 2] < -1e-9, -self.z / rays[:, 2], np.nan)
        return np.asarray(self.centre[:2] + rays[:, :2] * t[:, None])

    def scaled(self, k: float) -> "View":
        """The same camera with an image k times as large."""
        w, h = self.size
        return View(
            self.x, self.y, self.z, self.yaw_deg, self.pitch_deg, self.f_px * k,
            (round(w * k), round(h * k)), self.roll_deg,
        )  # fmt: skip


def clip_near(polygon: Floats, depths: Floats) -> Floats:
    """Sutherland-Hodgman against the near plane: (n, 3) camera-frame polygon to the part in front."""
    out: list[Floats] = []
    for i in range(len(polygon)):
        a, b, da, db = polygon[i - 1], polygon[i], depths[i - 1] - NEAR_M, depths[i] - NEAR_M
        if (da < 0) != (db < 0):
            out.append(a + (b - a) * (da / (da - db)))
        if db >= 0:
            out.append(b)
    return np.array(out).reshape(-1, 3)
