"""Boxes of one frame that are the same thing twice, which suppression within one kind leaves over."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.boxes import Box, area, inside_share, iou, overlap
from detectors.sightings import Sighting

_SAME_IOU, _HEAPED_IOU, _KINDS_IOU = 0.5, 0.7, 0.55
_INSIDE = 0.85
_SPANNED_INSIDE, _SPANNED, _APART = 0.7, 0.6, 0.1


def without_doubles(sightings: Sequence[Sighting], heaped: bool = False) -> list[Sighting]:
    """Without the weaker of two boxes on one thing.

    Things in a heap truly lie in each other's boxes; there only nearly equal boxes are doubles.
    """
    kept: list[Sighting] = []
    for sighting in sorted(sightings, key=lambda s: -s.score):
        if heaped:
            double = any(iou(sighting.box, other.box) >= _HEAPED_IOU for other in kept)
        else:
            double = any(_one_thing(sighting.box, other.box) for other in kept)
        if not double:
            kept.append(sighting)
    return kept


def without_spanning(sightings: Sequence[Sighting]) -> list[Sighting]:
    """Without boxes that span several others, as a network draws them about signs in a row far away."""
    return [
        one
        for one in sightings
        if not _spans(one.box, [other.box for other in sightings if area(other.box) < area(one.box)])
    ]


def surer_than(sightings: Sequence[Sighting], others: Sequence[Sighting]) -> list[Sighting]:
    """Without those that the network takes, in nearly the same box, rather for one of the others."""
    return [
        one
        for one in sightings
        if not any(other.score > one.score and iou(one.box, other.box) >= _KINDS_IOU for other in others)
    ]


def _one_thing(one: Box, other: Box) -> bool:
    """Whether two boxes share half of what they cover, or one lies in the other."""
    return overlap(one, other) > 0 and (
        iou(one, other) >= _SAME_IOU or max(inside_share(one, other), inside_share(other, one)) >= _INSIDE
    )


def _spans(box: Box, smaller: Sequence[Box]) -> bool:
    """Whether two or more boxes that lie apart from each other, within this one, make up most of it."""
    within: list[Box] = []
    for other in sorted(smaller, key=area, reverse=True):
        if inside_share(other, box) >= _SPANNED_INSIDE and all(
            overlap(other, one) <= _APART * area(other) for one in within
        ):
            within.append(other)
    return len(within) >= 2 and sum(area(one) for one in within) >= _SPANNED * area(box)
