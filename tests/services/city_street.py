"""The street of the small city, its law and its cameras, as files and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

NETWORK = Path(__file__).parent / "red_square" / "card.yaml"
DWELL_S = 15
# A camera 5 m up that looks north, 36 degrees down, 384x216: pixel, longitude, latitude.
POINTS = (
    (115.0, 61.0, 121.499970793, 31.200088142),
    (165.5, 85.5, 121.499991208, 31.200072987),
    (356.5, 87.0, 121.50005416, 31.200072181),
    (107.0, 25.5, 121.499959309, 31.200119827),
    (269.0, 207.5, 121.500015729, 31.200032347),
    (10.0, 200.0, 121.499961923, 31.200033922),
)
APART_DEG = 0.001
PROFILE = "quick"


def camera_sources(cameras: list[str], port: int) -> list[dict[str, Any]]:
    """Settings of cameras whose streams `street_cameras` serves at `port`."""
    found = []
    for number, camera in enumerate(cameras):
        shift = number * APART_DEG
        points = [{"px": [x, y], "lonlat": [lon + shift, lat]} for x, y, lon, lat in POINTS]
        url = f"http://127.0.0.1:{port}/{camera}.ts"
        device = {"lon": 121.5 + shift, "lat": 31.2}
        found.append({"id": camera, "url": url, "image_size": [384, 216], "calibration": points, "device": device})
    return found


def forbidden(ring: list[list[float]]) -> dict[str, Any]:
    """A zone in which nobody may sell, as a feature of a street file."""
    return {
        "type": "Feature",
        "id": "zone",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "layer": "vending_forbidden", "name": "z", "phase": "enforce", "legal_source": "test",
            "effective_from": "2026-01-01",
        },
    }  # fmt: skip


def write_street(folder: Path, cameras: int) -> None:
    """`street.yaml`, the profile `quick.yaml` and an empty `script.json`."""
    west, east = 121.499, 121.501 + APART_DEG * cameras
    ring = [[west, 31.199], [east, 31.199], [east, 31.201], [west, 31.201], [west, 31.199]]
    street = {"street": "city", "crs": "EPSG:4490", "timezone": "Asia/Shanghai", "features": [forbidden(ring)]}
    profile = {
        "name": str(folder / PROFILE),
        "title": {"zh": "试验区", "en": "Test district"},
        "inherits": "demo",
        "values": {"dwell_s": {"STALL": {"value": DWELL_S, "source": "test", "mark": "test"}}},
    }
    (folder / "street.yaml").write_text(yaml.safe_dump(street, allow_unicode=True))
    (folder / f"{PROFILE}.yaml").write_text(yaml.safe_dump(profile, allow_unicode=True))
    (folder / "script.json").write_text("[]")
