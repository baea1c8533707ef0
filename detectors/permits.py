"""Whether a permit makes lawful what stands on public ground."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.judgement import Element
from geofence import FeatureFact, Layer, Ruling

_PERMITS = frozenset({Layer.VENDING_PERMITTED, Layer.OUTDOOR_SEATING})


def no_permit(ruling: Ruling, seating: Iterable[FeatureFact], accuracy_m: float) -> Element:
    """The element «no permit is in force here now».

    Where a permit in force may or may not reach the place, or its hours cannot be known, the doubt is the party's: the
    element is open, and no dwell runs (`Judgement.standing`).
    """
    holding = [*ruling.permits, *seating]
    for permit in holding:
        if permit.in_force:
            return Element("NO_PERMIT", False, permit.name)
    for fact in [*holding, *ruling.near]:
        near = fact.layer in _PERMITS and fact.in_force is not False and fact.distance_m > -accuracy_m
        if near:
            return Element("NO_PERMIT", None, fact.name)
    return Element("NO_PERMIT", True)
