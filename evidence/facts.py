"""What is handed in to be sealed: the values of one alert stage, and the facts about device, clock and machine."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from importlib import metadata
from typing import Any

from records import BadInput
from streams import Cut, Detection, Frame

SUSPECT_CLOCK_MS = 1000  # GA/T 832-2014: the device clock stays within 1.0 s of Beijing time


class PhotoRole(StrEnum):
    """What a photograph is for: the whole scene, or the thing itself."""

    PANORAMA = "panorama"
    CLOSE_UP = "close_up"


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph: a decoded frame, whole or cropped to `crop` = (x1, y1, x2, y2) in pixels of that frame."""

    role: PhotoRole
    frame: Frame
    crop: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class FrameDetections:
    """What the network saw in one analysed frame; `pts_s` as the frame had it, `tracks` beside `detections`."""

    pts_s: float
    captured_at: datetime
    detections: tuple[Detection, ...]
    frame_sha256: str = ""
    tracks: tuple[str, ...] = ()

    @classmethod
    def of(cls, frame: Frame, detections: Sequence[Detection]) -> FrameDetections:
        return cls(frame.pts_s, frame.captured_at, tuple(detections), frame.yuv420p_sha256())


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """The camera or vehicle, and the reviews that make its pictures evidence (行政处罚法 art. 41)."""

    id: str
    lon: float
    lat: float
    serial: str = ""
    model: str = ""
    firmware: str = ""
    coord_system: str = "CGCS2000"
    installed: date | None = None
    legal_review_no: str = ""
    technical_review_no: str = ""
    verification_no: str = ""
    verification_valid_until: date | None = None
    site_publication_ref: str = ""
    maintenance_due: date | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "serial": self.serial,
            "model": self.model,
            "firmware": self.firmware,
            "location": {
                "lon_e7": round(self.lon * 1e7),
                "lat_e7": round(self.lat * 1e7),
                "coord_system": self.coord_system,
            },
            "installed": _day(self.installed),
            "legal_review_no": self.legal_review_no,
            "technical_review_no": self.technical_review_no,
            "verification_cert": {"no": self.verification_no, "valid_until": _day(self.verification_valid_until)},
            "site_publication_ref": self.site_publication_ref,
            "maintenance_due": _day(self.maintenance_due),
        }


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """How well the sealing machine knew the time: source, offset from it, when measured.

    `set_back_ms` is how far the clock then stood behind the newest time in the machine's own log: it was set back.
    """

    source: str
    offset_ms: int
    measured_at: datetime
    stratum: int | None = None
    camera_osd_offset_ms: int | None = None
    set_back_ms: int = 0

    @property
    def suspect(self) -> bool:
        """Whether the package must not issue by itself."""
        return abs(self.offset_ms) > SUSPECT_CLOCK_MS or self.set_back_ms > SUSPECT_CLOCK_MS


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """Whether the camera saw what it was calibrated on, so far as its pictures tell.

    `state` when sealed; `in_place_utc` when its scene was last found in place; `reference` is `given`, `learnt, not
    verified` or `none`, of `reference_utc`; `shift_px_e2` hundredths of a pixel that the scene lay off then;
    `sharpness_percent` of what is usual to it. None where it is not known.
    """

    state: str
    checked_utc: str | None = None
    in_place_utc: str | None = None
    reference: str = "none"
    reference_utc: str | None = None
    shift_px_e2: int | None = None
    sharpness_percent: int | None = None


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """Whether the machine ran normally while it saw (民诉证据规定 art. 93 (2) and (3))."""

    packets_lost: int = 0
    reconnects: int = 0
    decode_errors: int = 0
    free_bytes: int | None = None
    camera: CameraFacts | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """The hardware and software that produced the package (民诉证据规定 art. 93 (1))."""

    host: str
    os: str
    kernel: str
    python: str
    software: str
    software_digest: str = ""
    container_digest: str = ""

    @classmethod
    def here(cls) -> EnvironmentFacts:
        """Of this process; NONSITE_SOFTWARE_DIGEST and NONSITE_CONTAINER_DIGEST come from the deployment."""
        try:
            version = metadata.version("nonsite")
        except metadata.PackageNotFoundError:
            version = "unknown"
        return cls(
            host=platform.node(),
            os=platform.platform(),
            kernel=platform.release(),
            python=sys.version.split()[0],
            software=f"nonsite {version}",
            software_digest=os.environ.get("NONSITE_SOFTWARE_DIGEST", ""),
            container_digest=os.environ.get("NONSITE_CONTAINER_DIGEST", ""),
        )


@dataclass(frozen=True, slots=True)
class SealRequest:
    """Everything that one sealed package holds.

    `alert` is the AlertMessage as JSON, `stage` names the evidence stage (`first_seen`, `recheck`, …), `geofence` a
    GeoJSON FeatureCollection of the features that decided, with a `version`; `calibration` and `model` as their
    folders write them. `dwell_cuts` are single original GOPs from the time before the clip, oldest first, and
    `observations` the lines from which the dwell is recomputed, `judgement` the incident's state and the rules from
    which the detectors judge again.
    """

    alert: Mapping[str, Any]
    cut: Cut
    photos: Sequence[Photo]
    detections: Sequence[FrameDetections]
    geofence: Mapping[str, Any]
    calibration: Mapping[str, Any]
    model: Mapping[str, Any]
    device: DeviceFacts
    clock: ClockFacts
    stage: str = "first_seen"
    environment: EnvironmentFacts = field(default_factory=EnvironmentFacts.here)
    health: HealthFacts = HealthFacts()
    dwell_cuts: Sequence[Cut] = ()
    observations: Sequence[Mapping[str, Any]] = ()
    judgement: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in ("id", "kind", "opened", "raised"):
            if key not in self.alert:
                raise BadInput("E_SEAL_REQUEST", f"alert: no {key!r}", "hand in the whole AlertMessage")
        if not self.photos:
            raise BadInput("E_SEAL_REQUEST", "photos: none", "give at least one panorama")


@dataclass(frozen=True, slots=True)
class SealProfile:
    """Who seals, where local time is, and how pictures are written."""

    organisation: str
    unit: str = ""
    timezone: str = "Asia/Shanghai"
    law_refs: Mapping[str, str] = field(default_factory=dict)
    jpeg_quality: int = 95
    min_free_bytes: int = 256 * 1024 * 1024


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None
