"""What the network saw, read back from a package: detections.jsonl and the photos' places in the clips."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from evidence import names
from evidence.package import record_of
from records import BadInput, parse_iso
from streams import Detection, ObjectKind


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """One line of detections.jsonl: where the frame lies in the package's clips, and what was seen in it."""

    clip: str | None
    frame_index: int | None
    frame_sha256: str
    captured_at: datetime
    detections: tuple[Detection, ...]


def seen_frames(package: Path) -> list[SeenFrame]:
    """The analysed frames of a package; raises BadInput where its lines cannot be read."""
    try:
        lines = (package / names.DETECTIONS).read_text().splitlines()
        return [_frame(json.loads(line)) for line in lines]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput("E_PACKAGE", f"{package}: {names.DETECTIONS}: {error!r}", "verify the package") from error


def model_facts(package: Path) -> Mapping[str, Any]:
    """What the package says of the network; raises BadInput where it cannot be read."""
    try:
        facts: Mapping[str, Any] = json.loads((package / names.MODEL).read_text())
    except (OSError, ValueError) as error:
        raise BadInput("E_PACKAGE", f"{package}: {names.MODEL}: {error!r}", "verify the package") from error
    return facts


def photo_facts(package: Path, name: str) -> Mapping[str, Any]:
    """What the record says of a photo named `p1.jpg` or by its path; raises BadInput where there is none."""
    for photo in record_of(package).get("photos", ()):
        if name in (photo["path"], photo["path"].rsplit("/", 1)[1]):
            facts: Mapping[str, Any] = photo
            return facts
    raise BadInput("E_PACKAGE_FILE", f"{package.name}: no photo {name!r}", "`nonsite evidence show` lists them")


def _frame(line: Mapping[str, Any]) -> SeenFrame:
    return SeenFrame(
        line["clip"],
        line["frame_index"],
        line["frame_sha256"],
        parse_iso(line["captured_utc"]),
        tuple(_detection(one) for one in line["detections"]),
    )


def _detection(one: Mapping[str, Any]) -> Detection:
    x1, y1, x2, y2 = (float(value) for value in one["box"])
    return Detection(ObjectKind(one["kind"]), one["raw_class"], float(one["score"]), (x1, y1, x2, y2))
