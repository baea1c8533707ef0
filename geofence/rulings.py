"""From zones and permits around a place to an answer, its phase, and how near it is to turning."""

from __future__ import annotations

from typing import TypeAlias

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geofence.facts import FeatureFact, Ruling
from geofence.layers import Phase
from geofence.street import InForce, StreetFeature

# Features within reach of a place, each with how it stands to it.
States: TypeAlias = list[tuple[StreetFeature, FeatureFact]]


def rule(anchor: Point, forbidding: States, excusing: States, accuracy_m: float) -> Ruling:
    """The answer of zones and of what excuses from them, for a place known to `accuracy_m` metres."""
    here = [fact for _, fact in forbidding if fact.in_force and fact.distance_m >= 0]
    margin = _margin(anchor, forbidding, excusing)
    unknown = any(fact.in_force is None and fact.distance_m > -accuracy_m for _, fact in forbidding + excusing)
    holding = [fact for _, fact in excusing if fact.distance_m >= 0]
    listed = {fact.id for fact in here + holding}
    return Ruling(
        zones=tuple(here),
        permits=tuple(holding),
        near=tuple(fact for _, fact in forbidding + excusing if fact.id not in listed),
        phase=_phase(anchor, forbidding, excusing, accuracy_m, margin) if here else None,
        margin_m=margin,
        undecided=unknown or (margin is not None and abs(margin) < accuracy_m),
    )


def fact_at(feature: StreetFeature, state: InForce, anchor: Point) -> FeatureFact:
    """How a feature in a given state stands to a place."""
    shape = feature.geometry
    distance = shape.boundary.distance(anchor)
    return fact_of(feature, state, distance if shape.intersects(anchor) else -distance)


def fact_of(feature: StreetFeature, state: InForce, distance_m: float) -> FeatureFact:
    """How a feature in a given state stands to a place so far inside its boundary (negative: outside)."""
    said = feature.properties
    fields = vars(said)
    return FeatureFact(
        id=feature.id,
        layer=feature.layer,
        name=feature.label,
        phase=fields.get("phase"),
        in_force=state.holds,
        hour_rule=state.rule,
        distance_m=distance_m,
        legal_source=said.legal_source,
        shop=fields.get("shop"),
    )


def _union(states: States) -> BaseGeometry:
    return shapely.union_all([feature.geometry for feature, _ in states])


def _margin(anchor: Point, forbidding: States, excusing: States) -> float | None:
    """Signed metres to the boundary of (zones in force) minus (permits in force); none where there is none near."""
    zones = [entry for entry in forbidding if entry[1].in_force]
    permits = [entry for entry in excusing if entry[1].in_force]
    if not zones:
        return None
    alone = _margin_alone([fact.distance_m for _, fact in zones], [fact.distance_m for _, fact in permits])
    if alone is not None:
        return alone
    region = _union(zones)
    if permits:
        region = region.difference(_union(permits))
    if region.is_empty:
        return None
    distance: float = region.boundary.distance(anchor)
    return distance if region.intersects(anchor) else -distance


def _margin_alone(zones: list[float], permits: list[float]) -> float | None:
    """The margin where one boundary alone decides it, since nothing else reaches as near as that; else none, and the
    shapes must be joined. Metres of each zone and permit are positive where the place is inside."""
    deepest = max(zones)
    if deepest < 0:
        return deepest if all(permit < deepest for permit in permits) else None
    if sum(zone >= -deepest for zone in zones) > 1:
        return None
    holding = [permit for permit in permits if permit >= 0]
    if not holding:
        return min([deepest, *(-permit for permit in permits)])
    first = holding[0]
    return -first if first < deepest and sum(permit >= -first for permit in permits) == 1 else None


def _phase(anchor: Point, forbidding: States, excusing: States, accuracy_m: float, margin: float | None) -> Phase:
    """Enforce where the place lies inside the zones being enforced by more than its accuracy; `margin` is that of all
    zones and permits."""
    holding = [entry for entry in forbidding if entry[1].in_force]
    enforcing = [entry for entry in holding if entry[1].phase is Phase.ENFORCE]
    if len(enforcing) < len(holding) or any(fact.in_force for _, fact in excusing):
        margin = _margin(anchor, enforcing, [])
    return Phase.ENFORCE if margin is not None and margin >= accuracy_m else Phase.WARN
