"""Front lines of shops: which one a thing belongs to, and how far it stands out into the public area."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from geofence.coordinates import Floats
from geofence.facts import Frontage, FrontageHit
from geofence.layers import Frontage as FrontageProperties
from geofence.street import StreetFeature

# Metres of public area before a front line that count as before that shop.
STRIP_M = 8.0


class Stretches:
    """The straight stretches of a line, ready to be measured from."""

    def __init__(self, line: LineString) -> None:
        corners = shapely.get_coordinates(line)
        steps = np.diff(corners, axis=0)
        lengths = np.hypot(steps[:, 0], steps[:, 1])
        keep = lengths > 0
        self._starts, self._lengths = corners[:-1][keep], lengths[keep]
        self._units = steps[keep] / self._lengths[:, None]
        self._before = np.concatenate([[0.0], np.cumsum(self._lengths)[:-1]])
        columns = (*self._starts.T, *self._units.T, self._lengths, self._before)
        self._rows = list(zip(*(column.tolist() for column in columns), strict=True))
        self.length_m = float(self._lengths.sum())

    def of_point(self, x: float, y: float) -> tuple[float, float]:
        """`signed_distance` of one point."""
        found = []
        for start_x, start_y, unit_x, unit_y, length, before in self._rows:
            away_x, away_y = x - start_x, y - start_y
            along = min(max(away_x * unit_x + away_y * unit_y, 0.0), length)
            off = math.hypot(away_x - along * unit_x, away_y - along * unit_y)
            found.append((off, unit_x * away_y - unit_y * away_x, before + along))
        nearest = min(off for off, _, _ in found)
        _, cross, along = max((one for one in found if one[0] <= nearest + 1e-9), key=lambda one: abs(one[1]))
        return (nearest if cross >= 0 else -nearest), along

    def signed_distance(self, points: ArrayLike) -> tuple[Floats, Floats]:
        """See `signed_distance`."""
        away = np.asarray(points, dtype=np.float64).reshape(-1, 1, 2) - self._starts
        along = np.einsum("nsk,sk->ns", away, self._units)
        clipped = np.minimum(np.maximum(along, 0.0), self._lengths)
        off = away - clipped[..., None] * self._units
        distance = np.hypot(off[..., 0], off[..., 1])
        cross = self._units[:, 0] * away[..., 1] - self._units[:, 1] * away[..., 0]
        nearest = distance.min(axis=1, keepdims=True)
        squareness = np.where(distance <= nearest + 1e-9, np.abs(cross), -1.0)
        chosen = squareness.argmax(axis=1)
        rows = np.arange(len(chosen))
        side = np.where(cross[rows, chosen] >= 0, 1.0, -1.0)
        return side * nearest[:, 0], self._before[chosen] + clipped[rows, chosen]


def signed_distance(line: LineString, points: ArrayLike) -> tuple[Floats, Floats]:
    """Metres from a line, positive on its left, and metres along it, for (n, 2) points.

    Beyond an end the distance is to the end point, with the side of the last stretch continued. At a bend two
    stretches are equally near; the one that the point stands off more squarely gives the side.
    """
    return Stretches(line).signed_distance(points)


class FrontageLines:
    """The front lines of a street with their public strips, indexed."""

    def __init__(self, features: Sequence[StreetFeature]) -> None:
        self.features = tuple(features)
        self.lines = tuple(_frontage(feature) for feature in features)
        self._stretches = tuple(Stretches(line.line) for line in self.lines)
        geometries = np.array([line.line for line in self.lines], dtype=object)
        self._line_tree = shapely.STRtree(geometries)
        self._strips = shapely.buffer(geometries, STRIP_M, cap_style="flat", join_style="mitre", single_sided=True)
        self._strip_tree = shapely.STRtree(self._strips)

    def near(self, point: Point, max_m: float) -> list[tuple[int, FrontageHit]]:
        """Lines within reach of a point with their position in `lines`, nearest first.

        Of two neighbours that meet in their common end the one that the point stands before comes first.
        """
        found, x, y = [], point.x, point.y
        for position in self._line_tree.query(point, predicate="dwithin", distance=max_m):
            line = self.lines[int(position)]
            stretches = self._stretches[int(position)]
            distance, along = stretches.of_point(x, y)
            beside = 0.0 < along < stretches.length_m
            hit = FrontageHit(line, distance, along)
            found.append((round(abs(hit.distance_m), 6), not beside, line.id, int(position), hit))
        return [(position, hit) for _, _, _, position, hit in sorted(found, key=lambda entry: entry[:3])]

    def beyond(self, footprint: BaseGeometry) -> list[tuple[int, BaseGeometry]]:
        """Lines that a footprint stands before, with the part of it in their public strip."""
        parts = []
        for position in sorted(int(p) for p in self._strip_tree.query(footprint, predicate="intersects")):
            part = footprint.intersection(self._strips[position])
            if not part.is_empty:
                parts.append((position, part))
        return parts


def reach_m(line: LineString, part: BaseGeometry) -> tuple[float, float]:
    """How far a part reaches beyond a line, and the length of the line that it stands before; 0, 0 for nothing."""
    corners = shapely.get_coordinates(part)
    if not len(corners):
        return 0.0, 0.0
    distance, along = signed_distance(line, corners)
    return max(0.0, float(distance.max())), float(along.max() - along.min())


def _frontage(feature: StreetFeature) -> Frontage:
    said = feature.properties
    assert isinstance(said, FrontageProperties) and isinstance(feature.geometry, LineString)
    return Frontage(
        feature.id, said.shop, said.shop_name, said.address, said.phase, said.min_overhang_m, feature.geometry
    )
