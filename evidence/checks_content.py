"""The named checks on what a package says: its record, its clips packet by packet, its photos frame by frame."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import rfc8785

from evidence import names
from evidence.checks import Package
from evidence.facts import SUSPECT_CLOCK_MS
from evidence.trust import CheckFailed
from evidence.video import frame_hashes, packet_hashes
from records import iso, parse_iso


def record(package: Package) -> str:
    """record.json is in canonical form, names this package, and lists every other payload file as it is."""
    facts = package.record()
    try:
        canonical = rfc8785.dumps(facts)
    except rfc8785.CanonicalizationError as error:
        raise CheckFailed(f"{names.RECORD}: not JSON: {error}") from error
    if canonical != package.read(names.RECORD):
        raise CheckFailed(f"{names.RECORD}: not in RFC 8785 form")
    try:
        return _check_record(package, facts)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckFailed(f"{names.RECORD}: a field is missing or of another kind: {error!r}") from error


def _check_record(package: Package, facts: dict[str, Any]) -> str:
    _expect("schema", names.SCHEMA, facts["schema"])
    _expect("package_id", package.info.get("External-Identifier"), facts["package_id"])
    listed = {one["path"]: (one["sha256"], one["size"]) for one in facts["files"]}
    actual = {
        name: (digest, package.files.get(name)) for name, digest in package.manifest.items() if name != names.RECORD
    }
    for name in sorted(listed.keys() | actual.keys()):
        _expect(f"files[{name}]", listed.get(name), actual.get(name))
    for photo in facts["photos"]:
        _expect(f"photos[{photo['path']}].sha256", photo["sha256"], actual[photo["path"]][0])
    for ref in ("alert_ref", "detection_ref", "geofence_ref", "calibration_ref", "model_ref"):
        _expect(f"{ref}.sha256", facts[ref]["sha256"], actual[facts[ref]["path"]][0])
    _expect_photo_table(package, facts["photos"])
    if package.signed and package.signed.signing_time:
        begun = parse_iso(facts["sealed_utc"])
        if (package.signed.signing_time - begun).total_seconds() < -1:
            raise CheckFailed(f"signed at {iso(package.signed.signing_time)} before it was built at {iso(begun)}")
    clock = facts["clock"]
    stated = abs(clock["offset_ms"]) > SUSPECT_CLOCK_MS or clock.get("set_back_ms", 0) > SUSPECT_CLOCK_MS
    _expect("clock.suspect", stated, clock["suspect"])
    gaps, suspect = len(facts["clip"]["gaps"]), facts["clock"]["suspect"]
    marks = [f"{gaps} gaps in the clip"] * bool(gaps) + ["CLOCK_SUSPECT"] * bool(suspect)
    return ", ".join([f"{facts['event']['type_code']} {facts['stage']}", *marks])


def _expect_photo_table(package: Package, photos: Iterable[dict[str, Any]]) -> None:
    rows = [
        [photo["path"], photo["clip"], str(photo["frame_index_in_clip"]), photo["frame_yuv420p_sha256"]]
        for photo in photos
        if photo["clip"] is not None
    ]
    found = list(csv.reader(io.StringIO(package.read(names.PHOTO_FRAMES).decode())))[1:]
    _expect(names.PHOTO_FRAMES, rows, found)


def clips(package: Package) -> str:
    """Packet by packet, each clip holds what its ingest table says arrived (`ffmpeg -c copy -f framehash`)."""
    counts = []
    for video, table in _clip_tables(package):
        expected = [row["sha256_nal"] for row in csv.DictReader(io.StringIO(package.read(table).decode()))]
        found = packet_hashes(package.path / video)
        if expected != found:
            n = next((i for i, pair in enumerate(zip(expected, found, strict=False)) if pair[0] != pair[1]), None)
            n = min(len(expected), len(found)) if n is None else n
            raise CheckFailed(
                f"{video}: expected {len(expected)} packets, found {len(found)}; the first that differs is {n}: "
                f"expected {_at(expected, n)}, found {_at(found, n)}"
            )
        counts.append(f"{video.rsplit('/', 1)[1]} {len(found)} packets")
    return ", ".join(counts)


def photos(package: Package) -> str:
    """Each photo's frame is in its clip, at its index, with the decoded-frame hash that the table gives."""
    rows = list(csv.DictReader(io.StringIO(package.read(names.PHOTO_FRAMES).decode())))
    known = {video for video, _ in _clip_tables(package)}
    for video in sorted({row["clip"] for row in rows}):
        if video not in known:
            raise CheckFailed(f"{video}: no clip of this package")
        wanted = [row for row in rows if row["clip"] == video]
        found = frame_hashes(package.path / video, [int(row["frame_index"]) for row in wanted])
        for row in wanted:
            at_index = found.get(int(row["frame_index"]), "nothing")
            if at_index != row["frame_yuv420p_sha256"]:
                raise CheckFailed(
                    f"{row['photo']}: expected frame {row['frame_yuv420p_sha256']} at index {row['frame_index']} of "
                    f"{video}, found {at_index}"
                )
    pictures = sum(name.startswith("data/photos/") and name.endswith(".jpg") for name in package.manifest)
    untied = pictures - len(rows)
    return f"{len(rows)} tied to their frames" + (f", {untied} from outside the clips" if untied else "")


def _clip_tables(package: Package) -> list[tuple[str, str]]:
    videos = sorted(name for name in package.manifest if name.endswith(".mp4"))
    return [(names.CLIP, names.PACKETS)] + [
        (video, video.removesuffix(".mp4") + ".csv") for video in videos if video != names.CLIP
    ]


def _expect(field: str, expected: object, found: object) -> None:
    if expected != found:
        raise CheckFailed(f"{field}: expected {expected!r}, found {found!r}")


def _at(values: list[str], n: int) -> str:
    return values[n] if 0 <= n < len(values) else "nothing"
