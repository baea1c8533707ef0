"""Whose bicycles: the operator of a shared bicycle by the colour of its livery, counted over a heap.

A bicycle is given to an operator only where that operator's colour clearly stands out on the part of its box that no
nearer bicycle covers; it is called private only where the picture is large and light enough to show a livery and shows
none. Everything else is unknown: whoever is told wrongly to clear somebody else's bicycles stops believing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from detectors.boxes import Box, hull
from detectors.groups import Group
from streams import Frame, ObjectKind

PRIVATE, UNKNOWN = "private", "unknown"
_SURE_SHARE = 0.07
"""Share of a bicycle's free picture that must bear the colour of its livery [given]."""
_CLEAR_SHARE = 0.006
"""Share of it that may bear any livery's colour where the bicycle is called private [given]."""
_LEAD = 2.5
"""How many times more of the best colour there must be than of the next, and than on the ground around [given]."""
_AROUND = 0.15
"""How much ground around a heap is looked at, as a share of it: yellow paving makes no yellow bicycle [given]."""
_LEAST_PX = 30.0
"""A bicycle lower than this in the picture shows no livery [given]."""
_FREE_SHARE = 0.3
"""Share of its box that must not be covered by nearer bicycles [given]."""
_LEAST_LIGHT = 70.0
"""Mean value (0-255) below which colours cannot be told [given]."""
_BIKES = frozenset({ObjectKind.BICYCLE, ObjectKind.MOTORCYCLE})

Bools = NDArray[np.bool_]


class Livery(BaseModel):
    """The colour of one operator's bicycles, as ranges of OpenCV's HSV: hue 0-179, saturation and value 0-255.

    `operator` is the id of the operator in the register of bike operators, where it is filed there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str = Field(description="as operators read it, in both languages")
    operator: str | None = None
    hue: tuple[int, int]
    saturation: tuple[int, int] = (110, 255)
    value: tuple[int, int] = (90, 255)
    mark: str = "configured"

    def bears(self, hsv: NDArray[np.uint8]) -> Bools:
        """(h, w) which pixels have this colour."""
        low = (self.hue[0], self.saturation[0], self.value[0])
        high = (self.hue[1], self.saturation[1], self.value[1])
        return np.asarray(cv2.inRange(hsv, low, high) > 0, dtype=np.bool_)


def split_by_livery(looks: Sequence[tuple[Frame, Group]], liveries: Sequence[Livery]) -> dict[str, int]:
    """How many bicycles of a heap are whose, most first: ids of liveries, `private`, `unknown`.

    Over several pictures of one heap the median count of each is taken; what that leaves open is unknown.
    """
    seen = [Counter(_owners(frame, group, liveries)) for frame, group in looks]
    seen = [counts for counts in seen if counts]
    if not seen:
        return {}
    total = round(median(sum(counts.values()) for counts in seen))
    known = {}
    for name in [*(livery.id for livery in liveries), PRIVATE]:
        count = int(median(counts[name] for counts in seen))
        if count:
            known[name] = count
    rest = total - sum(known.values())
    ranked = dict(sorted(known.items(), key=lambda entry: -entry[1]))
    return {**ranked, UNKNOWN: rest} if rest > 0 else ranked


def _owners(frame: Frame, group: Group, liveries: Sequence[Livery]) -> list[str]:
    boxes = [_within(part.box, frame.size) for part in group.parts if part.kind in _BIKES]
    boxes = [box for box in boxes if box[2] - box[0] >= 2 and box[3] - box[1] >= 2]
    if not boxes:
        return []
    around = hull(boxes)
    dx, dy = (around[2] - around[0]) * _AROUND, (around[3] - around[1]) * _AROUND
    wide = (around[0] - dx, around[1] - dy, around[2] + dx, around[3] + dy)
    left, top, right, bottom = (int(edge) for edge in _within(wide, frame.size))
    hsv = np.asarray(cv2.cvtColor(frame.part((left, top, right, bottom)), cv2.COLOR_BGR2HSV), dtype=np.uint8)
    ground = np.ones(hsv.shape[:2], dtype=np.bool_)
    for box in boxes:
        ground[_slices(box, (left, top))] = False
    bears = [livery.bears(hsv) for livery in liveries]
    beside = [float(mask[ground].mean()) if ground.any() else 0.0 for mask in bears]
    return [_owner(box, boxes, hsv, bears, beside, liveries, (left, top)) for box in boxes]


def _owner(
    box: Box,
    boxes: Sequence[Box],
    hsv: NDArray[np.uint8],
    bears: Sequence[Bools],
    beside: Sequence[float],
    liveries: Sequence[Livery],
    corner: tuple[int, int],
) -> str:
    """Whose one bicycle is; `beside` is how much of the ground around has each livery's colour, `corner` where the crop
    `hsv` begins in the picture."""
    if box[3] - box[1] < _LEAST_PX:
        return UNKNOWN
    rows, columns = _slices(box, corner)
    free = np.ones(hsv[rows, columns].shape[:2], dtype=np.bool_)
    for other in boxes:
        if other is not box and other[3] > box[3]:
            r, c = _slices(other, corner)
            free[max(r.start - rows.start, 0) : max(r.stop - rows.start, 0),
                 max(c.start - columns.start, 0) : max(c.stop - columns.start, 0)] = False  # fmt: skip
    if free.mean() < _FREE_SHARE or hsv[rows, columns, 2][free].mean() < _LEAST_LIGHT:
        return UNKNOWN
    shares = [float(mask[rows, columns][free].mean()) for mask in bears]
    ranked = sorted(range(len(shares)), key=lambda i: -shares[i])
    if not ranked or shares[ranked[0]] <= _CLEAR_SHARE:
        return PRIVATE if ranked else UNKNOWN
    best, after = shares[ranked[0]], shares[ranked[1]] if len(ranked) > 1 else 0.0
    stands_out = best >= _SURE_SHARE and best >= _LEAD * max(after, beside[ranked[0]])
    return liveries[ranked[0]].id if stands_out else UNKNOWN


def _slices(box: Box, corner: tuple[int, int]) -> tuple[slice, slice]:
    left, top = corner
    return slice(int(box[1]) - top, int(box[3]) - top), slice(int(box[0]) - left, int(box[2]) - left)


def _within(box: Box, size: tuple[int, int]) -> Box:
    width, height = size
    return max(box[0], 0.0), max(box[1], 0.0), min(box[2], float(width)), min(box[3], float(height))
