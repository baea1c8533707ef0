"""The answer of a detector: which elements of a violation are met, with what values, and in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from detectors.violation import Violation
from detectors.words import sentence

Value = float | int | str | None


class Standing(StrEnum):
    """How a thing stands to the law at one instant."""

    UNLAWFUL = "unlawful"
    LAWFUL = "lawful"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a violation: `met` True, False, or None where the observations cannot decide it yet."""

    code: str
    met: bool | None
    value: Value = None
    threshold: Value = None

    @property
    def zh(self) -> str:
        return sentence(self.code, self.met, self.value, self.threshold)[0]

    @property
    def en(self) -> str:
        return sentence(self.code, self.met, self.value, self.threshold)[1]

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "met": self.met,
            "value": self.value,
            "threshold": self.threshold,
            "zh": self.zh,
            "en": self.en,
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one detector says of one incident at one instant.

    `elements` are those of place, thing and hour; dwell, presence and confirmation are added by the incident. `exempt`
    names what makes the thing lawful (PERMIT, SEAT, LICENCE, BAY, UNLOADING) or silent (SUPPRESSED), None where
    nothing does.
    """

    violation: Violation
    subkind: str
    elements: tuple[Element, ...]
    exempt: str | None = None
    count: int = 1
    shop_id: str | None = None
    shop_name: str | None = None
    phase: str | None = None
    zone_ids: tuple[str, ...] = ()
    facts: dict[str, Any] | None = None

    @property
    def standing(self) -> Standing:
        """How the thing stands now; a permit in force that may or may not reach it is the party's benefit of doubt."""
        if any(element.met is False for element in self.elements):
            return Standing.LAWFUL
        if any(element.met is None and element.code == "NO_PERMIT" for element in self.elements):
            return Standing.LAWFUL
        if any(element.met is None for element in self.elements):
            return Standing.UNDECIDED
        return Standing.UNLAWFUL

    @property
    def unmet(self) -> tuple[Element, ...]:
        return tuple(element for element in self.elements if element.met is not True)
