"""Sightings: detections placed on the ground, or, for boards, on the wall that their sight line meets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from detectors.footprint import edge_sigma_px, fit_footprints, touches_border
from detectors.frontline import FrontLines, Wall
from geofence import GroundView
from streams import Detection, ObjectKind

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]

SIGMA_TO_95 = 2.4477
"""Radius that holds 95 % of a plane normal error, in sigmas."""


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """Where a board hangs: on which wall, how far along it, how wide, how high, how far up (metres)."""

    wall: Wall
    along_m: float
    width_m: float
    bottom_m: float
    height_m: float

    @property
    def free_standing(self) -> bool:
        """Whether the board's foot would lie below the ground at the wall: it stands in front of it."""
        return self.bottom_m < -0.25

    @property
    def on_shop(self) -> bool:
        """Whether its middle hangs on the shop's own wall, not on the blank wall beside it."""
        return 0.0 <= self.along_m <= self.wall.length_m

    @property
    def area_m2(self) -> float:
        return self.width_m * self.height_m


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing seen once, in its place.

    `xy` is its centre on the ground in metres of the street's plane (for a board, the foot of the wall below it);
    `axis` the street's direction there; `size` its metres along and across that, and up; `accuracy_m` the radius that
    holds the true centre with 95 %. `cut` says that the picture's border cuts the box where it carries the place.
    """

    source_id: str
    at: datetime
    detection: Detection
    xy: tuple[float, float]
    axis: tuple[float, float]
    size: tuple[float, float, float]
    accuracy_m: float
    cut: bool = False
    board: BoardPlace | None = None

    @property
    def kind(self) -> ObjectKind:
        return self.detection.kind

    @property
    def score(self) -> float:
        return self.detection.score

    @property
    def box(self) -> Box:
        return self.detection.box

    @property
    def camera_side(self) -> float:
        """Pixel row of the box's lower edge: the larger, the nearer to the camera."""
        return self.detection.box[3]


class Placer:
    """Places the detections of a source's frames in one street."""

    def __init__(self, lines: FrontLines) -> None:
        self._lines = lines

    def place(
        self,
        source_id: str,
        detections: Sequence[Detection],
        view: GroundView,
        at: datetime,
        image_size: tuple[int, int],
    ) -> list[Sighting]:
        """Sightings of one frame of `image_size` (width, height) px; what meets no ground or wall is left out."""
        boards = [d for d in detections if d.kind is ObjectKind.SIGNBOARD]
        standing = [d for d in detections if d.kind is not ObjectKind.SIGNBOARD]
        found = self._on_ground(source_id, standing, view, at, image_size)
        for detection in boards:
            hung = self._on_wall(source_id, detection, view, at, image_size)
            found += [hung] if hung else self._on_ground(source_id, [detection], view, at, image_size)
        return found

    def _on_ground(
        self,
        source_id: str,
        detections: Sequence[Detection],
        view: GroundView,
        at: datetime,
        image_size: tuple[int, int],
    ) -> list[Sighting]:
        if not detections:
            return []
        boxes = np.array([d.box for d in detections], dtype=np.float64)
        feet = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
        axes = self._lines.axes(view.ground(feet), view.camera_xy)
        fitted = fit_footprints(view, boxes, [d.kind for d in detections], axes, image_size)
        # The box's own error is in the fit; here only the camera's pose is asked for.
        pose_m = view.accuracy_m(feet, 1e-3)
        accuracy = np.hypot(fitted.sigma.max(axis=1) * SIGMA_TO_95, pose_m)
        border = touches_border(boxes, image_size)
        cut = border[:, 3] | (border[:, 0] & border[:, 2])
        return [
            Sighting(
                source_id,
                at,
                detection,
                (float(fitted.centre[i, 0]), float(fitted.centre[i, 1])),
                (float(axes[i, 0]), float(axes[i, 1])),
                (float(fitted.size[i, 0]), float(fitted.size[i, 1]), float(fitted.size[i, 2])),
                float(accuracy[i]),
                bool(cut[i]),
            )
            for i, detection in enumerate(detections)
            if fitted.good[i] and np.isfinite(accuracy[i])
        ]

    def _on_wall(
        self,
        source_id: str,
        detection: Detection,
        view: GroundView,
        at: datetime,
        image_size: tuple[int, int],
    ) -> Sighting | None:
        x1, y1, x2, y2 = detection.box
        middle = ((x1 + x2) / 2, (y1 + y2) / 2)
        origin, directions = view.ray([middle])
        wall = self._lines.struck(origin, directions[0])
        if wall is None:
            return None
        box = np.array([detection.box])
        sigma = float(edge_sigma_px(box)[0])
        asked = [
            middle,
            (x1, middle[1]),
            (x2, middle[1]),
            (middle[0], y1),
            (middle[0], y2),
            (middle[0] + sigma, middle[1]),
        ]
        along, height, _ = view.on_vertical_plane(asked, wall.a, wall.b)
        if not np.isfinite(along).all() or not np.isfinite(height).all():
            return None
        place = BoardPlace(
            wall,
            float(along[1] + along[2]) / 2,
            float(abs(along[2] - along[1])),
            float(min(height[3], height[4])),
            float(abs(height[4] - height[3])),
        )
        if place.free_standing:
            return None
        a, b = np.array(wall.a), np.array(wall.b)
        axis = (b - a) / np.hypot(*(b - a))
        foot = a + axis * place.along_m
        pose_m = _pose_error_m(view, (float(foot[0]), float(foot[1])))
        accuracy = float(np.hypot(abs(along[5] - along[0]) * SIGMA_TO_95, pose_m))
        border = touches_border(box, image_size)[0]
        return Sighting(
            source_id,
            at,
            detection,
            (float(foot[0]), float(foot[1])),
            (float(axis[0]), float(axis[1])),
            (place.width_m, 0.0, place.height_m),
            accuracy,
            bool(border.any()),
            place,
        )


def _pose_error_m(view: GroundView, foot: tuple[float, float]) -> float:
    """What the camera's pose alone adds to the error of a point on the ground below a board (metres, 95 %)."""
    below = view.pixel([[foot[0], foot[1], 0.0]])
    if not np.isfinite(below).all():
        return 0.0
    error = float(view.accuracy_m(below, 1e-3)[0])
    return error if np.isfinite(error) else 0.0


def rectangle(xy: tuple[float, float], axis: tuple[float, float], along_m: float, across_m: float) -> Floats:
    """(4, 2) corners of a rectangle around `xy` with its sides along and across `axis`, counter-clockwise."""
    along = np.asarray(axis, dtype=np.float64) * along_m / 2
    across = np.array([-axis[1], axis[0]]) * across_m / 2
    corners: Floats = np.array(xy) + np.array(
        [-along - across, along - across, along + across, -along + across], dtype=np.float64
    )
    return corners
