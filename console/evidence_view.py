"""An evidence package as people look at it: photographs with their overlays, clips, facts; masked copies of both."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from console.errors import NotFound
from console.overlay import Box, Line, boxes_on, lines_on, read_json, read_lines
from console.services import Services
from evidence import Action, CustodyEntry, masked_clip, masked_photo, seal_number
from records import parse_iso

PICTURES = frozenset({".jpg", ".jpeg", ".png"})
CLIPS = frozenset({".mp4"})
MASKED_CACHE_BYTES = 96 << 20


@dataclass(frozen=True, slots=True)
class PhotoView:
    """One photograph; sizes in pixels, `path` relative to the package."""

    path: str
    role: str
    width: int
    height: int
    captured_at: datetime
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class PackageView:
    """One sealed package. `clips` are paths, the event's own first; `calibration` is the version that placed it."""

    id: str
    stage: str
    alert_id: str
    sealed_at: datetime
    seal_sha256: str
    stamped: bool
    camera: dict[str, Any]
    clock: dict[str, Any]
    model: dict[str, Any]
    photos: tuple[PhotoView, ...]
    clips: tuple[str, ...]
    files: tuple[dict[str, Any], ...]
    calibration: str = ""

    @property
    def lead_photo(self) -> PhotoView | None:
        """The panorama nearest to the alert, which shows most."""
        wide = [photo for photo in self.photos if photo.role == "panorama"]
        return max(wide or self.photos, key=lambda photo: photo.captured_at, default=None)


def package_view(parts: Services, package_id: str) -> PackageView:
    """Read a package of the store; raises BadInput where it is not there."""
    path = parts.evidence.path(package_id)
    record = read_json(path / "data/record.json")
    if not record:
        raise NotFound(f"record in package {package_id}")
    alert, looks = read_json(path / "data/alert.json"), read_lines(path / "data/detections.jsonl")
    geofence, calibration = read_json(path / "data/geofence.geojson"), read_json(path / "data/calibration.json")
    clip = record["clip"]
    image_size = (int(clip["width"]), int(clip["height"]))
    photos = tuple(
        PhotoView(
            path=photo["path"],
            role=photo["role"],
            width=photo["width"],
            height=photo["height"],
            captured_at=parse_iso(photo["captured_utc"]),
            boxes=tuple(boxes_on(photo, alert, looks)),
            lines=tuple(lines_on(photo, geofence, calibration, image_size)),
        )
        for photo in record["photos"]
    )
    return PackageView(
        id=package_id,
        stage=record["stage"],
        alert_id=record["alert_ref"]["id"],
        sealed_at=parse_iso(record["sealed_utc"]),
        seal_sha256=seal_number(path),
        stamped=any((path / "seal").glob("*.tsr")),
        camera=record["camera"],
        clock=record["clock"],
        model=record["model_ref"],
        photos=photos,
        clips=(clip["path"], *(one["path"] for one in record["dwell"])),
        files=tuple(record["files"]),
        calibration=str(calibration.get("version", "")),
    )


def package_file(parts: Services, package_id: str, name: str) -> Path:
    """The path of one file that a package holds; raises NotFound for anything else, links and ways out included."""
    root = parts.evidence.path(package_id).resolve()
    try:
        path = (root / name).resolve()
        found = path.is_relative_to(root) and path.is_file()
    except (ValueError, OSError):  # no name that a file may have
        found = False
    if not found:
        raise NotFound(f"file {name} in package {package_id}")
    return path


class Views:
    """Enters who looked at which package in the custody log; within AGAIN_S a second look is the same one."""

    AGAIN_S = 600.0

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def note(self, parts: Services, package_id: str, who: str) -> None:
        """Before a masked copy is served. Raises BadInput where the package is not in the store."""
        now_s = parts.real_clock.monotonic()
        with self._lock:
            self._noted = {key: at_s for key, at_s in self._noted.items() if now_s - at_s < self.AGAIN_S}
            if (package_id, who) in self._noted:
                return
            path = parts.evidence.path(package_id)
            parts.custody.note(CustodyEntry.about(path, Action.VIEW, who, parts.settings.organ, None))
            self._noted[package_id, who] = now_s


class MaskedCopies:
    """Masked pictures and clips, made once and kept in memory within a budget; sealed originals never change."""

    def __init__(self, budget_bytes: int = MASKED_CACHE_BYTES) -> None:
        self._budget = budget_bytes
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[tuple[str, str], threading.Lock] = {}

    def get(self, parts: Services, package_id: str, name: str, who: str) -> bytes:
        """The masked copy of a photo (JPEG) or a clip (MP4) of a package; one that is made now is a custody event."""
        package = parts.evidence.path(package_id)

        def make() -> bytes:
            mask = masked_clip if Path(name).suffix in CLIPS else masked_photo
            copy = mask(package, name, parts.network)
            facts = {"file": name, "derived_sha256": hashlib.sha256(copy).hexdigest()}
            parts.custody.note(CustodyEntry.about(package, Action.MASK, who, parts.settings.organ, None, **facts))
            return copy

        return self._once((package_id, name), make)

    def _once(self, key: tuple[str, str], make: Callable[[], bytes]) -> bytes:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            turn = self._making.setdefault(key, threading.Lock())
        with turn:  # many pages may ask for one picture at once: it is made by the first
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            data = make()
            with self._lock:
                self._kept[key] = data
                self._making.pop(key, None)
                while sum(map(len, self._kept.values())) > self._budget and len(self._kept) > 1:
                    self._kept.popitem(last=False)
        return data
