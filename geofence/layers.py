"""The layers of a street file and what a feature of each must say (pydantic: schema, check and docs in one)."""

from __future__ import annotations

import json
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

from geofence.hours import ALWAYS, WeeklyHours
from records import BadInput


class Layer(StrEnum):
    """What a feature of a street says."""

    VENDING_FORBIDDEN = "vending_forbidden"
    VENDING_PERMITTED = "vending_permitted"
    OUTDOOR_SEATING = "outdoor_seating"
    FRONTAGE = "frontage"
    PAVEMENT = "pavement"
    BAY = "bay"
    BIKE_MANAGED = "bike_managed"
    AD_CONTROLLED = "ad_controlled"
    AD_FORBIDDEN = "ad_forbidden"
    AD_LICENCE = "ad_licence"
    MONITORED_AREA = "monitored_area"
    MONITORED_ROUTE = "monitored_route"
    UNIT_GRID = "unit_grid"
    SQUAD_AREA = "squad_area"


class Phase(StrEnum):
    """How far a zone's enforcement has come: `warn` allows dissuasion only."""

    WARN = "warn"
    ENFORCE = "enforce"


def _read_hours(raw: Any) -> WeeklyHours:
    if isinstance(raw, WeeklyHours):
        return raw
    if not isinstance(raw, list) or not raw:
        raise ValueError("must be a list of rules; leave it out for always")
    try:
        text = json.dumps(raw, sort_keys=True)
    except TypeError:  # as YAML gives times and dates
        text = ""
    try:
        return _parsed_hours(text) if text else WeeklyHours.parse(raw)
    except BadInput as error:
        raise ValueError(f"{error.message} ({error.hint})") from error


@lru_cache(maxsize=4096)
def _parsed_hours(text: str) -> WeeklyHours:
    """The hours of a JSON text; features with the same hours share them."""
    return WeeklyHours.parse(json.loads(text))


def _read_date(raw: Any) -> date:
    if isinstance(raw, str):
        return date.fromisoformat(raw)
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    raise ValueError('must be a date like "2026-05-01"')


Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1)]
Day = Annotated[date, BeforeValidator(_read_date)]
Hours = Annotated[
    InstanceOf[WeeklyHours],
    BeforeValidator(_read_hours),
    PlainSerializer(lambda hours: hours.to_list(), return_type=list[dict[str, Any]]),
]


class Properties(BaseModel):
    """What features of every layer may say."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    layer: Layer
    name: Text | None = Field(None, description="what people call it")
    legal_source: Text | None = Field(None, description="the act or notice that it rests on")
    publisher: Text | None = Field(None, description="who published it")
    effective_from: Day | None = Field(None, description="first day, inclusive; none = since ever")
    effective_to: Day | None = Field(None, description="last day, inclusive; none = until further notice")
    note: Text | None = Field(None, description="anything else")

    @model_validator(mode="after")
    def _term_runs_forward(self) -> Self:
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError(f"effective_to: {self.effective_to} is before effective_from {self.effective_from}")
        return self

    @property
    def first_day(self) -> date | None:
        """The first day on which it holds: nothing holds before it is published; none = since ever."""
        known = [day for day in (self.effective_from, vars(self).get("published_at")) if isinstance(day, date)]
        return max(known, default=None)

    @property
    def opening(self) -> WeeklyHours:
        """The hours of layers that have some; always for the others."""
        hours = vars(self).get("hours")
        return hours if isinstance(hours, WeeklyHours) else ALWAYS


class _Binding(Properties):
    """A rule that binds people: it names its source, its first day and its phase."""

    legal_source: Text
    effective_from: Day
    phase: Phase = Field(description="warn = dissuasion only; enforce = cases may follow")


class _Permit(Properties):
    """Something allowed for a term."""

    legal_source: Text
    effective_from: Day
    effective_to: Day


class VendingForbidden(_Binding):
    """Where stalls are forbidden, always or in given hours."""

    layer: Literal[Layer.VENDING_FORBIDDEN]
    name: Text
    hours: Hours = ALWAYS


class VendingPermitted(_Permit):
    """A published point where stalls may stand in given hours (疏导点/管控点/特色点)."""

    layer: Literal[Layer.VENDING_PERMITTED]
    name: Text
    hours: Hours
    formats: tuple[Text, ...] = Field((), description="what may be sold; empty = anything")


class OutdoorSeating(_Permit):
    """A parcel where a shop may put tables outside (外摆位)."""

    layer: Literal[Layer.OUTDOOR_SEATING]
    name: Text
    shop: Text
    hours: Hours


class Frontage(_Binding):
    """A shop's front line (门店线); walking from first to last point the public side is on the left."""

    layer: Literal[Layer.FRONTAGE]
    shop: Text
    shop_name: Text
    address: Text
    min_overhang_m: float | None = Field(
        None, ge=0, strict=True, description="metres beyond the line that are let pass"
    )


