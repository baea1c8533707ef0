"""The place or outline of a thing on the ground, in whatever form it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry import MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geofence.coordinates import LocalPlane, LonLat
from records import BadInput

# A place or an outline: typed coordinates, (n, 2) metres of the street's plane, or a shapely geometry in them.
Footprint: TypeAlias = LonLat | Sequence[LonLat] | ArrayLike | BaseGeometry


def as_shape(footprint: Footprint, plane: LocalPlane) -> BaseGeometry:
    """A footprint as a shapely geometry in plane metres: one place a Point, two or more their outline.

    Three or more points are taken in their order; where that crosses itself, their convex hull is taken.

    Raises:
        BadInput: E_FOOTPRINT when it is empty or not finite.
    """
    if isinstance(footprint, BaseGeometry):
        shape = footprint
    else:
        if isinstance(footprint, LonLat):
            corners = np.array([plane.xy(footprint)])
        elif isinstance(footprint, list | tuple) and footprint and isinstance(footprint[0], LonLat):
            corners = np.array([plane.xy(point) for point in footprint])
        else:
            corners = np.atleast_2d(np.asarray(footprint, dtype=np.float64))
        if len(corners) == 1:
            shape = Point(corners[0])
        else:
            shape = Polygon(corners) if len(corners) > 2 else MultiPoint(corners).convex_hull
            shape = shape if shape.is_valid else MultiPoint(corners).convex_hull
    if shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        raise BadInput("E_FOOTPRINT", f"{footprint!r} has no place on the ground", "give finite coordinates")
    return shape
