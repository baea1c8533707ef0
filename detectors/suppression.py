"""Places where an operator found a camera wrong: there it raises no alert of that kind until the time is over.

A suppression holds for one source, one kind and the ground that the rejected alert covered, grown by no more than that
alert's own error. It never reaches another kind, another camera or the thing next to it, and it ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from shapely.geometry import MultiPoint
from shapely.geometry.base import BaseGeometry

from detectors.judgement import Element
from detectors.observations import Thing
from detectors.violation import Violation
from geofence import LocalPlane

_COVERED_SHARE = 0.5
"""Share of a thing that must lie on suppressed ground [given]."""
_GROWN_M = 0.75
"""Most that the ground of an alert is grown by its error [given]."""
_WIDTH_M = 0.1
"""Depth given to a board, whose ground is a line, so that shares of it can be told [given]."""


class Suppression(BaseModel):
    """One place at which one source is silent about one kind.

    `footprint` is what the rejected alert covered (CGCS2000 degrees), `accuracy_m` its 95 % error, `heights` the lower
    and upper edge of a board above the ground (metres). `by` is who said so, `reason` the code of the reason.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    source_id: str
    kind: Violation
    footprint: tuple[tuple[float, float], ...]
    accuracy_m: float
    heights: tuple[float, float] | None = None
    since: datetime
    until: datetime
    by: str
    reason: str

    def covers(self, thing: Thing, plane: LocalPlane) -> bool:
        """Whether most of a thing stands on this ground (a board: hangs at this height too)."""
        ground = _shape(plane.to_xy(self.footprint)).buffer(min(self.accuracy_m, _GROWN_M))
        shape = _shape(thing.polygon)
        if shape.intersection(ground).area < _COVERED_SHARE * shape.area:
            return False
        if self.heights is None or thing.board is None:
            return True
        low, high = thing.board.bottom_m, thing.board.bottom_m + thing.board.height_m
        shared = min(high, self.heights[1]) - max(low, self.heights[0])
        return shared >= _COVERED_SHARE * (high - low)


class Suppressions:
    """The suppressions of the sources that share a store; those whose time is over are as good as gone."""

    def __init__(self) -> None:
        self._of_source: dict[str, dict[str, Suppression]] = {}

    def add(self, one: Suppression) -> None:
        """Let one hold from now on; the same one again changes nothing."""
        mine = self._of_source.get(one.source_id, {})
        self._of_source = {**self._of_source, one.source_id: {**mine, one.id: one}}

    def lift(self, source_id: str, suppression_id: str) -> None:
        """End one before its time; one that is not known is none."""
        mine = {key: one for key, one in self._of_source.get(source_id, {}).items() if key != suppression_id}
        self._of_source = {**self._of_source, source_id: mine}

    def replace(self, source_id: str, those: Iterable[Suppression]) -> None:
        """Let exactly those hold for a source."""
        self._of_source = {**self._of_source, source_id: {one.id: one for one in those}}

    def covering(
        self, source_id: str, kind: Violation, thing: Thing, plane: LocalPlane, at: datetime
    ) -> Suppression | None:
        """The one that silences a source about a thing at a time; of several, the one that lasts longest."""
        mine = self._of_source.get(source_id)
        if not mine:
            return None
        found = [
            one
            for one in mine.values()
            if one.kind is kind and one.since <= at < one.until and one.covers(thing, plane)
        ]
        return max(found, key=lambda one: one.until, default=None)

    def to_json(self, at: datetime | None) -> list[dict[str, Any]]:
        """Those that still hold at `at` (all of them where there is none), to go with the state of the incidents."""
        known = [one for mine in self._of_source.values() for one in mine.values()]
        return [one.model_dump(mode="json") for one in known if at is None or one.until > at]

    def restore(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take over what a state says."""
        for row in rows:
            self.add(Suppression.model_validate(row))


def silence(one: Suppression, told: str, until: str) -> Element:
    """The reason why nothing is raised: who said so, and until when it holds; `told` and `until` in local time."""
    return Element("NOT_SUPPRESSED", False, f"{one.by} {told}", until)


def _shape(points: Iterable[Iterable[float]]) -> BaseGeometry:
    hull = MultiPoint([(float(x), float(y)) for x, y in points]).convex_hull
    return hull if hull.area > 0 else hull.buffer(_WIDTH_M)
