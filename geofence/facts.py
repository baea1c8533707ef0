"""What the street says of one place at one time, with everything that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapely.geometry import LineString, Polygon

from geofence.layers import Layer, Phase


@dataclass(frozen=True, slots=True)
class FeatureFact:
    """How one zone, permit or bay stands to a place at a time.

    Args:
        in_force: inside its term and hours; none where the holiday table does not reach that day.
        hour_rule: the hour rule or the term that decided.
        distance_m: metres from the place to its boundary, positive inside.
        shop: whose seating it is, else none.
    """

    id: str
    layer: Layer
    name: str
    phase: Phase | None
    in_force: bool | None
    hour_rule: str
    distance_m: float
    legal_source: str | None = None
    shop: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values, metres rounded to millimetres."""
        return {
            **{"id": self.id, "layer": self.layer.value, "name": self.name},
            **{"phase": self.phase and self.phase.value, "in_force": self.in_force, "hour_rule": self.hour_rule},
            **{"distance_m": round(self.distance_m, 3), "legal_source": self.legal_source, "shop": self.shop},
        }


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one question (may a stall, a bicycle, an advertisement be here?) comes to.

    Args:
        zones: zones in force that hold the place.
        permits: permits or bays that hold the place, in force or not.
        near: other zones and permits within reach: out of force, or with the place outside.
        phase: enforce only where the place lies inside zones being enforced by more than its accuracy.
        margin_m: metres to the nearest boundary whose crossing would turn the answer; positive where the place is
            inside zones and not excused by a permit; none when no boundary is within reach.
        undecided: the boundary is nearer than the accuracy, or hours cannot be known.
    """

    zones: tuple[FeatureFact, ...]
    permits: tuple[FeatureFact, ...]
    near: tuple[FeatureFact, ...]
    phase: Phase | None
    margin_m: float | None
    undecided: bool

    @property
    def permitted(self) -> bool:
        """A permit or bay that holds the place is in force."""
        return any(permit.in_force for permit in self.permits)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "zones": [fact.to_json() for fact in self.zones],
            "permits": [fact.to_json() for fact in self.permits],
            "near": [fact.to_json() for fact in self.near],
            "phase": self.phase and self.phase.value,
            "margin_m": None if self.margin_m is None else round(self.margin_m, 3),
            "undecided": self.undecided,
        }


@dataclass(frozen=True, slots=True)
class PavementFact:
    """A walkway and the width in metres that must stay clear, where one is set."""

    id: str
    name: str
    clear_width_m: float | None
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class Frontage:
    """A shop's front line in plane metres; the public side is on its left."""

    id: str
    shop_id: str
    shop_name: str
    address: str
    phase: Phase
    min_overhang_m: float | None
    line: LineString


@dataclass(frozen=True, slots=True)
class FrontageHit:
    """The front line next to a place: metres beyond it (positive = in the public area), metres along it."""

    frontage: Frontage
    distance_m: float
    along_m: float

    @property
    def shop_id(self) -> str:
        """Whose line it is."""
        return self.frontage.shop_id

    @property
    def shop_name(self) -> str:
        """The shop's name."""
        return self.frontage.shop_name

    @property
    def address(self) -> str:
        """The shop's address."""
        return self.frontage.address

    def to_json(self) -> dict[str, Any]:
        """Plain values, metres rounded to millimetres."""
        line = self.frontage
        return {
            **{"frontage": line.id, "shop": line.shop_id, "shop_name": line.shop_name, "address": line.address},
            **{"phase": line.phase.value, "min_overhang_m": line.min_overhang_m},
            **{"distance_m": round(self.distance_m, 3), "along_m": round(self.along_m, 3)},
        }


