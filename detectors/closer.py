"""The closer look: what is read off the pictures that confirm an alert, once, before it is told.

Whose bicycles make up a heap and whether they stand in a row; what a sign says. None of it decides whether there is a
violation: it is for whoever has to find the party, and stands in the alert as data and in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

import numpy as np

from detectors.groups import Group
from detectors.judgement import Element, Judgement
from detectors.liveries import PRIVATE, UNKNOWN, Livery, split_by_livery
from detectors.signs import SignReader, read_sign
from detectors.violation import Violation
from streams import Frame

Looks = Sequence[tuple[Frame, Group]]

_FEWEST_IN_A_ROW = 3
_ROW_SCATTER_M = 0.3
"""Metres (root mean square) that bicycles of a row stand off their line at most [given]."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: in words as elements that are met, and as data."""

    elements: tuple[Element, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def onto(self, judgement: Judgement) -> Judgement:
        """The judgement with this beside it."""
        facts = {**(judgement.facts or {}), **self.facts}
        return replace(judgement, elements=(*judgement.elements, *self.elements), facts=facts)


@dataclass(frozen=True, slots=True)
class CloserLook:
    """Reads liveries and signs; `signs` is None where the extra `[ocr]` is not installed."""

    liveries: Sequence[Livery] = ()
    signs: SignReader | None = None

    def read(self, violation: Violation, looks: Looks) -> Reading:
        """What the pictures of a thing show beside the violation; it may take a second."""
        if violation is Violation.BIKE_CLUTTER:
            return self._bikes(looks)
        if violation is Violation.OUTDOOR_AD and self.signs is not None:
            return _sign(self.signs, looks)
        return Reading()

    def _bikes(self, looks: Looks) -> Reading:
        elements, facts = [], dict[str, Any]()
        pattern = pattern_of([group for _, group in looks])
        if pattern is not None:
            facts["pattern"] = pattern
            elements.append(Element("PATTERN", True, pattern))
        split = split_by_livery(looks, self.liveries) if self.liveries else {}
        if split:
            known = {livery.id: livery for livery in self.liveries}
            shared = sum(count for name, count in split.items() if name in known)
            facts["brands"] = [
                {"id": name, "count": count, "operator": known[name].operator if name in known else None}
                for name, count in split.items()
            ]
            facts |= {"shared": shared, "private": split.get(PRIVATE, 0), "unknown": split.get(UNKNOWN, 0)}
            told = (f"{known[name].title if name in known else name} {count}" for name, count in split.items())
            elements.append(Element("BRANDS", True, ", ".join(told)))
        return Reading(tuple(elements), facts)


def pattern_of(groups: Sequence[Group]) -> str | None:
    """`row` where the bicycles of a heap stand along one line, else `heap`; None where there are too few to say."""
    scatter = [_scatter_m(group) for group in groups if len(group.parts) >= _FEWEST_IN_A_ROW]
    if not scatter:
        return None
    return "row" if median(scatter) <= _ROW_SCATTER_M else "heap"


def _scatter_m(group: Group) -> float:
    """Root mean square distance of the bicycles from the line that fits them best."""
    places = np.array([part.xy for part in group.parts])
    return float(np.sqrt(np.linalg.eigvalsh(np.cov(places.T, bias=True)).min().clip(0.0)))


def _sign(reader: SignReader, looks: Looks) -> Reading:
    said = read_sign(reader, looks)
    if said is None:
        return Reading()
    sign = {"text": said.text, "score": round(said.score, 2)}
    return Reading((Element("SIGN_TEXT", True, said.text),), {"sign": sign})
