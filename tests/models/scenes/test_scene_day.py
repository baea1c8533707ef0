"""The demo's day: what the issue promises of it, for many seeds, without rendering."""

from collections import Counter
from datetime import date
from itertools import combinations
from math import hypot

import chinese_calendar
import pytest

from geofence import load_street
from models.scenes import Script, compose_day, later_script, street_file

SEEDS = range(12)
DWELL_S = 120.0
MARGIN_S = 60.0


@pytest.fixture(scope="module", params=SEEDS)
def day(request: pytest.FixtureRequest) -> Script:
    return compose_day(request.param)


def test_it_is_a_working_day_of_spring_2026_with_five_o_clock_inside(day: Script) -> None:
    local = day.start.date()
    assert date(2026, 3, 1) <= local <= date(2026, 6, 30)
    assert chinese_calendar.is_workday(local)
    assert local.weekday() < 5
    assert (day.start.hour + 8, day.start.minute // 10) == (16, 5)
    assert day.duration_s >= 600


def test_every_kind_happens_twice_unlawfully_beside_look_alikes(day: Script) -> None:
    unlawful = Counter(one.kind for one in day.incidents if not one.lawful)
    lawful = Counter(one.kind for one in day.incidents if one.lawful)
    kinds = {"STALL", "OUT_OF_STORE", "OUTDOOR_AD", "BIKE_CLUTTER"}
    assert set(unlawful) == kinds
    assert min(unlawful.values()) >= 2
    assert set(lawful) == kinds


def test_every_unlawful_thing_stays_long_enough(day: Script) -> None:
    for one in day.incidents:
        if not one.lawful:
            assert one.end_s - one.start_s >= DWELL_S + MARGIN_S, one.id
            assert one.end_s <= day.duration_s + 1e-6
            assert one.start_s >= 0


def test_violations_of_one_kind_at_one_time_stand_twenty_metres_apart(day: Script) -> None:
    wrong = [one for one in day.incidents if not one.lawful]
    for a, b in combinations(wrong, 2):
        if a.kind == b.kind and a.start_s < b.end_s and b.start_s < a.end_s:
            assert hypot(a.x - b.x, a.y - b.y) >= 20.0, (a.id, b.id)


def test_every_incident_names_actors_that_are_there_for_it(day: Script) -> None:
    actors = {one.id: one for one in day.actors}
    for one in day.incidents:
        assert one.actors
        for name in one.actors:
            assert actors[name].from_s <= one.start_s + 1e-6, name
            assert actors[name].to_s >= one.end_s - 1e-6, name
    assert len(actors) == len(day.actors)


def test_each_camera_and_the_vehicle_see_something_and_the_vehicle_something_alone(day: Script) -> None:
    wrong = [one for one in day.incidents if not one.lawful]
    for source in day.sources:
        assert any(source in one.seen_by for one in wrong)
    vehicle = day.vehicles[0].id
    assert any(one.seen_by == [vehicle] for one in wrong)


def test_a_permitted_point_closes_or_opens_at_five(day: Script) -> None:
    times = {t for area in day.district.areas for hours in area.hours for t in (hours.from_, hours.to)}
    assert "17:00" in times


def test_the_street_file_is_valid_and_holds_shops_zones_and_licences(day: Script) -> None:
    street = load_street(street_file(day))
    layers = Counter(one["properties"]["layer"] for one in street_file(day)["features"])
    assert street.version
    assert layers["frontage"] == len(day.district.shops)
    assert layers["ad_licence"] == len(day.district.shops) + len(day.district.licences)
    assert layers["vending_permitted"] >= 2


def test_the_same_seed_is_the_same_day_and_another_is_not() -> None:
    assert compose_day(5) == compose_day(5)
    assert compose_day(5).incidents != compose_day(6).incidents


def test_later_footage_shows_what_stayed_and_not_what_was_cleared(day: Script) -> None:
    wrong = [one for one in day.incidents if not one.lawful and one.end_s >= day.duration_s]
    answers = {one.id: "still" if k % 2 else "cleared" for k, one in enumerate(wrong)}
    later = later_script(day, 7200.0, answers)
    there = {actor.id for actor in later.actors}
    assert (later.start - day.start).total_seconds() == 7200.0
    for one in wrong:
        assert (set(one.actors) <= there) == (answers[one.id] == "still"), one.id
    assert {one.answers for one in later.incidents} == {name for name, answer in answers.items() if answer == "still"}
