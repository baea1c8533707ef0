"""GeoJSON geometries of a street file, checked: kinds, rings, coordinates inside their system."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

# Areas of use (west, south, east, north): EPSG's for CGCS2000, the whole globe for WGS-84.
AREAS = {"EPSG:4490": (73.62, 16.7, 134.77, 53.56), "EPSG:4326": (-180.0, -90.0, 180.0, 90.0)}
# Degrees that are a centimetre at the equator: a shorter line, or a ring around less than its square, is no thing.
_CENTIMETRE_DEG = 1e-7


class ShapeError(ValueError):
    """A geometry that cannot be used; the text says which field and why."""


def read_shape(raw: Any, kind: str, crs: str) -> BaseGeometry:
    """A GeoJSON geometry as a shapely one, in the degrees it was given in; rings may wind either way.

    Raises:
        ShapeError: another kind than asked for, a position outside the system, an open, short, empty or self-crossing
            ring, a hole outside its polygon, a line without length.
    """
    if not isinstance(raw, Mapping):
        raise ShapeError("geometry: is missing")
    unknown = set(raw) - {"type", "coordinates"}
    if unknown:
        raise ShapeError(f"geometry: unknown key {min(map(str, unknown))}")
    if raw.get("type") != kind:
        raise ShapeError(f"geometry: must be a {kind}, not {raw.get('type')!r}")
    coordinates = raw.get("coordinates")
    if kind == "Point":
        return Point(read_position(coordinates, crs))
    if not isinstance(coordinates, list | tuple) or not coordinates:
        raise ShapeError("geometry: coordinates are missing")
    return _line(coordinates, crs) if kind == "LineString" else _polygon(coordinates, crs)


def read_shapes(raws: Sequence[Any], kinds: Sequence[str], crs: str) -> list[BaseGeometry | ShapeError]:
    """`read_shape` of many; plain sound polygons are checked together, the rest one by one, each with its fault."""
    found: list[BaseGeometry | ShapeError | None] = [None] * len(raws)
    plain = [at for at, (raw, kind) in enumerate(zip(raws, kinds, strict=True)) if _is_plain(raw, kind)]
    positions = list(chain.from_iterable(raws[at]["coordinates"][0] for at in plain))
    try:
        numbers = list(chain.from_iterable(positions)) if set(map(len, positions)) == {2} else ["a third coordinate"]
    except TypeError:
        numbers = ["no position"]
    if plain and set(map(type, numbers)) <= {int, float}:
        xy = np.array(numbers, dtype=np.float64).reshape(-1, 2)
        counts = [len(raws[at]["coordinates"][0]) for at in plain]
        rings = shapely.linearrings(xy, indices=np.repeat(np.arange(len(plain)), counts))
        for at, shape in zip(plain, settle(shapely.polygons(rings), crs), strict=True):
            found[at] = shape
    for at, (raw, kind) in enumerate(zip(raws, kinds, strict=True)):
        if found[at] is None:
            try:
                found[at] = read_shape(raw, kind, crs)
            except ShapeError as error:
                found[at] = error
    return [one for one in found if one is not None]


def settle(polygons: Any, crs: str) -> list[Polygon | None]:
    """Polygons in degrees of `crs` as `read_shape` gives them; none for one that has a fault."""
    shapes = np.asarray(polygons, dtype=object)
    west, south, east, north = AREAS[crs]
    bounds = shapely.bounds(shapes)
    inside = (bounds[:, :2] >= (west, south)).all(axis=1) & (bounds[:, 2:] <= (east, north)).all(axis=1)
    good = inside & shapely.is_valid(shapes) & (shapely.area(shapes) >= _CENTIMETRE_DEG**2)
    settled = np.full(len(shapes), None, dtype=object)
    settled[good] = shapely.orient_polygons(shapely.normalize(shapes[good]))
    return list(settled)


def _is_plain(raw: Any, kind: str) -> bool:
    """Whether a raw geometry is a polygon of one closed ring, written as JSON gives it."""
    if kind != "Polygon" or type(raw) is not dict or len(raw) != 2 or raw.get("type") != "Polygon":
        return False
    rings = raw.get("coordinates")
    if type(rings) is not list or len(rings) != 1 or type(rings[0]) is not list or len(rings[0]) < 4:
        return False
    return bool(rings[0][0] == rings[0][-1])


def write_shape(shape: BaseGeometry) -> dict[str, Any]:
    """A point, line or polygon as the GeoJSON geometry that `read_shape` reads."""
    if isinstance(shape, Polygon):
        rings = [shape.exterior, *shape.interiors]
        return {"type": "Polygon", "coordinates": [shapely.get_coordinates(ring).tolist() for ring in rings]}
    positions = shapely.get_coordinates(shape).tolist()
    return {"type": shape.geom_type, "coordinates": positions[0] if isinstance(shape, Point) else positions}


def read_position(raw: Any, crs: str) -> tuple[float, float]:
    """(longitude, latitude) of a GeoJSON position inside its system, else a `ShapeError`."""
    if not isinstance(raw, list | tuple) or len(raw) != 2 or not all(_is_number(value) for value in raw):
        raise ShapeError(f"geometry: {raw!r} is no position; write [longitude, latitude]")
    lon, lat = float(raw[0]), float(raw[1])
    west, south, east, north = AREAS[crs]
    if not (west <= lon <= east and south <= lat <= north):
        swapped = west <= lat <= east and south <= lon <= north
        hint = (
            "longitude comes first: they look swapped"
            if swapped
            else f"it holds {west:g}..{east:g}, {south:g}..{north:g}"
        )
        raise ShapeError(f"geometry: position [{lon:g}, {lat:g}] is outside {crs}; {hint}")
    return lon, lat


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _line(coordinates: Any, crs: str) -> LineString:
    positions = [read_position(position, crs) for position in coordinates]
    line = LineString(positions) if len(positions) > 1 else None
    if line is None or line.length < _CENTIMETRE_DEG:
        raise ShapeError("geometry: the line has zero length")
    if not line.is_simple:
        raise ShapeError("geometry: the line crosses itself")
    return line


def _polygon(coordinates: Any, crs: str) -> Polygon:
    rings = []
    for number, raw in enumerate(coordinates):
        name = "outer ring" if number == 0 else f"ring {number + 1}"
        if not isinstance(raw, list | tuple):
            raise ShapeError(f"geometry: {name} is no list of positions")
        ring = [read_position(position, crs) for position in raw]
        if len(ring) < 4:
            raise ShapeError(
                f"geometry: {name} has {len(ring)} positions; a ring has at least 4, the last like the first"
            )
        if ring[0] != ring[-1]:
            raise ShapeError(f"geometry: {name} is not closed: its last position must repeat its first")
        rings.append(ring)
    polygon = Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        raise ShapeError(f"geometry: {_why_invalid(polygon)}")
    if polygon.area < _CENTIMETRE_DEG**2:
        raise ShapeError("geometry: the polygon has no area")
    return shapely.orient_polygons(shapely.normalize(polygon))


def _why_invalid(polygon: Polygon) -> str:
    reason, _, place = explain_validity(polygon).partition("[")
    words = {
        "Self-intersection": "the polygon crosses itself",
        "Ring Self-intersection": "a ring touches or crosses itself",
        "Hole lies outside shell": "a hole lies outside its polygon",
        "Holes are nested": "a hole lies inside another hole",
        "Interior is disconnected": "holes cut the polygon in pieces",
        "Too few points in geometry component": "a ring has too few different positions",
    }.get(reason, reason.lower())
    return f"{words} at [{place.rstrip(']').replace(' ', ', ')}]" if place else words
