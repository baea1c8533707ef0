"""A second look at native resolution: of a large picture the network sees a small copy, of a part of it every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from detectors.boxes import Box
from streams import Detection, Frame, Network

_ROOM = 1.8
"""A part is at least this many times as wide, and as high, as what it is to show."""
_BORDER_PX = 2.0


def part_about(box: Box, size: tuple[int, int], limit: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The part (left, top, right, bottom) of a picture of `size` px to look at for what stands in `box`: as large as
    the network takes (`limit`), larger where the thing is, of the picture's own shape. None where that is no gain."""
    width, height = size
    scale = max(min(limit[0] / width, limit[1] / height), _ROOM * (box[2] - box[0]) / width)
    scale = max(scale, _ROOM * (box[3] - box[1]) / height)
    if scale >= 1.0:
        return None
    wide, high = round(width * scale / 2) * 2, round(height * scale / 2) * 2
    left = round(min(max((box[0] + box[2] - wide) / 2, 0), width - wide))
    top = round(min(max((box[1] + box[3] - high) / 2, 0), height - high))
    return left, top, left + wide, top + high


def see_parts(network: Network, looks: Sequence[tuple[Frame, tuple[int, int, int, int]]]) -> list[list[Detection]]:
    """What a network sees in a part of each frame, boxes in pixels of the frame; what the part cuts is left out."""
    found = network.detect([frame.part(part) for frame, part in looks])
    return [
        [_moved(one, part) for one in detections if _whole(one.box, part, frame.size)]
        for detections, (frame, part) in zip(found, looks, strict=True)
    ]


def _moved(one: Detection, part: tuple[int, int, int, int]) -> Detection:
    x1, y1, x2, y2 = one.box
    return replace(one, box=(x1 + part[0], y1 + part[1], x2 + part[0], y2 + part[1]))


def _whole(box: Box, part: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    """Whether a box (in px of the part) ends within the part, or where the picture itself does."""
    wide, high = part[2] - part[0], part[3] - part[1]
    inside = (box[0] > _BORDER_PX, box[1] > _BORDER_PX, box[2] < wide - _BORDER_PX, box[3] < high - _BORDER_PX)
    ends = (part[0] == 0, part[1] == 0, part[2] == size[0], part[3] == size[1])
    return all(one or other for one, other in zip(inside, ends, strict=True))
