"""Published monitoring areas and routes (行政处罚法 第41条): which hold a place, and whether that is sure."""

from __future__ import annotations

import shapely
from shapely.geometry import Point

from geofence.layers import MonitoredRoute
from geofence.street import StreetFeature
from geofence.trees import Standings


def route_standing(route: StreetFeature, anchor: Point) -> float:
    """Metres from a place to the edge of what a route covers to either side, positive inside."""
    said = route.properties
    assert isinstance(said, MonitoredRoute)
    return said.reach_m - float(route.geometry.distance(anchor))


def published_at(anchor: Point, near: Standings, accuracy_m: float) -> tuple[tuple[str, ...], bool]:
    """Ids of the areas and routes in force that hold a place, and whether the boundary of all of them together lies
    nearer than the place is known; `near` are those within that reach, each with the metres to its own boundary."""
    ids = tuple(feature.id for feature, metres in near if metres >= 0)
    deepest = max((metres for _, metres in near), default=-float("inf"))
    if len(near) > 1 and abs(deepest) < accuracy_m:
        covered = shapely.union_all([_covered(feature) for feature, _ in near])
        metres = float(covered.boundary.distance(anchor))
        deepest = metres if covered.intersects(anchor) else -metres
    return ids, abs(deepest) < accuracy_m


def _covered(feature: StreetFeature) -> shapely.Geometry:
    said = feature.properties
    return feature.geometry.buffer(said.reach_m) if isinstance(said, MonitoredRoute) else feature.geometry
