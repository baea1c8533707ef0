"""Features that cannot both be right: they say different things of the same ground at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geofence.layers import Layer, Properties
from geofence.problem import Problem

# Overlaps that are nowhere wider than half a metre are the slack of two surveys of one border, in degrees of arc.
_SLACK_DEG = 0.25 / 111_000
# Two front lines may run beside each other for this long at a corner, in degrees of arc (half a metre).
_CORNER_DEG = 0.5 / 111_000
# Hours are held against each other at every quarter of an hour of a fortnight from the first day that both hold.
_STEP, _STEPS = timedelta(minutes=15), 14 * 24 * 4
_MOST_TOLD = 50

Parsed: TypeAlias = tuple[str, Properties, BaseGeometry]


def _field(name: str) -> Callable[[Properties], Any]:
    return lambda properties: vars(properties)[name]


# By layer: which field's difference contradicts, what it says. Forbidding and permitting are no contradiction: a permit
# excuses from the zone that it lies in.
_RULES: dict[Layer, tuple[str, Callable[[Properties], Any]]] = {
    Layer.VENDING_FORBIDDEN: ("phase", _field("phase")),
    Layer.BIKE_MANAGED: ("phase", _field("phase")),
    Layer.AD_CONTROLLED: ("phase", _field("phase")),
    Layer.AD_FORBIDDEN: ("phase", _field("phase")),
    Layer.OUTDOOR_SEATING: ("shop", _field("shop")),
    Layer.FRONTAGE: ("shop", _field("shop")),
    Layer.UNIT_GRID: ("code", _field("code")),
    Layer.SQUAD_AREA: ("squad", _field("squad")),
    Layer.PAVEMENT: ("clear_width_m", _field("clear_width_m")),
}


def contradictions(features: Sequence[Parsed]) -> list[Problem]:
    """Pairs of features of one layer that overlap, hold at the same time and differ in what they say of the ground.

    Overlaps nowhere wider than half a metre are let pass, as are hours that never meet.
    """
    found: list[Problem] = []
    by_layer: dict[Layer, list[Parsed]] = {layer: [] for layer in Layer}
    for feature in features:
        by_layer[feature[1].layer].append(feature)
    for layer, (field, value) in _RULES.items():
        mine = by_layer[layer]
        values = [value(properties) for _, properties, _ in mine]
        if len(set(values)) < 2:
            continue
        number = {one: at for at, one in enumerate(dict.fromkeys(values))}
        codes = np.array([number[one] for one in values])
        shapes = np.array([shape for _, _, shape in mine], dtype=object)
        one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_SLACK_DEG)
        differ = (one < other) & (codes[one] != codes[other])
        for a, b in zip(one[differ].tolist(), other[differ].tolist(), strict=True):
            if _share_ground(shapes[a], shapes[b]) and _share_time(mine[a][1], mine[b][1]):
                message = f"{values[a]!s} contradicts {mine[b][0]}, which says {values[b]!s} of the same ground"
                found.append(Problem(mine[a][0], field, message))
            if len(found) >= _MOST_TOLD:
                return found
    return found


def _share_ground(a: BaseGeometry, b: BaseGeometry) -> bool:
    if a.geom_type == "LineString":
        return bool(shapely.intersection(a, shapely.buffer(b, _SLACK_DEG, cap_style="flat")).length > _CORNER_DEG)
    return not shapely.buffer(shapely.intersection(a, b), -_SLACK_DEG).is_empty


def _share_time(a: Properties, b: Properties) -> bool:
    first = max((day for day in (a.first_day, b.first_day) if day), default=date(2000, 1, 1))
    last = min((day for day in (a.effective_to, b.effective_to) if day), default=date.max)
    if first > last:
        return False
    if not a.opening.rules or not b.opening.rules:
        return True
    start = datetime(first.year, first.month, first.day)
    moments = (start + _STEP * step for step in range(_STEPS))
    return any(a.opening.open_at(at) and b.opening.open_at(at) for at in moments if at.date() <= last)
