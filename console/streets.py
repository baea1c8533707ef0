"""The street as the console works with it: the version in force, what a draft changes, files to be imported."""

import shutil
import tempfile
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import yaml

from geofence import (
    GEOMETRIES,
    SCHEMAS,
    Change,
    CoordSystem,
    Layer,
    Problem,
    Street,
    StreetIndex,
    Told,
    current,
    difference,
    difference_geojson,
    history,
    is_gis,
    load_street,
    read_gis,
    validate,
)
from records import BadInput, Clock, Database

_UNPACKED_MOST = 512 << 20
_DEEPEST, _MOST_NODES = 64, 1_000_000
_PARTS = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg", ".json"})
_DATES = frozenset({"effective_from", "effective_to", "published_at"})


class PublishedStreet:
    """The version in force, read anew when another was published; the street of the settings while none ever was."""

    def __init__(self, database: Database, clock: Clock, otherwise: Street) -> None:
        self._database, self._clock = database, clock
        self._street, self._index = otherwise, StreetIndex(otherwise)
        self._lock = Lock()

    def now(self) -> Street:
        """The street in force."""
        return self.index().street

    def index(self) -> StreetIndex:
        """The index of the street in force."""
        name = self._street.name
        with self._database.read() as session:
            newest = next(iter(history(session, name)), None)
            with self._lock:
                if newest is not None and newest.version != self._street.version:
                    found = current(session, name, self._clock.now())
                    if found is not None and found.version != self._street.version:
                        self._street, self._index = found, StreetIndex(found)
                return self._index


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a document or a file: its faults, or what it changes."""

    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]
    street: Street | None

    def to_json(self) -> dict[str, Any]:
        return {
            "problems": [{"feature": p.feature, "field": p.field, "message": p.message} for p in self.problems],
            "changes": [{**change.to_json(), "words": str(change)} for change in self.changes],
            "map": difference_geojson(self.changes),
            "version": self.street.version if self.street else None,
            "document": self.street.features_geojson() if self.street else None,
        }


def preview(before: Street, document: Any) -> Preview:
    """What a street document would change."""
    if not isinstance(document, dict):
        raise BadInput("E_STREET_FILE", "the document is no mapping", "give a FeatureCollection")
    problems = validate(document)
    if problems:
        return Preview(tuple(problems), (), None)
    return _differing(before, load_street(document))


def preview_file(before: Street, name: str, content: BinaryIO, system: CoordSystem | None) -> Preview:
    """What an uploaded file would change: GeoJSON, YAML, GeoPackage, or Shapefiles in a zip.

    Raises:
        BadInput: E_STREET_FILE when it is none of these, or cannot be read.
    """
    suffix = Path(name).suffix.lower()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{suffix}"
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        if suffix == ".zip":
            path = _unpacked(path, Path(folder) / "shapes")
        if is_gis(path):
            street, problems = read_gis(path, Told(street=before.name, timezone=before.timezone.key, system=system))
            return Preview(tuple(problems), (), None) if street is None else _differing(before, street)
        if suffix not in (".json", ".geojson", ".yaml", ".yml"):
            raise BadInput("E_STREET_FILE", f"{name} is no street file", "give GeoJSON, YAML, GeoPackage or a zip")
        if suffix in (".yaml", ".yml"):
            _need_tame(path.read_text(encoding="utf-8", errors="replace"))
        problems = validate(path)
        return Preview(tuple(problems), (), None) if problems else _differing(before, load_street(path))


def _need_tame(text: str) -> None:
    """BadInput where a YAML text nests so deeply that the parser would take the process down, or its references stand
    for more than a street can hold. Other faults are its reader's to name."""
    sizes: dict[str, int] = {}
    held = [0]  # nodes of every collection that is open, the document's own first
    anchors: list[str | None] = [None]
    with suppress(yaml.YAMLError):
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            anchor, size = getattr(event, "anchor", None), 0
            if isinstance(event, yaml.CollectionStartEvent):
                held.append(1)
                anchors.append(anchor)
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, size = anchors.pop(), held.pop()
            elif isinstance(event, yaml.AliasEvent):
                anchor, size = None, sizes.get(str(event.anchor), _MOST_NODES + 1)  # itself, from within
            elif isinstance(event, yaml.ScalarEvent):
                size = 1
            held[-1] += size
            if anchor is not None and size:
                sizes[anchor] = size
            if len(held) > _DEEPEST or held[-1] > _MOST_NODES:
                raise BadInput("E_STREET_FILE", "it holds too much in itself", "write it out, without deep nesting")


def _differing(before: Street, after: Street) -> Preview:
    if after.name != before.name:
        fault = Problem("", "street", f"is {after.name!r}; this installation's street is {before.name!r}")
        return Preview((fault,), (), None)
    return Preview((), difference(before, after), after)


def _unpacked(path: Path, folder: Path) -> Path:
    """The Shapefiles of a zip, flat in a folder; other members are left in it."""
    folder.mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = [one for one in archive.infolist() if Path(one.filename).suffix.lower() in _PARTS]
            if sum(one.file_size for one in wanted) > _UNPACKED_MOST:
                raise BadInput("E_STREET_FILE", "the zip holds too much", f"at most {_UNPACKED_MOST >> 20} MB")
            for one in wanted:
                with archive.open(one) as source, (folder / Path(one.filename).name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:  # locked, or odd
        raise BadInput("E_STREET_FILE", f"no zip: {error}", "give a zip of .shp, .shx, .dbf and .prj") from error
    return folder


def fields_of(layer: Layer) -> list[dict[str, Any]]:
    """What a feature of a layer may say, for a form: name, kind of value, whether it must, and what it means."""
    found = []
    for name, field in SCHEMAS[layer].model_fields.items():
        if name == "layer":
            continue
        kind = "date" if name in _DATES else "text"
        if name in ("hours", "phase", "formats"):
            kind = {"hours": "hours", "phase": "phase", "formats": "list"}[name]
        elif "float" in str(field.annotation):
            kind = "number"
        found.append({"name": name, "kind": kind, "required": field.is_required(), "help": field.description or ""})
    return found


def layers_of() -> list[dict[str, Any]]:
    """Every layer with its geometry and fields."""
    return [{"layer": layer.value, "geometry": GEOMETRIES[layer], "fields": fields_of(layer)} for layer in Layer]


def states_at(street: Street, at: datetime) -> dict[str, dict[str, Any]]:
    """By feature id, whether it holds at a time and the hour rule or term that says so."""
    local = street.local(at)
    found = {}
    for feature in street.layers.features:
        state = feature.in_force(local)
        found[feature.id] = {"holds": state.holds, "rule": state.rule}
    return found
