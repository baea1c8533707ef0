"""Whether a source could see a place at all: a thing that a bus hides is not gone."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from detectors.boxes import Box, area, corners, iou, overlap
from geofence import GroundView
from streams import Detection, ObjectKind

Floats = NDArray[np.float64]

_GRID = 8
_HIDDEN_SHARE = 0.4
_IN_PICTURE_SHARE = 0.6


class Shown(StrEnum):
    """What a frame says of a place where nothing was found."""

    IN_VIEW = "in_view"
    HIDDEN = "hidden"
    OUT_OF_VIEW = "out_of_view"


def expected_box(view: GroundView, ground: Box, axis: tuple[float, float], low_m: float, high_m: float) -> Box | None:
    """Box in the picture of an upright cuboid over `ground` between two heights; none where it is behind."""
    base = corners(ground, axis)
    points = np.concatenate([np.column_stack([base, np.full(4, height)]) for height in (low_m, high_m)])
    pixels = view.pixel(points)
    if not np.isfinite(pixels).all():
        return None
    x1, y1 = pixels.min(axis=0)
    x2, y2 = pixels.max(axis=0)
    return float(x1), float(y1), float(x2), float(y2)


def shown(
    expected: Box | None, detections: Sequence[Detection], image_size: tuple[int, int], min_box_px: float
) -> Shown:
    """Whether the place of an expected box lies in the picture, large enough, and with nothing standing before it.

    What hides a place stands nearer to the camera: its lower edge is lower in the picture, and it is not the thing
    itself (whose box would nearly equal the expected one).
    """
    if expected is None or expected[3] - expected[1] < min_box_px:
        return Shown.OUT_OF_VIEW
    picture = (0.0, 0.0, float(image_size[0]), float(image_size[1]))
    if overlap(expected, picture) < _IN_PICTURE_SHARE * area(expected):
        return Shown.OUT_OF_VIEW
    before = [d.box for d in detections if _stands_before(d, expected)]
    if not before:
        return Shown.IN_VIEW
    xs = expected[0] + (np.arange(_GRID) + 0.5) / _GRID * (expected[2] - expected[0])
    ys = expected[1] + (np.arange(_GRID) + 0.5) / _GRID * (expected[3] - expected[1])
    grid_x, grid_y = np.meshgrid(xs, ys)
    covered = np.zeros((_GRID, _GRID), dtype=np.bool_)
    for x1, y1, x2, y2 in before:
        covered |= (grid_x >= x1) & (grid_x <= x2) & (grid_y >= y1) & (grid_y <= y2)
    return Shown.HIDDEN if covered.mean() >= _HIDDEN_SHARE else Shown.IN_VIEW


def _stands_before(detection: Detection, expected: Box) -> bool:
    if detection.kind is ObjectKind.SIGNBOARD or overlap(detection.box, expected) <= 0:
        return False
    return detection.box[3] > expected[3] + 2.0 and iou(detection.box, expected) < 0.6
