"""The truth of a rendered script: incidents on the map, cameras as they really stand, boxes frame by frame."""

from collections.abc import Sequence
from datetime import timedelta
from math import hypot
from random import Random
from typing import Any

import numpy as np

from models.scenes.frame_of_street import StreetFrame
from models.scenes.path import Drive, fixed_view
from models.scenes.script import FixedCamera, PatrolVehicle, Script
from models.scenes.stage import Label
from records import iso

GCP_NOISE_PX = 0.35
_GCPS = 12


def incidents(script: Script) -> list[dict[str, Any]]:
    """Every incident of the script, lawful look-alikes included, with place and times on the map's terms."""
    frame, rows = StreetFrame(script.district), []
    for one in script.incidents:
        lon, lat = frame.one(one.x, one.y)
        rows.append({
            "id": one.id, "kind": one.kind, "lon": lon, "lat": lat,
            "start": iso(script.start + timedelta(seconds=one.start_s)),
            "end": iso(script.start + timedelta(seconds=one.end_s)),
            "lawful": one.lawful, "why": one.why, "seen_by": one.seen_by,
        })  # fmt: skip
    return rows


def frame_row(index: int, pts_s: float, labels: Sequence[Label]) -> dict[str, Any]:
    """One line of a source's boxes file."""
    return {
        "frame": index,
        "pts_s": round(pts_s, 6),
        "boxes": [
            {"id": one.id, "kind": one.kind, "box": [round(v, 1) for v in one.box], "visible": one.visible}
            for one in labels
        ],
    }


def cameras(script: Script, size: tuple[int, int] = (1280, 720)) -> list[dict[str, Any]]:
    """What a surveyor hands over: control points of fixed cameras, the mount of a vehicle's."""
    return [_fixed(script, one, size) for one in script.cameras] + [_vehicle(one, size) for one in script.vehicles]


def _fixed(script: Script, camera: FixedCamera, size: tuple[int, int]) -> dict[str, Any]:
    view, frame = fixed_view(camera, size), StreetFrame(script.district)
    rng, points = Random(f"gcp:{camera.id}"), list[dict[str, Any]]()
    w, h = size
    d = script.district
    while len(points) < _GCPS:
        px = (rng.uniform(0.04 * w, 0.96 * w), rng.uniform(0.05 * h, 0.98 * h))
        (x, y) = view.ground(np.array([px]))[0]
        far = hypot(x - camera.x, y - camera.y)
        if not np.isfinite(x) or far > 45 or not d.x0 < x < d.x1 or abs(y) > d.front:
            continue
        noisy = (px[0] + rng.gauss(0, GCP_NOISE_PX), px[1] + rng.gauss(0, GCP_NOISE_PX))
        points.append({"px": [round(noisy[0], 2), round(noisy[1], 2)], "lonlat": list(frame.one(float(x), float(y)))})
    lon, lat = frame.one(camera.x, camera.y)
    pose = {"lon": lon, "lat": lat, "height_m": camera.z, "yaw_deg": frame.compass(camera.yaw),
            "pitch_deg": camera.pitch, "f_px": view.f_px}  # fmt: skip
    return {"id": camera.id, "kind": "camera", "image_size": list(size), "gcps": points, "truth_pose": pose}


def _vehicle(vehicle: PatrolVehicle, size: tuple[int, int]) -> dict[str, Any]:
    mount = {
        "forward_m": vehicle.mount_forward, "right_m": vehicle.mount_right, "height_m": vehicle.mount_height,
        "yaw_deg": vehicle.mount_yaw, "pitch_deg": vehicle.mount_pitch, "f_px": vehicle.f * size[0] / 1280,
    }  # fmt: skip
    return {"id": vehicle.id, "kind": "vehicle", "image_size": list(size), "mount": mount}


def pose_rows(script: Script, vehicle: PatrolVehicle, fps: float, seconds: float) -> list[dict[str, Any]]:
    """The true pose of a vehicle's camera at every frame."""
    drive, frame, rows = Drive(vehicle), StreetFrame(script.district), []
    for k in range(round(seconds * fps)):
        view = drive.view(k / fps, (1280, 720))
        lon, lat = frame.one(view.x, view.y)
        rows.append({"frame": k, "lon": lon, "lat": lat, "height_m": view.z,
                     "yaw_deg": round(frame.compass(view.yaw_deg), 4), "pitch_deg": view.pitch_deg})  # fmt: skip
    return rows
