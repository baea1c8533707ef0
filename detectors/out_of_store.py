"""OUT_OF_STORE 跨门营业: a shop's goods, tables or work beyond its front line.

Elements (domain.md 3.2: operator in a building along the road; goods or work beyond door, window or outer wall; not in
a permitted outdoor seat):
    SHOP           the thing belongs to this shop: it overlaps the shop's frontage along the street more than any other;
    OVERHANG       it reaches beyond the line by more than the allowed overhang, by more than can be mismeasured;
    NO_PERMIT      no outdoor seat or permitted point is in force there now;
    NOT_UNLOADING  it is not being unloaded: a vehicle stands by it and people work there, for no longer than allowed.
Goods inside the line are nobody's concern.
"""

from __future__ import annotations

from datetime import datetime

from detectors.ground import Ground
from detectors.judgement import Element, Judgement
from detectors.observations import Thing
from detectors.permits import no_permit
from detectors.unloading import not_unloading
from detectors.violation import Violation
from geofence import FeatureFact, GroundFacts, Overhang


def judge_out_of_store(thing: Thing, ground: Ground, at: datetime) -> Judgement:
    """Judge a thing that touches, or nearly touches, a frontage."""
    facts = ground.index.facts([thing.xy], at, thing.accuracy_m)
    overhangs = ground.index.overhangs(list(thing.polygon), at, thing.accuracy_m)
    if not overhangs:
        return _inside(thing, ground, facts)
    best = overhangs[0]
    shop = best.frontage
    allowed_m = ground.rules.min_overhang_m if shop.min_overhang_m is None else shop.min_overhang_m
    reach_m = round(best.exposed_m if _is_over(best.beyond_m, allowed_m, thing) else best.beyond_m, 2)
    permit = no_permit(facts.vending, _seats_that_excuse(best, allowed_m, thing), thing.accuracy_m)
    unloading = not_unloading(thing, ground)
    elements = (
        Element("SHOP", True, shop.shop_name),
        Element("OVERHANG", _is_over(reach_m, allowed_m, thing), reach_m, allowed_m),
        permit,
        unloading,
    )
    exempt = "PERMIT" if permit.met is False else "UNLOADING" if unloading.met is False else None
    return Judgement(
        Violation.OUT_OF_STORE,
        "SEATS" if "furniture" in thing.kinds and "goods" not in thing.kinds else "GOODS",
        elements,
        exempt=exempt,
        shop_id=shop.shop_id,
        shop_name=shop.shop_name,
        phase=shop.phase.value,
        zone_ids=(shop.id,),
        facts={**facts.to_json(), "overhang": best.to_json()},
    )


def _inside(thing: Thing, ground: Ground, facts: GroundFacts) -> Judgement:
    """The judgement of what stands before no front line: inside a shop's line, or far from any."""
    beside = ground.lines.beside(thing.polygon)
    elements: tuple[Element, ...] = (Element("SHOP", False),)
    if beside is not None and beside.farthest_m <= 0:
        reach = Element("OVERHANG", False, round(beside.farthest_m, 2), ground.rules.min_overhang_m)
        elements = (Element("SHOP", True, beside.wall.shop_name), reach)
    return Judgement(Violation.OUT_OF_STORE, "OUT_OF_STORE", elements, facts=facts.to_json())


def _is_over(reach_m: float, allowed_m: float, thing: Thing) -> bool | None:
    """Whether a reach is over the allowed one; None where it differs by less than can be measured."""
    return None if abs(reach_m - allowed_m) < thing.accuracy_m else reach_m > allowed_m


def _seats_that_excuse(best: Overhang, allowed_m: float, thing: Thing) -> tuple[FeatureFact, ...]:
    """The shop's seating parcels, where what stands beside them does not itself reach too far."""
    return () if _is_over(best.exposed_m, allowed_m, thing) else best.seating
