"""Whether a camera's lens is still clean: sharpness, and how much of the scene it shows, against its own history."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOOKS = 5
"""Looks whose median is the sharpness of now [given]."""
BASELINE_LOOKS = 12
BASELINE_APART_S = 600.0
"""Looks by day, so far apart, whose median is the camera's own sharpness [given]."""
SEEN, LOST = 0.6, 0.25
"""A place that agreed in at least the first share of looks and now in at most the second is hidden [given]."""


@dataclass(frozen=True, slots=True)
class LensRules:
    """When a lens is said to be soft or hidden; durations in seconds."""

    soft_ratio: float = 0.6
    """Sharpness below this share of the camera's own is soft [given]."""
    soft_after_s: float = 900.0
    hidden_share: float = 0.3
    """Share of the places of the reference that must be hidden [given]."""
    hidden_after_s: float = 3600.0
    """What stands in front for less is traffic [given]."""


@dataclass(slots=True)
class Lens:
    """What daylight looks that lie in place say of the lens; `note` them in the order of their times."""

    rules: LensRules
    sharpness: float | None = None
    """Of now, as a share of the camera's own; None until both are known."""
    own: float | None = None
    _first: list[float] = field(default_factory=list)
    _first_at: datetime | None = None
    _last: deque[float] = field(default_factory=lambda: deque(maxlen=LOOKS))
    _share: NDArray[np.float64] | None = None
    _usual: NDArray[np.float64] | None = None
    _noted: datetime | None = None
    _soft_since: datetime | None = None
    _hidden_since: datetime | None = None

    def note(self, at: datetime, sharpness: float | None, agree: NDArray[np.bool_]) -> None:
        """Take in one look: its sharpness against the reference's, and which places agreed (n,)."""
        if sharpness is not None:
            self._note_sharpness(at, sharpness)
        self._note_places(at, agree)
        self._noted = at

    @property
    def hidden_share(self) -> float:
        """Share of the places that used to be seen and no longer are."""
        if self._share is None or self._usual is None or not len(self._share):
            return 0.0
        used = self._usual >= SEEN
        hidden = used & (self._share <= LOST)
        return float(np.count_nonzero(hidden)) / max(1, np.count_nonzero(used))

    def soft_since(self, at: datetime) -> datetime | None:
        """Since when the picture is soft, once it has been so for long enough."""
        return _stood(self._soft_since, at, self.rules.soft_after_s)

    def hidden_since(self, at: datetime) -> datetime | None:
        """Since when part of the scene is hidden; the average that it is judged by has the delay in it."""
        return _stood(self._hidden_since, at, 0.0)

    def to_json(self) -> dict[str, Any]:
        """What must survive a restart: what is usual here."""
        return {"own": self.own, "usual": None if self._usual is None else [round(v, 3) for v in self._usual.tolist()]}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Go on from what `to_json` wrote."""
        self.own = document.get("own")
        usual = document.get("usual")
        self._usual = None if usual is None else np.array(usual, float)
        self._share = None if self._usual is None else self._usual.copy()

    def _note_sharpness(self, at: datetime, sharpness: float) -> None:
        self._last.append(sharpness)
        if self.own is None:
            if self._first_at is None or (at - self._first_at).total_seconds() >= BASELINE_APART_S:
                self._first.append(sharpness)
                self._first_at = at
            if len(self._first) < BASELINE_LOOKS:
                return
            self.own, self._first = float(np.median(self._first)), []
        self.sharpness = float(np.median(self._last)) / max(self.own, 1e-6)
        if self.sharpness >= self.rules.soft_ratio:
            self._soft_since = None
        elif len(self._last) == LOOKS:
            self._soft_since = self._soft_since or at

    def _note_places(self, at: datetime, agree: NDArray[np.bool_]) -> None:
        if self._share is None or len(self._share) != len(agree):
            self._share = agree.astype(float)
            self._usual = self._share.copy()
            return
        assert self._usual is not None
        elapsed_s = 0.0 if self._noted is None else max(0.0, (at - self._noted).total_seconds())
        # The share falls from 1 to LOST in `hidden_after_s`; a night between two looks counts as one look.
        constant_s = self.rules.hidden_after_s / np.log(1 / LOST)
        weight = 1.0 - float(np.exp(-min(elapsed_s, constant_s / 4) / constant_s))
        self._share += weight * (agree - self._share)
        self._usual = np.maximum(self._usual, self._share)
        if self.hidden_share < self.rules.hidden_share:
            self._hidden_since = None
        else:
            self._hidden_since = self._hidden_since or at


def _stood(since: datetime | None, at: datetime, for_s: float) -> datetime | None:
    return since if since is not None and (at - since).total_seconds() >= for_s else None
