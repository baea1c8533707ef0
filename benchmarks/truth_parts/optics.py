"""How well a thing can be placed at all: what the placing code says of its true box, before anybody detected it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.truth_parts.ours import grounds
from benchmarks.truth_parts.playback import GOP_S, Recording
from benchmarks.truth_parts.scene import DWELL_S, SIZE, Scene
from benchmarks.truth_parts.scoring import Looked
from benchmarks.truth_parts.truths import Point, Truth, hull, middle
from detectors.frontline import FrontLines
from detectors.observations import Sample, average
from detectors.sightings import Placer
from geofence import StreetIndex, load_street
from models.scenes import street_file
from models.scenes.items import actor_items
from models.scenes.path import Drive
from streams import Detection, ObjectKind

_OBSERVATIONS = 15
_VISIBLE = 0.35


@dataclass(frozen=True, slots=True)
class Optics:
    """Of one truth: 95 % radius of its averaged place, metres, from the source that shows it best; metres to the
    nearest source while it stood; whether any source showed it."""

    uncertainty_m: float
    distance_m: float
    shown: bool


def looked(scene: Scene, recordings: dict[str, Recording]) -> Looked:
    """What the score must know of a scene."""
    seen = optics(scene, recordings)
    undecidable = frozenset(
        one.id for one in scene.truths if one.margin_m is not None and one.margin_m < seen[one.id].uncertainty_m
    )
    return Looked(
        scene.name, {kind.value: s for kind, s in DWELL_S.items()}, interval_s(scene),
        {key: one.distance_m for key, one in seen.items()}, undecidable, seen_at(scene, recordings),
    )  # fmt: skip


def interval_s(scene: Scene) -> float:
    """Seconds between two analysed looks: of a mast its key frames, of a vehicle alone its rounds."""
    if scene.script.cameras:
        return GOP_S
    legs = scene.script.vehicles[0].legs
    ring = [*legs[0].to, legs[0].to[0]]
    around = sum(math.dist(a, b) for a, b in pairwise(ring))
    return around / legs[0].speed


def optics(scene: Scene, recordings: dict[str, Recording]) -> dict[str, Optics]:
    """Of every truth of a scene."""
    street = load_street(street_file(scene.script))
    placer, ground = Placer(FrontLines(StreetIndex(street).frontages())), grounds(scene, street, recordings)
    out = {one.id: Optics(math.inf, _nearest(scene, one), False) for one in scene.truths}
    for source, recording in recordings.items():
        rows = [json.loads(line) for line in recording.look.boxes.read_text(encoding="utf-8").splitlines()]
        for truth in scene.truths:
            best = _best_box(rows, truth)
            view = ground[source].at(scene.at(best[0])) if best else None
            if best is None or view is None:
                continue
            second, kind, box = best
            placed = placer.place(source, [Detection(ObjectKind(kind), kind, 1.0, box)], view, scene.at(second), SIZE)
            for one in placed:
                samples = [Sample(one.at, one.ground, one.accuracy_m, one.size[2])] * _OBSERVATIONS
                error_m = min(out[truth.id].uncertainty_m, average(samples, one.axis).accuracy_m)
                out[truth.id] = Optics(error_m, out[truth.id].distance_m, True)
    return out


def seen_at(scene: Scene, recordings: dict[str, Recording]) -> dict[str, Point]:
    """Of several things that are one incident, the middle of those that a source could see at all: what others hide to
    the end is no part of the place that anyone can measure."""
    grounds_of = {
        one.id: one.ground for actor in scene.script.actors for one in actor_items(actor, actor.from_s) if one.kind
    }
    shown: set[str] = set()
    for recording in recordings.values():
        for line in recording.look.boxes.read_text(encoding="utf-8").splitlines()[:: max(1, round(scene.fps))]:
            shown |= {one["id"] for one in json.loads(line)["boxes"] if one["visible"] >= _VISIBLE}
    out = {}
    for truth in scene.truths:
        parts = [grounds_of[name] for name in truth.actors if name in shown and name in grounds_of]
        if len(truth.actors) > 1 and len(truth.places) == 1 and parts:
            out[truth.id] = middle(hull(parts))
    return out


def _best_box(
    rows: list[dict[str, list[dict[str, object]]]], truth: Truth
) -> tuple[float, str, tuple[float, float, float, float]] | None:
    """The largest box that shows enough of the truth while it stands: second, kind, box."""
    found: list[tuple[float, float, str, tuple[float, float, float, float]]] = []
    for row in rows[::5]:
        second = float(row["pts_s"])  # type: ignore[arg-type]
        if not truth.start_s <= second < truth.end_s:
            continue
        for label in row["boxes"]:
            x1, y1, x2, y2 = label["box"]  # type: ignore[misc]
            if str(label["id"]) in truth.actors and float(label["visible"]) >= _VISIBLE:  # type: ignore[arg-type]
                found.append(((x2 - x1) * (y2 - y1), second, str(label["kind"]), (x1, y1, x2, y2)))  # type: ignore[has-type]
    return max(found)[1:] if found else None


def _nearest(scene: Scene, truth: Truth) -> float:
    x, y = truth.places[-1][1]
    masts = [math.dist((one.x, one.y), (x, y)) for one in scene.script.cameras]
    rides = []
    for vehicle in scene.script.vehicles:
        drive = Drive(vehicle)
        steps = [drive.view(float(s), SIZE) for s in range(int(truth.start_s), int(truth.end_s) + 1)]
        rides += [math.dist((one.x, one.y), (x, y)) for one in steps]
    return min([*masts, *rides])
