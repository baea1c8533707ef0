"""What a network sees through a camera, against weeks of it: few false alarms, and a fall that is found."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from detectors import DriftRules, DriftWatch, Hour
from detectors.drift import Figure
from streams import Detection, ObjectKind

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
RATES = {ObjectKind.PERSON: 3.0, ObjectKind.VEHICLE: 1.2, ObjectKind.BICYCLE: 2.0, ObjectKind.STALL: 0.15}
SCORES = {ObjectKind.PERSON: 0.62, ObjectKind.VEHICLE: 0.74, ObjectKind.BICYCLE: 0.58, ObjectKind.STALL: 0.5}


class Street:
    """A street whose people keep hours, rest at weekends, stay away when it rains, and are counted with chance."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._mood = 1.0

    def hour(self, n: int, seen: float = 1.0, score: float = 0.0) -> Hour:
        """Hour `n` from Monday; `seen`: share of the usual that the network finds; `score`: what scores fell by."""
        rng, day, hour = self._rng, n // 24, n % 24
        if hour == 0:
            rain = rng.random() < 0.2
            self._mood = (0.55 if rain else 1.0) * (0.7 if day % 7 >= 5 else 1.0) * float(rng.lognormal(0, 0.12))
        busy = max(0.0, math.sin(math.pi * (hour - 5) / 18)) if 5 < hour < 23 else 0.0
        figures = {}
        for kind, rate in RATES.items():
            usual = rate * busy * self._mood * float(rng.lognormal(0, 0.15))
            count = rng.poisson(60 * usual * seen)  # things stand for looks on end: some sixty are independent
            figures[kind, Figure.RATE] = count / 60
            if count >= 10:
                figures[kind, Figure.SCORE] = SCORES[kind] + float(rng.normal(0, 0.012)) - score
        return Hour(MONDAY + timedelta(hours=n), 60, figures)


def watched(seed: int, days: int, change_on: int | None = None, **change: float) -> tuple[DriftWatch, list[int]]:
    """A watch after some days, and the days on which it had anything to say."""
    street, watch, told = Street(seed), DriftWatch(DriftRules()), set()
    for n in range(24 * days):
        watch.add(street.hour(n, **(change if change_on is not None and n >= 24 * change_on else {})))
        if watch.drifts:
            told.add(n // 24)
    return watch, sorted(told)


def test_eight_weeks_of_weekends_and_rain_raise_next_to_no_alarm() -> None:
    days = [len(watched(seed, 56)[1]) for seed in range(6)]
    assert sum(days) <= 3, f"days with an alarm, of 6 cameras over 56 days: {days}"


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_lens_that_shows_a_fifth_is_found_within_three_days(seed: int) -> None:
    watch, told = watched(seed, 33, change_on=30, seen=0.2)
    assert told and 30 < min(day for day in told if day >= 30) <= 32
    fallen = [one for one in watch.drifts if one.figure is Figure.RATE and one.deviation < 0]
    assert len(fallen) >= 2, "all kinds are seen less; chance may spare one"
    assert all(one.value < 0.5 * one.usual for one in fallen)


def test_scores_that_fall_are_found_though_as_much_is_seen() -> None:
    watch, _ = watched(21, 33, change_on=30, score=0.05)
    assert {one.figure for one in watch.drifts} == {Figure.SCORE}, watch.drifts
    assert all(one.deviation < 0 for one in watch.drifts)


def test_one_bad_day_is_no_drift() -> None:
    street, watch = Street(5), DriftWatch(DriftRules())
    for n in range(24 * 33):
        watch.add(street.hour(n, seen=0.1 if n // 24 == 30 else 1.0))
        assert not watch.drifts or n // 24 != 30


def test_without_ten_days_of_history_nothing_is_said() -> None:
    _, told = watched(7, 9, change_on=4, seen=0.05)
    assert told == []


def test_hours_survive_as_lines_of_json_and_go_on_from_there() -> None:
    watch, _ = watched(9, 32, change_on=29, seen=0.2)
    rows = [json.loads(json.dumps(hour.to_json())) for hour in watch.hours]
    again = DriftWatch(DriftRules(), [Hour.from_json(row) for row in rows])
    assert [(one.kind, one.figure) for one in again.drifts] == [(one.kind, one.figure) for one in watch.drifts]
    assert len(again.hours) == 32 * 24
    assert max(len(json.dumps(row)) for row in rows) < 1000, "a line of it is small"


def test_looks_are_gathered_into_hours_and_what_is_carried_counts_but_scores_once() -> None:
    watch = DriftWatch(DriftRules(least_looks=10, least_scores=5))
    person = Detection(ObjectKind.PERSON, "person", 0.7, (0, 0, 10, 20))
    for n in range(60):
        assert watch.note(MONDAY + timedelta(minutes=n), [person] * (1 if n < 30 else 0), carried=n % 2 == 1) is None
    hour = watch.note(MONDAY + timedelta(minutes=61), [], carried=False)
    assert hour is not None and hour.looks == 60
    assert hour.figures[ObjectKind.PERSON, Figure.RATE] == pytest.approx(0.5)
    assert hour.figures[ObjectKind.PERSON, Figure.SCORE] == pytest.approx(0.7)


def test_an_hour_with_too_few_looks_is_not_kept() -> None:
    watch = DriftWatch(DriftRules())
    watch.note(MONDAY, [], carried=False)
    assert watch.note(MONDAY + timedelta(hours=1), [], carried=False) is None
    assert watch.hours == []
