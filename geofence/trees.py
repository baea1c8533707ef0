"""The features of street layers in an STRtree, and how they stand to a place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geofence.layers import Layer
from geofence.street import InForce, StreetFeature

# Features with the metres from a place to their boundary, positive inside.
Standings: TypeAlias = list[tuple[StreetFeature, float]]
# Layers of areas, all of which `StreetIndex.facts` asks for.
GROUNDS = (
    Layer.VENDING_FORBIDDEN,
    Layer.VENDING_PERMITTED,
    Layer.BIKE_MANAGED,
    Layer.BAY,
    Layer.AD_CONTROLLED,
    Layer.AD_FORBIDDEN,
    Layer.OUTDOOR_SEATING,
    Layer.PAVEMENT,
    Layer.MONITORED_AREA,
    Layer.UNIT_GRID,
    Layer.SQUAD_AREA,
)


class Minutes:
    """Which features hold, worked out once a minute for all that have the same hours and term."""

    def __init__(self) -> None:
        self._kept: tuple[datetime | None, dict[tuple[Any, ...], InForce]] = (None, {})

    def of(self, local: datetime) -> Callable[[StreetFeature], InForce]:
        """`StreetFeature.in_force` of the minute of a local time: hours are told in minutes."""
        kept, minute = self._kept, local.replace(second=0, microsecond=0)
        if kept[0] != minute:
            kept = self._kept = minute, {}  # threads that ask of other minutes keep their own
        known = kept[1]

        def in_force(feature: StreetFeature) -> InForce:
            key = _regime(feature)
            state = known.get(key)
            if state is None:
                state = known[key] = feature.in_force(minute)
            return state

        return in_force


def _regime(feature: StreetFeature) -> tuple[Any, ...]:
    """What a feature's hours and term are the same by; hours that are read alike are one object."""
    said = vars(feature.properties)
    return id(said.get("hours")), said["effective_from"], said["effective_to"], said.get("published_at")


class LayerTree:
    """The features of one layer, or of some, in the order given, with the STRtree over their geometries."""

    def __init__(self, features: tuple[StreetFeature, ...]) -> None:
        self.features = features
        self.tree = shapely.STRtree([feature.geometry for feature in features])
        self._boundaries = shapely.boundary(self.tree.geometries)

    @cached_property
    def _regimes(self) -> tuple[NDArray[np.int64], list[StreetFeature]]:
        """For each feature the number of its hours and term, and for each number a feature that has them: many share
        theirs, and are decided by one."""
        known: dict[tuple[Any, ...], int] = {}
        first: list[StreetFeature] = []
        numbers = np.empty(len(self.features), dtype=np.int64)
        for at, feature in enumerate(self.features):
            number = known.setdefault(_regime(feature), len(first))
            if number == len(first):
                first.append(feature)
            numbers[at] = number
        return numbers, first

    def states(self, positions: NDArray[np.int64], local: datetime) -> tuple[NDArray[np.int64], list[InForce]]:
        """For features at (k,) positions, which of the states at a local time is theirs, and those states."""
        numbers, first = self._regimes
        regimes = numbers[positions]
        if not len(regimes):
            return regimes, []
        used = np.flatnonzero(np.bincount(regimes, minlength=len(first)))
        number = np.zeros(len(first), dtype=np.int64)
        number[used] = np.arange(len(used))
        return number[regimes], [first[int(one)].in_force(local) for one in used]

    def about(self, anchor: Point, reach_m: float) -> dict[Layer, Standings]:
        """By layer, each feature within reach with the metres from a place to its boundary, positive inside."""
        near = np.sort(self.tree.query(anchor, predicate="dwithin", distance=reach_m))
        metres = shapely.distance(self._boundaries[near], anchor)
        metres = np.where(shapely.intersects(self.tree.geometries[near], anchor), metres, -metres)
        found: dict[Layer, Standings] = defaultdict(list)
        for position, distance in zip(near.tolist(), metres.tolist(), strict=True):
            found[self.features[position].layer].append((self.features[position], distance))
        return found

    def within(self, place: BaseGeometry, reach_m: float) -> list[StreetFeature]:
        """The features within reach of a place."""
        if not self.features:
            return []
        found = self.tree.query(place, predicate="dwithin", distance=reach_m)
        return [self.features[int(position)] for position in np.sort(found)]

    def holding(self, place: BaseGeometry) -> list[StreetFeature]:
        """The features that a place touches."""
        return [self.features[int(p)] for p in np.sort(self.tree.query(place, predicate="intersects"))]
