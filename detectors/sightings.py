"""Sightings: detections placed on the ground, or, for boards, on the wall that their sight line meets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from detectors.boxes import Box
from detectors.footprint import edge_sigma_px, fit_footprints, touches_border
from detectors.frontline import FrontLines, Wall
from geofence import GroundView
from streams import Detection, ObjectKind

Floats = NDArray[np.float64]

_FITS_IOU = 0.5

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
    def ground(self) -> Box:
        """Its rectangle in the plane turned to `axis` (see `boxes.extent`)."""
        (x, y), (ax, ay) = self.xy, self.axis
        u, v = x * ax + y * ay, y * ax - x * ay
        return u - self.size[0] / 2, v - self.size[1] / 2, u + self.size[0] / 2, v + self.size[1] / 2


class Face(Protocol):
    """A licensed face: its wall, as long as it is wide, and how well a board in its plane fits it (0..1)."""

    @property
    def wall(self) -> Wall: ...

    def fit(self, place: BoardPlace) -> float: ...


class Placer:
    """Places the detections of a source's frames in one street."""

    def __init__(self, lines: FrontLines, signs: Sequence[Face] = ()) -> None:
        """`signs` are licensed faces in planes of their own, off the shops' lines."""
        self._lines = lines
        self._signs = signs

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
        hung = self._on_walls(source_id, boards, view, at, image_size)
        loose = [board for board, place in zip(boards, hung, strict=True) if place is None]
        stood = self._on_ground(source_id, standing + loose, view, at, image_size)
        fallen = iter(stood[len(standing) :])
        placed = [*stood[: len(standing)], *(next(fallen) if place is None else place for place in hung)]
        return [sighting for sighting in placed if sighting is not None]

    def _on_ground(
        self,
        source_id: str,
        detections: Sequence[Detection],
        view: GroundView,
        at: datetime,
        image_size: tuple[int, int],
    ) -> list[Sighting | None]:
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
        good = fitted.good & np.isfinite(accuracy)
        rows = zip(
            detections,
            fitted.centre.tolist(),
            axes.tolist(),
            fitted.size.tolist(),
            accuracy.tolist(),
            cut.tolist(),
            good.tolist(),
            strict=True,
        )
        return [
            Sighting(source_id, at, seen, (x, y), (ax, ay), (along, across, up), error, is_cut) if is_good else None
            for seen, (x, y), (ax, ay), (along, across, up), error, is_cut, is_good in rows
        ]

    def _on_walls(
        self,
        source_id: str,
        boards: Sequence[Detection],
        view: GroundView,
        at: datetime,
        image_size: tuple[int, int],
    ) -> list[Sighting | None]:
        """Boards on the walls that their sight lines meet; None for those that meet none, or stand before it."""
        found: list[Sighting | None] = [None] * len(boards)
        if not boards:
            return found
        boxes = np.array([board.box for board in boards], dtype=np.float64)
        struck = self._lines.struck(*view.ray((boxes[:, :2] + boxes[:, 2:]) / 2))
        struck = self._at_signs(view, boxes, struck)
        which = [i for i, wall in enumerate(struck) if wall is not None]
        walls = [wall for wall in struck if wall is not None]
        if not walls:
            return found
        boxes = boxes[which]
        places, sigma, known = _hung(view, boxes, walls)
        a, b = np.array([wall.a for wall in walls]), np.array([wall.b for wall in walls])
        axes = (b - a) / np.hypot(*(b - a).T)[:, None]
        feet = a + axes * np.array([place.along_m for place in places])[:, None]
        accuracy = np.hypot(sigma * SIGMA_TO_95, _pose_error_m(view, feet)).tolist()
        cut = np.asarray(touches_border(boxes, image_size).any(axis=1), dtype=np.bool_).tolist()
        for i, place, foot, axis, error, is_cut, is_known in zip(
            which, places, feet.tolist(), axes.tolist(), accuracy, cut, known, strict=True
        ):
            if is_known and not place.free_standing:
                size = (place.width_m, 0.0, place.height_m)
                found[i] = Sighting(source_id, at, boards[i], tuple(foot), tuple(axis), size, error, is_cut, place)
        return found

    def _at_signs(self, view: GroundView, boxes: Floats, struck: Sequence[Wall | None]) -> list[Wall | None]:
        """The walls that boxes hang on, where a box fits a licensed face off the line: that face's own plane."""
        walls, fits = list(struck), [_FITS_IOU] * len(boxes)
        for sign in self._signs:
            places, _, known = _hung(view, boxes, [sign.wall] * len(boxes))
            for i, place in enumerate(places):
                if known[i] and (fit := sign.fit(place)) >= fits[i]:
                    walls[i], fits[i] = sign.wall, fit
        return walls


def _hung(view: GroundView, boxes: Floats, walls: Sequence[Wall]) -> tuple[list[BoardPlace], Floats, NDArray[np.bool_]]:
    """Where (n, 4) boxes lie on their walls, (n,) one sigma along these (metres), and which the wall's plane shows."""
    x1, y1, x2, y2 = boxes.T
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    asked = np.array([[x, y], [x1, y], [x2, y], [x, y1], [x, y2], [x + edge_sigma_px(boxes), y]])
    ends = np.array([[wall.a, wall.b] for wall in walls])
    a, b = np.tile(ends[:, 0], (6, 1)), np.tile(ends[:, 1], (6, 1))
    on_wall = view.on_vertical_plane(asked.transpose(0, 2, 1).reshape(-1, 2), a, b)
    along, height = on_wall[0].reshape(6, -1), on_wall[1].reshape(6, -1)
    measures = [
        (along[1] + along[2]) / 2,
        np.abs(along[2] - along[1]),
        np.minimum(height[3], height[4]),
        np.abs(height[4] - height[3]),
    ]
    places = [BoardPlace(wall, *row) for wall, row in zip(walls, np.stack(measures, axis=1).tolist(), strict=True)]
    known = np.asarray(np.isfinite(along + height).all(axis=0), dtype=np.bool_)
    return places, np.abs(along[5] - along[0]), known


def _pose_error_m(view: GroundView, feet: Floats) -> Floats:
    """(n,) what the camera's pose alone adds to the error of (n, 2) ground points below boards (metres, 95 %)."""
    below = view.pixel(np.column_stack([feet, np.zeros(len(feet))]))
    error = view.accuracy_m(below, 1e-3)
    return np.where(np.isfinite(error), error, 0.0)
