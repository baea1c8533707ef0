from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from geofence import Layer, LonLat, Phase, Street, StreetIndex
from records import BadInput

Make = Callable[..., Street]
SHANGHAI = timezone(timedelta(hours=8))
NOON = datetime(2026, 6, 3, 12, tzinfo=SHANGHAI)  # a Wednesday
SQUARE: list[tuple[float, float]] = [(0, 0), (20, 0), (20, 20), (0, 20)]


def square(x: float, y: float, side: float = 10.0) -> list[tuple[float, float]]:
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]


ring = st.lists(st.tuples(st.floats(0.1, 6.2), st.floats(1.0, 40.0)), min_size=3, max_size=9)
place = st.tuples(st.floats(-45, 45), st.floats(-45, 45))


@settings(max_examples=60, deadline=None)
@given(st.lists(ring, min_size=1, max_size=4), st.lists(place, min_size=1, max_size=8))
def test_containment_agrees_with_shapely(
    make_street: Make, rings: list[list[tuple[float, float]]], places: list[tuple[float, float]]
) -> None:
    outlines = []
    for polar in rings:
        corners = [(r * math.cos(a), r * math.sin(a)) for a, r in sorted(dict(polar).items())]
        if len(corners) > 2 and Polygon(corners).is_valid and Polygon(corners).area > 1.0:
            outlines.append(corners)
    if not outlines:
        return
    street = make_street(*((f"z{n}", "vending_forbidden", corners, {}) for n, corners in enumerate(outlines)))
    index = StreetIndex(street)
    shapes = {feature.id: feature.geometry for feature in street.layers.features}
    hits = index.check_many(places, NOON)
    batch = {(int(p), hits.features[f].id) for p, f in zip(hits.point, hits.feature, strict=True)}
    for number, xy in enumerate(places):
        wanted = {name for name, shape in shapes.items() if shape.intersects(Point(xy))}
        facts = index.facts(xy, NOON)
        assert {zone.id for zone in facts.forbidden} == wanted
        assert {name for point, name in batch if point == number} == wanted
        for zone in facts.vending.zones + facts.vending.near:
            assert abs(zone.distance_m) == pytest.approx(shapes[zone.id].boundary.distance(Point(xy)), abs=1e-9)


def test_a_stall_in_a_zone_is_forbidden_and_the_answer_explains_itself(make_street: Make) -> None:
    index = StreetIndex(make_street(("vf", "vending_forbidden", SQUARE, {"name": "north side"})))
    facts = index.facts([5, 8], NOON, 0.5)
    (zone,) = facts.forbidden
    assert (zone.id, zone.name, zone.phase, zone.hour_rule) == ("vf", "north side", Phase.ENFORCE, "always")
    assert zone.distance_m == pytest.approx(5.0, abs=1e-3)
    assert facts.vending.margin_m == pytest.approx(5.0, abs=1e-3)
    assert (facts.phase, facts.undecided, facts.layer_version) == (Phase.ENFORCE, False, index.street.version)


def test_a_permit_excuses_inside_its_place_and_hours_only(make_street: Make) -> None:
    hours = [{"days": "daily", "from": "17:00", "to": "22:00"}]
    index = StreetIndex(
        make_street(
            ("vf", "vending_forbidden", SQUARE, {}),
            ("vp", "vending_permitted", square(5, 5), {"hours": hours}),
        )
    )
    evening = NOON.replace(hour=18)
    assert index.facts([10, 10], evening).vending.permitted
    assert not index.facts([10, 10], NOON).vending.permitted
    assert index.facts([10, 10], NOON).permits[0].hour_rule == "outside daily 17:00-22:00"
    outside = index.facts([2, 2], evening).vending
    assert not outside.permitted and [fact.id for fact in outside.near] == ["vp"]
    # inside the permit the deciding boundary is the permit's: five metres off, and the answer is "no" there
    assert index.facts([10, 10], evening).vending.margin_m == pytest.approx(-5.0, abs=1e-3)


def test_zone_hours_pass_midnight_and_terms_follow_the_night(make_street: Make) -> None:
    hours = [{"days": "daily", "from": "20:00", "to": "06:00"}]
    index = StreetIndex(
        make_street(("vf", "vending_forbidden", SQUARE, {"hours": hours, "effective_to": "2026-12-31"}))
    )
    assert index.facts([10, 10], datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI)).forbidden
    assert index.facts([10, 10], datetime(2027, 1, 1, 5, 59, tzinfo=SHANGHAI)).forbidden
    assert not index.facts([10, 10], datetime(2027, 1, 1, 6, 0, tzinfo=SHANGHAI)).forbidden
    ended = index.facts([10, 10], datetime(2027, 1, 1, 21, 0, tzinfo=SHANGHAI)).vending
    assert not ended.zones and ended.near[0].hour_rule == "ended 2026-12-31"
    before = index.facts([10, 10], datetime(2026, 1, 1, 1, 0, tzinfo=SHANGHAI)).vending
    assert not before.zones and before.near[0].hour_rule == "not before 2026-01-01"


