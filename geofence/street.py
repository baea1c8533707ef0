"""A street: checked features in their layers, in one plane, under one version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geofence.coordinates import LocalPlane, LonLat
from geofence.layers import Layer, Properties
from geofence.shapes import write_shape
from records import BadInput


@dataclass(frozen=True, slots=True)
class InForce:
    """Whether a feature holds at one moment.

    Args:
        holds: none where the holiday table does not reach (see `hours`).
        rule: the hour rule, or the term, that decided, in words.
    """

    holds: bool | None
    rule: str


@dataclass(frozen=True, slots=True, eq=False)
class StreetFeature:
    """One feature of a street.

    Args:
        id: unique in its street.
        properties: by layer, see `layers`.
        lonlat: geometry in CGCS2000 degrees.
        geometry: the same in metres of the street's plane.
    """

    id: str
    properties: Properties
    lonlat: BaseGeometry
    geometry: BaseGeometry

    @property
    def layer(self) -> Layer:
        """The layer it belongs to."""
        return self.properties.layer

    @property
    def label(self) -> str:
        """Its name, or its id where it has none."""
        return self.properties.name or self.id

    def in_force(self, local: datetime) -> InForce:
        """Whether it holds at a local time of the street: inside its term, and inside its hours.

        The end of a night counts for the day on which the night began, for term and hours alike.
        """
        hours = self.properties.opening
        decision = hours.decide(local)
        outside = self._outside_term(decision.day)
        if outside is not None and decision.day != local.date():
            # The night began outside the term; what the day's own rules say may still hold.
            today = hours.decide_day(local)
            if today.open is not False and self._outside_term(today.day) is None:
                return InForce(today.open, today.rule)
        return InForce(decision.open, decision.rule) if outside is None else InForce(False, outside)

    def _outside_term(self, day: date) -> str | None:
        first, last = self.properties.first_day, self.properties.effective_to
        if first is not None and day < first:
            return f"not before {_day(first)}"
        if last is not None and day > last:
            return f"ended {_day(last)}"
        return None

    def to_geojson(self) -> dict[str, Any]:
        """A GeoJSON feature as a street file has it, in CGCS2000."""
        properties = self.properties.model_dump(mode="json", exclude_none=True)
        if not self.properties.opening.rules:
            properties.pop("hours", None)
        return {"type": "Feature", "id": self.id, "geometry": write_shape(self.lonlat), "properties": properties}


@dataclass(frozen=True)
class StreetLayers:
    """The features of a street by layer; empty layers are empty tuples."""

    features: tuple[StreetFeature, ...]

    @cached_property
    def _by_layer(self) -> dict[Layer, tuple[StreetFeature, ...]]:
        found: dict[Layer, list[StreetFeature]] = {layer: [] for layer in Layer}
        for feature in self.features:
            found[feature.layer].append(feature)
        return {layer: tuple(members) for layer, members in found.items()}

    def __getitem__(self, layer: Layer | str) -> tuple[StreetFeature, ...]:
        return self._by_layer[Layer(layer)]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._by_layer)

    def counts(self) -> dict[str, int]:
        """Number of features by layer name, layers without any left out."""
        return {layer.value: len(members) for layer, members in self._by_layer.items() if members}


@dataclass(frozen=True, eq=False)
class Street:
    """A checked street, from `load_street`.

    Args:
        name: of the street file.
        crs: "EPSG:4490", or "EPSG:4326" whose degrees are taken as CGCS2000 (equal at the metre level).
        timezone: in which hours and dates are read.
        plane: centred at the declared origin, else at the middle of all features; the ground metres of every
            camera of this street are in it.
        layers: the features.
    """

    name: str
    crs: str
    timezone: ZoneInfo
    plane: LocalPlane
    layers: StreetLayers
    origin_declared: bool

    @classmethod
    def build(
        cls,
        name: str,
        crs: str,
        timezone: ZoneInfo,
        features: Sequence[tuple[str, Properties, BaseGeometry]],
        origin: LonLat | None = None,
    ) -> Street:
        """Put features (id, properties, geometry in degrees of `crs`), at least one, into one plane."""
        degrees = np.array([shape for _, _, shape in features], dtype=object)
        west, south, east, north = shapely.total_bounds(degrees)
        centre = LonLat(round(float(west + east) / 2, 6), round(float(south + north) / 2, 6))
        plane = LocalPlane(origin or centre)
        metres = shapely.transform(degrees, plane.to_xy)
        made = [
            StreetFeature(feature_id, properties, lonlat, geometry)
            for (feature_id, properties, lonlat), geometry in zip(features, metres, strict=True)
        ]
        return cls(name, crs, timezone, plane, StreetLayers(tuple(made)), origin is not None)

    @cached_property
    def version(self) -> str:
        """First 12 digits of the SHA-256 of the settled content; the order of features does not count."""
        document = self.features_geojson()
        document["features"].sort(key=lambda feature: feature["id"])
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def known_as(self, version: str) -> Street:
        """The same street, whose version somebody has just worked out from the text that it was read from."""
        self.__dict__["version"] = version
        return self

    def features_geojson(self) -> dict[str, Any]:
        """The whole street as a GeoJSON FeatureCollection that `load_street` reads back to the same version."""
        declared = {"origin": [self.plane.origin.lon, self.plane.origin.lat]} if self.origin_declared else {}
        return {
            "type": "FeatureCollection",
            "street": self.name,
            "crs": self.crs,
            "timezone": self.timezone.key,
            **declared,
            "features": [feature.to_geojson() for feature in self.layers.features],
        }

    @cached_property
    def _by_id(self) -> dict[str, StreetFeature]:
        return {feature.id: feature for feature in self.layers.features}

    def feature(self, feature_id: str) -> StreetFeature:
        """One feature.

        Raises:
            BadInput: E_FEATURE when the street has none of that id.
        """
        if feature_id not in self._by_id:
            raise BadInput(
                "E_FEATURE", f"street {self.name} has no feature {feature_id}", "see its street file for the ids"
            )
        return self._by_id[feature_id]

    def local(self, at: datetime) -> datetime:
        """An aware time as local time of the street."""
        if at.tzinfo is None:
            raise BadInput("E_TIME", f"{at} has no time zone", "give an aware time")
        return at.astimezone(self.timezone)


def _day(day: date) -> str:
    return day.isoformat()
