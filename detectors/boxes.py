"""Small geometry of boxes in a picture and of rectangles on the ground."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]


def area(box: Box) -> float:
    """Square pixels, or square metres; 0 of a box whose edges are crossed."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def overlap(one: Box, other: Box) -> float:
    """Area that two boxes share."""
    if one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]:
        return 0.0
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, wide) * max(0.0, high)


def inside_share(one: Box, other: Box) -> float:
    """Share of `one` that lies inside `other`."""
    return overlap(one, other) / max(area(one), 1e-9)


def iou(one: Box, other: Box) -> float:
    """Intersection over union, 0..1."""
    shared = overlap(one, other)
    return shared / max(area(one) + area(other) - shared, 1e-9)


def hull(boxes: list[Box]) -> Box:
    """The smallest box around all."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def extent(points: Floats, axis: tuple[float, float]) -> Box:
    """(u0, v0, u1, v1) of (n, 2) ground points along and across `axis`: a box in the turned plane."""
    u = points @ np.asarray(axis)
    v = points @ np.array([-axis[1], axis[0]])
    return float(u.min()), float(v.min()), float(u.max()), float(v.max())


def turned(box: Box, axis: tuple[float, float], other: tuple[float, float]) -> Box:
    """The extent, in the plane turned to `other`, of a box in the plane turned to `axis`."""
    if axis == other:
        return box
    x, y = middle(box, axis)
    cos, sin = abs(axis[0] * other[0] + axis[1] * other[1]), abs(axis[0] * other[1] - axis[1] * other[0])
    long, wide = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    half_u, half_v = long * cos + wide * sin, long * sin + wide * cos
    u, v = x * other[0] + y * other[1], y * other[0] - x * other[1]
    return u - half_u, v - half_v, u + half_u, v + half_v


def corners(box: Box, axis: tuple[float, float]) -> list[tuple[float, float]]:
    """Four ground points, counter-clockwise, of a box in the plane turned to `axis`."""
    (u0, v0, u1, v1), (x, y) = box, axis
    return [(u * x - v * y, u * y + v * x) for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))]


def middle(box: Box, axis: tuple[float, float]) -> tuple[float, float]:
    """Ground point in the middle of a box in the plane turned to `axis`."""
    u, v = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return u * axis[0] - v * axis[1], u * axis[1] + v * axis[0]


def gap(one: Box, other: Box) -> float:
    """Metres (or pixels) between two boxes; 0 when they touch."""
    wide = max(one[0] - other[2], other[0] - one[2], 0.0)
    high = max(one[1] - other[3], other[1] - one[3], 0.0)
    return math.hypot(wide, high)


def joined(n: int, linked: list[tuple[int, int]]) -> list[list[int]]:
    """Indices 0..n-1 in groups that the given pairs connect, each group and the groups in rising order."""
    root = list(range(n))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for one, other in linked:
        a, b = find(one), find(other)
        root[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for i in range(n):
        groups.setdefault(find(i), []).append(i)
    return [groups[key] for key in sorted(groups)]
