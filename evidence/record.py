"""record.json: the facts of a package as a court asks for them, as text and whole numbers where it can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from evidence import names
from evidence.bag import Entry
from evidence.facts import ClockFacts, SealProfile, SealRequest
from evidence.names import chain_name
from records import iso, parse_iso
from streams import Cut

MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".mp4": "video/mp4",
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".geojson": "application/geo+json",
    ".txt": "text/plain",
    ".sh": "application/x-sh",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a package comes from: its id, the machine and its log, the device's previous seal, who seals and when."""

    package_id: str
    machine: str
    intent_seq: int
    previous_seal_sha256: str | None
    sealed_at: datetime
    profile: SealProfile


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """One photograph in the package. `size` (width, height) and `crop` (x1, y1, x2, y2) in pixels of the frame."""

    path: str
    role: str
    size: tuple[int, int]
    crop: tuple[int, int, int, int] | None
    pts: int
    captured_at: datetime
    clip: str | None
    frame_index: int | None
    frame_sha256: str

    def to_json(self, entry: Entry) -> dict[str, Any]:
        return {
            "path": self.path,
            "media_type": "image/jpeg",
            "size": entry.size,
            "width": self.size[0],
            "height": self.size[1],
            "sha256": entry.sha256,
            "role": self.role,
            "crop": list(self.crop) if self.crop else None,
            "pts": self.pts,
            "captured_utc": iso(self.captured_at),
            "clip": self.clip,
            "frame_index_in_clip": self.frame_index,
            "frame_yuv420p_sha256": self.frame_sha256,
        }


def record(
    request: SealRequest,
    origin: Origin,
    entries: Mapping[str, Entry],
    photos: Sequence[PhotoFacts],
    streams: Sequence[str],
) -> dict[str, Any]:
    """The record over the files in `entries`, of which it is not one itself.

    `streams` are the hashes over the packet hashes of the clip and of each dwell clip, in that order.
    """
    return {
        "schema": names.SCHEMA,
        "package_id": origin.package_id,
        "sealed_utc": iso(origin.sealed_at),
        "stage": request.stage,
        "event": _event(request, origin.profile),
        "camera": request.device.to_json(),
        "clock": _clock(request.clock),
        "photos": [photo.to_json(entries[photo.path]) for photo in photos],
        "clip": _clip(names.CLIP, request.cut, streams[0], parse_iso(request.alert["raised"])),
        "dwell": [
            _clip(f"data/dwell/{n:04d}.mp4", cut, streams[n], None) for n, cut in enumerate(request.dwell_cuts, 1)
        ],
        "alert_ref": _ref(names.ALERT, entries, id=str(request.alert["id"])),
        "detection_ref": _ref(names.DETECTIONS, entries, frames=len(request.detections)),
        "geofence_ref": _ref(
            names.GEOFENCE,
            entries,
            version=str(request.geofence.get("version", request.alert.get("layer_version", ""))),
            inside_test="centroid in polygon, plane of the street (CGCS2000 transverse Mercator)",
        ),
        "calibration_ref": _ref(names.CALIBRATION, entries),
        "model_ref": _ref(
            names.MODEL,
            entries,
            name=str(request.model.get("name", "")),
            weights_sha256=str(request.model.get("weights_sha256", request.model.get("sha256", ""))),
        ),
        "environment": asdict(request.environment),
        "health": asdict(request.health),
        "custodian": {"org": origin.profile.organisation, "unit": origin.profile.unit},
        "log": {"machine": origin.machine, "chain": chain_name(origin.machine), "intent_seq": origin.intent_seq},
        "previous_seal_sha256": origin.previous_seal_sha256,
        "files": [
            {
                "path": path,
                "media_type": MEDIA_TYPES[path[path.rindex(".") :]],
                "size": entry.size,
                "sha256": entry.sha256,
            }
            for path, entry in sorted(entries.items())
        ],
    }


def _clock(clock: ClockFacts) -> dict[str, Any]:
    return {
        "source": clock.source,
        "stratum": clock.stratum,
        "offset_ms": clock.offset_ms,
        "measured_at": iso(clock.measured_at),
        "camera_osd_offset_ms": clock.camera_osd_offset_ms,
        "set_back_ms": clock.set_back_ms,
        "suspect": clock.suspect,
    }


def _event(request: SealRequest, profile: SealProfile) -> dict[str, Any]:
    opened, raised = parse_iso(request.alert["opened"]), parse_iso(request.alert["raised"])
    zone = ZoneInfo(profile.timezone)
    kind = str(request.alert["kind"])
    return {
        "type_code": kind,
        "law_ref": profile.law_refs.get(kind, ""),
        "start_utc": iso(opened),
        "end_utc": iso(raised),
        "start_local": opened.astimezone(zone).isoformat(timespec="milliseconds"),
        "end_local": raised.astimezone(zone).isoformat(timespec="milliseconds"),
        "duration_ms": round((raised - opened).total_seconds() * 1000),
        "dwell_ms": round(float(request.alert.get("dwell_s") or 0) * 1000),
    }


def _clip(path: str, cut: Cut, stream_sha256: str, raised: datetime | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "path": path,
        "codec": cut.stream.codec,
        "container": "mp4",
        "width": cut.stream.size[0],
        "height": cut.stream.size[1],
        "time_base": str(cut.stream.time_base),
        "start_utc": iso(cut.started_at),
        "end_utc": iso(cut.ended_at),
        "first_pts_source": cut.base_shift,
        "base_shift": cut.base_shift,
        "gop_aligned": cut.complete,
        "packets": len(cut.packets),
        "corrupt_packets": sum(packet.corrupt for packet in cut.packets),
        "gaps": [
            {"start_utc": iso(gap.started_at), "end_utc": iso(gap.ended_at), "reason": gap.reason} for gap in cut.gaps
        ],
        "stream_sha256": stream_sha256,
    }
    if raised is not None:
        facts["pre_ms"] = round((raised - cut.started_at).total_seconds() * 1000)
        facts["post_ms"] = round((cut.ended_at - raised).total_seconds() * 1000)
    return facts


def _ref(path: str, entries: Mapping[str, Entry], **facts: Any) -> dict[str, Any]:
    return {"path": path, "sha256": entries[path].sha256, **facts}
