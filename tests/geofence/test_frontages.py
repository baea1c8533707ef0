from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from geofence import Street, StreetIndex
from geofence.frontages import signed_distance

Make = Callable[..., Street]
NOON = datetime(2026, 6, 3, 4, tzinfo=UTC)


def two_shops(make_street: Make) -> StreetIndex:
    """Two shops on the x axis; walking from first to last point goes west, so the public side (left) is south."""
    return StreetIndex(
        make_street(
            ("east", "frontage", [(10, 0), (0, 0)], {"shop": "s-east", "shop_name": "东店"}),
            ("west", "frontage", [(0, 0), (-10, 0)], {"shop": "s-west", "shop_name": "西店"}),
        )
    )


@given(
    st.floats(-50, 50),
    st.floats(-50, 50),
    st.floats(0, 6.283),
    st.floats(1, 40),
    st.floats(0.01, 0.99),
    st.floats(0.01, 9),
)
def test_left_of_the_walk_is_beyond_right_is_behind(
    x: float, y: float, heading: float, length: float, share: float, off: float
) -> None:
    ahead = np.array([math.cos(heading), math.sin(heading)])
    left = np.array([-ahead[1], ahead[0]])
    start = np.array([x, y])
    foot = start + share * length * ahead
    line = LineString([start, start + length * ahead])
    distance, along = signed_distance(line, [foot + off * left, foot - off * left])
    assert distance == pytest.approx([off, -off], abs=1e-6)
    assert along == pytest.approx([share * length] * 2, abs=1e-6)


@given(st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=1, max_size=10))
def test_the_distance_from_a_bent_line_is_shapely_s(points: list[tuple[float, float]]) -> None:
    line = LineString([(-10, 0), (0, 0), (5, 8), (12, 8)])
    distance, along = signed_distance(line, points)
    assert np.abs(distance) == pytest.approx([line.distance(Point(p)) for p in points], abs=1e-9)
    assert all(
        line.interpolate(a).distance(Point(p)) == pytest.approx(abs(d), abs=1e-6)
        for p, a, d in zip(points, along, distance, strict=True)
    )


def test_at_a_bend_the_side_is_that_of_the_whole_line() -> None:
    corner = LineString([(0, 0), (10, 0), (10, -10)])  # turns right: the outside of the bend is on the left
    assert signed_distance(corner, [(11, 1)])[0] == pytest.approx([math.sqrt(2)])
    assert signed_distance(corner, [(9, -1)])[0] == pytest.approx([-1.0])


def test_goods_beyond_the_line_are_measured(make_street: Make) -> None:
    (over,) = two_shops(make_street).overhangs(box(4, -1.2, 6, 0.8), NOON)
    assert over.frontage.shop_id == "s-east"
    assert over.beyond_m == pytest.approx(1.2, abs=1e-3)
    assert over.area_m2 == pytest.approx(2.4, abs=1e-3)
    assert over.along_m == pytest.approx(2.0, abs=1e-3)
    assert (over.exposed_m, over.seating) == (over.beyond_m, ())


def test_goods_behind_the_line_are_no_overhang(make_street: Make) -> None:
    assert two_shops(make_street).overhangs(box(4, 0.1, 6, 2.0), NOON) == ()


def test_of_two_neighbours_the_one_with_the_longer_overlap_comes_first(make_street: Make) -> None:
    index = two_shops(make_street)
    first, second = index.overhangs(box(-0.5, -1, 1.5, 0), NOON)
    assert (first.frontage.shop_id, second.frontage.shop_id) == ("s-east", "s-west")
    assert (first.along_m, second.along_m) == (pytest.approx(1.5, abs=1e-3), pytest.approx(0.5, abs=1e-3))
    assert index.overhangs(box(-1.5, -1, 0.5, 0), NOON)[0].frontage.shop_id == "s-west"


def test_the_nearest_front_line_is_found_with_its_sign(make_street: Make) -> None:
    index = two_shops(make_street)
    beyond, behind = index.frontage_near([3, -2], 5.0), index.frontage_near([-3, 1], 5.0)
    assert beyond is not None and (beyond.shop_id, beyond.shop_name) == ("s-east", "东店")
    assert (beyond.distance_m, beyond.along_m) == (pytest.approx(2.0, abs=1e-3), pytest.approx(7.0, abs=1e-3))
    assert behind is not None and behind.shop_id == "s-west" and behind.distance_m == pytest.approx(-1.0, abs=1e-3)
    assert index.frontage_near([3, -7], 5.0) is None
    assert len(index.frontages()) == 2


def test_a_front_line_counts_only_in_its_term(make_street: Make) -> None:
    index = StreetIndex(
        make_street(
            ("f", "frontage", [(10, 0), (0, 0)], {"effective_from": "2026-07-01", "effective_to": "2026-07-31"})
        )
    )
    july = datetime(2026, 7, 15, 4, tzinfo=UTC)
    assert index.frontage_near([5, -1], 3.0, NOON) is None and index.frontage_near([5, -1], 3.0, july) is not None
    assert index.overhangs(box(4, -1, 6, 0), NOON) == () and len(index.overhangs(box(4, -1, 6, 0), july)) == 1
    assert index.facts([5, -1], NOON).shop is None


def test_the_shop_s_own_seating_is_taken_off_the_overhang(make_street: Make) -> None:
    index = StreetIndex(
        make_street(
            ("f", "frontage", [(10, 0), (0, 0)], {"shop": "s-1"}),
            ("own", "outdoor_seating", [(0, 0), (0, -2), (10, -2), (10, 0)], {"shop": "s-1"}),
            ("other", "outdoor_seating", [(0, -2), (0, -6), (10, -6), (10, -2)], {"shop": "s-2"}),
        )
    )
    (inside,) = index.overhangs(box(4, -1.5, 6, 0), NOON)
    assert inside.beyond_m == pytest.approx(1.5, abs=1e-3)
    assert (inside.exposed_m, inside.exposed_area_m2) == (0.0, 0.0)
    (too_far,) = index.overhangs(box(4, -3, 6, 0), NOON)
    assert too_far.exposed_m == pytest.approx(3.0, abs=1e-3)
    assert too_far.exposed_area_m2 == pytest.approx(2.0, abs=1e-2)
    assert [seat.id for seat in too_far.seating] == ["own"]
    (night,) = index.overhangs(box(4, -1.5, 6, 0), datetime(2027, 2, 1, tzinfo=UTC))
    assert night.exposed_m == night.beyond_m and night.seating[0].in_force is False