class Pavement(Properties):
    """A walkway, with the width that must stay clear."""

    layer: Literal[Layer.PAVEMENT]
    clear_width_m: float | None = Field(None, gt=0, strict=True)


class Bay(Properties):
    """A marked parking place for bicycles (非机动车停放点)."""

    layer: Literal[Layer.BAY]


class BikeManaged(_Binding):
    """Where bicycles outside bays are clutter."""

    layer: Literal[Layer.BIKE_MANAGED]
    name: Text
    hours: Hours = ALWAYS


class AdControlled(_Binding):
    """Where an outdoor advertisement needs a licence."""

    layer: Literal[Layer.AD_CONTROLLED]
    name: Text


class AdForbidden(_Binding):
    """Where no outdoor advertisement may hang, licensed or not (广告法 第42条)."""

    layer: Literal[Layer.AD_FORBIDDEN]
    name: Text


class AdLicence(_Permit):
    """A licensed outdoor advertisement: where it hangs, which way it faces, how big it is."""

    layer: Literal[Layer.AD_LICENCE]
    holder: Text
    size_class: Text | None = Field(None, description="the class of size that the licence names, in its own words")
    facing_deg: float = Field(ge=0, lt=360, strict=True, description="where its face looks, clockwise from north")
    width_m: float = Field(gt=0, strict=True)
    height_m: float = Field(gt=0, strict=True)
    bottom_m: float = Field(ge=0, strict=True, description="height of its lower edge above the ground")


class MonitoredArea(Properties):
    """A published area of an electronic monitoring device (行政处罚法 第41条); it holds from the day of publication."""

    layer: Literal[Layer.MONITORED_AREA]
    name: Text
    device: Text | None = None
    published_at: Day


class MonitoredRoute(Properties):
    """A published route of a vehicle that monitors (行政处罚法 第41条), and how far to either side it looks."""

    layer: Literal[Layer.MONITORED_ROUTE]
    name: Text
    device: Text | None = None
    published_at: Day
    reach_m: float = Field(gt=0, le=200, strict=True, description="metres to either side that the publication covers")


class UnitGrid(Properties):
    """A cell of the city's unit grid (单元网格), by which work is dealt out."""

    layer: Literal[Layer.UNIT_GRID]
    code: Text = Field(description="the cell's official code")


class SquadArea(Properties):
    """Where a squad (中队) is competent."""

    layer: Literal[Layer.SQUAD_AREA]
    name: Text
    squad: Text = Field(description="the squad, as the register of people names it")


SCHEMAS: dict[Layer, type[Properties]] = {
    Layer.VENDING_FORBIDDEN: VendingForbidden,
    Layer.VENDING_PERMITTED: VendingPermitted,
    Layer.OUTDOOR_SEATING: OutdoorSeating,
    Layer.FRONTAGE: Frontage,
    Layer.PAVEMENT: Pavement,
    Layer.BAY: Bay,
    Layer.BIKE_MANAGED: BikeManaged,
    Layer.AD_CONTROLLED: AdControlled,
    Layer.AD_FORBIDDEN: AdForbidden,
    Layer.AD_LICENCE: AdLicence,
    Layer.MONITORED_AREA: MonitoredArea,
    Layer.MONITORED_ROUTE: MonitoredRoute,
    Layer.UNIT_GRID: UnitGrid,
    Layer.SQUAD_AREA: SquadArea,
}

GEOMETRIES: dict[Layer, str] = {
    layer: {
        Layer.FRONTAGE: "LineString",
        Layer.MONITORED_ROUTE: "LineString",
        Layer.AD_LICENCE: "Point",
    }.get(layer, "Polygon")
    for layer in Layer
}
