"""The zones that the rivals are given: the street's own, drawn into each picture as well as a surveyor could.

Every polygon comes from the true street by the camera's calibration, every permit has its hours, every licensed board
its rectangle, and regions lie where things are about to stand (one to a slot): more than most who write such programs
have. Regions for box centres are drawn at the height of the centres.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from shapely.geometry import Polygon, box

from benchmarks.truth_parts.layout import SLOT_M
from benchmarks.truth_parts.scene import DWELL_S, SIZE, Scene, rules
from benchmarks.truth_parts.spec import Permit
from benchmarks.truth_parts.truths import permitted
from detectors import Violation
from geofence import GroundView, LocalPlane
from models.scenes.district import Area, Hours, Shop
from models.scenes.frame_of_street import StreetFrame
from streams import ObjectKind

Solid = list[tuple[float, float, float]]
"""Corners (x, y along and across the street, height), metres."""
HALF_HEIGHT_M = {Violation.STALL: 0.95, Violation.OUT_OF_STORE: 0.4, Violation.BIKE_CLUTTER: 0.5}
CLASSES = {
    Violation.STALL: [ObjectKind.STALL],
    Violation.OUT_OF_STORE: [ObjectKind.GOODS, ObjectKind.FURNITURE],
    Violation.BIKE_CLUTTER: [ObjectKind.BICYCLE, ObjectKind.MOTORCYCLE],
    Violation.OUTDOOR_AD: [ObjectKind.SIGNBOARD],
}
_AHEAD_M, _FAR_M = 2.0, 60.0
_ROAD_M = 2.5
_SIGN_MARGIN_M = 0.4
_LEAST_PX2 = 16.0


class Drawer:
    """Draws places of the street into the pictures of one source."""

    def __init__(self, scene: Scene, plane: LocalPlane) -> None:
        self._frame, self._plane = StreetFrame(scene.script.district), plane
        self._placed: dict[tuple[tuple[float, float, float], ...], np.ndarray] = {}

    def ring(self, solid: Solid, view: GroundView) -> list[list[int]] | None:
        """A polygon in the picture, None where it does not show."""
        key = tuple(solid)
        if key not in self._placed:
            flat = self._plane.to_xy(self._frame.lonlat([(x, y) for x, y, _ in solid]))
            self._placed[key] = np.column_stack([flat, [height for *_, height in solid]])
        points = self._placed[key]
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        if np.linalg.norm(np.clip(view.camera_xy, low, high) - view.camera_xy) > _FAR_M:
            return None
        points = _before(points, view)
        if len(points) < 3:
            return None
        pixels = np.asarray(view.pixel(points))
        if not np.isfinite(pixels).all():
            return None
        shown = Polygon(pixels).buffer(0).intersection(box(0, 0, *SIZE))
        if not isinstance(shown, Polygon) or shown.area < _LEAST_PX2:
            return None
        return [[round(x), round(y)] for x, y in list(shown.exterior.coords)[:-1]]


def _before(points: np.ndarray, view: GroundView) -> np.ndarray:
    """The part of a polygon (n, 3) that lies ahead of the camera."""
    eye = np.asarray(view.camera_xy)
    ahead = np.asarray(view.ground([(SIZE[0] / 2, SIZE[1] - 1)]))[0] - eye
    ahead /= np.linalg.norm(ahead)
    depth = (points[:, :2] - eye) @ ahead - _AHEAD_M
    out = []
    for k in range(len(points)):
        a, b, da, db = points[k - 1], points[k], depth[k - 1], depth[k]
        if (da < 0) != (db < 0):
            out.append(a + (b - a) * (da / (da - db)))
        if db >= 0:
            out.append(b)
    return np.array(out).reshape(-1, 3)


def zones(scene: Scene) -> list[dict[str, Any]]:
    """Zones for tracker ids: the street's areas as they are, feet of boxes as anchors (centres, for boards)."""
    d = scene.script.district
    whole = next(area for area in d.areas if area.layer == "vending_forbidden")
    out = [_zone(Violation.STALL, _flat(whole.points), _permits(scene, "vending_permitted"), once=False)]
    for shop in d.shops:
        seats = _permits(scene, "outdoor_seating")
        out.append(_zone(Violation.OUT_OF_STORE, _flat(_strip(scene, shop)), seats, once=True))
    for x, side in _stretches(scene):
        walk = _flat(_walk(scene, x, side, 0.0, d.front - d.kerb))
        out.append(_zone(Violation.BIKE_CLUTTER, walk, _bays(scene), once=True, least=rules().count_threshold))
    for x, side in _stretches(scene):
        out.append(
            _zone(Violation.OUTDOOR_AD, _wall(scene, x, side), _licensed(scene, x, side), once=False, anchor="centre")
        )
    return out


