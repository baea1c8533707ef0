"""Why not: things that came near an alert and raised none, with their reasons in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from detectors.ground import Ground
from detectors.incident import Incident
from detectors.judge import required_dwell_s
from detectors.judgement import Element, Judgement
from detectors.rules import DetectorRules
from detectors.violation import Violation
from records import iso

# With at most this many elements open or unmet a thing was near an alert, however short it stood.
_NEAR_ELEMENTS = 1


@dataclass(frozen=True, slots=True)
class Explanation:
    """One non-alert: what it would have been, where, since when, and the elements that are not met."""

    incident_id: str
    violation: Violation
    lon: float
    lat: float
    since: datetime
    until: datetime
    exempt: str | None
    elements: tuple[Element, ...]

    @property
    def missing(self) -> tuple[Element, ...]:
        return tuple(element for element in self.elements if element.met is not True)

    @property
    def zh(self) -> str:
        return f"未告警（{self.violation.title_zh}）：" + "；".join(element.zh for element in self.missing)

    @property
    def en(self) -> str:
        return f"no alert ({self.violation.title_en}): " + "; ".join(element.en for element in self.missing)

    def to_json(self) -> dict[str, Any]:
        return {
            "incident_id": self.incident_id,
            "kind": self.violation.value,
            "lon": self.lon,
            "lat": self.lat,
            "since": iso(self.since),
            "until": iso(self.until),
            "exempt": self.exempt,
            "why_zh": self.zh,
            "why_en": self.en,
            "elements": [element.to_json() for element in self.elements],
        }


def explain(incident: Incident, judgement: Judgement, ground: Ground, *more: Element) -> Explanation:
    """Put an incident that raised no alert into words; `judgement` bears its time, `more` is what else spoke against
    it."""
    lon, lat = ground.lonlat(incident.xy)
    return Explanation(
        incident.id,
        judgement.violation,
        lon,
        lat,
        incident.opened,
        incident.last_seen,
        judgement.exempt,
        (*judgement.elements, *more),
    )


def near_threshold(incident: Incident, judgement: Judgement, rules: DetectorRules) -> bool:
    """Whether a clerk could ask why this raised no alert: it stood for a good part of the dwell, or almost all was
    met, or what keeps it lawful is an exemption."""
    stood_s = (incident.last_seen - incident.opened).total_seconds()
    long = stood_s >= rules.explain_ratio * required_dwell_s(judgement.violation, rules)
    almost = len(judgement.unmet) <= _NEAR_ELEMENTS or judgement.exempt is not None
    return incident.observations >= rules.min_observations and long and almost


def latest(explanations: Sequence[Explanation]) -> list[Explanation]:
    """The last explanation of each stay of an incident, in the order in which they began."""
    by_stay = {(explanation.incident_id, explanation.since): explanation for explanation in explanations}
    return sorted(by_stay.values(), key=lambda explanation: explanation.since)
