"""Streets as GeoPackages and Shapefiles, as `gis` reads them back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geofence.gis import LONG, SHORT, pyogrio_or_refuse
from geofence.layers import SCHEMAS, Layer
from geofence.street import Street, StreetFeature
from records import BadInput

_SHAPEFILE_TEXT = 254


def write_gis(street: Street, path: Path) -> list[Path]:
    """Write a street as a GeoPackage (.gpkg) or as a folder of Shapefiles (any other path); the files written.

    `read_gis` reads them back to the same version. Nothing is overwritten.

    Raises:
        BadInput: E_STREET_FILE when something lies there, E_SHAPEFILE naming a feature whose text is too long for a
            Shapefile (use a GeoPackage), E_EXTRA where the extra [gis] is not installed.
    """
    pyogrio = pyogrio_or_refuse()
    package = path.suffix.lower() == ".gpkg"
    if path.exists() and (path.is_file() or any(path.iterdir())):
        raise BadInput("E_STREET_FILE", f"{path} is there already", "name a new file or an empty folder")
    about = {"street": street.name, "timezone": street.timezone.key, "origin": _told_origin(street)}
    tables = [(layer, street.layers[layer]) for layer in street.layers if street.layers[layer]]
    columns = {layer: _columns(layer, features, short=not package) for layer, features in tables}
    path.parent.mkdir(parents=True, exist_ok=True)
    if not package:
        path.mkdir(exist_ok=True)
        (path / "street.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
    for number, (layer, features) in enumerate(tables):
        names = list(columns[layer])
        metadata = {"dataset_metadata": {k: json.dumps(v, ensure_ascii=False) for k, v in about.items()}}
        pyogrio.raw.write(
            path if package else path / f"{layer.value}.shp",
            shapely.to_wkb(np.array([feature.lonlat for feature in features], dtype=object)),
            [columns[layer][name] for name in names],
            names,
            layer=layer.value,
            driver="GPKG" if package else "ESRI Shapefile",
            geometry_type=features[0].lonlat.geom_type,
            crs=street.crs,
            encoding="UTF-8",
            append=package and number > 0,
            **(metadata if package else {}),
        )
    return [path] if package else sorted(path.iterdir())


def _columns(layer: Layer, features: Sequence[StreetFeature], short: bool) -> dict[str, np.ndarray[Any, Any]]:
    """The columns of a layer: the id and every property that any of its features has."""
    said = [feature.to_geojson()["properties"] for feature in features]
    fields = [name for name in SCHEMAS[layer].model_fields if name != "layer" and any(name in one for one in said)]
    columns = {"id": np.array([feature.id for feature in features], dtype=object)}
    for name in fields:
        values = [_cell(one.get(name)) for one in said]
        numbers = all(isinstance(value, float | int) for value in values if value is not None)
        kind: Any = np.float64 if numbers else object
        values = [float("nan") if value is None else value for value in values] if numbers else values
        columns[SHORT.get(name, name) if short else name] = np.array(values, dtype=kind)
    if short:
        _check_room(columns, features)
    return columns


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | tuple) else value


def _check_room(columns: Mapping[str, np.ndarray[Any, Any]], features: Sequence[StreetFeature]) -> None:
    for name, values in columns.items():
        for feature, value in zip(features, values.tolist(), strict=True):
            if isinstance(value, str) and len(value.encode()) > _SHAPEFILE_TEXT:
                field = LONG.get(name, name)
                told = f"feature {feature.id}: {field} is longer than a Shapefile's {_SHAPEFILE_TEXT} bytes"
                raise BadInput("E_SHAPEFILE", told, "export a GeoPackage")


def _told_origin(street: Street) -> list[float] | None:
    return [street.plane.origin.lon, street.plane.origin.lat] if street.origin_declared else None
