"""Whether a network still sees through a camera what it used to: detections and scores by hour, against history.

Of each hour and kind two figures are kept: detections a look, and their median score. Each is compared with the same
hour of earlier days by the modified z-score (Iglewicz and Hoaglin, How to Detect and Handle Outliers, ASQC 1993: the
distance from the median over 1.4826 times the median absolute deviation). One odd hour, which they would call out at
3.5, is no drift, nor is one bad day: it is told when the median over the hours of the last day, and that of the day
before, lie beyond a lower bound on the same side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

from records import iso, parse_iso
from streams import Detection, ObjectKind

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_CONSISTENT = 1.4826
"""Makes the median absolute deviation of a normal distribution its standard deviation."""


class Figure(StrEnum):
    """What is watched of a kind."""

    RATE = "rate"  # detections a look
    SCORE = "score"  # their median score


@dataclass(frozen=True, slots=True)
class DriftRules:
    """What history it takes, and what is beyond it."""

    bound: float = 2.0
    """For the medians of two days; weeks of weekends and rain stay within 1.5 [given]."""
    history_days: int = 42
    least_days: int = 10
    """Earlier days that must have the same hour [given]."""
    least_looks: int = 30
    """Looks that an hour must have to count [given]."""
    least_scores: int = 10
    """Detections of a kind that an hour must have for its score to count [given]."""
    least_hours: int = 5
    """Hours of each of the two days that must be comparable [given]."""
    rate_floor: float = 0.1
    score_floor: float = 0.015
    """The least spread that is believed: of the square root of the rate, and of the score [given]."""
    rate_share: float = 0.1
    """The same as a share of the median square root of the rate [given]."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A figure of a kind that has left its own range: its median deviations of the last day, negative where it fell;
    the median of the figure over that day's hours, and what is usual in these."""

    kind: ObjectKind
    figure: Figure
    deviation: float
    value: float
    usual: float

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind),
            "figure": str(self.figure),
            "deviation": round(self.deviation, 1),
            "value": round(self.value, 3),
            "usual": round(self.usual, 3),
        }


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a camera: looks, and for each kind detections a look and their median score (None for too few);
    `away` has for each (kind, figure) the deviation from history and what was usual, where that could be told."""

    at: datetime
    looks: int
    figures: dict[tuple[ObjectKind, Figure], float]
    away: dict[tuple[ObjectKind, Figure], tuple[float, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "at": iso(self.at),
            "looks": self.looks,
            "figures": {f"{kind}/{figure}": round(value, 4) for (kind, figure), value in self.figures.items()},
            "away": {f"{kind}/{figure}": [round(v, 3) for v in pair] for (kind, figure), pair in self.away.items()},
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Hour:
        """Read what `to_json` wrote; KeyError or ValueError for anything else."""
        away = {_key(name): (float(pair[0]), float(pair[1])) for name, pair in row["away"].items()}
        figures = {_key(name): float(value) for name, value in row["figures"].items()}
        return cls(parse_iso(row["at"]), int(row["looks"]), figures, away)


class DriftWatch:
    """The hours of one camera: `note` every look; an hour that closes is returned, to be kept."""

    def __init__(self, rules: DriftRules, hours: Iterable[Hour] = ()) -> None:
        self.rules = rules
        self.hours = sorted(hours, key=lambda hour: hour.at)
        self.drifts: list[Drift] = self._drifts() if self.hours else []
        self._at: datetime | None = None
        self._looks = 0
        self._counts: dict[ObjectKind, int] = defaultdict(int)
        self._scores: dict[ObjectKind, list[float]] = defaultdict(list)

    def note(self, at: datetime, detections: Sequence[Detection], carried: bool) -> Hour | None:
        """Take in what was seen at `at`; detections that were `carried` forward count, their scores do not again."""
        began = at.replace(minute=0, second=0, microsecond=0)
        closed = self._close() if self._at is not None and began != self._at else None
        self._at = began
        self._looks += 1
        for one in detections:
            self._counts[one.kind] += 1
            if not carried:
                self._scores[one.kind].append(one.score)
        return closed

    def add(self, hour: Hour) -> Hour:
        """Compare an hour with history and keep it."""
        before = hour.at - 2 * _DAY  # the two days that are judged are not what they are judged by
        same = [one for one in self.hours if one.at <= before and one.at.hour == hour.at.hour]
        known = {key for one in [*same, hour] for key in one.figures}
        away = {key: found for key in known if (found := self._away(key, hour, same)) is not None}
        hour = Hour(hour.at, hour.looks, hour.figures, away)
        oldest = hour.at - self.rules.history_days * _DAY
        self.hours = [kept for kept in self.hours if oldest <= kept.at < hour.at] + [hour]
        self.drifts = self._drifts()
        return hour

    def _close(self) -> Hour | None:
        at, looks = self._at, self._looks
        figures = {(kind, Figure.RATE): count / looks for kind, count in self._counts.items()}
        for kind, scores in self._scores.items():
            if len(scores) >= self.rules.least_scores:
                figures[kind, Figure.SCORE] = median(scores)
        self._looks = 0
        self._counts.clear()
        self._scores.clear()
        if at is None or looks < self.rules.least_looks:
            return None
        return self.add(Hour(at, looks, figures))

    def _away(self, key: tuple[ObjectKind, Figure], hour: Hour, same: Sequence[Hour]) -> tuple[float, float] | None:
        """Deviation from the `same` hour of earlier days, and what is usual in it; None without figure or history."""
        rate = key[1] is Figure.RATE
        values = [one.figures.get(key, 0.0 if rate else None) for one in same]
        history = [value for value in values if value is not None]
        value = hour.figures.get(key, 0.0 if rate else None)
        if value is None or len(history) < self.rules.least_days:
            return None
        usual = median(history)
        if not rate:
            return _deviation(value, history, self.rules.score_floor), usual
        roots = [one**0.5 for one in history]  # counts spread as their mean: their roots spread alike
        floor = max(self.rules.rate_floor, self.rules.rate_share * median(roots))
        return _deviation(value**0.5, roots, floor), usual

    def _drifts(self) -> list[Drift]:
        """What lies beyond the bound, on the same side, over the last day and over the one before."""
        end = self.hours[-1].at + _HOUR
        found = []
        for kind, figure in sorted({key for hour in self.hours[-48:] for key in hour.away}):
            last, before = (self._day((kind, figure), end - days * _DAY) for days in (0, 1))
            if last is None or before is None or last.deviation * before.deviation <= 0:
                continue
            if min(abs(last.deviation), abs(before.deviation)) > self.rules.bound:
                found.append(last)
        return found

    def _day(self, key: tuple[ObjectKind, Figure], end: datetime) -> Drift | None:
        hours = [hour for hour in self.hours[-72:] if end - _DAY <= hour.at < end and key in hour.away]
        # Hours in which there is nothing now and never was (night) say nothing.
        hours = [hour for hour in hours if hour.figures.get(key, 0.0) > 0 or hour.away[key][1] > 0]
        if len(hours) < self.rules.least_hours:
            return None
        away = median(hour.away[key][0] for hour in hours)
        value = median(hour.figures.get(key, 0.0) for hour in hours)
        return Drift(*key, away, value, median(hour.away[key][1] for hour in hours))


def _deviation(value: float, history: Sequence[float], floor: float) -> float:
    middle = median(history)
    spread = _CONSISTENT * median(abs(one - middle) for one in history)
    return (value - middle) / max(spread, floor)


def _key(name: str) -> tuple[ObjectKind, Figure]:
    kind, _, figure = name.partition("/")
    return ObjectKind(kind), Figure(figure)
