"""What is drawn over a photograph: the boxes of what was seen and the lines of the street, in the photo's pixels."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from geofence import Calibration
from records import BadInput, parse_iso

STEP_M = 0.5  # lines are bent by no lens here, but they leave the picture and pass behind the camera
NEAR_S = 3.0  # a standing thing's box from a look this near in time still fits the photo


@dataclass(frozen=True, slots=True)
class Box:
    """A seen thing. `main`: the alert is about it. Corners in pixels of the photo."""

    kind: str
    score: float
    x1: float
    y1: float
    x2: float
    y2: float
    main: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of a zone's edge or of a front line as it lies in the photo."""

    layer: str
    name: str
    points: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        """SVG path data."""
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class Label:
    """One caption for all things of a kind that the alert is about, above the highest of them."""

    kind: str
    count: int
    score: float
    x: float
    y: float


def labels_of(boxes: Iterable[Box]) -> list[Label]:
    """A caption per kind of the main boxes, so that a heap of bicycles does not drown in captions."""
    kinds: dict[str, list[Box]] = {}
    for box in boxes:
        if box.main:
            kinds.setdefault(box.kind, []).append(box)
    labels = []
    for kind, many in kinds.items():
        top = min(many, key=lambda box: box.y1)
        labels.append(Label(kind, len(many), max(box.score for box in many), top.x1, top.y1))
    return labels


def boxes_on(photo: Mapping[str, Any], alert: Mapping[str, Any], looks: Iterable[Mapping[str, Any]]) -> list[Box]:
    """The boxes of the alert's look and of the analysed frame nearest in time to the photo.

    `photo` as in record.json, `alert` an AlertMessage, `looks` lines of detections.jsonl.
    """
    at = parse_iso(photo["captured_utc"])
    mine = _nearest(alert.get("boxes") or [], "captured_at", at)
    main = [_box(one, main=True) for one in mine]
    near = _nearest(list(looks), "captured_utc", at)
    seen = [_box(one, main=False) for look in near for one in look["detections"]]
    rest = [box for box in seen if all(_overlap(box, other) < 0.7 for other in main)]
    dx, dy = (photo.get("crop") or (0, 0))[:2]
    size = (photo["width"], photo["height"])
    return [moved for box in (*main, *rest) if (moved := _moved(box, dx, dy, size)) is not None]


def lines_on(
    photo: Mapping[str, Any], geofence: Mapping[str, Any], calibration: Mapping[str, Any], image_size: tuple[int, int]
) -> list[Line]:
    """Edges of the sealed street features as the sealed calibration puts them into the photo.

    None where the package has no fixed camera's calibration: a driving camera's pose is not drawn.
    """
    try:
        camera = Calibration.from_json(calibration)
    except BadInput:
        return []
    if camera.image_size != image_size:
        return []
    dx, dy = (photo.get("crop") or (0, 0))[:2]
    size = (photo["width"], photo["height"])
    lines = []
    for feature in geofence.get("features", ()):
        facts = feature["properties"]
        name = str(facts.get("shop_name") or facts.get("name") or feature.get("id", ""))
        for ring in _edges(feature["geometry"]):
            for stretch in _projected(camera, ring, (dx, dy), size):
                lines.append(Line(str(facts.get("layer", "")), name, stretch))
    return lines


def read_json(path: Path) -> Any:
    """A JSON file of a package, or an empty object where it is not there or broken: the checks say so elsewhere."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}


def read_lines(path: Path) -> list[Any]:
    """The objects of a JSON-lines file; empty where it is not there or broken."""
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    except (OSError, ValueError):
        return []


def _nearest(rows: list[Mapping[str, Any]], key: str, at: datetime) -> list[Mapping[str, Any]]:
    """The rows of the one moment that lies nearest to `at`, where that is near enough."""
    away = {row[key]: abs((parse_iso(row[key]) - at).total_seconds()) for row in rows}
    if not away or min(away.values()) > NEAR_S:
        return []
    best = min(away, key=lambda moment: away[moment])
    return [row for row in rows if row[key] == best]


def _box(one: Mapping[str, Any], main: bool) -> Box:
    x1, y1, x2, y2 = (float(value) for value in one["box"])
    return Box(str(one["kind"]), float(one["score"]), x1, y1, x2, y2, main)


def _moved(box: Box, dx: float, dy: float, size: tuple[int, int]) -> Box | None:
    """The part of a box that lies in the (cropped) photo."""
    x1, x2 = (min(max(value - dx, 0.0), float(size[0])) for value in (box.x1, box.x2))
    y1, y2 = (min(max(value - dy, 0.0), float(size[1])) for value in (box.y1, box.y2))
    return Box(box.kind, box.score, x1, y1, x2, y2, box.main) if x2 - x1 > 2 and y2 - y1 > 2 else None


def _overlap(box: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(box.x2, other.x2) - max(box.x1, other.x1)
    height = min(box.y2, other.y2) - max(box.y1, other.y1)
    both = max(0.0, width) * max(0.0, height)
    areas = (box.x2 - box.x1) * (box.y2 - box.y1) + (other.x2 - other.x1) * (other.y2 - other.y1)
    return both / (areas - both) if areas > both else 0.0


def _edges(geometry: Mapping[str, Any]) -> list[list[list[float]]]:
    match geometry["type"]:
        case "Polygon":
            return list(geometry["coordinates"])
        case "MultiPolygon":
            return [ring for polygon in geometry["coordinates"] for ring in polygon]
        case "LineString":
            return [geometry["coordinates"]]
        case _:
            return []


def _projected(
    camera: Calibration, ring: list[list[float]], shift: tuple[float, float], size: tuple[int, int]
) -> list[tuple[tuple[float, float], ...]]:
    """The stretches of a ground line that the photo shows."""
    ground = camera.plane.to_xy(np.asarray(ring, dtype=float)[:, :2])
    dense = [ground[:1]]
    for a, b in pairwise(ground):
        count = max(1, int(np.ceil(np.hypot(*(b - a)) / STEP_M)))
        dense.append(a + (b - a) * (np.arange(1, count + 1) / count)[:, None])
    xy = np.vstack(dense)
    px = camera.pixel(np.column_stack([xy, np.zeros(len(xy))])) - np.asarray(shift)
    margin = np.asarray(size) * 0.25
    with np.errstate(invalid="ignore"):
        shown = ((px > -margin) & (px < np.asarray(size) + margin)).all(axis=1)
    stretches: list[tuple[tuple[float, float], ...]] = []
    current: list[tuple[float, float]] = []
    for (x, y), inside in zip(px, shown, strict=True):
        if inside:
            current.append((float(x), float(y)))
        elif current:
            stretches.append(tuple(current))
            current = []
    stretches.append(tuple(current))
    return [stretch for stretch in stretches if len(stretch) > 1]
