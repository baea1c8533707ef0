"""Streets from GeoPackages and Shapefiles (GDAL through pyogrio, the extra [gis]); `giswrite` writes them.

One table (GeoPackage) or one .shp (Shapefile) holds one layer and bears its name, or has a column `layer`. Columns are
named like the properties of a street file; Shapefiles, whose names end after ten letters, use the short ones below.
Hours and formats are JSON texts. What a table cannot say (the street's name, time zone and origin) is the dataset's
metadata in a GeoPackage and a file `street.json` beside Shapefiles.

Coordinates may be CGCS2000 or WGS-84 degrees or a projection of either (as the Gauss-Krueger zones of surveys are), or
GCJ-02 where the caller says so; any other system, or none, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geofence.bulk import no_collection
from geofence.coordinates import CoordSystem, gcj02_to_wgs84
from geofence.hours import WeeklyHours
from geofence.problem import Problem
from geofence.street import Street
from geofence.streetfile import Row, build_street, load_street, origin_of
from records import BadInput

SUFFIXES = frozenset({".gpkg", ".shp"})
# Names of columns that a Shapefile has no room for.
SHORT = {
    **{"effective_from": "eff_from", "effective_to": "eff_to", "legal_source": "legal_src"},
    **{"min_overhang_m": "min_over_m", "clear_width_m": "clear_m", "published_at": "published"},
}
LONG = {short: long for long, short in SHORT.items()}
_KEYS = frozenset({"fid", "ogc_fid", "objectid"})  # numbers that GIS programs give rows themselves
_SYSTEMS = {"EPSG:4490": "EPSG:4490", "EPSG:4326": "EPSG:4326"}


@dataclass(frozen=True, slots=True)
class Told:
    """What the caller says of a dataset that cannot say it itself; empty values are read from the dataset.

    Args:
        street: the street's name; default that of the file.
        timezone: of its hours.
        system: the coordinates' system, where it is GCJ-02 (which no file can name) or the file names none.
    """

    street: str = ""
    timezone: str = ""
    system: CoordSystem | None = None


def is_gis(path: Path) -> bool:
    """Whether a path is read by this module: a .gpkg, a .shp, or a folder with .shp files."""
    return path.suffix.lower() in SUFFIXES or (path.is_dir() and any(path.glob("*.shp")))


def read_gis(path: Path, told: Told | None = None) -> tuple[Street | None, list[Problem]]:
    """The street of a GeoPackage, a Shapefile or a folder of these, or none and every fault by feature and field.

    Raises:
        BadInput: E_STREET_FILE when the file cannot be opened, E_EXTRA where the extra [gis] is not installed.
    """
    with no_collection():
        return _read_all(path, told or Told())


def _read_all(path: Path, told: Told) -> tuple[Street | None, list[Problem]]:
    tables = _tables(path)
    about, problems, rows, crs = _about(path, tables), list[Problem](), list[Row](), "EPSG:4490"
    systems: set[str] = set()
    for file, table in tables:
        meta, geometry, columns = _read(file, table)
        degrees, crs = _degrees(geometry, meta["crs"], told.system, table, problems)
        systems.add(crs)
        rows += _rows(table, columns, degrees, problems)
    if len(systems) > 1:
        problems.append(Problem("", "crs", f"tables are in different systems: {', '.join(sorted(systems))}"))
    if not rows and not problems:
        problems.append(Problem("", "features", "there is no table with features"))
    name = told.street or str(about.get("street") or path.stem)
    zone = told.timezone or str(about.get("timezone") or "Asia/Shanghai")
    try:
        timezone = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return None, [*problems, Problem("", "timezone", f"{zone!r} is no time zone; write it like Asia/Shanghai")]
    return build_street(name, crs, timezone, origin_of(about.get("origin"), crs, problems), rows, problems)


def open_street(path: Path, told: Told | None = None) -> Street:
    """The street of a file of any kind that is read: YAML, GeoJSON, GeoPackage, Shapefile.

    Raises:
        BadInput: E_STREET_FILE when it cannot be read or has a fault; the first one is told, with the count.
    """
    if not is_gis(path):
        return load_street(path)
    street, problems = read_gis(path, told)
    if street is None:
        more = f"and {len(problems) - 1} more faults" if len(problems) > 1 else "nothing was taken from it"
        raise BadInput("E_STREET_FILE", f"{path}: {problems[0]}", more)
    return street


def pyogrio_or_refuse() -> Any:
    """The library, or BadInput E_EXTRA."""
    try:
        import pyogrio
        import pyogrio.raw
    except ImportError as error:
        raise BadInput("E_EXTRA", "GeoPackages and Shapefiles need pyogrio", "pip install 'nonsite[gis]'") from error
    return pyogrio


def _opened(path: Path, work: Callable[[], Any]) -> Any:
    pyogrio = pyogrio_or_refuse()
    try:
        return work()
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, UnicodeDecodeError) as error:
        first = " ".join(str(error).split())
        raise BadInput("E_STREET_FILE", f"{path}: {first}", "give a readable GeoPackage or Shapefile") from error


def _tables(path: Path) -> list[tuple[Path, str]]:
    """(file, table) of every table with geometry."""
    if path.is_dir():
        return [(file, file.stem) for file in sorted(path.glob("*.shp"))]
    found = _opened(path, lambda: pyogrio_or_refuse().list_layers(path))
    return [(path, str(name)) for name, kind in found if kind is not None]


def _about(path: Path, tables: Sequence[tuple[Path, str]]) -> Mapping[str, Any]:
    """What the dataset says of the whole street."""
    if path.suffix.lower() == ".gpkg":
        table = tables[0][1] if tables else None
        found = _opened(path, lambda: pyogrio_or_refuse().read_info(path, layer=table)).get("dataset_metadata") or {}
        return {key: _json_or_text(value) for key, value in found.items()}
    beside = (path if path.is_dir() else path.parent) / "street.json"
    try:
        said = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _read(file: Path, table: str) -> tuple[dict[str, Any], np.ndarray[Any, Any], dict[str, Any]]:
    """(metadata, (n,) geometries, columns by name); texts of a Shapefile without a .cpg are UTF-8 or GB 18030."""
    raw = pyogrio_or_refuse().raw
    blind = file.suffix.lower() == ".shp" and not file.with_suffix(".cpg").exists()
    for encoding in ("UTF-8", "GB18030") if blind else (None,):
        try:
            meta, fids, wkb, data = raw.read(file, layer=table, encoding=encoding, return_fids=True)
            break
        except UnicodeDecodeError:
            continue
        except pyogrio_or_refuse().errors.DataSourceError as error:
            raise BadInput("E_STREET_FILE", f"{file}: {' '.join(str(error).split())}", "give a sound file") from error
    else:
        raise BadInput("E_STREET_FILE", f"{file}: its texts are neither UTF-8 nor GB 18030", "add a .cpg file")
    columns = {
        LONG.get(str(name).lower(), str(name)): column for name, column in zip(meta["fields"], data, strict=True)
    }
    columns = {name: column for name, column in columns.items() if name.lower() not in _KEYS}
    geometry = _single(shapely.from_wkb(wkb, on_invalid="ignore"))
    if shapely.has_z(geometry).any():
        geometry = shapely.force_2d(geometry)
    return meta, geometry, {**columns, "": fids}


def _single(shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Multi-part geometries of one part as that part: many programs write nothing else."""
    multi = (shapely.get_type_id(shapes) >= 4) & (shapely.get_num_geometries(shapes) == 1)
    single = shapes.copy()
    single[multi] = shapely.get_geometry(shapes[multi], 0)
    return single


