"""The street as the detectors ask about it: zones and permits, shop fronts, bays, the free width of a walkway."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from detectors.boxes import corners, extent
from detectors.faces import HungSign, signs_off_lines
from detectors.frontline import FrontLines
from detectors.rules import DetectorRules
from geofence import Layer, PavementFact, StreetIndex

_BAY_SLACK_M = 0.3
"""A hand's breadth: however well its place is known, a bicycle so near to a bay's line stands in it [given]."""
_SECTION_M = 30.0


class Ground:
    """One street with the rules that its things are judged by."""

    def __init__(self, index: StreetIndex, rules: DetectorRules) -> None:
        self.index = index
        self.rules = rules

    @cached_property
    def lines(self) -> FrontLines:
        return FrontLines(self.index.frontages())

    @cached_property
    def signs(self) -> list[HungSign]:
        return signs_off_lines(self.index, self.lines)

    @cached_property
    def _bays(self) -> shapely.STRtree:
        return shapely.STRtree([bay.geometry for bay in self.index.street.layers[Layer.BAY]])

    def in_bays(self, places: Sequence[tuple[float, float]], accuracy_m: Sequence[float]) -> list[bool]:
        """Which bicycles at these places stand in a parking bay, or may: those nearer to one than they are known to be
        are never held against anyone."""
        if not places or not len(self._bays):
            return [False] * len(places)
        reach = np.maximum(np.array(accuracy_m), _BAY_SLACK_M)
        held, _ = self._bays.query(shapely.points(places), predicate="dwithin", distance=reach)
        parked = set(held.tolist())
        return [i in parked for i in range(len(places))]

    def free_width_m(
        self, pavement: PavementFact, polygon: tuple[tuple[float, float], ...], axis: tuple[float, float]
    ) -> float:
        """Widest stretch of a walkway outside bays, across the street (whose direction is `axis`), that a thing leaves
        free."""
        shape = np.array(polygon)
        middle = shape.mean(axis=0)
        across = np.array([-axis[1], axis[0]])
        section = LineString([middle - across * _SECTION_M, middle + across * _SECTION_M])
        free = section.intersection(pavement.polygon).difference(Polygon(corners(extent(shape, axis), axis)))
        if len(self._bays):
            for bay in self._bays.query(section, predicate="intersects").tolist():
                free = free.difference(self._bays.geometries[bay])
        return max((float(part.length) for part in getattr(free, "geoms", [free])), default=0.0)

    def lonlat(self, xy: tuple[float, float]) -> tuple[float, float]:
        """A point of the plane in CGCS2000 degrees."""
        lon, lat = self.index.plane.to_lonlat([xy])[0]
        return float(lon), float(lat)
