"""Reading and checking a street file (YAML or JSON): every fault named by feature and field, or nothing is taken."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import ValidationError
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geofence.bulk import no_collection
from geofence.contradictions import Parsed, contradictions
from geofence.coordinates import LonLat
from geofence.hours import WeeklyHours
from geofence.layers import GEOMETRIES, SCHEMAS, Layer, Properties
from geofence.problem import Problem
from geofence.shapes import AREAS, ShapeError, read_position, read_shape, read_shapes, settle, write_shape
from geofence.street import Street
from records import BadInput

_FILE_KEYS = {"type", "street", "crs", "timezone", "origin", "features"}
_set = object.__setattr__
_LAYERS = {layer.value: layer for layer in Layer}
_FEATURE_KEYS = {"type", "id", "geometry", "properties"}


class Row(NamedTuple):
    """A feature as a file gives it; `geometry` is GeoJSON, or a shapely one in degrees of the file's system."""

    id: str
    properties: Mapping[str, Any]
    geometry: Any


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
    except (UnicodeDecodeError, ValueError, RecursionError, yaml.YAMLError) as error:
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
    origin = origin_of(document.get("origin"), crs, problems)
    if not isinstance(features, list) or not features:
        problems.append(Problem("", "features", "must be a list with at least one feature"))
        return None, problems
    rows = _rows(features, problems)
    if timezone is None or not isinstance(name, str):
        return None, problems
    return build_street(name.strip(), crs, timezone, origin, rows, problems)


def build_street(
    name: str, crs: str, timezone: ZoneInfo, origin: LonLat | None, rows: Sequence[Row], problems: list[Problem]
) -> tuple[Street | None, list[Problem]]:
    """The street of rows in degrees of `crs`, or none and every fault, added to those known already."""
    with no_collection():
        parsed = _parsed(rows, crs, problems)
        if not problems:
            problems += contradictions(parsed)
        return (None, problems) if problems else (Street.build(name, crs, timezone, parsed, origin), [])


def _timezone(raw: Any, problems: list[Problem]) -> ZoneInfo | None:
    try:
        return ZoneInfo(raw)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError, AttributeError):
        problems.append(Problem("", "timezone", f"{raw!r} is no time zone; write it like Asia/Shanghai"))
        return None


def origin_of(raw: Any, crs: str, problems: list[Problem]) -> LonLat | None:
    """The plane's origin as a file gives it, None where it gives none; what is no position goes to `problems`."""
    if raw is None:
        return None
    try:
        lon, lat = read_position(raw, crs)
        return LonLat(lon, lat)
    except ShapeError as error:
        problems.append(Problem("", "origin", str(error).removeprefix("geometry: ")))
        return None


def _rows(features: list[Any], problems: list[Problem]) -> list[Row]:
    rows: list[Row] = []
    for number, raw in enumerate(features, start=1):
        if not isinstance(raw, Mapping):
            problems.append(Problem(f"#{number}", "feature", "is no mapping"))
            continue
        feature_id = raw.get("id")
        if not isinstance(feature_id, str) or not feature_id.strip():
            problems.append(Problem(f"#{number}", "id", "must be a text of at least one letter"))
            feature_id = f"#{number}"
        if not raw.keys() <= _FEATURE_KEYS:
            for key in sorted(map(str, set(raw) - _FEATURE_KEYS)):
                problems.append(Problem(feature_id, key, "unknown key"))
        if raw.get("type") != "Feature":
            problems.append(Problem(feature_id, "type", "must be Feature"))
        said = raw.get("properties")
        if isinstance(said, Mapping):
            rows.append(Row(feature_id, said, raw.get("geometry")))
        else:
            problems.append(Problem(feature_id, "properties", "are missing"))
    return rows


def _parsed(rows: Sequence[Row], crs: str, problems: list[Problem]) -> list[Parsed]:
    seen: set[str] = set()
    known: list[tuple[Row, Layer]] = []
    for row in rows:
        if row.id in seen:
            problems.append(Problem(row.id, "id", "stands twice in the file"))
        seen.add(row.id)
        layer = _LAYERS.get(str(row.properties.get("layer")))
        if layer is not None:
            known.append((row, layer))
        else:
            names = ", ".join(layer.value for layer in Layer)
            message = f"unknown layer {row.properties.get('layer')!r}; known are {names}"
            problems.append(Problem(row.id, "layer", message))
    parsed: list[Parsed] = []
    known_properties: dict[str, Properties] = {}
    shapes = _shapes([row for row, _ in known], [GEOMETRIES[layer] for _, layer in known], crs)
    for (row, layer), shape in zip(known, shapes, strict=True):
        properties = _properties(row, layer, known_properties, problems)
        if isinstance(shape, ShapeError):
            field, _, message = str(shape).partition(": ")
            problems.append(Problem(row.id, field, message))
        elif properties is not None:
            parsed.append((row.id, properties, shape))
    return parsed


def _shapes(rows: Sequence[Row], kinds: Sequence[str], crs: str) -> list[BaseGeometry | ShapeError]:
    """The checked geometries of rows, which are all GeoJSON or all shapely."""
    given = [row.geometry for row in rows]
    if not any(isinstance(one, BaseGeometry) for one in given):
        return read_shapes(given, kinds, crs)
    found: list[Any] = [None] * len(rows)
    polygons = [at for at, kind in enumerate(kinds) if kind == "Polygon" and type(given[at]) is Polygon]
    for at, settled in zip(polygons, settle([given[at] for at in polygons], crs), strict=True):
        found[at] = settled
    for at in [at for at, shape in enumerate(found) if shape is None]:
        shape = given[at]
        try:
            found[at] = read_shape(None if shape is None else write_shape(shape), kinds[at], crs)
        except ShapeError as error:
            found[at] = error
    return found


def _properties(row: Row, layer: Layer, known: dict[str, Properties], problems: list[Problem]) -> Properties | None:
    """The checked properties; rows that say the same but for the name are checked once, and their names."""
    said, name = row.properties, row.properties.get("name")
    key = ""
    if type(name) is str and (name := name.strip()):
        rest = {**said, "name": ""}
        if isinstance(hours := rest.get("hours"), WeeklyHours):
            rest["hours"] = id(hours)  # kept alive by the features that have them
        key = repr(rest)
        if (alike := known.get(key)) is not None:
            return _named(alike, name)
    try:
        found = SCHEMAS[layer].model_validate(dict(said))
    except ValidationError as error:
        problems.extend(_told(row.id, error))
        return None
    if key:
        known[key] = found
    return found


def _named(alike: Properties, name: str) -> Properties:
    """A copy under another name; what `model_copy` does, for very many."""
    named = alike.__class__.__new__(alike.__class__)
    _set(named, "__dict__", {**alike.__dict__, "name": name})
    _set(named, "__pydantic_fields_set__", alike.__pydantic_fields_set__)
    _set(named, "__pydantic_extra__", None)
    _set(named, "__pydantic_private__", None)
    return named


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
