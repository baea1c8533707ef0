"""The change gate: spares the network pictures in which nothing moved."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from streams.frame import Frame

Grey = NDArray[np.float32]
SIZE = (160, 90)
"""Pictures are compared at this size, (width, height) in pixels."""
_SPECK = np.ones((2, 2), np.uint8)
"""What is the same in two looks and smaller than this is chance, where many people pass."""
MEDIAN_OF = 7
"""Every so many pixels tell how the light changed; no divisor of the width, so that no column is favoured."""


class Gate:
    """Says whether a picture differs from those since the last one that passed.

    It compares with the last picture that passed, because detections of that picture are carried forward while the gate
    stays shut; a running average only takes the noise out. A change of the light over the whole picture is taken off
    before comparing. Where most of the picture differs all the same (lightning, the camera turned), it passes once and
    becomes the new reference. What creeps in more slowly than the average forgets is met by the heartbeat.

    Under pressure (more pictures than the networks can take) it tells what stands from what moves: something that came
    to a stand, or left, passes at once, by a picture of the ground that only learns what is the same in two looks; what
    merely passes by has patience for so many looks. Things that are judged stand for minutes.
    """

    def __init__(
        self,
        heartbeat_s: float = 30.0,
        *,
        levels: float = 16.0,
        share: float = 0.0008,
        forget: float = 0.1,
    ) -> None:
        """`levels`: grey levels a pixel must differ by; `share`: of all pixels, how many must; `forget`: weight of a
        new picture in the running average [given]."""
        self.heartbeat_s = heartbeat_s
        self._levels = levels
        self._share = share
        self._forget = forget
        self._reference: Grey | None = None
        self._ground: Grey | None = None
        self._before: Grey | None = None
        self._passed_s = float("-inf")
        self._carried = 0

    def passes(self, frame: Frame, patience: int = 0) -> bool:
        """Whether `frame` must be analysed: it changed, or the heartbeat is due. What merely moves is let through after
        `patience` looks that did not pass."""
        now = _small(frame.grey(SIZE))
        stands, moves = self._stands(now), self._differs(now)
        due = not 0 <= frame.pts_s - self._passed_s < self.heartbeat_s
        if stands or due or (moves and self._carried >= patience):
            self._passed_s, self._carried = frame.pts_s, 0
            if moves:
                self._reference = now
            return True
        self._carried += 1
        return False

    def changed(self, image: NDArray[np.uint8]) -> bool:
        """Whether `image` (grey (h, w) or BGR (h, w, 3), uint8) differs; the first picture does."""
        now = _small(image)
        if self._differs(now):
            self._reference = now
            return True
        return False

    def _differs(self, now: Grey) -> bool:
        """Whether anything differs from the last picture that passed; what does not is averaged into it."""
        if self._reference is None:
            return True
        difference = now - self._reference
        difference -= np.median(difference.ravel()[::MEDIAN_OF])
        if float(np.mean(np.abs(difference) > self._levels)) > self._share:
            return True
        cv2.accumulateWeighted(now, self._reference, self._forget)
        return False

    def _stands(self, now: Grey) -> bool:
        """Whether something stands, or is gone, that was not so before: the same in two looks, and not the ground."""
        if self._ground is None or self._before is None:
            self._ground, self._before = now.copy(), now
            return False
        now = now - np.float32(np.median((now - self._ground).ravel()[::MEDIAN_OF]))
        same = np.abs(now - self._before) <= self._levels / 2
        fresh = same & (np.abs(now - self._ground) > self._levels)
        fresh = cv2.morphologyEx(fresh.astype(np.uint8), cv2.MORPH_OPEN, _SPECK).astype(bool)
        np.copyto(self._ground, now, where=fresh)
        cv2.accumulateWeighted(now, self._ground, self._forget, mask=same.astype(np.uint8))
        self._before = now
        return float(np.mean(fresh)) > self._share


def _small(image: NDArray[np.uint8]) -> Grey:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    if (grey.shape[1], grey.shape[0]) != SIZE:
        grey = cv2.resize(grey, SIZE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(grey, (3, 3)), np.float32)
