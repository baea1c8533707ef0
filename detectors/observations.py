"""What is kept of the observations of one thing, and the thing as the detectors judge it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from statistics import median

from detectors.boxes import Box, middle
from detectors.judgement import Standing
from detectors.sightings import BoardPlace
from detectors.violation import Family

# Share of the error that more observations of one camera do not average away (its pose, the thing's unknown shape).
_COMMON_SHARE = 0.35


class State(StrEnum):
    """OPEN: followed. ALERTED: an alert was raised, the place stays silent while this event lasts."""

    OPEN = "open"
    ALERTED = "alerted"


@dataclass(slots=True)
class Sample:
    """One observation of the place: rectangle in the incident's turned plane, its 95 % error, its height (metres)."""

    at: datetime
    ground: Box
    accuracy_m: float
    height_m: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing stands, averaged: rectangle in the turned plane, its middle, height and 95 % errors in metres.

    `single_m` is the error of one observation.
    """

    ground: Box
    xy: tuple[float, float]
    height_m: float
    accuracy_m: float
    single_m: float


def average(samples: Sequence[Sample], axis: tuple[float, float]) -> Place:
    """Median of the observations that are not much worse than the best."""
    best = min(sample.accuracy_m for sample in samples)
    good = [sample for sample in samples if sample.accuracy_m <= 2 * best]
    u0, v0, u1, v1 = (median(edge) for edge in zip(*(sample.ground for sample in good), strict=True))
    single = median(sample.accuracy_m for sample in good)
    shrunk = math.hypot(_COMMON_SHARE, math.sqrt((1 - _COMMON_SHARE**2) / len(good)))
    height = median(sample.height_m for sample in good)
    return Place((u0, v0, u1, v1), middle((u0, v0, u1, v1), axis), height, single * shrunk, single)


@dataclass(slots=True)
class Glimpse:
    """One observation of the thing: what it looked like."""

    at: datetime
    source_id: str
    kinds: tuple[str, ...]
    stall: bool
    sure: bool
    umbrella: bool
    vendor: bool
    vehicle: bool
    count: int
    carrier: str | None


@dataclass(slots=True)
class Tally:
    """What one source contributed: frames in which it saw the thing, of those in which it could have.

    `passes` counts the stays of a moving source at the thing, `views` holds the places from which it saw it.
    """

    moving: bool
    seen: int = 0
    shown: int = 0
    looked_at: datetime | None = None
    seen_at: datetime | None = None
    passes: int = 0
    box: Box | None = None
    views: list[tuple[float, float]] = field(default_factory=list)


@dataclass(slots=True)
class Mark:
    """One line of the trail from which a replay recomputes the dwell."""

    at: datetime
    source_id: str
    box: Box
    score: float
    standing: Standing


@dataclass(frozen=True, slots=True)
class Thing:
    """An incident as the detectors judge it: the averaged place and what was seen there lately.

    `polygon` holds four (x, y) corners in metres of the plane; shares are of the observations in the window; `passes`
    are those of moving sources, None where a fixed one saw it too.
    """

    family: Family
    xy: tuple[float, float]
    polygon: tuple[tuple[float, float], ...]
    accuracy_m: float
    height_m: float
    observations: int
    stall_share: float
    sure_share: float
    vendor_share: float
    umbrella_share: float
    vehicle_share: float
    kinds: tuple[str, ...]
    count: int
    standing_s: float
    views: int
    passes: int | None
    board: BoardPlace | None
    carrier_share: float
    carrier: str | None


def believed_count(glimpses: Sequence[Glimpse], quantile: float) -> int:
    """Count of the source that sees most: a farther camera counts fewer in a heap."""
    counts: dict[str, list[int]] = {}
    for glimpse in glimpses:
        counts.setdefault(glimpse.source_id, []).append(glimpse.count)
    return max((int(_quantile(seen, quantile) + 0.5) for seen in counts.values()), default=0)


def _quantile(values: Sequence[int], share: float) -> float:
    """The value below which a share of them lies, between neighbours in proportion."""
    ranked, place = sorted(values), share * (len(values) - 1)
    low = int(place)
    return ranked[low] + (ranked[min(low + 1, len(ranked) - 1)] - ranked[low]) * (place - low)


def blend(old: BoardPlace, new: BoardPlace, n: int) -> BoardPlace:
    """Running mean of a board's rectangle; on another piece of wall the newer one counts."""
    if old.wall != new.wall:
        return new
    share = 1 / max(2, min(n, 10))

    def mean(a: float, b: float) -> float:
        return a + (b - a) * share

    return BoardPlace(
        new.wall,
        mean(old.along_m, new.along_m),
        mean(old.width_m, new.width_m),
        mean(old.bottom_m, new.bottom_m),
        mean(old.height_m, new.height_m),
    )
