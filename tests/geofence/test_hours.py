from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence import WeeklyHours
from records import BadInput

NIGHTS = WeeklyHours.parse([{"days": "mon-fri", "from": "17:00", "to": "02:00"}])


def test_without_rules_it_is_always_open() -> None:
    assert WeeklyHours().decide(datetime(2026, 6, 3, 3)).rule == "always"
    assert WeeklyHours().open_at(datetime(2026, 6, 3, 3))


@pytest.mark.parametrize(
    "local, wanted",
    [
        (datetime(2026, 6, 5, 16, 59), False),  # Friday, a minute early
        (datetime(2026, 6, 5, 17, 0), True),  # opening is inclusive
        (datetime(2026, 6, 6, 0, 0), True),  # midnight into Saturday is still Friday's night
        (datetime(2026, 6, 6, 1, 59, 59), True),
        (datetime(2026, 6, 6, 2, 0), False),  # closing is exclusive
        (datetime(2026, 6, 6, 18, 0), False),  # Saturday has no night of its own
        (datetime(2026, 6, 8, 1, 0), False),  # nor has Sunday one that reaches into Monday
        (datetime(2026, 12, 31, 23, 59), True),
        (datetime(2027, 1, 1, 1, 0), True),  # Thursday's night passes the year's end
        (datetime(2027, 1, 1, 2, 0), False),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(local: datetime, wanted: bool) -> None:
    assert NIGHTS.open_at(local) is wanted


def test_the_decision_names_rule_and_day() -> None:
    decision = NIGHTS.decide(datetime(2027, 1, 1, 1, 0))
    assert (decision.rule, decision.day) == ("mon-fri 17:00-02:00", date(2026, 12, 31))
    assert NIGHTS.decide(datetime(2026, 6, 6, 12)).rule == "outside mon-fri 17:00-02:00"


def test_dates_replace_the_weekly_rules() -> None:
    hours = WeeklyHours.parse(
        [
            {"days": "daily", "from": "08:00", "to": "20:00"},
            {"dates": "2026-05-01/2026-05-03", "from": "10:00", "to": "12:00"},
            {"dates": ["2026-05-05"], "closed": True},
        ]
    )
    assert hours.open_at(datetime(2026, 4, 30, 9))
    assert not hours.open_at(datetime(2026, 5, 2, 9))
    assert hours.open_at(datetime(2026, 5, 2, 11))
    assert not hours.open_at(datetime(2026, 5, 5, 11))


def test_a_closed_date_ends_at_its_midnight_but_not_the_night_before_it() -> None:
    hours = WeeklyHours.parse(
        [{"days": "daily", "from": "17:00", "to": "02:00"}, {"dates": "2026-05-01", "closed": True}]
    )
    assert hours.open_at(datetime(2026, 5, 1, 1))  # the night of 30 April
    assert not hours.open_at(datetime(2026, 5, 1, 18))
    assert not hours.open_at(datetime(2026, 5, 2, 1))  # the night of 1 May, which was closed
    assert hours.open_at(datetime(2026, 5, 2, 18))


def test_rules_that_only_close_leave_the_rest_open() -> None:
    hours = WeeklyHours.parse([{"days": "sun", "closed": True}])
    assert hours.open_at(datetime(2026, 6, 6, 12))
    assert not hours.open_at(datetime(2026, 6, 7, 12))
    assert hours.open_at(datetime(2026, 6, 8, 0))


@pytest.mark.parametrize(
    "days, local, wanted",
    [
        ("workdays", datetime(2026, 9, 20, 12), True),  # a Sunday worked for the National Day week
        ("restdays", datetime(2026, 9, 20, 12), False),
        ("holidays", datetime(2026, 10, 1, 12), True),
        ("restdays", datetime(2026, 10, 1, 12), True),
        ("holidays", datetime(2026, 6, 6, 12), False),  # a plain Saturday is a rest day, no holiday
        ("restdays", datetime(2026, 6, 6, 12), True),
    ],
)
def test_calendar_days_follow_the_state_council(days: str, local: datetime, wanted: bool) -> None:
    assert WeeklyHours.parse([{"days": days, "from": "08:00", "to": "20:00"}]).open_at(local) is wanted


def test_a_day_beyond_the_holiday_table_is_unknown_never_guessed() -> None:
    hours = WeeklyHours.parse([{"days": "holidays", "from": "08:00", "to": "20:00"}])
    beyond = hours.decide(datetime(2090, 10, 1, 12))
    assert beyond.open is None and "no holiday table for 2090" in beyond.rule
    assert not hours.open_at(datetime(2090, 10, 1, 12))


@pytest.mark.parametrize(
    "rule, told",
    [
        ({"days": "mon-fry", "from": "08:00", "to": "09:00"}, "days 'mon-fry'"),
        ({"days": "mon", "from": "25:00", "to": "09:00"}, "from '25:00'"),
        ({"days": "mon", "from": "08:00"}, "to is missing"),
        ({"days": "mon", "from": "08:00", "to": "08:00"}, "no stretch"),
        ({"days": "mon", "from": "08:00", "to": "09:00", "form": 1}, "unknown key form"),
        ({"from": "08:00", "to": "09:00"}, "either days or dates"),
        ({"dates": "2026-02-30", "from": "08:00", "to": "09:00"}, "dates '2026-02-30'"),
        ({"dates": "2026-05-03/2026-05-01", "closed": True}, "end before they begin"),
        ({"days": "mon", "closed": True, "from": "08:00"}, "closed: true"),
        ("always", "is no rule"),
    ],
)
def test_a_rule_that_says_nothing_clear_is_refused(rule: Any, told: str) -> None:
    with pytest.raises(BadInput, match="hours rule 2") as refusal:
        WeeklyHours.parse([{"days": "mon", "from": "08:00", "to": "09:00"}, rule])
    assert told in refusal.value.message


def test_yaml_reads_an_unquoted_time_as_minutes_and_that_is_understood() -> None:
    quoted = WeeklyHours.parse([{"days": "mon", "from": "17:00", "to": "22:00"}])
    assert WeeklyHours.parse([{"days": "mon", "from": 1020, "to": 1320}]) == quoted


weekday = st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
minute = st.integers(0, 1439).map(lambda m: f"{m // 60:02d}:{m % 60:02d}")
rules = st.lists(
    st.fixed_dictionaries({"days": weekday, "from": minute, "to": minute}).filter(lambda r: r["from"] != r["to"]),
    min_size=1,
    max_size=4,
)


@given(rules, st.datetimes(datetime(2025, 12, 29), datetime(2027, 1, 4)))
def test_open_hours_are_the_union_of_their_stretches(raw: list[dict[str, str]], local: datetime) -> None:
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    inside = False
    for rule in raw:
        for day in (local.date(), local.date() - timedelta(days=1)):
            start = datetime.combine(day, datetime.strptime(rule["from"], "%H:%M").time())
            end = datetime.combine(day, datetime.strptime(rule["to"], "%H:%M").time())
            end += timedelta(days=1) if end <= start else timedelta(0)
            inside |= names[day.weekday()] == rule["days"] and start <= local < end
    assert WeeklyHours.parse(raw).open_at(local) is inside


@given(rules)
def test_settled_rules_read_back_to_the_same_hours(raw: list[dict[str, str]]) -> None:
    hours = WeeklyHours.parse(raw)
    again = WeeklyHours.parse(hours.to_list())
    assert again.to_list() == hours.to_list()
    assert [(r.weekdays, r.start_min, r.end_min) for r in again.rules] == [
        (r.weekdays, r.start_min, r.end_min) for r in hours.rules
    ]
