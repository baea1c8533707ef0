"""One door to the four detectors, and the elements of time that all of them share."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from detectors.bike_clutter import judge_bikes
from detectors.ground import Ground
from detectors.incident import Incident
from detectors.judgement import Element, Judgement
from detectors.observations import Thing
from detectors.occupation import judge_occupation
from detectors.outdoor_ad import judge_board
from detectors.rules import DetectorRules
from detectors.violation import Family, Violation


def judge(thing: Thing, ground: Ground, at: datetime, axis: tuple[float, float]) -> Judgement:
    """How a thing stands to the law of its place at a time: the elements of place, thing and hour."""
    if thing.family is Family.BOARD:
        return judge_board(thing, ground, at)
    if thing.family is Family.BIKES:
        return judge_bikes(thing, ground, at, axis)
    return judge_occupation(thing, ground, at)


def with_time(judgement: Judgement, incident: Incident, rules: DetectorRules) -> Judgement:
    """The judgement with how reliably the thing was seen, and how long it stood unlawfully."""
    few = incident.observations < rules.min_observations
    share = round(incident.presence, 2)
    present = None if few else share >= rules.presence_ratio
    dwell_s = round(incident.unlawful_s, 1)
    required_s = rules.dwell_s[judgement.violation]
    elements = (
        *judgement.elements,
        Element("PRESENCE", present, share, rules.presence_ratio),
        Element("DWELL", dwell_s >= required_s, dwell_s, required_s),
    )
    return replace(judgement, elements=elements)


def ripe(judgement: Judgement) -> bool:
    """Whether every element is met."""
    return all(element.met is True for element in judgement.elements)


def nearly_ripe(judgement: Judgement, step_s: float) -> bool:
    """Whether every element is met but the dwell, and that will be after `step_s` more."""
    dwell = next((element for element in judgement.elements if element.code == "DWELL"), None)
    others = (element for element in judgement.elements if element is not dwell)
    if dwell is None or dwell.met or not isinstance(dwell.value, float) or not isinstance(dwell.threshold, float):
        return False
    return all(element.met is True for element in others) and dwell.value + step_s >= dwell.threshold


def required_dwell_s(violation: Violation | None, rules: DetectorRules) -> float:
    """The dwell that an incident needs; that of the quickest kind while its kind is open."""
    return min(rules.dwell_s.values()) if violation is None else rules.dwell_s[violation]
