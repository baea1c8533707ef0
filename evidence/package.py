"""Building a package: every file of one alert stage, written once, and the tag manifest that gets signed."""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import rfc8785

from evidence import names
from evidence.bag import BagWriter
from evidence.facts import FrameDetections, Photo, SealRequest
from evidence.record import Origin, PhotoFacts, record
from records import BadInput, iso
from streams import Cut

TEMPLATE = Path(__file__).parent / "template"
_SAME_INSTANT_S = 0.0005


@dataclass(frozen=True, slots=True)
class _Clip:
    """A cut as it lies in the package, with the presentation times of its frames."""

    path: str
    pts_s: tuple[float, ...]
    stream_sha256: str

    def index_of(self, pts_s: float) -> int | None:
        """Index of the frame shown at `pts_s`, counted as `ffmpeg -f framehash` counts."""
        at = bisect(self.pts_s, pts_s)
        near = min((i for i in (at - 1, at) if 0 <= i < len(self.pts_s)), key=lambda i: abs(self.pts_s[i] - pts_s))
        return near if abs(self.pts_s[near] - pts_s) < _SAME_INSTANT_S else None


def build(folder: Path, request: SealRequest, origin: Origin) -> bytes:
    """Write the package without its seal into the new `folder`; returns the tag manifest's bytes."""
    bag = BagWriter(folder)
    clips = [_add_clip(bag, names.CLIP, names.PACKETS, request.cut)]
    for n, cut in enumerate(request.dwell_cuts, 1):
        clips.append(_add_clip(bag, f"data/dwell/{n:04d}.mp4", f"data/dwell/{n:04d}.csv", cut))
    quality, hashes = origin.profile.jpeg_quality, _frame_hashes(request.detections)
    photos = [_add_photo(bag, n, photo, clips, quality, hashes) for n, photo in enumerate(request.photos, 1)]
    bag.add(names.PHOTO_FRAMES, _photo_table(photos))
    bag.add(names.DETECTIONS, _detection_lines(request.detections, clips))
    if request.observations:
        bag.add(names.OBSERVATIONS, _lines(request.observations))
    if request.judgement:
        bag.add(names.JUDGEMENT, _canonical(request.judgement))
    bag.add(names.ALERT, _canonical(request.alert))
    bag.add(names.GEOFENCE, _canonical(request.geofence))
    bag.add(names.CALIBRATION, _canonical(request.calibration))
    bag.add(names.MODEL, _canonical(request.model))
    bag.add(names.README, (TEMPLATE / "README.txt").read_bytes())
    bag.add(names.SCRIPT, (TEMPLATE / "verify.sh").read_bytes())
    bag.add(names.INCLUSION_SCRIPT, (TEMPLATE / "inclusion.sh").read_bytes())
    bag.add(names.RECORD, _canonical(record(request, origin, bag.entries, photos, [c.stream_sha256 for c in clips])))
    return bag.finish(
        {
            "External-Identifier": origin.package_id,
            "Source-Organization": origin.profile.organisation.replace("\n", " "),
            "Bagging-Date": origin.sealed_at.date().isoformat(),
            "Evidence-Profile": names.PROFILE,
        }
    )


