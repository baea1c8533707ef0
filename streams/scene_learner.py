"""A reference picture learnt from what a camera shows: what stood through several pictures by day."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from streams.scene import Reference, View

PICTURES = 9
"""Pictures whose median is taken: what passes by is in few of them [given]."""
STILL_PX = 1.5
"""How far each of them may lie from their median, at the working width [given]."""
LEAST, MOST = 30.0, 230.0
"""Mean grey levels between which a picture is well exposed [given]."""
LOOKS_APART_S = 10.0
"""The least time between two of the pictures [given]."""


class Learner:
    """Gathers pictures until their median can serve; begins anew where the camera was not still meanwhile."""

    def __init__(self) -> None:
        self._views: list[View] = []
        self._taken_at: datetime | None = None

    def take(self, view: View, at: datetime) -> Reference | None:
        """Take in a picture; the reference, once there are enough."""
        soon = self._taken_at is not None and 0 <= (at - self._taken_at).total_seconds() < LOOKS_APART_S - 0.5
        if soon or not LEAST <= view.brightness <= MOST:
            return None
        self._views = [kept for kept in self._views if kept.size == view.size] + [view]
        self._taken_at = at
        if len(self._views) < PICTURES:
            return None
        learnt = Reference(View(np.median([kept.grey for kept in self._views], axis=0).astype(np.uint8)))
        placed = [learnt.near(kept).placement for kept in self._views] if learnt.usable else []
        still = [p is not None and p.farthest_px(view.size) <= STILL_PX for p in placed]
        if placed and all(still):
            self._views = []
            return learnt
        self._views = self._views[PICTURES // 2 :]
        return None
