"""Reading and checking a street file (YAML or JSON): every fault named by feature and field, or nothing is taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import ValidationError
from shapely.geometry.base import BaseGeometry

from geofence.coordinates import LonLat
from geofence.layers import GEOMETRIES, SCHEMAS, Layer, Properties
from geofence.shapes import AREAS, ShapeError, read_position, read_shape
from geofence.street import Street
from records import BadInput

_FILE_KEYS = {"type", "street", "crs", "timezone", "origin", "features"}
_FEATURE_KEYS = {"type", "id", "geometry", "properties"}

Parsed = tuple[str, Properties, BaseGeometry]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a street file; `feature` is empty where the fault is the file's own."""

    feature: str
    field: str
    message: str

    def __str__(self) -> str:
        where = f"feature {self.feature}: " if self.feature else ""
        return f"{where}{self.field}: {self.message}"


def load_street(source: str | Path | Mapping[str, Any]) -> Street:
    """Read a street file, or the document that one holds.

    Coordinates of EPSG:4326 are taken as CGCS2000 (equal at the metre level, see `coordinates`).

    Raises:
        BadInput: E_STREET_FILE when the file cannot be read or has a fault; the first one is told, with the count.
    """
    document = source if isinstance(source, Mapping) else read_document(Path(source))
    street, problems = check_document(document)
    if street is None:
        name = "street" if isinstance(source, Mapping) else str(source)
        more = len(problems) - 1
        hint = f"and {more} more faults: `nonsite street validate` lists them" if more else "nothing was taken from it"
        raise BadInput("E_STREET_FILE", f"{name}: {problems[0]}", hint)
    return street


def validate(source: str | Path | Mapping[str, Any]) -> list[Problem]:
    """Every fault of a street file; an empty list means that it can be imported.

    Raises:
        BadInput: E_STREET_FILE when the file cannot be read at all.
    """
    return check_document(source if isinstance(source, Mapping) else read_document(Path(source)))[1]


def read_document(path: Path) -> Mapping[str, Any]:
    """The document in a YAML or JSON file.

    Raises:
        BadInput: E_STREET_FILE when there is no such file, or it is no YAML or JSON mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix.lower() in (".json", ".geojson"):
            document = json.loads(text)
        else:
            document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except OSError as error:
        raise BadInput("E_STREET_FILE", f"{path}: {error.strerror}", "give a readable street file") from error
    except (UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        first = " ".join(str(error).split())
        raise BadInput("E_STREET_FILE", f"{path}: no YAML or JSON: {first}", "give a street file") from error
    if not isinstance(document, Mapping):
        raise BadInput("E_STREET_FILE", f"{path}: holds no mapping with street, crs and features", "give a street file")
    return document


def check_document(document: Mapping[str, Any]) -> tuple[Street | None, list[Problem]]:
    """The street of a document, or none and its faults."""
    problems = [Problem("", str(key), "unknown key") for key in sorted(map(str, set(document) - _FILE_KEYS))]
    name, crs, features = document.get("street"), document.get("crs"), document.get("features")
    if not isinstance(name, str) or not name.strip():
        problems.append(Problem("", "street", "must be the street's name"))
    if document.get("type", "FeatureCollection") != "FeatureCollection":
        problems.append(Problem("", "type", "must be FeatureCollection"))
    timezone = _timezone(document.get("timezone", "Asia/Shanghai"), problems)
    if crs not in AREAS:
        problems.append(Problem("", "crs", f"must be EPSG:4490 (CGCS2000) or EPSG:4326 (WGS-84), not {crs!r}"))
        return None, problems
    origin = _origin(document.get("origin"), crs, problems)
    if not isinstance(features, list) or not features:
        problems.append(Problem("", "features", "must be a list with at least one feature"))
        return None, problems
    parsed = _features(features, crs, problems)
    if problems or timezone is None or not isinstance(name, str):
        return None, problems
    return Street.build(name.strip(), crs, timezone, parsed, origin), []


def _timezone(raw: Any, problems: list[Problem]) -> ZoneInfo | None:
    try:
        return ZoneInfo(raw)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError, AttributeError):
        problems.append(Problem("", "timezone", f"{raw!r} is no time zone; write it like Asia/Shanghai"))
        return None


def _origin(raw: Any, crs: str, problems: list[Problem]) -> LonLat | None:
    if raw is None:
        return None
    try:
        lon, lat = read_position(raw, crs)
        return LonLat(lon, lat)
    except ShapeError as error:
        problems.append(Problem("", "origin", str(error).removeprefix("geometry: ")))
        return None


def _features(features: list[Any], crs: str, problems: list[Problem]) -> list[Parsed]:
    parsed: list[Parsed] = []
    seen: set[str] = set()
    for number, raw in enumerate(features, start=1):
        if not isinstance(raw, Mapping):
            problems.append(Problem(f"#{number}", "feature", "is no mapping"))
            continue
        feature_id = raw.get("id")
        if not isinstance(feature_id, str) or not feature_id.strip():
            problems.append(Problem(f"#{number}", "id", "must be a text of at least one letter"))
            feature_id = f"#{number}"
        elif feature_id in seen:
            problems.append(Problem(feature_id, "id", "stands twice in the file"))
        seen.add(feature_id)
        before = len(problems)
        properties, shape = _feature(feature_id, raw, crs, problems)
        if len(problems) == before and properties is not None and shape is not None:
            parsed.append((feature_id, properties, shape))
    return parsed


def _feature(
    feature_id: str, raw: Mapping[str, Any], crs: str, problems: list[Problem]
) -> tuple[Properties | None, BaseGeometry | None]:
    for key in sorted(map(str, set(raw) - _FEATURE_KEYS)):
        problems.append(Problem(feature_id, key, "unknown key"))
    if raw.get("type") != "Feature":
        problems.append(Problem(feature_id, "type", "must be Feature"))
    said = raw.get("properties")
    if not isinstance(said, Mapping):
        problems.append(Problem(feature_id, "properties", "are missing"))
        return None, None
    try:
        layer = Layer(str(said.get("layer")))
    except ValueError:
        known = ", ".join(layer.value for layer in Layer)
        problems.append(Problem(feature_id, "layer", f"unknown layer {said.get('layer')!r}; known are {known}"))
        return None, None
    properties, shape = None, None
    try:
        properties = SCHEMAS[layer].model_validate(dict(said))
    except ValidationError as error:
        problems.extend(_told(feature_id, error))
    try:
        shape = read_shape(raw.get("geometry"), GEOMETRIES[layer], crs)
    except ShapeError as error:
        field, _, message = str(error).partition(": ")
        problems.append(Problem(feature_id, field, message))
    return properties, shape


def _told(feature_id: str, error: ValidationError) -> list[Problem]:
    """Faults that pydantic found, in our words."""
    told = []
    for fault in error.errors(include_url=False):
        field = ".".join(str(part) for part in fault["loc"])
        message = {"extra_forbidden": "unknown key", "missing": "is missing"}.get(fault["type"])
        if message is None:
            message = fault["msg"].removeprefix("Value error, ")
            message = message[:1].lower() + message[1:]
            if not field:
                field, _, message = message.partition(": ")
            elif fault["type"] != "value_error":
                message = f"{message}, not {fault['input']!r}"
        told.append(Problem(feature_id, field, message))
    return told
