"""The judgement replayed: the dwell added up again from the sealed observations, the detectors asked again.

Rules and street are the sealed ones, so that a later change of either changes nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detectors import dwell_again_s, judge_again
from evidence import names
from evidence.seen import SeenFrame, seen_frames
from geofence import StreetIndex, load_street
from records import BadInput, parse_iso

DWELL_S = 0.06
"""The alert gives its dwell in tenths of a second."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came out again. `elements` are (code, met when sealed, met now) of every element that the detectors make
    again; `taken` are the codes that are taken from the record, such as the full-rate confirmation and what was read
    off pictures; `shown` of `observations` lie in sealed footage, where a sealed detection shows the thing."""

    kind: str
    kind_again: str
    dwell_s: float
    dwell_again_s: float
    zones: tuple[str, ...]
    zones_again: tuple[str, ...]
    elements: tuple[tuple[str, bool | None, bool | None], ...]
    taken: tuple[str, ...]
    observations: int
    shown: int
    differences: tuple[str, ...]


def judged(package: Path) -> Judged | None:
    """Replay the judgement of a package; None where it holds no observations (a second look has none).

    Raises BadInput where what it holds cannot be read.
    """
    if not (package / names.JUDGEMENT).exists():
        return None
    alert, basis = _json(package / names.ALERT), _json(package / names.JUDGEMENT)
    observations = [_parsed(line, package) for line in _text(package / names.OBSERVATIONS).splitlines()]
    geofence = _json(package / names.GEOFENCE)
    street = load_street({name: value for name, value in geofence.items() if name != "version"})
    again = judge_again(basis, StreetIndex(street))
    dwell_s, dwell_now = float(alert["dwell_s"]), dwell_again_s(observations)
    before = {str(one["code"]): one.get("met") for one in alert.get("reasons") or ()}
    now = {element.code: element.met for element in again.elements}
    elements = tuple((code, before[code], now[code]) for code in before if code in now)
    shown, unseen = _shown(observations, seen_frames(package))
    zones = tuple(sorted(alert.get("zone_ids") or ()))
    facts: list[tuple[str, object, object]] = [
        ("kind", str(alert["kind"]), str(again.violation)),
        ("street", str(alert.get("layer_version")), street.version),
        ("zones", zones, tuple(sorted(again.zone_ids))),
        ("phase", alert.get("phase"), None if again.phase is None else str(again.phase)),
        *((f"element {code}", then, again_met) for code, then, again_met in elements),
    ]
    differences = [f"{what}: expected {then}, found {found}" for what, then, found in facts if then != found]
    if abs(dwell_s - dwell_now) > DWELL_S:
        differences.append(f"dwell: expected {dwell_s:.1f} s, found {dwell_now:.1f} s")
    return Judged(
        str(alert["kind"]),
        str(again.violation),
        dwell_s,
        round(dwell_now, 1),
        zones,
        tuple(sorted(again.zone_ids)),
        elements,
        tuple(code for code in before if code not in now),
        len(observations),
        shown,
        (*differences, *unseen),
    )


def _shown(observations: Sequence[Mapping[str, Any]], frames: Sequence[SeenFrame]) -> tuple[int, list[str]]:
    """How many observations lie in sealed footage, and those of them where no sealed detection shows the thing."""
    looks = {frame.captured_at: frame for frame in frames if frame.clip is not None}
    shown, missing = 0, []
    for one in observations:
        frame = looks.get(parse_iso(str(one["captured_at"])))
        if frame is None:
            continue
        if any(_overlap(one["box"], detection.box) for detection in frame.detections):
            shown += 1
        else:
            missing.append(f"observation at {one['captured_at']}: no sealed detection shows it")
    return shown, missing


def _overlap(box: Sequence[float], other: Sequence[float]) -> bool:
    width = min(box[2], other[2]) - max(box[0], other[0])
    return width > 0 and min(box[3], other[3]) - max(box[1], other[1]) > 0


def _json(path: Path) -> dict[str, Any]:
    found = _parsed(_text(path), path)
    if not isinstance(found, dict):
        raise BadInput("E_PACKAGE", f"{path}: no JSON object", "verify the package")
    return found


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadInput("E_PACKAGE", f"{path}: {error}", "verify the package") from error


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("E_PACKAGE", f"{path}: {error}", "verify the package") from error
