"""The three forms in which tracks come: NMEA 0183 sentences, GPX 1.1 and CSV with named columns."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor
from pathlib import Path
from xml.etree import ElementTree

from records import BadInput
from streams.track import DEFAULT_ACCURACY_M, RawFix, Track

KNOT_MPS = 1852 / 3600
_QUALITY_M = {"4": 0.1, "5": 0.6}
"""95 % radius at HDOP 1 of an RTK fix and of a float solution, by the quality field of GGA [given]."""
_USUAL_NAMES = {
    "time": ("time", "timestamp", "datetime", "utc", "date_time", "gps_time"),
    "lon": ("lon", "lng", "longitude", "long"),
    "lat": ("lat", "latitude"),
    "speed_mps": ("speed_mps", "speed2d_mps", "speed", "velocity"),
    "course_deg": ("course_deg", "course", "heading", "bearing", "track"),
    "accuracy_m": ("accuracy_m", "accuracy", "hacc"),
    "hdop": ("hdop", "dop"),
}
_OPTIONAL = frozenset({"speed_mps", "course_deg", "accuracy_m", "hdop"})


def load_track(path: Path | str, columns: dict[str, str] | None = None, time_format: str | None = None) -> Track:
    """Read a track by its suffix: .nmea/.txt/.log, .gpx or .csv.

    For CSV, `columns` names the file's column for each of time, lon, lat and, where there are, speed_mps, course_deg,
    accuracy_m, hdop; without it they are found by their usual names. `time_format` is a strptime format; without it
    ISO 8601, seconds since 1970 and yymmddHHMMSS.fff are understood. Raises BadInput E_TRACK, E_TRACK_EMPTY.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("E_TRACK", f"{path}: cannot be read: {error}", "an NMEA, GPX or CSV text file") from error
    suffix = file.suffix.lower()
    if suffix == ".csv":
        rows = read_csv(text, str(path), columns, time_format)
    elif suffix == ".gpx":
        rows = read_gpx(text, str(path))
    elif suffix in {".nmea", ".txt", ".log"}:
        rows = read_nmea(text)
    else:
        raise BadInput("E_TRACK", f"{path}: unknown kind of track", ".nmea, .gpx or .csv")
    return Track.of(rows, str(path))


def read_nmea(text: str) -> list[RawFix]:
    """RMC sentences (date, position, speed, course), with the accuracy that GST or GGA give for the same second.

    Sentences of other kinds, with a wrong checksum or without a valid fix are passed over: radio links lose bytes
    (NMEA 0183). A 95 % radius is 2.45 standard deviations of one axis (chi-square with two degrees of freedom).
    """
    rows: list[tuple[str, RawFix]] = []
    from_gga: dict[str, float] = {}
    from_gst: dict[str, float] = {}
    for line in text.splitlines():
        fields = _sentence(line)
        kind, second = fields[0][2:], fields[1] if len(fields) > 1 else ""
        if kind == "RMC" and len(fields) > 9 and fields[2] == "A":
            rows.append((second, _rmc(fields)))
        elif kind == "GGA" and len(fields) > 8 and fields[8] and fields[6] not in {"", "0"}:
            from_gga[second] = max(1.0, float(fields[8])) * _QUALITY_M.get(fields[6], DEFAULT_ACCURACY_M)
        elif kind == "GST" and len(fields) > 7 and fields[6] and fields[7]:
            from_gst[second] = 2.45 * math.hypot(float(fields[6]), float(fields[7])) / math.sqrt(2)
    return [replace(fix, accuracy_m=from_gst.get(second, from_gga.get(second))) for second, fix in rows]


