"""What is true of a scene, worked out from its script alone, by code that no arm uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from benchmarks.truth_parts.spec import Permit

LOCAL = ZoneInfo("Asia/Shanghai")
Span = tuple[float, float]
Point = tuple[float, float]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Truth:
    """One thing that a watcher must, or must not, tell of.

    `places` are (from second, (x, y)) in street metres, in the order of time; `start_s` and `end_s` the stretch in
    which it stands unlawfully (for a lawful thing: in which it stands); `margin_m` how far its place, or its reach, is
    from the nearest line that would turn the verdict, None where none is near; `actors` those whose boxes show it.
    """

    id: str
    kind: str
    lawful: bool
    why: str
    places: tuple[tuple[float, Point], ...]
    start_s: float
    end_s: float
    margin_m: float | None
    actors: tuple[str, ...]

    def at(self, second: float) -> Point:
        """Its place at a second of the scene."""
        return next((xy for since, xy in reversed(self.places) if since <= second), self.places[0][1])


def permitted(permit: Permit, when: datetime) -> bool:
    """Whether a permit is in force at a time; a stretch that ends before it begins runs over midnight."""
    local = when.astimezone(LOCAL)
    minute = local.hour * 60 + local.minute
    first, last = _minutes(permit.since), _minutes(permit.until)
    if first <= last:
        return first <= minute < last and _holds(permit.days, local.weekday())
    evening = minute >= first and _holds(permit.days, local.weekday())
    return evening or (minute < last and _holds(permit.days, (local.weekday() - 1) % 7))


def stretches(span: Span, forbidden: Callable[[float], bool]) -> list[Span]:
    """The parts of a span in which something is forbidden, to the second."""
    out: list[Span] = []
    second, since = span[0], None
    while second < span[1]:
        if forbidden(second) and since is None:
            since = second
        if not forbidden(second) and since is not None:
            out.append((since, second))
            since = None
        second = float(int(second) + 1)
    return out if since is None else [*out, (since, span[1])]


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _holds(days: str, weekday: int) -> bool:
    for part in days.split(","):
        first, _, last = part.strip().partition("-")
        a, b = _DAYS.index(first), _DAYS.index(last or first)
        if a <= weekday <= b or (b < a and (weekday >= a or weekday <= b)):
            return True
    return False


def hull(boxes: Sequence[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    """The rectangle that holds rectangles (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def middle(box: tuple[float, float, float, float]) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