@dataclass(frozen=True, slots=True)
class Overhang:
    """What of a footprint lies beyond a front line.

    Args:
        beyond_m, area_m2: how far the footprint reaches beyond the line, and its area there.
        along_m: the stretch of the line that it stands before.
        exposed_m, exposed_area_m2: the same reach and area without what stands on seating parcels of the shop that
            are in force.
        seating: the shop's seating parcels that hold part of it, in force or not.
    """

    frontage: Frontage
    beyond_m: float
    area_m2: float
    along_m: float
    exposed_m: float
    exposed_area_m2: float
    seating: tuple[FeatureFact, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, rounded to millimetres and square centimetres."""
        line = self.frontage
        return {
            **{"frontage": line.id, "shop": line.shop_id, "phase": line.phase.value},
            **{"beyond_m": round(self.beyond_m, 3), "area_m2": round(self.area_m2, 4)},
            **{"along_m": round(self.along_m, 3), "exposed_m": round(self.exposed_m, 3)},
            **{"exposed_area_m2": round(self.exposed_area_m2, 4), "seating": [s.to_json() for s in self.seating]},
        }


@dataclass(frozen=True, slots=True)
class LicenceHit:
    """A licensed advertisement near a point.

    Args:
        xy: its place in plane metres.
        distance_m: over the ground.
        height_gap_m: metres between the point's height and the licensed face, 0 inside it; none without a height.
        facing_off_deg: angle between the licensed facing and the one asked for; none if none was asked.
        in_force: inside its term at the time asked for; none if none was asked.
    """

    id: str
    holder: str
    xy: tuple[float, float]
    facing_deg: float
    width_m: float
    height_m: float
    bottom_m: float
    distance_m: float
    height_gap_m: float | None
    facing_off_deg: float | None
    in_force: bool | None


@dataclass(frozen=True, slots=True)
class GroundFacts:
    """The street's answer for one place at one time, pinned to the version it was read from.

    Args:
        vending: may a stall stand here? (vending_forbidden, excused by vending_permitted)
        bikes: must bicycles stand in a bay here? (bike_managed, excused by bay)
        ads: does an advertisement need a licence here, or may none hang? (ad_controlled, ad_forbidden; licences:
            `StreetIndex.licences_near`)
        seating: outdoor-seating parcels that hold the place, in force or not.
        pavement: the walkway it is on.
        shop: the front line next to it.
        monitored: published monitoring areas and routes that hold it (行政处罚法 第41条).
        monitored_undecided: the boundary of all of these together lies nearer than the accuracy.
        grid: code of the unit-grid cell (单元网格) that it is in.
        squads: those competent there (more than one where their areas overlap, none where none is drawn).
    """

    layer_version: str
    local_time: str
    accuracy_m: float
    vending: Ruling
    bikes: Ruling
    ads: Ruling
    seating: tuple[FeatureFact, ...]
    pavement: PavementFact | None
    shop: FrontageHit | None
    monitored: tuple[str, ...]
    grid: str | None = None
    squads: tuple[str, ...] = ()
    monitored_undecided: bool = False

    @property
    def forbidden(self) -> tuple[FeatureFact, ...]:
        """Vending-forbidden zones in force that hold the place."""
        return self.vending.zones

    @property
    def permits(self) -> tuple[FeatureFact, ...]:
        """Vending permits and seating parcels that hold the place, in force or not."""
        return self.vending.permits + self.seating

    @property
    def phase(self) -> Phase | None:
        """The phase of the vending zones."""
        return self.vending.phase

    @property
    def undecided(self) -> bool:
        """Whether the vending question is too close to call."""
        return self.vending.undecided

    @property
    def bay(self) -> str | None:
        """The bay in force that holds the place."""
        return next((bay.id for bay in self.bikes.permits if bay.in_force), None)

    def to_json(self) -> dict[str, Any]:
        """Plain values for messages and evidence."""
        walk = self.pavement
        return {
            "layer_version": self.layer_version,
            "local_time": self.local_time,
            "accuracy_m": round(self.accuracy_m, 3),
            **{"vending": self.vending.to_json(), "bikes": self.bikes.to_json(), "ads": self.ads.to_json()},
            "seating": [fact.to_json() for fact in self.seating],
            "bay": self.bay,
            "pavement": walk and {"id": walk.id, "name": walk.name, "clear_width_m": walk.clear_width_m},
            "shop": self.shop and self.shop.to_json(),
            "monitored": list(self.monitored),
            **({"monitored_undecided": True} if self.monitored_undecided else {}),
            **({"grid": self.grid} if self.grid else {}),
            **({"squads": list(self.squads)} if self.squads else {}),
        }
