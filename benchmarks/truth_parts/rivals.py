"""What people write today, on the same detections, zones and dwells, at five frames a second.

* `time_in_zone`: a tracker id, `supervision.PolygonZone`, and the time that an id has spent in a zone.
* `region_count`: ultralytics' tracks, counted in regions as its `RegionCounter` does, and the time that a region has
  held something.

Each has an environment of its own under `runs/peers`, made once (the same that `benchmarks.streams` makes). Where there
was a choice it was made in their favour: a tracker for every sort of thing, so that no id changes its kind; tracks are
begun at the network's own thresholds; thirty frames of memory are six seconds here, not one; permits know their hours
and licensed boards their place; a shop or a heap is told of once, not once for every id; a region's clock forgives a
second of flicker; a vehicle's zones are drawn anew into every picture from its position; and boxes are placed on the
ground by our own code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.truth_parts import drawing, zones
from benchmarks.truth_parts.ours import grounds
from benchmarks.truth_parts.playback import Recording
from benchmarks.truth_parts.scene import SIZE, Scene
from benchmarks.truth_parts.told import Told, street_metres
from benchmarks.truth_parts.zones import Drawer
from detectors import Violation
from detectors.frontline import FrontLines
from detectors.sightings import Placer
from geofence import GroundView, Street, StreetIndex, load_street
from models.scenes import street_file
from nonsite.watching import Ground
from streams import Detection, ObjectKind

PEERS = Path("runs/peers")
SCRIPTS = Path(__file__).parent / "rival_scripts"


@dataclass(frozen=True, slots=True)
class Rival:
    """One baseline: its name in the table, its environment and what that holds, its script, whether it has regions."""

    name: str
    home: str
    packages: tuple[str, ...]
    script: str
    shapes: str


RIVALS = (
    Rival("time_in_zone", "supervision_trackers", ("supervision", "trackers", "onnxruntime"), "time_in_zone.py",
          "zones"),
    Rival("region_count", "yolo_track", ("ultralytics", "onnx", "onnxruntime", "lap"), "region_count.py", "regions"),
)  # fmt: skip


def run(rival: Rival, scenes: list[tuple[Scene, dict[str, Recording]]]) -> dict[str, list[Told]]:
    """What a rival tells of every scene, by the scene's name.

    Raises: RuntimeError where its environment cannot be had or its script fails.
    """
    folder = drawing.HOME / "rivals"
    folder.mkdir(parents=True, exist_ok=True)
    order, answer = folder / f"{rival.name}.jobs.jsonl", folder / f"{rival.name}.json"
    with order.open("w", encoding="utf-8") as out:
        for scene, recordings in scenes:
            for job in _jobs(rival, scene, recordings):
                out.write(json.dumps(job) + "\n")
    _python(rival, [str(SCRIPTS / rival.script), str(order), str(answer)])
    found = json.loads(answer.read_text(encoding="utf-8"))
    order.unlink()
    return {scene.name: _told(scene, recordings, found) for scene, recordings in scenes}


def _jobs(rival: Rival, scene: Scene, recordings: dict[str, Recording]) -> list[dict[str, Any]]:
    street = load_street(street_file(scene.script))
    ground, drawer = grounds(scene, street, recordings), Drawer(scene, street.plane)
    shapes = zones.zones(scene) if rival.shapes == "zones" else zones.regions(scene)
    jobs = []
    for source, recording in recordings.items():
        frames = [n for n in range(len(recording)) if recording.arrives(n)]
        jobs.append({
            "id": f"{scene.name}/{source}",
            "restarts_s": scene.restarts_s,
            "frames": [[n, recording.second(n), _rows(recording.detections(n))] for n in frames],
            rival.shapes: _drawn(shapes, drawer, _views(ground[source], scene, frames)),
        })  # fmt: skip
    return jobs


def _rows(found: list[Detection]) -> list[list[Any]]:
    return [[*(round(v, 1) for v in one.box), round(one.score, 3), one.kind.value] for one in found]


def _views(ground: Ground, scene: Scene, frames: list[int]) -> dict[int | None, GroundView]:
    """The camera's view in every frame; of a standing camera once."""
    if not ground.moving:
        view = ground.at(scene.script.start)
        return {} if view is None else {None: view}
    views = {n: ground.at(scene.at(n / scene.fps)) for n in frames}
    return {n: view for n, view in views.items() if view is not None}


def _drawn(shapes: list[dict[str, Any]], drawer: Drawer, views: dict[int | None, GroundView]) -> list[dict[str, Any]]:
    """The zones with their rings in the picture; those that no frame shows are left out."""
    thresholds, out = drawing.network().thresholds, []
    for shape in shapes:
        ring = _rings(shape, drawer, views)
        if ring is None:
            continue
        holes = [
            {**drawn, "active": hole["active"]}
            for hole in shape["holes"]
            if (drawn := _rings(hole, drawer, views)) is not None
        ]
        kept = {name: value for name, value in shape.items() if name not in ("solid", "holes")}
        least = min(thresholds[ObjectKind(one)] for one in shape["classes"])
        out.append({**kept, **ring, "holes": holes, "threshold": least})
    return out


def _rings(shape: dict[str, Any], drawer: Drawer, views: dict[int | None, GroundView]) -> dict[str, Any] | None:
    rings = {n: ring for n, view in views.items() if (ring := drawer.ring(shape["solid"], view)) is not None}
    if None in rings:
        return {"ring": rings[None]}
    return {"rings": {str(n): ring for n, ring in rings.items()}} if rings else None


def _told(scene: Scene, recordings: dict[str, Recording], found: dict[str, list[dict[str, Any]]]) -> list[Told]:
    street: Street = load_street(street_file(scene.script))
    placer, ground = Placer(FrontLines(StreetIndex(street).frontages())), grounds(scene, street, recordings)
    out = []
    for source in recordings:
        for alert in found[f"{scene.name}/{source}"]:
            xy = _place(scene, source, alert, placer, ground[source], street)
            out.append(Told(alert["kind"], source, xy, alert["raised_s"], alert["dwell_s"]))
    return sorted(out, key=lambda one: one.raised_s)


def _place(
    scene: Scene, source: str, alert: dict[str, Any], placer: Placer, ground: Ground, street: Street
) -> tuple[float, float]:
    at = scene.at(alert["raised_s"])
    view = ground.at(at)
    kind = zones.CLASSES[Violation(alert["kind"])][0]
    boxes = [tuple(float(v) for v in box) for box in alert["boxes"]]
    seen = [Detection(kind, kind.value, 1.0, (a, b, c, d)) for a, b, c, d in boxes]
    placed = [] if view is None else placer.place(source, seen, view, at, SIZE)
    if not placed:
        return float("inf"), float("inf")
    middle = np.mean([one.xy for one in placed], axis=0)
    lon, lat = street.plane.to_lonlat([middle])[0]
    return street_metres(scene.script, (float(lon), float(lat)))


def _python(rival: Rival, arguments: list[str]) -> None:
    """Run a script in the rival's environment, made first where it is not there."""
    home = PEERS / rival.home
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        print(f"{rival.name}: installing {', '.join(rival.packages)}", file=sys.stderr, flush=True)
        venv.create(home, with_pip=True, clear=True)
        _run([str(python), "-m", "pip", "install", "-q", *rival.packages])
        (home / "ready").touch()
    _run([str(python), *arguments])


def _run(command: list[str]) -> None:
    quiet = {"OMP_NUM_THREADS": "1", "YOLO_AUTOINSTALL": "false", "YOLO_CONFIG_DIR": str(drawing.HOME / "rivals")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **quiet})
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-2000:] or f"status {done.returncode}")
