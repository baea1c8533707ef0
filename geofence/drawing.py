"""The difference of two versions as a picture that needs nothing else: an SVG, or a page with it and the list."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Polygon, shape
from shapely.geometry.base import BaseGeometry

from geofence.coordinates import Floats
from geofence.difference import Change, difference_geojson
from geofence.street import Street

# What is drawn of a change: colour, dashes, words.
_LOOKS = {
    "added": ("#1a9850", "", "新增 added"),
    "removed": ("#d73027", "6 4", "删去 removed"),
    "changed_from": ("#8c6d31", "6 4", "原来 before"),
    "changed_to": ("#e08214", "", "现在 after"),
}
_WIDTH = 1200.0
# Metres about the changes that are shown with them, and the least side of the picture.
_ABOUT_M, _LEAST_M = 15.0, 40.0
_MOST_LABELS = 400
_BAR_M = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


def difference_picture(before: Street | None, after: Street, changes: Sequence[Change], file: Path) -> str:
    """The text of a file that shows a difference: by its suffix an SVG, an HTML page, or GeoJSON for a map program."""
    suffix = file.suffix.lower()
    if suffix == ".svg":
        return difference_svg(after, changes)
    if suffix in (".html", ".htm"):
        return _page(before, after, changes)
    return json.dumps(difference_geojson(tuple(changes)), ensure_ascii=False)


def difference_svg(after: Street, changes: Sequence[Change]) -> str:
    """Old, new and removed features over those that stay, each with its name; north is up, a bar gives the scale."""
    plane = after.plane
    drawn = [
        (shapely.transform(shape(one["geometry"]), plane.to_xy), one)
        for one in difference_geojson(tuple(changes))["features"]
    ]
    west, south, east, north = _bounds(
        [geometry for geometry, _ in drawn] or [one.geometry for one in after.layers.features]
    )
    scale = _WIDTH / (east - west)
    height = (north - south) * scale

    def place(xy: Floats) -> Floats:
        return np.column_stack([(xy[:, 0] - west) * scale, (north - xy[:, 1]) * scale])

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#fbfbf8"/>',
    ]
    frame = shapely.box(west, south, east, north)
    touched = {one.id for one in changes}
    kept = [one for one in after.layers.features if one.id not in touched and one.geometry.intersects(frame)]
    parts += [_path(shapely.transform(one.geometry, place), "#b8bcc0", "", one.label, 1.0) for one in kept]
    for geometry, one in drawn:
        colour, dashes, words = _LOOKS[one["properties"]["change"]]
        title = f"{words}: {one['properties']['words']}"
        parts.append(_path(shapely.transform(geometry, place), colour, dashes, title, 2.5))
    named = [(geometry, one) for geometry, one in drawn if one["properties"]["change"] != "changed_from"]
    for geometry, one in named[:_MOST_LABELS]:
        x, y = place(shapely.get_coordinates(geometry.representative_point()))[0]
        parts.append(_text(float(x), float(y), _LOOKS[one["properties"]["change"]][0], _label(one)))
    return "\n".join([*parts, *_legend(scale, height), "</svg>"]) + "\n"


def _page(before: Street | None, after: Street, changes: Sequence[Change]) -> str:
    old = "—" if before is None else before.version
    title = f"{after.name}: {old} → {after.version}"
    rows = "\n".join(f'<li class="{one.kind.value}">{escape(str(one))}</li>' for one in changes)
    return f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title><style>
body {{ font: 15px/1.5 sans-serif; margin: 16px; max-width: 1240px }}
svg {{ width: 100%; height: auto; border: 1px solid #ccc }}
li {{ border-left: 4px solid #e08214; padding-left: 8px; margin: 4px 0; list-style: none; overflow-wrap: anywhere }}
li.added {{ border-color: #1a9850 }} li.removed {{ border-color: #d73027 }} ul {{ padding: 0 }}
</style></head><body>
<h1>{escape(title)}</h1>
<p>{len(changes)} 处变化 changes</p>
{difference_svg(after, changes)}
<ul>
{rows}
</ul></body></html>
"""


def _bounds(shapes: Iterable[BaseGeometry]) -> tuple[float, float, float, float]:
    """What the picture shows: west, south, east, north in metres of the plane."""
    west, south, east, north = (float(value) for value in shapely.total_bounds(np.array(list(shapes), dtype=object)))
    grown_x = max(_ABOUT_M, (_LEAST_M - (east - west)) / 2)
    grown_y = max(_ABOUT_M, (_LEAST_M / 2 - (north - south)) / 2)
    return west - grown_x, south - grown_y, east + grown_x, north + grown_y


def _label(feature: Mapping[str, Any]) -> str:
    said = feature["properties"]
    name = said.get("name") or said.get("shop_name") or said.get("holder") or said.get("code") or ""
    return f"{name} {feature['id']}".strip()


def _path(geometry: BaseGeometry, colour: str, dashes: str, title: str, width: float) -> str:
    """A geometry in pixels as SVG, with what it is as its title."""
    told = f"<title>{escape(title)}</title>"
    if geometry.geom_type == "Point":
        x, y = shapely.get_coordinates(geometry)[0]
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3 + width:.1f}" fill="{colour}">{told}</circle>'
    rings = [geometry.exterior, *geometry.interiors] if isinstance(geometry, Polygon) else [geometry]
    data = "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(ring)) + ("Z" if ring.is_ring else "")
        for ring in rings
    )
    fill = colour if isinstance(geometry, Polygon) else "none"
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<path d="{data}" fill="{fill}" fill-opacity=".12" fill-rule="evenodd" stroke="{colour}" '
        f'stroke-width="{width:g}"{dashed}>{told}</path>'
    )


def _text(x: float, y: float, colour: str, text: str, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" stroke="#fff" stroke-width="3" '
        f'paint-order="stroke">{escape(text)}</text>'
    )


def _legend(scale: float, height: float) -> list[str]:
    """What the colours mean, where north is, how long a metre is."""
    parts = []
    for row, (colour, dashes, words) in enumerate(_LOOKS.values()):
        y, dashed = 18 + 18 * row, f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(f'<path d="M12 {y}h30" stroke="{colour}" stroke-width="3"{dashed}/>')
        parts.append(_text(48, y + 4, "#222", words, "start"))
    metres = max((one for one in _BAR_M if one * scale <= _WIDTH / 5), default=_BAR_M[0])
    foot = height - 14
    bar = f"M12 {foot - 5:.1f}v5h{metres * scale:.1f}v-5"
    parts.append(f'<path d="{bar}" fill="none" stroke="#222" stroke-width="1.5"/>')
    parts.append(_text(18, foot - 8, "#222", f"{metres} m", "start"))
    parts.append(f'<path d="M{_WIDTH - 20:.0f} 34v-22l-5 9m5 -9l5 9" fill="none" stroke="#222" stroke-width="1.5"/>')
    return [*parts, _text(_WIDTH - 20, 48, "#222", "N")]
