"""Alerts against the truth, by one rule for every arm.

The rule is the demo's: an alert matches an unlawful incident of its kind within 8 m of its place, raised no later than
60 s after its end; pairs are made nearest first; a second alert on a matched incident is repeated, one that matches
none is false. Beyond the demo, an alert raised more than one analysed interval before the dwell has passed matches
nothing: it accuses too early. What is nearer to a line than it can be measured is undecidable: it is counted apart,
and alerts about it count for nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.truth_parts.told import Told
from benchmarks.truth_parts.truths import Point, Truth
from nonsite.demo.truth import LATE, REACH_M

SEEN_APART_M = 30.0
"""Places are held against the truth within so many metres of a camera."""


@dataclass(frozen=True, slots=True)
class Matched:
    """One incident found. `interval_s` is the time between two analysed looks at its place."""

    truth: Truth
    told: Told
    delay_s: float
    dwell_error_s: float
    place_error_m: float
    distance_m: float
    interval_s: float


@dataclass(slots=True)
class Tally:
    """What an arm made of some scenes, one kind of violation."""

    wanted: int = 0
    undecidable: int = 0
    lawful: int = 0
    matched: list[Matched] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return len(self.missed) + len(self.false) + len(self.repeated)

    def add(self, other: Tally) -> None:
        self.wanted += other.wanted
        self.undecidable += other.undecidable
        self.lawful += other.lawful
        for name in ("matched", "missed", "false", "repeated"):
            getattr(self, name).extend(getattr(other, name))


@dataclass(frozen=True, slots=True)
class Looked:
    """What the score must know of a scene beside its truths: the dwells, the analysed interval, of each truth the
    metres to the nearest camera, whether it can be decided, and, of several things together, the middle of those that
    a camera could see at all."""

    name: str
    dwell_s: Mapping[str, float]
    interval_s: float
    distance_m: Mapping[str, float]
    undecidable: frozenset[str]
    seen_at: Mapping[str, Point] = field(default_factory=dict)


def score(truths: Sequence[Truth], told: Sequence[Told], looked: Looked) -> dict[str, Tally]:
    """The tally of one scene for every kind that is wanted, or told of, in it."""
    tallies = {kind: Tally() for kind in {*(one.kind for one in truths), *(one.kind for one in told)}}
    for kind, tally in tallies.items():
        mine = [one for one in truths if one.kind == kind]
        _score(mine, [one for one in told if one.kind == kind], looked, tally)
    return tallies


def _score(truths: Sequence[Truth], told: Sequence[Told], looked: Looked, tally: Tally) -> None:
    open_ones = [one for one in truths if one.id in looked.undecidable]
    wrong = [one for one in truths if not one.lawful and one.id not in looked.undecidable]
    tally.wanted, tally.undecidable = len(wrong), len(open_ones)
    tally.lawful = len(truths) - len(wrong) - len(open_ones)
    pairs = sorted(
        (apart, alert.raised_s, i, k)
        for i, truth in enumerate(wrong)
        for k, alert in enumerate(told)
        if (apart := _apart(truth, alert)) <= REACH_M and _in_time(truth, alert, looked)
    )
    found: dict[int, int] = {}
    for _, _, i, k in pairs:
        if i not in found and k not in found.values():
            found[i] = k
    again = {k for _, _, _, k in pairs} - set(found.values())
    for k, alert in enumerate(told):
        x, y = alert.xy
        where = f"{looked.name}: {alert.kind} by {alert.source} at {alert.raised_s:.0f} s ({x:.1f}, {y:.1f})"
        if k in again:
            tally.repeated.append(where)
        elif k not in found.values() and not any(_apart(one, alert) <= REACH_M for one in open_ones):
            tally.false.append(where)
    tally.missed = [f"{looked.name}: {one.id}" for i, one in enumerate(wrong) if i not in found]
    tally.matched = [_matched(wrong[i], told[k], looked) for i, k in found.items()]


def _apart(truth: Truth, alert: Told) -> float:
    return min(math.dist(xy, alert.xy) for _, xy in truth.places)


def _in_time(truth: Truth, alert: Told, looked: Looked) -> bool:
    earliest = truth.start_s + looked.dwell_s[truth.kind] - looked.interval_s
    return earliest <= alert.raised_s <= truth.end_s + LATE.total_seconds()


def _matched(truth: Truth, alert: Told, looked: Looked) -> Matched:
    stood_s = alert.raised_s - truth.start_s
    place = looked.seen_at.get(truth.id, truth.at(alert.raised_s))
    return Matched(
        truth, alert, stood_s - looked.dwell_s[truth.kind], abs(alert.dwell_s - stood_s), math.dist(place, alert.xy),
        looked.distance_m[truth.id], looked.interval_s,
    )  # fmt: skip


def percentile(values: Iterable[float], share: float) -> float | None:
    """The smallest value that a share of all does not exceed; None of none."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else None
