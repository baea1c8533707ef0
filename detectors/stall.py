"""STALL 无序设摊: a stall on public ground, free-standing, where none may stand now.

Elements (domain.md 3.1: uses a road or other public place; sets up a stall; without authorisation):
    THING          a stall is seen, or what makes one up: goods, or tables under an umbrella, with a person who stays
                   by them;
    FREE_STANDING  it belongs to no shop (what touches a shop's frontage is OUT_OF_STORE, see `occupation`);
    ZONE           it stands in an area where vending is forbidden at this hour;
    NO_PERMIT      no permitted point is in force there now (疏导点, 管控点, 特色点);
    NOT_UNLOADING  goods beside a vehicle with people at work have been there for longer than unloading may take: from
                   then on what is sold out of a vehicle is a stall like any other. A stall that is seen as one is not
                   asked.
A walker with a trolley does not stand; a person alone is no stall; tables and goods that nobody stays by are none; a
bench or table with people by it (a bus stop, a game of chess) may be one, and is left undecided.
"""

from __future__ import annotations

from datetime import datetime

from detectors.ground import Ground
from detectors.judgement import Element, Judgement
from detectors.observations import Thing
from detectors.permits import no_permit
from detectors.unloading import not_unloading
from detectors.violation import Violation

_WARES = frozenset({"goods", "furniture"})


def judge_stall(thing: Thing, ground: Ground, at: datetime, shop_side_m: float | None) -> Judgement:
    """Judge a thing `shop_side_m` metres (its near side) beyond the nearest frontage line, None where none is near."""
    facts = ground.index.facts([thing.xy], at, thing.accuracy_m)
    ruling = facts.vending
    in_zone: bool | None = bool(ruling.zones)
    permit = no_permit(ruling, (), thing.accuracy_m)
    if ruling.undecided and permit.met:
        in_zone = None
    elements: tuple[Element, ...] = (
        thing_element(thing, ground),
        Element("FREE_STANDING", True, None if shop_side_m is None else round(shop_side_m, 2)),
        Element("ZONE", in_zone, ", ".join(zone.name for zone in ruling.zones) or None),
        permit,
    )
    exempt = "PERMIT" if permit.met is False else None
    if thing.stall_share < 0.5:
        unloading = not_unloading(thing, ground)
        elements = (*elements, unloading)
        exempt = "UNLOADING" if exempt is None and unloading.met is False else exempt
    return Judgement(
        Violation.STALL,
        "STALL" if thing.stall_share >= 0.5 else "COMPOSITION",
        elements,
        exempt=exempt,
        phase=ruling.phase and ruling.phase.value,
        zone_ids=tuple(zone.id for zone in ruling.zones),
        facts=facts.to_json(),
    )


def thing_element(thing: Thing, ground: Ground) -> Element:
    """Whether what is seen is a stall: by the network's sure word, its word and a vendor, or its parts."""
    rules = ground.rules
    seen = ", ".join(thing.kinds)
    if thing.stall_share >= 0.5:
        believed = thing.sure_share >= 0.5 or thing.vendor_share >= rules.doubtful_vendor_ratio
        return Element("THING", True if believed else None, seen)
    if thing.observations < rules.min_observations:
        return Element("THING", None, seen)
    if thing.vendor_share < rules.vendor_ratio or not _WARES & set(thing.kinds):
        return Element("THING", False, seen)
    return Element("THING", True if "goods" in thing.kinds or "umbrella" in thing.kinds else None, seen)
