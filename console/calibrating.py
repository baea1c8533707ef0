"""A camera being calibrated by hand: what its control points come to so far, drawn into the picture and on the map."""

from typing import Any

import cv2
import numpy as np

from console.overlay import lines_on
from geofence import Calibration, CoordSystem, GroundControlPoint, LonLat, Street, calibrate
from records import BadInput
from streams import Reference, View

PICTURE_BYTES = 16 << 20  # a camera's picture is smaller
Points = list[tuple[tuple[float, float], tuple[float, float]]]
_RIM = 48  # points on the rim of an ellipse
_SIGHT_M = 1e5  # so far away, what is as high as the camera lies on the horizon
ELLIPSE_95 = 2.4477468306808166


def made(
    street: Street, camera_id: str, size: tuple[int, int], points: Points, system: CoordSystem, distortion: bool
) -> Calibration:
    """The calibration of (pixel, (longitude, latitude)) points; BadInput E_CALIBRATION where they carry none."""
    given = [GroundControlPoint(px, LonLat(*place, system)) for px, place in points]
    return calibrate(given, size, camera_id, street.plane, distortion=distortion)


def usable_picture(content: bytes, size: tuple[int, int]) -> None:
    """Refuse (BadInput E_REFERENCE) a picture that later ones cannot be laid against, or that is of another size."""
    if not content or len(content) > PICTURE_BYTES:
        raise BadInput("E_REFERENCE", f"the picture has {len(content)} bytes", f"give one of at most {PICTURE_BYTES}")
    grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise BadInput("E_REFERENCE", "it is no picture", "give a JPEG or PNG")
    if (grey.shape[1], grey.shape[0]) != tuple(size):
        shape = f"{grey.shape[1]}x{grey.shape[0]}"
        raise BadInput("E_REFERENCE", f"the picture is {shape}, the points were clicked in {size}", "send that picture")
    if not Reference(View.of_grey(np.asarray(grey, np.uint8))).usable:
        raise BadInput("E_REFERENCE", "too little stands out in the picture", "take a sharp picture by day")


def worked_out(
    street: Street,
    camera_id: str,
    size: tuple[int, int],
    points: Points,
    system: CoordSystem,
    distortion: bool,
) -> dict[str, Any]:
    """Residuals, pose, horizon, zones in the picture, error ellipses and the seen ground on the map, or what is wrong.

    Args:
        points: (pixel, (longitude, latitude)) of each control point.
    """
    try:
        found = made(street, camera_id, size, points, system, distortion)
    except BadInput as error:
        return {"ok": False, "code": error.code, "message": error.message, "hint": error.hint}
    photo = {"width": size[0], "height": size[1]}
    drawn = lines_on(photo, street.features_geojson(), found.to_json(), size)
    foot = found.plane.lonlat(*found.camera_xy)
    return {
        "ok": True,
        "residual_px": found.residual_px,
        "residuals_px": list(found.residuals_px),
        "left_out_m": None if found.left_out_m is None else list(found.left_out_m),
        "left_out_rms_m": found.left_out_rms_m,
        "pose": found.to_json()["pose"],
        "foot": [foot.lon, foot.lat],
        "horizon": _horizon(found),
        "lines": [{"layer": line.layer, "name": line.name, "path": line.path} for line in drawn],
        "ellipses": [_ellipse(found, point.px) for point in found.points],
        "seen": _seen(found),
        "settings": _settings(found),
    }


def _horizon(found: Calibration) -> list[list[float]]:
    """Pixels of the horizon across the picture."""
    x, y = found.camera_xy
    turns = np.radians(found.pose.yaw_deg + np.linspace(-60, 60, 61))
    far = np.column_stack([x + _SIGHT_M * np.sin(turns), y + _SIGHT_M * np.cos(turns), np.full(61, found.pose.z)])
    px = found.pixel(far)
    width = found.image_size[0]
    kept = np.isfinite(px).all(axis=1) & (px[:, 0] > -width) & (px[:, 0] < 2 * width)
    return [[float(u), float(v)] for u, v in px[kept]]


def _ellipse(found: Calibration, px: tuple[float, float]) -> dict[str, Any] | None:
    """The 95 % error ellipse of a pixel's ground point on the map; none above the horizon and out of range."""
    (place,), (spread,) = found.ground([px]), found.pose.ground_covariance([px])
    if not np.isfinite(spread).all():
        return None
    sizes, axes = np.linalg.eigh(spread)
    turns = np.linspace(0, 2 * np.pi, _RIM)
    rim = (
        np.sqrt(np.maximum(sizes, 0)) * ELLIPSE_95 * np.column_stack([np.cos(turns), np.sin(turns)])
    ) @ axes.T + place
    return {"accuracy_m": float(found.accuracy_m([px])[0]), "ring": found.plane.to_lonlat(rim).tolist()}


def _seen(found: Calibration) -> list[list[float]]:
    """The ground within range that the picture shows, as a ring of longitude and latitude."""
    width, height = found.image_size
    top = []
    for x in np.linspace(0, width, 33):
        column = np.column_stack([np.full(200, x), np.linspace(0, height, 200)])
        ground = found.ground(column)
        good = np.isfinite(ground).all(axis=1)
        if good.any():
            top.append((ground[good][0], ground[good][-1]))
    ring = [far for far, _ in top] + [near for _, near in reversed(top)]
    return found.plane.to_lonlat(ring).tolist() if len(ring) > 2 else []


def _settings(found: Calibration) -> str:
    """The lines of a source's settings that say the same."""
    lines = [f"image_size: [{found.image_size[0]}, {found.image_size[1]}]"]
    lines += ["lens_distortion: true"] if found.pose.k1 else []
    lines.append("calibration:")
    for point in found.points:
        place = point.lonlat.to(CoordSystem.CGCS2000)
        lines.append(f"  - {{px: [{point.px[0]:g}, {point.px[1]:g}], lonlat: [{place.lon:.8f}, {place.lat:.8f}]}}")
    return "\n".join(lines) + "\n"