def regions(scene: Scene) -> list[dict[str, Any]]:
    """Regions for counting: one to a slot and kind, at the height of box centres."""
    d, out = scene.script.district, []
    for x, side in _stretches(scene):
        z = HALF_HEIGHT_M[Violation.STALL]
        walk = _flat(_walk(scene, x, side, -_ROAD_M, d.front - d.kerb - 1.0), z)
        out.append(_zone(Violation.STALL, walk, _permits(scene, "vending_permitted", z), once=True, anchor="centre"))
    for shop in d.shops:
        z = HALF_HEIGHT_M[Violation.OUT_OF_STORE]
        seats = _permits(scene, "outdoor_seating", z)
        out.append(_zone(Violation.OUT_OF_STORE, _flat(_strip(scene, shop), z), seats, once=True, anchor="centre"))
    for x, side in _stretches(scene):
        z = HALF_HEIGHT_M[Violation.BIKE_CLUTTER]
        walk = _flat(_walk(scene, x, side, 0.0, d.front - d.kerb), z)
        least = rules().count_threshold
        out.append(_zone(Violation.BIKE_CLUTTER, walk, _bays(scene, z), once=True, anchor="centre", least=least))
        out.append(
            _zone(Violation.OUTDOOR_AD, _wall(scene, x, side), _licensed(scene, x, side), once=True, anchor="centre")
        )
    return out


def _zone(
    kind: Violation, solid: Solid, holes: list[dict[str, Any]], *, once: bool, anchor: str = "foot", least: int = 1
) -> dict[str, Any]:
    return {
        "kind": kind.value, "solid": solid, "holes": holes, "once": once, "anchor": anchor, "least": least,
        "dwell_s": DWELL_S[kind], "classes": [one.value for one in CLASSES[kind]],
    }  # fmt: skip


def _flat(points: Sequence[tuple[float, float]], height: float = 0.0) -> Solid:
    return [(x, y, height) for x, y in points]


def _stretches(scene: Scene) -> list[tuple[float, int]]:
    """The middle of every slot on both sides of the street."""
    return [
        (shop_x, side) for side in (1, -1) for shop_x in sorted({_slot(one) for one in scene.script.district.shops})
    ]


def _slot(shop: Shop) -> float:
    return round(shop.middle, 3)


def _walk(scene: Scene, x: float, side: int, from_kerb_m: float, to_kerb_m: float) -> list[tuple[float, float]]:
    kerb, half = scene.script.district.kerb, SLOT_M / 2
    y0, y1 = side * (kerb + from_kerb_m), side * (kerb + to_kerb_m)
    return [(x - half, y0), (x + half, y0), (x + half, y1), (x - half, y1)]


def _strip(scene: Scene, shop: Shop) -> list[tuple[float, float]]:
    """The ground before a shop's line on which its goods may not stand."""
    side = 1 if shop.side == "north" else -1
    line = scene.script.district.front - shop.own_ground_m
    y0, y1 = side * (line - rules().min_overhang_m), side * (line - rules().overhang_reach_m)
    return [(shop.x0, y0), (shop.x1, y0), (shop.x1, y1), (shop.x0, y1)]


def _wall(scene: Scene, x: float, side: int) -> Solid:
    y, half = side * scene.script.district.front, SLOT_M / 2
    return [(x - half, y, 0.3), (x + half, y, 0.3), (x + half, y, 6.0), (x - half, y, 6.0)]


def _licensed(scene: Scene, middle: float, side: int) -> list[dict[str, Any]]:
    """The licensed faces on one slot's wall."""
    d, always = scene.script.district, [[0.0, scene.script.duration_s]]
    signs = [(one.x, one.y, one.width, one.bottom, one.height) for one in d.licences]
    for shop in d.shops:
        y = d.front if shop.side == "north" else -d.front
        signs.append((shop.middle, y, shop.fascia_width, shop.fascia_bottom, shop.fascia_height))
    m, out = _SIGN_MARGIN_M, []
    for x, y, wide, low, high in signs:
        if y * side < 0 or abs(x - middle) > (SLOT_M + wide) / 2 + m:
            continue
        a, b, top, foot = x - wide / 2 - m, x + wide / 2 + m, low + high + m, low - m
        out.append({"solid": [(a, y, foot), (b, y, foot), (b, y, top), (a, y, top)], "active": always})
    return out


def _bays(scene: Scene, height: float = 0.0) -> list[dict[str, Any]]:
    always = [[0.0, scene.script.duration_s]]
    bays = [area for area in scene.script.district.areas if area.layer == "bay"]
    return [{"solid": _flat(area.points, height), "active": always} for area in bays]


def _permits(scene: Scene, layer: str, height: float = 0.0) -> list[dict[str, Any]]:
    found = [area for area in scene.script.district.areas if area.layer == layer]
    return [{"solid": _flat(area.points, height), "active": _active(scene, area)} for area in found]


def _active(scene: Scene, area: Area) -> list[list[float]]:
    """The seconds of the scene in which an area's hours hold."""
    whole = range(int(scene.script.duration_s) + 1)
    return [[float(s), float(s + 1)] for s in whole if any(_holds(scene, hours, s) for hours in area.hours)]


def _holds(scene: Scene, hours: Hours, second: float) -> bool:
    permit = Permit.model_validate({"days": hours.days, "from": hours.from_, "to": hours.to})
    return permitted(permit, scene.at(second))