def _degrees(
    shapes: np.ndarray[Any, Any], crs: str | None, system: CoordSystem | None, table: str, problems: list[Problem]
) -> tuple[np.ndarray[Any, Any], str]:
    """Geometries in degrees, and which."""
    try:
        known = CRS.from_user_input(crs) if crs else None
    except CRSError:
        known = None
    if known is None and system is None:
        problems.append(Problem(table, "crs", "the file names no coordinate system: say which one it is in"))
        return shapes, "EPSG:4490"
    if system is CoordSystem.GCJ02:
        if known is not None and not known.is_geographic:
            problems.append(Problem(table, "crs", f"GCJ-02 is in degrees, but the file is in {known.name}"))
            return shapes, "EPSG:4490"
        return shapely.transform(shapes, gcj02_to_wgs84), "EPSG:4490"
    if known is None:
        return shapes, "EPSG:4326" if system is CoordSystem.WGS84 else "EPSG:4490"
    base = known.geodetic_crs
    code = base.to_epsg() if base is not None else None
    target = _SYSTEMS.get(f"EPSG:{code}")
    if target is None:
        message = f"{known.name} is neither CGCS2000 nor WGS-84, nor a projection of one; convert it first"
        problems.append(Problem(table, "crs", message))
        return shapes, "EPSG:4490"
    if system is not None and target != ("EPSG:4326" if system is CoordSystem.WGS84 else "EPSG:4490"):
        problems.append(Problem(table, "crs", f"the file says {known.name}, not {system.value}"))
    if known.is_geographic:
        return shapes, target
    convert = Transformer.from_crs(known, target, always_xy=True)
    return shapely.transform(shapes, lambda xy: np.column_stack(convert.transform(xy[:, 0], xy[:, 1]))), target


