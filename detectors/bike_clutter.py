"""BIKE_CLUTTER 非机动车乱停放: bicycles and e-bikes that clutter a walkway.

Elements (domain.md 3.4):
    BIKE_AREA    the group stands where bicycles must stand in bays;
    OUTSIDE_BAY  its bicycles stand outside every bay (those inside are never counted into a group);
    BLOCKING     there are as many as the threshold; or, as CLEAR_WIDTH, they leave less of the walkway than must stay
                 clear.
A few bicycles outside a bay that leave the way free are no violation (道路交通安全法 第59条).
For whoever clears them the judgement also says how much ground they cover (OCCUPIED) and what they leave free of the
walkway outside bays (FREE_WIDTH); a heap or a row, and whose they are, is read off the confirming pictures (`closer`).
"""

from __future__ import annotations

import math
from datetime import datetime

from detectors.ground import Ground
from detectors.judgement import Element, Judgement
from detectors.observations import Thing
from detectors.rules import DetectorRules
from detectors.violation import Violation
from geofence import PavementFact

_FEWEST_THAT_BLOCK = 2


def judge_bikes(thing: Thing, ground: Ground, at: datetime, axis: tuple[float, float]) -> Judgement:
    """Judge a group of bicycles; `axis` is the direction of the street there."""
    facts = ground.index.facts([thing.xy], at, thing.accuracy_m)
    ruling = facts.bikes
    in_area: bool | None = bool(ruling.zones)
    if ruling.undecided and facts.bay is None:
        in_area = None
    pavement = facts.pavement
    free_m = None if pavement is None else round(ground.free_width_m(pavement, thing.polygon, axis), 2)
    covered_m2 = round(_area_m2(thing), 1)
    elements: tuple[Element, ...] = (
        Element("BIKE_AREA", in_area, ", ".join(zone.name for zone in ruling.zones) or None),
        Element("OUTSIDE_BAY", facts.bay is None, next((bay.name for bay in ruling.permits if bay.in_force), None)),
        _blocking(thing, ground.rules, _must_m(ground.rules, pavement), free_m),
        Element("OCCUPIED", True, covered_m2),
    )
    if free_m is not None and elements[2].code != "CLEAR_WIDTH":
        elements = (*elements, Element("FREE_WIDTH", True, free_m, _must_m(ground.rules, pavement)))
    motor = "motorcycle" in thing.kinds and "bicycle" not in thing.kinds
    return Judgement(
        Violation.BIKE_CLUTTER,
        "MOTOR_BIKES" if motor else "BIKES",
        elements,
        exempt="BAY" if facts.bay is not None else None,
        count=thing.count,
        phase=ruling.phase and ruling.phase.value,
        zone_ids=tuple(zone.id for zone in ruling.zones),
        facts={**facts.to_json(), "count": thing.count, "free_width_m": free_m, "occupied_m2": covered_m2},
    )


def _must_m(rules: DetectorRules, pavement: PavementFact | None) -> float:
    """Width that must stay clear of this walkway: its own, else the jurisdiction's."""
    return (pavement and pavement.clear_width_m) or rules.clear_width_min_m


def _area_m2(thing: Thing) -> float:
    """Ground that a heap covers."""
    a, b, c, _ = thing.polygon
    return math.dist(a, b) * math.dist(b, c)


def _blocking(thing: Thing, rules: DetectorRules, must_m: float, free_m: float | None) -> Element:
    if thing.observations < rules.min_observations:
        return Element("BLOCKING", None, thing.count, rules.count_threshold)
    if thing.count >= rules.count_threshold:
        return Element("BLOCKING", True, thing.count, rules.count_threshold)
    if free_m is not None and thing.count >= _FEWEST_THAT_BLOCK and free_m + thing.accuracy_m < must_m:
        return Element("CLEAR_WIDTH", True, free_m, must_m)
    return Element("BLOCKING", False, thing.count, rules.count_threshold)