def test_times_are_read_in_the_street_s_zone(make_street: Make) -> None:
    hours = [{"days": "daily", "from": "12:00", "to": "13:00"}]
    index = StreetIndex(make_street(("vf", "vending_forbidden", SQUARE, {"hours": hours})))
    assert index.facts([10, 10], datetime(2026, 6, 3, 4, 30, tzinfo=UTC)).forbidden
    assert not index.facts([10, 10], datetime(2026, 6, 3, 12, 30, tzinfo=UTC)).forbidden
    with pytest.raises(BadInput, match="E_TIME"):
        index.facts([10, 10], datetime(2026, 6, 3, 12, 30))


def test_nearer_to_the_boundary_than_the_accuracy_is_undecided(make_street: Make) -> None:
    index = StreetIndex(make_street(("vf", "vending_forbidden", SQUARE, {})))
    for x in (0.4, -0.4):
        assert index.facts([x, 10], NOON, 0.5).undecided
        assert not index.facts([x, 10], NOON, 0.3).undecided


def test_the_seam_of_two_forbidden_zones_decides_nothing(make_street: Make) -> None:
    index = StreetIndex(
        make_street(
            ("a", "vending_forbidden", [(0, 0), (10, 0), (10, 20), (0, 20)], {}),
            ("b", "vending_forbidden", [(10, 0), (20, 0), (20, 20), (10, 20)], {}),
        )
    )
    facts = index.facts([10.1, 10], NOON, 0.5)
    assert not facts.undecided and facts.vending.margin_m == pytest.approx(9.9, abs=1e-2)
    assert facts.phase is Phase.ENFORCE


def test_near_a_zone_that_only_warns_the_phase_is_warn(make_street: Make) -> None:
    index = StreetIndex(
        make_street(
            ("a", "vending_forbidden", [(0, 0), (10, 0), (10, 20), (0, 20)], {"phase": "warn"}),
            ("b", "vending_forbidden", [(10, 0), (20, 0), (20, 20), (10, 20)], {}),
        )
    )
    assert index.facts([5, 10], NOON, 0.5).phase is Phase.WARN
    assert index.facts([10.3, 10], NOON, 0.5).phase is Phase.WARN
    assert index.facts([10.8, 10], NOON, 0.5).phase is Phase.ENFORCE
    assert index.facts([30, 10], NOON, 0.5).phase is None


def test_hours_beyond_the_holiday_table_leave_it_undecided(make_street: Make) -> None:
    hours = [{"days": "holidays", "from": "00:00", "to": "24:00"}]
    index = StreetIndex(make_street(("vf", "vending_forbidden", SQUARE, {"hours": hours})))
    facts = index.facts([10, 10], datetime(2090, 10, 1, 12, tzinfo=SHANGHAI), 0.1)
    assert facts.undecided and not facts.forbidden
    assert facts.vending.near[0].in_force is None


@settings(max_examples=40, deadline=None)
@given(st.floats(-8, 28), st.floats(-8, 28), st.floats(0.05, 2.0), st.floats(0, 6.28), st.floats(0, 0.999))
def test_a_decided_answer_never_flips_inside_the_accuracy(
    make_street: Make, x: float, y: float, accuracy: float, direction: float, share: float
) -> None:
    index = StreetIndex(
        make_street(
            ("vf", "vending_forbidden", SQUARE, {}),
            ("vp", "vending_permitted", square(12, 12), {}),
        )
    )

    def unlawful(px: float, py: float) -> bool:
        ruling = index.facts([px, py], NOON).vending
        return bool(ruling.zones) and not ruling.permitted

    if not index.facts([x, y], NOON, accuracy).undecided:
        off = accuracy * share
        moved = unlawful(x + off * math.cos(direction), y + off * math.sin(direction))
        assert moved is unlawful(x, y)


def test_a_bicycle_in_a_bay_is_excused(make_street: Make) -> None:
    index = StreetIndex(make_street(("bm", "bike_managed", SQUARE, {}), ("bay-1", "bay", square(2, 2, 4), {})))
    inside, outside = index.facts([4, 4], NOON, 0.3), index.facts([12, 12], NOON, 0.3)
    assert (inside.bay, inside.bikes.permitted) == ("bay-1", True)
    assert (outside.bay, outside.bikes.permitted, outside.bikes.phase) == (None, False, Phase.ENFORCE)
    assert index.facts([6.1, 4], NOON, 0.3).bikes.undecided
    assert [bay.id for bay in index.bays_containing([4, 4])] == ["bay-1"]
    assert index.bays_containing([12, 12], NOON) == ()


def test_a_footprint_is_placed_by_its_centre(make_street: Make) -> None:
    index = StreetIndex(make_street(("vf", "vending_forbidden", SQUARE, {})))
    assert index.facts([(-3, 9), (1, 9), (1, 11), (-3, 11)], NOON).forbidden == ()
    assert index.facts(np.array([(-1, 9), (3, 9), (3, 11), (-1, 11)]), NOON).forbidden
    assert index.facts(shapely.box(-1, 9, 3, 11), NOON).forbidden