def _rows(table: str, columns: dict[str, Any], shapes: np.ndarray[Any, Any], problems: list[Problem]) -> list[Row]:
    """The rows of a table; a feature without an id is named by its table and number."""
    fids, named = columns.pop(""), {name: _values(name, column) for name, column in columns.items()}
    ids, layers = named.pop("id", None), named.pop("layer", None)
    names = list(named)
    cells = [_JSON_FIELDS[name] for name in names if name in _JSON_FIELDS]
    read = [name for name in names if name in _JSON_FIELDS]
    whole = not any(None in values for values in named.values())
    ids = ids or [None] * len(fids)
    layers = layers or [None] * len(fids)
    rows = []
    for fid, shape, feature, layer, values in zip(
        fids.tolist(),
        shapes,
        ids,
        layers,
        zip(*named.values(), strict=True) if named else [()] * len(fids),
        strict=True,
    ):
        said = dict(zip(names, values, strict=True))
        if not whole:
            said = {name: value for name, value in said.items() if value is not None}
        said["layer"] = table if layer is None else layer
        for name, cell in zip(read, cells, strict=True):
            if name in said:
                said[name] = cell(said[name])
        rows.append(Row(f"{table}-{fid}" if feature is None else str(feature), said, shape))
    return rows


def _values(name: str, column: np.ndarray[Any, Any]) -> list[Any]:
    """A column as plain values; none for what is missing."""
    if column.dtype.kind == "M":
        return [None if value is None else value.isoformat()[:10] for value in column.astype("datetime64[D]").tolist()]
    if column.dtype.kind == "f":
        return [None if value != value else value for value in column.tolist()]
    return [None if value is None or value == "" else value for value in column.tolist()]


@lru_cache(maxsize=4096)
def _hours(text: Any) -> Any:
    """Hours of a cell; what is none is left for the schema to name."""
    raw = _json_or_text(text)
    try:
        return WeeklyHours.parse(raw) if isinstance(raw, list) and raw else raw
    except BadInput:
        return raw


def _formats(text: Any) -> Any:
    value = _json_or_text(text)
    return tuple(value) if isinstance(value, list) else (value,)


def _json_or_text(value: Any) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value


# Cells that hold JSON, and what reads them.
_JSON_FIELDS: dict[str, Callable[[Any], Any]] = {"hours": _hours, "formats": _formats}
