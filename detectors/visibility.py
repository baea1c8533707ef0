"""Whether a source could see a place at all: a thing that a bus hides is not gone."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from geofence import GroundView
from streams import Detection, ObjectKind

Floats = NDArray[np.float64]

_GRID = 8
_HIDDEN_SHARE = 0.4
_IN_PICTURE_SHARE = 0.6
_NEARER_PX = 2.0
_SAME_BOX_IOU = 0.6

Cuboid = tuple[Sequence[tuple[float, float]], float, float]
"""Four corners on the ground, the heights of its lower and upper face (metres)."""


class Shown(StrEnum):
    """What a frame says of a place where nothing was found."""

    IN_VIEW = "in_view"
    HIDDEN = "hidden"
    OUT_OF_VIEW = "out_of_view"


def expected_boxes(view: GroundView, cuboids: Sequence[Cuboid]) -> Floats:
    """(n, 4) boxes in the picture of upright cuboids; NaN for one that is behind the camera."""
    points = [(x, y, height) for base, low_m, high_m in cuboids for height in (low_m, high_m) for x, y in base]
    pixels = view.pixel(points).reshape(-1, 8, 2)
    return np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1)


def shown(
    expected: Floats, detections: Sequence[Detection], image_size: tuple[int, int], min_box_px: float
) -> list[Shown]:
    """Whether the place of each of (n, 4) expected boxes lies in the picture, large enough, nothing standing before it.

    What hides a place stands nearer to the camera: its lower edge is lower in the picture, and it is not the thing
    itself (whose box would nearly equal the expected one).
    """
    x1, y1, x2, y2 = expected.T[:, :, None]
    size = (x2 - x1) * (y2 - y1)
    inside = _overlaps(expected, np.array([[0.0, 0.0, *image_size]]))
    visible = np.isfinite(size) & (y2 - y1 >= min_box_px) & (inside >= _IN_PICTURE_SHARE * size)
    others = np.array([d.box for d in detections if d.kind is not ObjectKind.SIGNBOARD]).reshape(-1, 4)
    left, top, right, bottom = others.T
    shared = _overlaps(expected, others)
    alike = shared >= _SAME_BOX_IOU * np.maximum(size + (right - left) * (bottom - top) - shared, 1e-9)
    before = (shared > 0) & (bottom > y2 + _NEARER_PX) & ~alike
    steps = (np.arange(_GRID) + 0.5) / _GRID
    x, y = (x1 + steps * (x2 - x1))[:, None, :], (y1 + steps * (y2 - y1))[:, None, :]
    across = (x >= left[:, None]) & (x <= right[:, None]) & before[:, :, None]
    down = (y >= top[:, None]) & (y <= bottom[:, None])
    hidden = (across[:, :, None, :] & down[:, :, :, None]).any(axis=1).mean(axis=(1, 2)) >= _HIDDEN_SHARE
    answers = np.where(visible[:, 0], np.where(hidden, Shown.HIDDEN, Shown.IN_VIEW), Shown.OUT_OF_VIEW)
    return [Shown(answer) for answer in answers.tolist()]


def _overlaps(boxes: Floats, others: Floats) -> Floats:
    """(n, m) areas that each of (n, 4) boxes shares with each of (m, 4) others."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    areas: Floats = np.maximum(high - low, 0.0).prod(axis=2)
    return areas
