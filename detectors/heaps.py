"""Heaps of bicycles counted again at native resolution.

In a small copy of a picture the network sees few of a heap's bicycles. A heap that is about half as large as it would
have to be is looked at once in every stretch in which counts are believed (`hysteresis_s`), at most one heap a frame.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from detectors.boxes import gap, middle, turned
from detectors.groups import Group
from detectors.native import part_about, see_parts
from detectors.rules import DetectorRules
from detectors.violation import Family
from streams import Detection, Frame, Network

_WORTH_IT = 0.5
_TOUCHING_M = 0.5

Gather = Callable[[list[Detection]], list[Group]]


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many bicycles a close look found at a place of the plane (metres)."""

    xy: tuple[float, float]
    at: datetime
    count: int


class HeapCounter:
    """Remembers the close counts of one source."""

    def __init__(self, network: Network, rules: DetectorRules) -> None:
        self._network = network
        self._rules = rules
        self._counted: list[_Counted] = []

    def counted(self, groups: Sequence[Group], frame: Frame, gather: Gather) -> list[Group]:
        """The groups of a frame, heaps with the larger of their counts; `gather` makes groups of detections."""
        kept_s = self._rules.hysteresis_s
        self._counted = [one for one in self._counted if (frame.captured_at - one.at).total_seconds() < kept_s]
        looked, out = False, []
        for group in groups:
            close = self._known(group)
            if close is None and not looked and self._worth_it(group):
                close = self._look(group, frame, gather)
                looked = close is not None
            out.append(group if close is None else replace(group, count=max(group.count, close.count)))
        return out

    def _worth_it(self, group: Group) -> bool:
        threshold = self._rules.count_threshold
        return group.family is Family.BIKES and _WORTH_IT * threshold <= group.count < threshold

    def _known(self, group: Group) -> _Counted | None:
        if group.family is not Family.BIKES:
            return None
        xy = middle(group.ground, group.axis)
        return next((one for one in self._counted if math.dist(one.xy, xy) <= self._rules.cell_m), None)

    def _look(self, group: Group, frame: Frame, gather: Gather) -> _Counted | None:
        part = part_about(group.box, frame.size, self._network.input_size)
        if part is None:
            return None
        (found,) = see_parts(self._network, [(frame, part)])
        there = [
            other.count
            for other in gather(found)
            if other.family is Family.BIKES
            and gap(turned(other.ground, other.axis, group.axis), group.ground) <= _TOUCHING_M
        ]
        close = _Counted(middle(group.ground, group.axis), frame.captured_at, sum(there))
        self._counted.append(close)
        return close
