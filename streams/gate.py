"""The change gate: spares the network pictures in which nothing moved."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from streams.frame import Frame

SIZE = (160, 90)
"""Pictures are compared at this size, (width, height) in pixels."""
MEDIAN_OF = 7
"""Every so many pixels tell how the light changed; no divisor of the width, so that no column is favoured."""


class Gate:
    """Says whether a picture differs from those since the last one that passed.

    It compares with the last picture that passed, not with a background, because detections of that picture are
    carried forward while the gate stays shut; a running average only takes the noise out. A change of the light over
    the whole picture is taken off before comparing. Where most of the picture differs all the same (lightning, the
    camera turned), it passes once and becomes the new reference. What creeps in more slowly than the average forgets
    is met by the heartbeat.
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
        self._reference: NDArray[np.float32] | None = None
        self._passed_s = float("-inf")

    def passes(self, frame: Frame) -> bool:
        """Whether `frame` must be analysed: it changed, or the heartbeat is due."""
        changed = self.changed(frame.grey(SIZE))
        if changed or frame.pts_s - self._passed_s >= self.heartbeat_s or frame.pts_s < self._passed_s:
            self._passed_s = frame.pts_s
            return True
        return False

    def changed(self, image: NDArray[np.uint8]) -> bool:
        """Whether `image` (grey (h, w) or BGR (h, w, 3), uint8) differs; the first picture does."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
        if (grey.shape[1], grey.shape[0]) != SIZE:
            grey = cv2.resize(grey, SIZE, interpolation=cv2.INTER_AREA)
        now: NDArray[np.float32] = np.asarray(cv2.blur(grey, (3, 3)), np.float32)
        if self._reference is None:
            self._reference = now
            return True
        difference = now - self._reference
        difference -= np.median(difference.ravel()[::MEDIAN_OF])
        if float(np.mean(np.abs(difference) > self._levels)) > self._share:
            self._reference = now
            return True
        cv2.accumulateWeighted(now, self._reference, self._forget)
        return False
