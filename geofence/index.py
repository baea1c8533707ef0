"""The street, indexed: what holds at a place and a time, for one footprint or for many points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from geofence.coordinates import LocalPlane
from geofence.facts import (
    FeatureFact,
    Frontage,
    FrontageHit,
    GroundFacts,
    LicenceHit,
    Overhang,
    PavementFact,
    Ruling,
)
from geofence.footprint import Footprint, as_shape
from geofence.frontages import FrontageLines, reach_m
from geofence.layers import AdLicence, Layer, OutdoorSeating, Pavement
from geofence.monitored import published_at, route_standing
from geofence.rulings import States, fact_at, fact_of, rule
from geofence.street import InForce, Street, StreetFeature
from geofence.trees import GROUNDS, LayerTree, Minutes, Standings
from records import BadInput

# Boundaries farther away than this (and than the accuracy) are not looked for.
REACH_M = 10.0
# A place belongs to the shop whose front line is within this.
SHOP_REACH_M = 6.0
# No published route covers more than this to either side (see `MonitoredRoute`).
ROUTE_REACH_M = 200.0
# Answers are kept for who asks again of the same place in the same minute: hours are told in minutes [given].
ANSWERS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class ZoneHits:
    """Which zones hold which points: parallel (k,) arrays.

    Args:
        point, feature: positions in the points asked for, and in `features`.
        in_force: 1 yes, 0 no, -1 not known (holiday table).
        rule: position in `rules` of the hour rule or term that decided.
    """

    point: NDArray[np.int64]
    feature: NDArray[np.int64]
    in_force: NDArray[np.int8]
    rule: NDArray[np.int64]
    features: tuple[StreetFeature, ...]
    rules: tuple[str, ...]


class StreetIndex:
    """Answers for one version of one street; build it once, ask it for every sighting."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.plane: LocalPlane = street.plane
        self._trees = {layer: LayerTree(street.layers[layer]) for layer in street.layers}
        self._fronts = FrontageLines(street.layers[Layer.FRONTAGE])
        self._grounds = LayerTree(tuple(feature for layer in GROUNDS for feature in street.layers[layer]))
        self._answers: dict[tuple[float, float, float, datetime], GroundFacts] = {}
        self._minutes = Minutes()

    def facts(self, footprint: Footprint, at: datetime, accuracy_m: float = 0.0) -> GroundFacts:
        """What the street says of a footprint at a time.

        Zones, permits and bays are read at the footprint's centre, seen as known to `accuracy_m` metres.

        Raises:
            BadInput: E_FOOTPRINT for something without a finite place, E_TIME for a time without zone.
        """
        anchor = shapely.centroid(as_shape(footprint, self.plane))
        local = self.street.local(at)
        asked = anchor.x, anchor.y, accuracy_m, local.replace(second=0, microsecond=0)
        facts = self._answers.get(asked)
        if facts is None:
            if len(self._answers) >= ANSWERS_KEPT:
                self._answers.clear()
            facts = self._answers[asked] = self._facts(anchor, local, accuracy_m)
        told = local.isoformat(timespec="seconds")
        return facts if facts.local_time == told else replace(facts, local_time=told)

    def _facts(self, anchor: Point, local: datetime, accuracy_m: float) -> GroundFacts:
        shops = self._fronts_in_force(self._fronts.near(anchor, SHOP_REACH_M), local)
        about = self._grounds.about(anchor, max(REACH_M, accuracy_m))

        in_force = self._minutes.of(local)

        def states(layer: Layer) -> States:
            return [(feature, fact_of(feature, in_force(feature), metres)) for feature, metres in about[layer]]

        def ruling(zones: Layer, permits: Layer | None = None) -> Ruling:
            return rule(anchor, states(zones), states(permits) if permits else [], accuracy_m)

        def holding(layer: Layer) -> list[StreetFeature]:
            return [feature for feature, metres in about[layer] if metres >= 0 and in_force(feature).holds]

        monitored, unsure = self._published(anchor, local, accuracy_m, about[Layer.MONITORED_AREA])
        return GroundFacts(
            layer_version=self.street.version,
            local_time=local.isoformat(timespec="seconds"),
            accuracy_m=accuracy_m,
            vending=ruling(Layer.VENDING_FORBIDDEN, Layer.VENDING_PERMITTED),
            bikes=ruling(Layer.BIKE_MANAGED, Layer.BAY),
            ads=rule(anchor, states(Layer.AD_CONTROLLED) + states(Layer.AD_FORBIDDEN), [], accuracy_m),
            seating=tuple(fact for _, fact in states(Layer.OUTDOOR_SEATING) if fact.distance_m >= 0),
            pavement=_walkway([feature for feature, metres in about[Layer.PAVEMENT] if metres >= 0], local),
            shop=shops[0] if shops else None,
            monitored=monitored,
            monitored_undecided=unsure,
            grid=next((_text(cell, "code") for cell in holding(Layer.UNIT_GRID)), None),
            squads=tuple(_text(area, "squad") for area in holding(Layer.SQUAD_AREA)),
        )

    def published(
        self, footprint: Footprint, at: datetime, accuracy_m: float = 0.0, device: str | None = None
    ) -> bool | None:
        """Whether a place lies inside what is published as monitored (行政处罚法 第41条), for `device` or for no
        device by name, where one is given; None where its boundary lies nearer than the place is known."""
        anchor = shapely.centroid(as_shape(footprint, self.plane))
        areas = self._trees[Layer.MONITORED_AREA].about(anchor, accuracy_m)[Layer.MONITORED_AREA]
        ids, unsure = self._published(anchor, self.street.local(at), accuracy_m, areas, device)
        return None if unsure else bool(ids)

    def _published(
        self, anchor: Point, local: datetime, accuracy_m: float, areas: Standings, device: str | None = None
    ) -> tuple[tuple[str, ...], bool]:
        routes = self._trees[Layer.MONITORED_ROUTE].within(anchor, ROUTE_REACH_M + accuracy_m)
        near = [
            (feature, metres)
            for feature, metres in [*areas, *((route, route_standing(route, anchor)) for route in routes)]
            if metres > -max(accuracy_m, 1e-9)
            and (device is None or vars(feature.properties)["device"] in (None, device))
            and feature.in_force(local).holds
        ]
        return published_at(anchor, near, accuracy_m)

    def facts_many(self, footprints: Iterable[Footprint], at: datetime, accuracy_m: float = 0.0) -> list[GroundFacts]:
        """`facts` of many footprints at one time, in their order."""
        return [self.facts(footprint, at, accuracy_m) for footprint in footprints]

    def check_many(
        self, xy: ArrayLike, at: datetime | Sequence[datetime], layer: Layer = Layer.VENDING_FORBIDDEN
    ) -> ZoneHits:
        """Which features of a layer hold each of (n, 2) points, boundary included, and the rule that decided.

        Args:
            at: one time for all points, or one for each.
        """
        tree = self._trees[layer]
        places = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        point, feature = tree.tree.query(shapely.points(places), predicate="intersects")
        if isinstance(at, datetime):
            which, states = tree.states(feature, self.street.local(at))
        else:
            which, states = self._states_each(tree, point, feature, at, len(places))
        rules = tuple(dict.fromkeys(state.rule for state in states))
        number = {rule: position for position, rule in enumerate(rules)}
        holds = np.array([-1 if state.holds is None else int(state.holds) for state in states], dtype=np.int8)
        told = np.array([number[state.rule] for state in states], dtype=np.int64)
        return ZoneHits(point, feature, holds[which], told[which], tree.features, rules)

    def _states_each(
        self, tree: LayerTree, point: NDArray[np.int64], feature: NDArray[np.int64], at: Sequence[datetime], count: int
    ) -> tuple[NDArray[np.int64], list[InForce]]:
        """`LayerTree.states` where every point has its own time; hours are told in minutes."""
        if len(at) != count:
            raise BadInput("E_TIME", f"{len(at)} times for {count} points", "give one time, or one for each point")
        minutes = np.array([int(self.street.local(one).timestamp()) // 60 for one in at], dtype=np.int64)[point]
        which, states = np.zeros(len(point), dtype=np.int64), list[InForce]()
        for minute in np.unique(minutes).tolist():
            mine = np.flatnonzero(minutes == minute)
            numbers, found = tree.states(feature[mine], self.street.local(datetime.fromtimestamp(minute * 60, UTC)))
            which[mine] = numbers + len(states)
            states += found
        return which, states

    def frontages(self) -> tuple[Frontage, ...]:
        """Every front line of the street."""
        return self._fronts.lines

    def frontage_near(self, point: Footprint, max_m: float, at: datetime | None = None) -> FrontageHit | None:
        """The front line nearest to a place, within reach (and in its term, where a time is given)."""
        hits = self._fronts.near(shapely.centroid(as_shape(point, self.plane)), max_m)
        return next(iter(self._fronts_in_force(hits, None if at is None else self.street.local(at))), None)

    def overhangs(
        self, footprint: Footprint, at: datetime | None = None, accuracy_m: float = 0.0
    ) -> tuple[Overhang, ...]:
        """What of a footprint lies beyond front lines, the shop that it mostly stands before first.

        Without a time neither terms nor seating parcels are looked at. What sticks out of a seating parcel by less than
        `accuracy_m`, to which the footprint is known, counts as standing on it.
        """
        shape = as_shape(footprint, self.plane)
        local = None if at is None else self.street.local(at)
        found = []
        for position, part in self._fronts.beyond(shape):
            feature, line = self._fronts.features[position], self._fronts.lines[position]
            if local is not None and feature.in_force(local).holds is False:
                continue
            beyond, along = reach_m(line.line, part)
            seating, exposed = self._without_seating(line.shop_id, part, local, accuracy_m)
            exposed_reach = reach_m(line.line, exposed)[0] if seating else beyond
            found.append(Overhang(line, beyond, part.area, along, exposed_reach, exposed.area, seating))
        return tuple(sorted(found, key=lambda over: (-round(over.along_m, 6), -over.beyond_m, over.frontage.id)))

    def licences_near(
        self, point: Footprint, max_m: float, facing_deg: float | None = None, at: datetime | None = None
    ) -> tuple[LicenceHit, ...]:
        """Licensed advertisements near a point, nearest first; a third coordinate is its height above the ground."""
        anchor = as_shape(point, self.plane)
        anchor = anchor if isinstance(anchor, Point) else shapely.centroid(anchor)
        local = None if at is None else self.street.local(at)
        hits = [
            _licence(feature, anchor, facing_deg, local)
            for feature in self._trees[Layer.AD_LICENCE].within(anchor, max_m)
        ]
        return tuple(sorted(hits, key=lambda hit: (hit.distance_m, hit.id)))

    def bays_containing(self, point: Footprint, at: datetime | None = None) -> tuple[FeatureFact, ...]:
        """Bays that hold a place (and are in their term, where a time is given)."""
        anchor = shapely.centroid(as_shape(point, self.plane))
        local = None if at is None else self.street.local(at)
        held = self._trees[Layer.BAY].holding(anchor)
        states = [feature.in_force(local) if local else InForce(True, "not asked") for feature in held]
        return tuple(fact_at(bay, state, anchor) for bay, state in zip(held, states, strict=True) if state.holds)

    def pavement_at(self, point: Footprint, at: datetime | None = None) -> PavementFact | None:
        """The walkway that holds a place (and is in its term, where a time is given)."""
        anchor = shapely.centroid(as_shape(point, self.plane))
        held = self._trees[Layer.PAVEMENT].holding(anchor)
        return _walkway(held, None if at is None else self.street.local(at))

    def _fronts_in_force(self, hits: list[tuple[int, FrontageHit]], local: datetime | None) -> list[FrontageHit]:
        return [hit for position, hit in hits if local is None or self._fronts.features[position].in_force(local).holds]

    def _without_seating(
        self, shop: str, part: BaseGeometry, local: datetime | None, accuracy_m: float
    ) -> tuple[tuple[FeatureFact, ...], BaseGeometry]:
        """The shop's seating parcels under a part, and the part without those in force."""
        facts, exposed = [], part
        for feature in [] if local is None else self._trees[Layer.OUTDOOR_SEATING].within(part, accuracy_m):
            said = feature.properties
            if local is None or not isinstance(said, OutdoorSeating) or said.shop != shop:
                continue
            state = feature.in_force(local)
            facts.append(fact_at(feature, state, shapely.centroid(part)))
            if state.holds is not False:
                exposed = exposed.difference(
                    shapely.buffer(feature.geometry, accuracy_m) if accuracy_m else feature.geometry
                )
        return tuple(facts), exposed


def _text(feature: StreetFeature, field: str) -> str:
    return str(vars(feature.properties)[field])


def _walkway(held: Iterable[StreetFeature], local: datetime | None) -> PavementFact | None:
    """The first that is in its term (where a time is given) of the walkways that hold a place."""
    for feature in held:
        if local is None or feature.in_force(local).holds:
            said = feature.properties
            assert isinstance(said, Pavement) and isinstance(feature.geometry, Polygon)
            return PavementFact(feature.id, feature.label, said.clear_width_m, feature.geometry)
    return None


def _licence(feature: StreetFeature, anchor: Point, facing_deg: float | None, local: datetime | None) -> LicenceHit:
    said, place = feature.properties, feature.geometry
    assert isinstance(said, AdLicence) and isinstance(place, Point)
    gap = None
    if anchor.has_z:
        gap = max(said.bottom_m - anchor.z, anchor.z - said.bottom_m - said.height_m, 0.0)
    off = None if facing_deg is None else abs((facing_deg - said.facing_deg + 180.0) % 360.0 - 180.0)
    return LicenceHit(
        id=feature.id,
        holder=said.holder,
        xy=(place.x, place.y),
        facing_deg=said.facing_deg,
        width_m=said.width_m,
        height_m=said.height_m,
        bottom_m=said.bottom_m,
        distance_m=math.hypot(anchor.x - place.x, anchor.y - place.y),
        height_gap_m=gap,
        facing_off_deg=off,
        in_force=None if local is None else feature.in_force(local).holds,
    )
