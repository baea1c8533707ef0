"""A camera's scene as it looks by night, where that is so different that the day's reference is not found in it.

A camera that goes over to infrared at dusk shows another picture from one look to the next: nothing in it ties it to
the day's. It is tied from both ends: the scene lay in place shortly before, the night's pictures agree with each other
all along, and the scene lies in place shortly after. From the next night on such pictures are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from streams.scene import Placement, Reference, View

GAP_S = 1800.0
"""The longest time between two looks that agree, and between the night's and the day's [given]."""
LEAST_S = 3600.0
"""A night is longer than this; what is shorter is a storm, or something in front [given]."""
STILL_PX = 1.5
"""How far pictures of one night may lie from each other, at the working width [given]."""


@dataclass(slots=True)
class NightView:
    """The scene by night: `known` with how it lies against the reference, and a candidate while a night lasts."""

    known: tuple[Reference, Placement] | None = None
    _candidate: Reference | None = None
    _began: datetime | None = None
    _seen: datetime | None = None

    def dark(self, view: View, at: datetime, sound_at: datetime | None) -> None:
        """A picture of the night that could not be told; `sound_at`: when the scene was last found in place."""
        if self._candidate is None or not _within(self._seen, at):
            fresh = Reference(view) if _within(sound_at, at) else None
            self._candidate = fresh if fresh is not None and fresh.usable else None
            self._began = self._seen = at
            return
        placement = self._candidate.near(view).placement
        if placement is not None and placement.farthest_px(view.size) <= STILL_PX:
            self._seen = at

    def light(self, placement: Placement, at: datetime) -> bool:
        """The scene lies in place again, as `placement` says; whether a night's picture is known by that."""
        candidate, began, seen = self._candidate, self._began, self._seen
        self._candidate = None
        if candidate is None or began is None or seen is None or not _within(seen, at):
            return False
        if (seen - began).total_seconds() < LEAST_S:
            return False
        self.known = candidate, placement
        return True


def _within(before: datetime | None, at: datetime) -> bool:
    return before is not None and 0 <= (at - before).total_seconds() <= GAP_S
