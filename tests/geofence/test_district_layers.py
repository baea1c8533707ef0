"""Routes, cells, squads, no-go areas; terms that begin in the night; seats whose edge is nearer than the error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from geofence import Phase, Street, StreetIndex, check

Make = Callable[..., Street]
SHANGHAI = timezone(timedelta(hours=8))
NOON = datetime(2026, 6, 3, 12, tzinfo=SHANGHAI)
SQUARE = [(0, 0), (20, 0), (20, 20), (0, 20)]


def test_a_place_knows_its_cell_and_the_squad_that_is_competent(make_street: Make) -> None:
    facts = StreetIndex(make_street(("g", "unit_grid", SQUARE, {}), ("s", "squad_area", SQUARE, {}))).facts(
        [5, 5], NOON
    )
    assert (facts.grid, facts.squads) == ("310115001", ("squad-1",))
    assert facts.to_json()["grid"] == "310115001" and facts.to_json()["squads"] == ["squad-1"]
    outside = StreetIndex(make_street(("g", "unit_grid", SQUARE, {}))).facts([50, 5], NOON)
    assert outside.grid is None and "grid" not in outside.to_json()


def test_a_published_route_reaches_so_far_to_either_side_from_its_day_on(make_street: Make) -> None:
    line = [(-30, 0), (0, 0), (0, 40)]
    index = StreetIndex(make_street(("r", "monitored_route", line, {"reach_m": 12.0, "published_at": "2026-06-03"})))
    assert index.facts([11, 20], NOON).monitored == ("r",)
    assert index.facts([13, 20], NOON).monitored == ()
    assert index.facts([11, 20], NOON - timedelta(days=1)).monitored == ()


def test_a_monitored_area_holds_from_the_day_of_its_publication(make_street: Make) -> None:
    index = StreetIndex(make_street(("m", "monitored_area", SQUARE, {"published_at": "2026-06-03"})))
    assert index.facts([5, 5], NOON).monitored == ("m",)
    assert index.facts([5, 5], NOON - timedelta(days=1)).monitored == ()


def test_a_place_nearer_to_the_boundary_of_a_monitored_area_than_it_is_known_is_undecided(make_street: Make) -> None:
    index = StreetIndex(make_street(("m", "monitored_area", SQUARE, {"device": "car-1"})))
    assert (index.published([5, 5], NOON, 1.0), index.published([30, 5], NOON, 1.0)) == (True, False)
    for x in (0.4, -0.4):  # inside and outside by less than a metre
        assert index.published([x, 5], NOON, 1.0) is None
        facts = index.facts([x, 5], NOON, 1.0)
        assert facts.monitored_undecided and facts.to_json()["monitored_undecided"]
        assert "undecided" in check(index, index.plane.lonlat(x, 5), NOON, 1.0).en[-1]
    assert index.published([0.4, 5], NOON, 0.1) is True and not index.facts([0.4, 5], NOON, 0.1).monitored_undecided
    assert (index.published([5, 5], NOON, 1.0, "car-1"), index.published([5, 5], NOON, 1.0, "car-2")) == (True, False)


def test_the_edge_of_a_published_route_is_no_surer(make_street: Make) -> None:
    index = StreetIndex(make_street(("r", "monitored_route", [(0, 0), (0, 40)], {"reach_m": 12.0})))
    found = [index.published([x, 20], NOON, 1.0) for x in (10.5, 11.5, 12.5, 13.5)]
    assert found == [True, None, None, False]


def test_between_two_published_areas_that_meet_a_place_is_inside_both_together(make_street: Make) -> None:
    beside = [(20, 0), (40, 0), (40, 20), (20, 20)]
    index = StreetIndex(
        make_street(
            ("m", "monitored_area", SQUARE, {}), ("n", "monitored_area", beside, {"published_at": "2026-06-03"})
        )
    )
    assert index.published([20, 5], NOON, 1.0) is True
    assert index.published([20, 5], NOON - timedelta(days=1), 1.0) is None, "the second is published a day later"


def test_where_no_advertising_may_hang_a_licence_is_asked_for_all_the_same(make_street: Make) -> None:
    ads = StreetIndex(make_street(("n", "ad_forbidden", SQUARE, {}))).facts([5, 5], NOON, 0.5).ads
    assert [zone.id for zone in ads.zones] == ["n"] and ads.phase is Phase.ENFORCE


def test_a_permit_whose_term_begins_in_the_night_holds_by_the_day_s_own_rule(make_street: Make) -> None:
    hours = [{"days": "daily", "from": "20:00", "to": "06:00"}, {"days": "daily", "from": "05:00", "to": "09:00"}]
    term = {"effective_from": "2026-06-03", "effective_to": "2026-06-30", "hours": hours}
    index = StreetIndex(make_street(("z", "vending_forbidden", SQUARE, {}), ("p", "vending_permitted", SQUARE, term)))
    early = datetime(2026, 6, 3, 5, 30, tzinfo=SHANGHAI)
    # the night of the 2nd is before the term, but the 3rd has a rule of its own that holds at half past five
    assert index.facts([5, 5], early).vending.permitted
    assert not index.facts([5, 5], early.replace(hour=4)).vending.permitted
    # the night of the 30th still belongs to the term
    assert index.facts([5, 5], datetime(2026, 7, 1, 4, 30, tzinfo=SHANGHAI)).vending.permitted
    assert not index.facts([5, 5], datetime(2026, 7, 1, 8, 30, tzinfo=SHANGHAI)).vending.permitted


@pytest.mark.parametrize(("accuracy_m", "exposed"), [(0.0, 2.2), (0.1, 2.2), (0.3, 0.0)])
def test_what_sticks_out_of_a_seat_by_less_than_its_error_counts_as_standing_on_it(
    make_street: Make, accuracy_m: float, exposed: float
) -> None:
    index = StreetIndex(
        make_street(
            ("f", "frontage", [(20, 0), (0, 0)], {}),
            ("seat", "outdoor_seating", [(0, 0), (20, 0), (20, -2), (0, -2)], {"shop": "s"}),
        )
    )
    (over,) = index.overhangs([(5, -0.1), (7, -0.1), (7, -2.2), (5, -2.2)], NOON, accuracy_m)
    assert over.exposed_m == pytest.approx(exposed, abs=1e-6) and [seat.id for seat in over.seating] == ["seat"]
