"""Properties of the geometry on random and degenerate shapes: containment, planes, the band of doubt."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from geofence import CoordSystem, LocalPlane, LonLat, Street, StreetIndex, load_street
from records import BadInput

Make = Callable[..., Street]
NOON = datetime(2026, 6, 3, 12, tzinfo=timezone(timedelta(hours=8)))
SAID = {
    "layer": "vending_forbidden",
    "name": "z",
    "phase": "enforce",
    "legal_source": "n",
    "effective_from": "2026-01-01",
}
# Corners on a coarse grid: collinear, repeated and touching ones come up all the time.
grid_ring = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=8)
metres = st.tuples(st.floats(-20, 20), st.floats(-20, 20))


def street_of(rings: list[list[tuple[float, float]]], origin: tuple[float, float] = (121.5, 31.2)) -> Street:
    """A street of zones given in metres about an origin; raises where one is degenerate."""
    plane = LocalPlane(LonLat(*origin))
    features = []
    for number, ring in enumerate(rings):
        degrees = plane.to_lonlat(ring).tolist()
        geometry = {"type": "Polygon", "coordinates": [[*degrees, degrees[0]]]}
        features.append({"type": "Feature", "id": f"z{number}", "geometry": geometry, "properties": SAID})
    return load_street({"street": "s", "crs": "EPSG:4490", "origin": list(origin), "features": features})


def answer(street: Street, places: list[tuple[float, float]]) -> list[set[str]]:
    index = StreetIndex(street)
    hits = index.check_many(places, NOON)
    return [
        {hits.features[int(f)].id for p, f in zip(hits.point, hits.feature, strict=True) if p == number}
        for number in range(len(places))
    ]


@settings(max_examples=150, deadline=None)
@given(grid_ring, st.lists(st.tuples(st.integers(-1, 7), st.integers(-1, 7)), min_size=1, max_size=6))
def test_degenerate_polygons_are_refused_and_all_others_agree_with_exact_predicates(
    ring: list[tuple[int, int]], places: list[tuple[int, int]]
) -> None:
    sound = len(set(ring)) > 2 and Polygon(ring).is_valid and Polygon(ring).area > 0
    try:
        street = street_of([[(float(x), float(y)) for x, y in ring]])
    except BadInput as error:
        assert not sound and error.code == "E_STREET_FILE"
        return
    (zone,) = street.layers.features
    for place, found in zip(places, answer(street, [(float(x), float(y)) for x, y in places]), strict=True):
        point = Point(place)
        assert (found == {"z0"}) == zone.geometry.intersects(point)
        edge = zone.geometry.boundary.distance(point)
        # On the edge rounding to degrees decides; rounding may also make a sliver of what is none in metres.
        if sound and edge > 1e-6:
            assert (found == {"z0"}) == Polygon(ring).contains(point)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(metres, min_size=3, max_size=7),
    st.lists(metres, min_size=1, max_size=6),
    st.floats(-3e3, 3e3),
    st.floats(-3e3, 3e3),
)
def test_moving_street_and_places_together_changes_no_answer(
    ring: list[tuple[float, float]], places: list[tuple[float, float]], east: float, north: float
) -> None:
    corners = [(round(x, 2), round(y, 2)) for x, y in ring]
    assume(len(set(corners)) == len(corners) and Polygon(corners).is_valid and Polygon(corners).area > 1)
    edge = Polygon(corners).boundary
    clear = [place for place in places if edge.distance(Point(place)) > 0.05]
    assume(clear)
    here = answer(street_of([corners]), clear)
    moved = [(x + east, y + north) for x, y in corners]
    assert answer(street_of([moved]), [(x + east, y + north) for x, y in clear]) == here


@settings(max_examples=60, deadline=None)
@given(
    st.lists(metres, min_size=3, max_size=7),
    st.lists(metres, min_size=1, max_size=6),
    st.sampled_from([(121.5, 31.2), (121.53, 31.22), (121.47, 31.18)]),
)
def test_the_plane_that_a_street_is_put_in_changes_no_answer(
    ring: list[tuple[float, float]], places: list[tuple[float, float]], origin: tuple[float, float]
) -> None:
    corners = [(round(x, 2), round(y, 2)) for x, y in ring]
    assume(len(set(corners)) == len(corners) and Polygon(corners).is_valid and Polygon(corners).area > 1)
    clear = [place for place in places if Polygon(corners).boundary.distance(Point(place)) > 0.05]
    assume(clear)
    street = street_of([corners])
    other = load_street({**street.features_geojson(), "origin": list(origin)})
    degrees = street.plane.to_lonlat(clear)
    assert answer(other, [tuple(xy) for xy in other.plane.to_xy(degrees)]) == answer(street, clear)
    area, same = (one.layers.features[0].geometry.area for one in (street, other))
    assert math.isclose(area, same, rel_tol=1e-4)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=40), st.floats(0.1, 2.0), st.floats(0, 20))
def test_hysteresis_a_place_that_jitters_within_its_error_never_flips_between_lawful_and_not(
    jitter: list[float], accuracy: float, y: float
) -> None:
    """Along the edge of a zone: all positions within the error of it are undecided, whatever order they come in; from
    decided inside to decided outside there is no step shorter than twice the error."""
    index = StreetIndex(street_of([[(0.0, -50.0), (50.0, -50.0), (50.0, 70.0), (0.0, 70.0)]]))
    for share in jitter:
        facts = index.facts([share * accuracy * 0.999, y], NOON, accuracy)
        assert facts.undecided
    inside, outside = (index.facts([side * accuracy * 1.001, y], NOON, accuracy) for side in (1, -1))
    assert not inside.undecided and inside.forbidden and not outside.undecided and not outside.forbidden


@settings(max_examples=100, deadline=None)
@given(st.floats(73.7, 134.7), st.floats(17, 53.5))
def test_gcj_02_comes_back_within_a_centimetre_all_over_china(lon: float, lat: float) -> None:
    here = LonLat(lon, lat, CoordSystem.WGS84)
    back = here.to(CoordSystem.GCJ02).to(CoordSystem.WGS84)
    off = LocalPlane(LonLat(lon, lat)).to_xy([[back.lon, back.lat]])[0]
    assert float(np.hypot(*off)) < 0.01


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(metres, min_size=3, max_size=6), min_size=1, max_size=5), st.lists(metres, min_size=1, max_size=5)
)
def test_batch_and_single_answers_are_the_same(
    rings: list[list[tuple[float, float]]], places: list[tuple[float, float]]
) -> None:
    shapes: list[Any] = [shapely.convex_hull(shapely.MultiPoint(ring)) for ring in rings]
    corners = [list(shape.exterior.coords)[:-1] for shape in shapes if isinstance(shape, Polygon) and shape.area > 1]
    assume(corners)
    street = street_of(corners)
    index = StreetIndex(street)
    places = [(round(x, 6), round(y, 6)) for x, y in places]
    for place, found in zip(places, answer(street, places), strict=True):
        assert {zone.id for zone in index.facts(place, NOON).forbidden} == found