def test_typed_coordinates_of_any_system_are_places(make_street: Make) -> None:
    from geofence import CoordSystem

    index = StreetIndex(make_street(("vf", "vending_forbidden", SQUARE, {})))
    here = index.plane.lonlat(10, 10)
    assert index.facts(here.to(CoordSystem.GCJ02), NOON).forbidden
    corners: list[LonLat] = [index.plane.lonlat(x, y) for x, y in square(8, 8, 4)]
    assert index.facts(corners, NOON).vending.margin_m == pytest.approx(10.0, abs=1e-3)
    assert not index.facts(LonLat(here.lon, here.lat, CoordSystem.GCJ02), NOON).forbidden  # some 500 m off


@pytest.mark.parametrize("nowhere", [[math.nan, 1.0], np.zeros((0, 2)), Point()])
def test_a_footprint_without_a_place_is_refused(make_street: Make, nowhere: Any) -> None:
    index = StreetIndex(make_street(("vf", "vending_forbidden", SQUARE, {})))
    with pytest.raises(BadInput, match="E_FOOTPRINT"):
        index.facts(nowhere, NOON)


def test_many_facts_equal_single_facts(example: Street) -> None:
    index = StreetIndex(example)
    xy = np.random.default_rng(0).uniform([-20, -40], [120, 60], (50, 2))
    assert index.facts_many(xy, NOON, 0.5) == [index.facts(point, NOON, 0.5) for point in xy]


def test_batch_checks_name_the_rule_that_decided(example: Street) -> None:
    index = StreetIndex(example)
    xy = [
        example.feature("vf-north").geometry.centroid.coords[0],
        example.feature("vf-south").geometry.centroid.coords[0],
    ]
    hits = index.check_many(xy, NOON.replace(hour=20))
    told = {
        hits.features[f].id: (int(force), hits.rules[rule])
        for f, force, rule in zip(hits.feature, hits.in_force, hits.rule, strict=True)
    }
    assert told == {"vf-north": (1, "always"), "vf-south": (0, "outside mon-fri 07:00-19:00")}
    assert len(index.check_many(np.zeros((0, 2)), NOON, Layer.BAY).point) == 0


def test_every_point_of_a_batch_may_have_its_own_time(example: Street) -> None:
    index = StreetIndex(example)
    place = example.feature("vf-south").geometry.centroid.coords[0]
    times = [NOON.replace(hour=hour) for hour in (6, 8, 18, 20)]
    each = index.check_many([place] * 4, times)
    singly = [index.check_many([place], at) for at in times]
    assert each.in_force.tolist() == [int(one.in_force[0]) for one in singly] == [0, 1, 1, 0]
    assert [each.rules[rule] for rule in each.rule] == [one.rules[one.rule[0]] for one in singly]
    with pytest.raises(BadInput, match="E_TIME"):
        index.check_many([place] * 4, times[:3])


def test_pavement_monitoring_and_seating_are_told(example: Street) -> None:
    index = StreetIndex(example)
    spot = example.feature("seat-tea").geometry.centroid
    facts = index.facts(spot, NOON)
    assert facts.pavement is not None and facts.pavement.clear_width_m == 1.5
    assert facts.monitored == ("watched", "route-1")
    assert [(seat.id, seat.shop, seat.in_force) for seat in facts.seating] == [("seat-tea", "shop-tea", True)]
    assert facts.shop is not None and facts.shop.shop_name == "春风茶馆"
    assert index.pavement_at([500, 500]) is None


def test_facts_become_plain_json(example: Street) -> None:
    facts = StreetIndex(example).facts(example.feature("vp-night-market").geometry.centroid, NOON, 0.5)
    document = json.loads(json.dumps(facts.to_json(), allow_nan=False))
    assert document["vending"]["zones"][0]["id"] == "vf-north"
    assert document["layer_version"] == example.version


def test_licences_near_a_point_tell_term_height_and_facing(example: Street) -> None:
    index = StreetIndex(example)
    board = example.feature("ad-tea").geometry
    (hit,) = index.licences_near([board.x + 3, board.y, 3.0], 5.0, facing_deg=190.0, at=NOON)
    assert (hit.id, hit.in_force, hit.height_gap_m) == ("ad-tea", True, 0.0)
    assert (hit.distance_m, hit.facing_off_deg) == (pytest.approx(3.0), pytest.approx(10.0))
    (late,) = index.licences_near([board.x, board.y, 6.0], 5.0, facing_deg=350.0, at=NOON.replace(month=7))
    assert (late.in_force, late.facing_off_deg) == (False, pytest.approx(170.0))
    assert late.height_gap_m == pytest.approx(6.0 - 3.8)
    assert index.licences_near([board.x, board.y + 10], 5.0) == ()
    assert index.facts([board.x, board.y - 1], NOON).ads.zones[0].id == "ads-all"