def record_of(path: Path) -> dict[str, Any]:
    """The record of a package; raises BadInput where there is none."""
    try:
        found = json.loads((path / names.RECORD).read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput("E_PACKAGE", f"{path}: no evidence package: {error}", "give the package's folder") from error
    if not isinstance(found, dict):
        raise BadInput("E_PACKAGE", f"{path}: its record is no JSON object", "give the package's folder")
    return found


def _add_clip(bag: BagWriter, path: str, table: str, cut: Cut) -> _Clip:
    bag.add_made(path, cut.write_mp4)
    rows = cut.packets_csv()
    bag.add(table, rows.encode())
    hashes = "".join(f"{row.rsplit(',', 1)[1]}\n" for row in rows.splitlines()[1:])
    shown = tuple(sorted(packet.pts_s for packet in cut.packets))
    return _Clip(path, shown, hashlib.sha256(hashes.encode()).hexdigest())


def _frame_hashes(looks: Iterable[FrameDetections]) -> dict[tuple[float, datetime], str]:
    """What analysed frames hash to, by their place in time: a photo of one need not be hashed again."""
    return {(look.pts_s, look.captured_at): look.frame_sha256 for look in looks if look.frame_sha256}


def _add_photo(
    bag: BagWriter,
    n: int,
    photo: Photo,
    clips: Sequence[_Clip],
    quality: int,
    hashes: dict[tuple[float, datetime], str],
) -> PhotoFacts:
    image = photo.frame.image()
    crop = None
    if photo.crop is not None:
        height, width = image.shape[:2]
        x1, y1 = max(0, math.floor(photo.crop[0])), max(0, math.floor(photo.crop[1]))
        x2, y2 = min(width, math.ceil(photo.crop[2])), min(height, math.ceil(photo.crop[3]))
        if x2 <= x1 or y2 <= y1:
            raise BadInput("E_PHOTO_CROP", f"photo {n}: {photo.crop} lies outside the frame", "crop inside the frame")
        crop, image = (x1, y1, x2, y2), image[y1:y2, x1:x2]
    done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise BadInput("E_PHOTO", f"photo {n}: cannot be written as JPEG", "give an 8-bit BGR picture")
    path = f"data/photos/p{n}.jpg"
    bag.add(path, jpeg.tobytes())
    clip, index = _place(photo.frame.pts_s, clips)
    place = (photo.frame.pts_s, photo.frame.captured_at)
    if place not in hashes:
        hashes[place] = photo.frame.yuv420p_sha256()
    return PhotoFacts(
        path=path,
        role=photo.role.value,
        size=(image.shape[1], image.shape[0]),
        crop=crop,
        pts=photo.frame.pts,
        captured_at=photo.frame.captured_at,
        clip=clip,
        frame_index=index,
        frame_sha256=hashes[place],
    )


def _place(pts_s: float, clips: Iterable[_Clip]) -> tuple[str, int] | tuple[None, None]:
    for clip in clips:
        index = clip.index_of(pts_s)
        if index is not None:
            return clip.path, index
    return None, None


def _photo_table(photos: Iterable[PhotoFacts]) -> bytes:
    """photo,clip,frame_index,frame_yuv420p_sha256 - for readers without a JSON parser."""
    rows = [
        f"{photo.path},{photo.clip},{photo.frame_index},{photo.frame_sha256}\n"
        for photo in photos
        if photo.clip is not None
    ]
    return ("photo,clip,frame_index,frame_yuv420p_sha256\n" + "".join(rows)).encode()


def _detection_lines(frames: Iterable[FrameDetections], clips: Sequence[_Clip]) -> bytes:
    lines = []
    for frame in frames:
        clip, index = _place(frame.pts_s, clips)
        detections = [
            {
                "kind": one.kind.value,
                "raw_class": one.raw_class,
                "score": round(one.score, 6),
                "box": [round(value, 3) for value in one.box],
            }
            for one in frame.detections
        ]
        for detection, track in zip(detections, frame.tracks, strict=False):
            detection["track"] = track
        lines.append(
            {
                "pts_s": round(frame.pts_s, 6),
                "captured_utc": iso(frame.captured_at),
                "clip": clip,
                "frame_index": index,
                "frame_sha256": frame.frame_sha256,
                "detections": detections,
            }
        )
    return _lines(lines)


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(_canonical(row) + b"\n" for row in rows)


def _canonical(value: Mapping[str, Any]) -> bytes:
    """RFC 8785 form; raises BadInput where the value is no JSON."""
    try:
        return rfc8785.dumps(dict(value))
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise BadInput("E_SEAL_REQUEST", f"not JSON: {error}", "hand in plain values: text, numbers, lists") from error
