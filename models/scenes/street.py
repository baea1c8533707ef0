"""The street file of a script: what is forbidden and allowed in its district, in the form that geofence reads."""

from datetime import timedelta
from typing import Any

from models.scenes.district import Area, Licence, Shop
from models.scenes.frame_of_street import StreetFrame
from models.scenes.script import Script

SOURCE = "示范区街面秩序演示规定（演示，非真实法规）"
_NEEDS_PHASE = ("vending_forbidden", "bike_managed", "ad_controlled")
_NEEDS_TERM = ("vending_permitted", "outdoor_seating")


def street_file(script: Script) -> dict[str, Any]:
    """Zones, permits, frontages, bays and licences of the script's district, in CGCS2000."""
    d, frame = script.district, StreetFrame(script.district)
    day = script.start.date()
    term = {
        "effective_from": (day - timedelta(days=180)).isoformat(),
        "effective_to": (day + timedelta(days=180)).isoformat(),
    }
    features = [_area(area, frame, term) for area in d.areas]
    features += [_frontage(shop, _wall(shop, d.shops), d.front, frame, term) for shop in d.shops]
    features += [_licence(_fascia(shop, d.front), frame, term) for shop in d.shops]
    features += [_licence(licence, frame, term) for licence in d.licences]
    return {
        "street": d.name,
        "crs": "EPSG:4490",
        "timezone": d.timezone,
        "origin": [d.lon, d.lat],
        "features": features,
    }


def _area(area: Area, frame: StreetFrame, term: dict[str, str]) -> dict[str, Any]:
    properties: dict[str, Any] = {"layer": area.layer, "name": area.name}
    if area.hours:
        properties["hours"] = [hours.model_dump(by_alias=True) for hours in area.hours]
    if area.layer in _NEEDS_PHASE:
        properties |= {"phase": "enforce", "legal_source": SOURCE, "effective_from": term["effective_from"]}
    if area.layer in _NEEDS_TERM:
        properties |= {**term, "legal_source": SOURCE}
    if area.layer == "monitored_area":
        properties["published_at"] = term["effective_from"]
    for name in ("shop", "device", "clear_width_m"):
        value = getattr(area, name)
        if value is not None:
            properties[name] = value
    ring = [*area.points, area.points[0]]
    geometry = {"type": "Polygon", "coordinates": [[list(frame.one(*point)) for point in ring]]}
    return {"type": "Feature", "id": area.id, "geometry": geometry, "properties": properties}


def _wall(shop: Shop, shops: list[Shop]) -> tuple[float, float]:
    """A shop's stretch of wall: its own, and of a blank stretch beside it the half."""
    row = sorted((one for one in shops if one.side == shop.side), key=lambda one: one.x0)
    k = row.index(shop)
    left = row[k - 1].x1 if k else shop.x0
    right = row[k + 1].x0 if k + 1 < len(row) else shop.x1
    return (left + shop.x0) / 2, (shop.x1 + right) / 2


def _frontage(
    shop: Shop, wall: tuple[float, float], front: float, frame: StreetFrame, term: dict[str, str]
) -> dict[str, Any]:
    """A shop's line: its wall, or as far before it as its own ground reaches; the public side on the left."""
    side = 1 if shop.side == "north" else -1
    y = side * (front - shop.own_ground_m)
    x0, x1 = wall
    ends = [(x1, y), (x0, y)] if side > 0 else [(x0, y), (x1, y)]
    properties: dict[str, Any] = {
        "layer": "frontage", "shop": shop.id, "shop_name": shop.name, "address": shop.address, "phase": "enforce",
        "legal_source": SOURCE, "effective_from": term["effective_from"],
    }  # fmt: skip
    if shop.min_overhang_m is not None:
        properties["min_overhang_m"] = shop.min_overhang_m
    geometry = {"type": "LineString", "coordinates": [list(frame.one(*end)) for end in ends]}
    return {"type": "Feature", "id": f"front-{shop.id}", "geometry": geometry, "properties": properties}


def _fascia(shop: Shop, front: float) -> Licence:
    """A shop's own sign is licensed like any other board."""
    side = 1 if shop.side == "north" else -1
    return Licence(
        id=f"fascia-{shop.id}", holder=shop.name, x=shop.middle, y=side * front, facing_deg=-90.0 * side,
        width=shop.fascia_width, height=shop.fascia_height, bottom=shop.fascia_bottom,
    )  # fmt: skip


def _licence(licence: Licence, frame: StreetFrame, term: dict[str, str]) -> dict[str, Any]:
    properties = {
        "layer": "ad_licence", "holder": licence.holder, "facing_deg": round(frame.compass(licence.facing_deg), 3),
        "width_m": licence.width, "height_m": licence.height, "bottom_m": licence.bottom, "legal_source": SOURCE,
        **term,
    }  # fmt: skip
    geometry = {"type": "Point", "coordinates": list(frame.one(licence.x, licence.y))}
    return {"type": "Feature", "id": f"licence-{licence.id}", "geometry": geometry, "properties": properties}
