"""What changes from one version of a street to another, by feature and field, and drawn on the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import shapely

from geofence.coordinates import LocalPlane, LonLat
from geofence.street import Street, StreetFeature

# Outlines that lie nowhere farther apart than this are the same one (metres) [given].
_SAME_M = 0.001


class ChangeKind(StrEnum):
    """What happened to a feature."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One feature that differs.

    Args:
        fields: (name, before, after) of properties that differ; none = not said.
        moved_m: the farthest that its outline moved, 0 where it lies as it did.
        before, after: the feature as GeoJSON; none where there is none.
    """

    kind: ChangeKind
    id: str
    layer: str
    fields: tuple[tuple[str, Any, Any], ...]
    moved_m: float
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    def __str__(self) -> str:
        told = [f"{name}: {_said(old)} → {_said(new)}" for name, old, new in self.fields]
        if self.moved_m:
            told.append(f"moved by up to {self.moved_m:.2f} m")
        return f"{self.kind.value} {self.layer} {self.id}" + (f": {'; '.join(told)}" if told else "")

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **{"kind": self.kind.value, "id": self.id, "layer": self.layer, "moved_m": round(self.moved_m, 3)},
            "fields": [{"field": name, "before": old, "after": new} for name, old, new in self.fields],
            **{"before": self.before, "after": self.after},
        }


def difference(before: Street | None, after: Street) -> tuple[Change, ...]:
    """Features that were added, removed or changed, by layer and id; of nothing to a street all are added."""
    old = {} if before is None else {feature.id: feature for feature in before.layers.features}
    new = {feature.id: feature for feature in after.layers.features}
    changes = [_one(old.get(name), new.get(name)) for name in {**old, **new}]
    return tuple(sorted((one for one in changes if one is not None), key=lambda one: (one.layer, one.id)))


def difference_geojson(changes: tuple[Change, ...]) -> dict[str, Any]:
    """The changes as a FeatureCollection for a map: `change` is added, removed, changed_from or changed_to."""
    drawn = []
    for one in changes:
        for shape, role in ((one.before, "from"), (one.after, "to")):
            if shape is not None:
                word = f"changed_{role}" if one.kind is ChangeKind.CHANGED else one.kind.value
                properties = {**shape["properties"], "change": word, "words": str(one)}
                drawn.append({**shape, "properties": properties})
    return {"type": "FeatureCollection", "features": drawn}


def _one(old: StreetFeature | None, new: StreetFeature | None) -> Change | None:
    if old is None and new is not None:
        return Change(ChangeKind.ADDED, new.id, new.layer.value, (), 0.0, None, new.to_geojson())
    if new is None and old is not None:
        return Change(ChangeKind.REMOVED, old.id, old.layer.value, (), 0.0, old.to_geojson(), None)
    assert old is not None and new is not None
    if old.properties == new.properties and shapely.equals_identical(old.lonlat, new.lonlat):
        return None
    was, now = old.to_geojson(), new.to_geojson()
    said, says = was["properties"], now["properties"]
    fields = tuple(
        (name, said.get(name), says.get(name))
        for name in dict.fromkeys([*said, *says])
        if said.get(name) != says.get(name)
    )
    moved = _moved_m(old, new)
    if not fields and not moved:
        return None
    return Change(ChangeKind.CHANGED, new.id, new.layer.value, fields, moved, was, now)


def _moved_m(old: StreetFeature, new: StreetFeature) -> float:
    """Metres between the outlines (Hausdorff), in a plane about them."""
    if shapely.equals_identical(old.lonlat, new.lonlat):
        return 0.0
    centre = shapely.get_coordinates(new.lonlat)[0]
    plane = LocalPlane(LonLat(float(centre[0]), float(centre[1])))
    was, now = (shapely.transform(one.lonlat, plane.to_xy) for one in (old, new))
    apart = float(shapely.hausdorff_distance(was, now))
    return apart if apart > _SAME_M else 0.0


def _said(value: Any) -> str:
    return "—" if value is None else str(value)
