"""The colours of a stall, to know it again when its vendor has moved on a few metres."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.boxes import Box
from streams import Frame

_HUES, _SATURATIONS, _VALUES = 12, 3, 3
_INNER_SHARE = 0.8


def look_of(frame: Frame, box: Box) -> tuple[float, ...] | None:
    """Colour signature (hue, saturation, value histogram, unit length) of the inner part of a box; None if empty."""
    width, height = frame.size
    x1, y1, x2, y2 = box
    shrink_x, shrink_y = (x2 - x1) * (1 - _INNER_SHARE) / 2, (y2 - y1) * (1 - _INNER_SHARE) / 2
    left, right = max(int(x1 + shrink_x), 0), min(int(x2 - shrink_x), width)
    top, bottom = max(int(y1 + shrink_y), 0), min(int(y2 - shrink_y), height)
    if right - left < 4 or bottom - top < 4:
        return None
    colours = cv2.cvtColor(frame.part((left, top, right, bottom)), cv2.COLOR_BGR2HSV)
    counts = cv2.calcHist([colours], [0, 1, 2], None, [_HUES, _SATURATIONS, _VALUES], [0, 180, 0, 256, 0, 256])
    # The square root keeps one large plain face (a grey cart) from outweighing every colour on it.
    signature = np.sqrt(np.asarray(counts, dtype=np.float64).ravel())
    return tuple(float(value) for value in signature / max(float(np.linalg.norm(signature)), 1e-9))


def likeness(one: tuple[float, ...] | None, other: tuple[float, ...] | None) -> float:
    """0..1; 1 = the same colours in the same amounts, 0 where one of the signatures is missing."""
    if one is None or other is None:
        return 0.0
    return float(np.dot(one, other) / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-9))