def read_gpx(text: str, name: str) -> list[RawFix]:
    """Track points of a GPX 1.0 or 1.1 file; speed and course also from extensions."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadInput("E_TRACK", f"{name}: a GPX file has no document type", "export it again")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - entities are refused above
    except ElementTree.ParseError as error:
        raise BadInput("E_TRACK", f"{name}: no XML: {error}", "export it again") from error
    rows: list[RawFix] = []
    for point in root.iter():
        if _local(point.tag) != "trkpt":
            continue
        said = {_local(child.tag): (child.text or "").strip() for child in point.iter()}
        if not said.get("time"):
            continue
        try:
            rows.append(
                RawFix(
                    _time(said["time"], None),
                    float(point.attrib["lon"]),
                    float(point.attrib["lat"]),
                    _number(said.get("speed")),
                    _number(said.get("course")),
                    _from_hdop(_number(said.get("hdop"))),
                )
            )
        except (KeyError, ValueError) as error:
            raise BadInput("E_TRACK", f"{name}: a track point cannot be read: {error}", "GPX 1.1") from error
    return rows


def read_csv(text: str, name: str, columns: dict[str, str] | None, time_format: str | None) -> list[RawFix]:
    """Rows of a CSV file with a header line. Rows that repeat a time (a receiver that stamps packets, not fixes) are
    spread evenly up to the next time."""
    reader = csv.DictReader(io.StringIO(text))
    column = _columns(list(reader.fieldnames or []), name, columns)
    rows: list[RawFix] = []
    for line, row in enumerate(reader, start=2):
        try:
            said = {what: _number(row[name]) for what, name in column.items() if what in _OPTIONAL}
            accuracy_m = said.get("accuracy_m")
            rows.append(
                RawFix(
                    _time(row[column["time"]], time_format),
                    float(row[column["lon"]]),
                    float(row[column["lat"]]),
                    said.get("speed_mps"),
                    said.get("course_deg"),
                    accuracy_m if accuracy_m is not None else _from_hdop(said.get("hdop")),
                )
            )
        except (ValueError, TypeError) as error:
            raise BadInput(
                "E_TRACK", f"{name}: line {line}: {error}", "numbers in degrees, a time in each row"
            ) from error
    return _spread(rows)


def _spread(rows: list[RawFix]) -> list[RawFix]:
    runs: list[list[RawFix]] = []
    for row in rows:
        if runs and runs[-1][0].at == row.at:
            runs[-1].append(row)
        else:
            runs.append([row])
    spread: list[RawFix] = []
    step = timedelta()
    for i, run in enumerate(runs):
        if i + 1 < len(runs):
            step = (runs[i + 1][0].at - run[0].at) / len(run)
        for k, row in enumerate(run):
            spread.append(RawFix(row.at + k * step, row.lon, row.lat, row.speed_mps, row.course_deg, row.accuracy_m))
    return spread


def _columns(header: list[str], name: str, wanted: dict[str, str] | None) -> dict[str, str]:
    if wanted is not None:
        missing = [column for column in wanted.values() if column not in header]
        unknown = [what for what in wanted if what not in _USUAL_NAMES]
        if missing or unknown:
            raise BadInput(
                "E_TRACK", f"{name}: no column {', '.join(missing + unknown)}", f"there is {', '.join(header)}"
            )
        found = dict(wanted)
    else:
        lower = {column.lower().strip(): column for column in header}
        found = {
            what: lower[usual]
            for what, names in _USUAL_NAMES.items()
            if (usual := _first(names, list(lower))) is not None
        }
        if "time" not in found:
            named = [column for column in header if "utc" in column.lower() or "time" in column.lower()]
            found |= {"time": named[0]} if named else {}
    lacking = [what for what in ("time", "lon", "lat") if what not in found]
    if lacking:
        raise BadInput("E_TRACK", f"{name}: no column for {', '.join(lacking)}", f"there is {', '.join(header)}")
    return found


def _first(names: tuple[str, ...], among: list[str]) -> str | None:
    return next((name for name in names if name in among), None)


def _time(text: str, time_format: str | None) -> datetime:
    """A time, UTC unless it says otherwise."""
    text = text.strip()
    if time_format is not None:
        when = datetime.strptime(text, time_format)
    elif text.replace(".", "", 1).isdigit():
        whole = text.split(".")[0]
        if len(whole) == 12 and whole[2:4] <= "12":
            when = datetime.strptime(text, "%y%m%d%H%M%S.%f" if "." in text else "%y%m%d%H%M%S")
        else:
            when = datetime.fromtimestamp(float(text), UTC)
    else:
        when = datetime.fromisoformat(text)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _sentence(line: str) -> list[str]:
    """The fields of one NMEA sentence, checksum proven; [""] where it is none."""
    body, star, check = line.strip().removeprefix("$").partition("*")
    if not line.strip().startswith("$"):
        return [""]
    if star:
        try:
            if int(check[:2], 16) != reduce(xor, body.encode("ascii", "replace"), 0):
                return [""]
        except ValueError:
            return [""]
    return body.split(",")


def _rmc(fields: list[str]) -> RawFix:
    second = fields[1].partition(".")
    at = datetime.strptime(fields[9] + second[0], "%d%m%y%H%M%S").replace(tzinfo=UTC)
    return RawFix(
        at + timedelta(seconds=float(f"0.{second[2] or 0}")),
        _angle(fields[5], fields[6] == "W"),
        _angle(fields[3], fields[4] == "S"),
        None if not fields[7] else float(fields[7]) * KNOT_MPS,
        None if not fields[8] else float(fields[8]),
    )


def _angle(text: str, negative: bool) -> float:
    """Degrees from ddmm.mmmm."""
    value = float(text)
    degrees = math.floor(value / 100)
    angle = degrees + (value - 100 * degrees) / 60
    return -angle if negative else angle


def _number(text: str | None) -> float | None:
    return float(text) if text and text.strip() else None


def _from_hdop(hdop: float | None) -> float | None:
    return None if hdop is None else max(1.0, hdop) * DEFAULT_ACCURACY_M


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()
