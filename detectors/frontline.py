"""The shop fronts of a street as segments in the plane: its directions, and the walls that sight lines meet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geofence import Frontage

Floats = NDArray[np.float64]

_REACH_M = 25.0
_LOW_M, _HIGH_M = -0.5, 30.0


@dataclass(frozen=True, slots=True)
class Wall:
    """One straight piece of a frontage: from `a` to `b` (metres), the public side on the left."""

    frontage_id: str
    shop_id: str
    shop_name: str
    a: tuple[float, float]
    b: tuple[float, float]

    @property
    def length_m(self) -> float:
        return math.dist(self.a, self.b)

    @property
    def along(self) -> tuple[float, float]:
        """Unit vector from `a` to `b`."""
        length = max(self.length_m, 1e-9)
        return (self.b[0] - self.a[0]) / length, (self.b[1] - self.a[1]) / length

    @property
    def facing_deg(self) -> float:
        """Compass bearing, clockwise from north, in which the wall faces the public."""
        return math.degrees(math.atan2(self.a[1] - self.b[1], self.b[0] - self.a[0])) % 360.0


@dataclass(frozen=True, slots=True)
class Beside:
    """Metres beyond the nearest wall's line (+ = public side) of a shape's nearest and farthest corner."""

    wall: Wall
    nearest_m: float
    farthest_m: float


class FrontLines:
    """All frontage segments of a street, ready for many questions at once."""

    def __init__(self, frontages: Sequence[Frontage]) -> None:
        self.walls: list[Wall] = []
        for front in frontages:
            points = [(float(x), float(y)) for x, y in front.line.coords]
            for a, b in pairwise(points):
                if a != b:
                    self.walls.append(Wall(front.id, front.shop_id, front.shop_name, a, b))
        self._a = np.array([wall.a for wall in self.walls], dtype=np.float64).reshape(-1, 2)
        span = np.array([wall.b for wall in self.walls], dtype=np.float64).reshape(-1, 2) - self._a
        self._length = np.hypot(span[:, 0], span[:, 1])
        self._along = span / np.maximum(self._length, 1e-9)[:, None]
        self._normal = np.stack([-self._along[:, 1], self._along[:, 0]], axis=1)

    def beside(self, corners: Sequence[tuple[float, float]], reach_m: float = _REACH_M) -> Beside | None:
        """The wall nearest to the middle of a shape's corners, none where it is farther than `reach_m`."""
        if not self.walls:
            return None
        shape = np.array(corners)
        distance, _ = self._distances(shape.mean(axis=0, keepdims=True))
        nearest = int(distance[0].argmin())
        if distance[0, nearest] > reach_m:
            return None
        sides = (shape - self._a[nearest]) @ self._normal[nearest]
        return Beside(self.walls[nearest], float(sides.min()), float(sides.max()))

    def axes(self, points: Floats, camera_xy: tuple[float, float]) -> Floats:
        """(n, 2) unit directions of the street at (n, 2) points: along the nearest frontage, or, where none is near,
        across the sight line, as a thing that faces its viewer would stand."""
        away = np.nan_to_num(points - np.asarray(camera_xy))
        reach = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
        facing: Floats = np.stack([-away[:, 1], away[:, 0]], axis=1) / reach
        if not self.walls:
            return facing
        distance, nearest = self._distances(np.nan_to_num(points))
        near = distance[np.arange(len(points)), nearest] <= _REACH_M
        chosen: Floats = np.where(near[:, None], self._along[nearest], facing)
        return chosen

    def _distances(self, points: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """(n, walls) metres from points to walls, and (n,) index of the nearest."""
        offset = points[:, None, :] - self._a[None]
        along = np.einsum("nwk,wk->nw", offset, self._along)
        side = np.einsum("nwk,wk->nw", offset, self._normal)
        past = np.maximum(np.maximum(-along, along - self._length[None]), 0.0)
        distance = np.hypot(past, side)
        return distance, distance.argmin(axis=1)

    def struck(self, origin: Floats, directions: Floats) -> list[Wall | None]:
        """The first wall that each sight line from `origin` (3,) along `directions` (n, 3) meets on its public side.

        Where it meets none, a wall counts as going on for `_BLANK_M` beyond its ends: a blank stretch between two shops
        carries boards too, and stands in no street file.
        """
        if not self.walls:
            return [None] * len(directions)
        towards = directions[:, :2] @ self._normal.T
        distance = np.einsum("wk,wk->w", self._a - origin[None, :2], self._normal)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where(towards < -1e-9, distance / towards, np.inf)
        met = np.where(np.isfinite(reach), reach, 0.0)
        meet = origin[:2] + met[:, :, None] * directions[:, None, :2]
        along = np.einsum("nwk,wk->nw", meet - self._a, self._along)
        height = origin[2] + met * directions[:, 2:]
        valid = np.isfinite(reach) & (reach > 0) & (height >= _LOW_M) & (height <= _HIGH_M)
        beyond = np.maximum(np.maximum(-along, along - self._length), 0.0)
        on_wall = valid & (beyond <= _SLACK_M)
        first = np.where(on_wall, reach, np.inf).argmin(axis=1)
        nearest = np.where(valid, beyond, np.inf).argmin(axis=1)
        rows = np.arange(len(directions))
        chosen = np.where(on_wall.any(axis=1), first, nearest)
        met_any = valid[rows, chosen] & (beyond[rows, chosen] <= _BLANK_M)
        return [self.walls[i] if met else None for i, met in zip(chosen.tolist(), met_any.tolist(), strict=True)]


_BLANK_M = 8.0
_SLACK_M = 0.5
"""A board may reach over the end of its own frontage by this much."""
