"""First figures of the street geometry: batch checks against a bare STRtree, single footprints, loading.

Run as `python -m benchmarks.geofence [--json] [--quick]`; on one core, on zones that the seed lays out.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geofence import LocalPlane, LonLat, Street, StreetIndex, load_street, publish, version
from records import Database

ORIGIN = (121.5, 31.2)
AT = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
_HOURS = [
    None,
    [{"days": "mon-fri", "from": "07:00", "to": "19:00"}],
    [{"days": "daily", "from": "20:00", "to": "06:00"}],
    [{"days": "sat,sun", "from": "08:00", "to": "22:00"}, {"dates": "2026-05-01/2026-05-05", "closed": True}],
]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; `wanted` and `met` are none where none is set."""

    name: str
    value: float
    unit: str
    wanted: str | None = None
    met: bool | None = None


def zones_document(count: int, seed: int = 7) -> dict[str, Any]:
    """A street file of zones of 8 to 12 corners, some 12 m across, a quarter of the ground covered."""
    rng = np.random.default_rng(seed)
    side = 25.0 * np.sqrt(count)
    plane = LocalPlane(LonLat(*ORIGIN))
    features = []
    for number in range(count):
        corners = int(rng.integers(8, 13))
        turns = (np.arange(corners) + rng.uniform(0, 0.8, corners)) * (2 * np.pi / corners)
        radii = rng.uniform(4, 9, corners)
        centre = rng.uniform(-side / 2, side / 2, 2)
        ring = plane.to_lonlat(centre + np.column_stack([radii * np.cos(turns), radii * np.sin(turns)])).tolist()
        hours = _HOURS[number % len(_HOURS)]
        properties = {
            **{"layer": "vending_forbidden", "name": f"zone {number}", "phase": "enforce"},
            **{"legal_source": "benchmark", "effective_from": "2026-01-01"},
            **({"hours": hours} if hours else {}),
        }
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        features.append({"type": "Feature", "id": f"z{number}", "geometry": geometry, "properties": properties})
    return {"street": "benchmark", "crs": "EPSG:4490", "origin": list(ORIGIN), "features": features}


def best_of(rounds: int, work: Callable[[], Any]) -> float:
    """Seconds of the fastest of some rounds."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def batch(street: Street, index: StreetIndex, points: int) -> list[Figure]:
    """Points against zones with hours, beside a bare STRtree query of the same points."""
    side = 25.0 * np.sqrt(len(street.layers.features))
    xy = np.random.default_rng(11).uniform(-side / 2, side / 2, (points, 2))
    tree = shapely.STRtree([feature.geometry for feature in street.layers.features])
    bare = best_of(3, lambda: tree.query(shapely.points(xy), predicate="within"))
    ours = best_of(3, lambda: index.check_many(xy, AT))
    ratio = bare / ours
    return [
        Figure("bare_strtree_points", points / bare, "points/s"),
        Figure("batch_points", points / ours, "points/s"),
        Figure("batch_to_bare", ratio, "ratio", ">= 0.8", ratio >= 0.8),
    ]


def single(street: Street, index: StreetIndex, rounds: int) -> list[Figure]:
    """One footprint against all layers, with distances and the rule that decided."""
    side = 25.0 * np.sqrt(len(street.layers.features))
    taken = []
    for x, y in np.random.default_rng(13).uniform(-side / 2, side / 2, (rounds, 2)):
        footprint = shapely.box(x, y, x + 1.5, y + 1.0)
        start = time.perf_counter()
        index.facts(footprint, AT, 0.5)
        taken.append(time.perf_counter() - start)
    p95 = float(np.quantile(taken, 0.95)) * 1000
    return [Figure("footprint_p95", p95, "ms", "<= 0.3", p95 <= 0.3)]


def loading(document: dict[str, Any], full: bool) -> tuple[Street, StreetIndex, list[Figure]]:
    """A checked import, and a load from the store with its index."""
    start = time.perf_counter()
    street = load_street(document)
    imported = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "street.sqlite")
        database.create_all()
        with database.session() as session:
            publish(session, street, "benchmark", AT)
        start = time.perf_counter()
        with database.read() as session:
            index = StreetIndex(version(session, street.version))
        loaded = time.perf_counter() - start
    count = len(street.layers.features)
    wanted = ("<= 5 s", loaded <= 5) if full else (None, None)
    return (
        street,
        index,
        [
            Figure("features", count, "features"),
            Figure("validated_import", imported, "s"),
            Figure("load_and_index", loaded, "s", *wanted),
        ],
    )


def main() -> int:
    """Measure, print, and tell by the exit status whether every wanted figure was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--quick", action="store_true", help="10,000 zones instead of 100,000")
    options = parser.parse_args()
    count = 10_000 if options.quick else 100_000
    street, index, figures = loading(zones_document(count), full=not options.quick)
    figures += batch(street, index, 100_000 if options.quick else 1_000_000)
    figures += single(street, index, 2_000)
    if options.json:
        print(json.dumps({"figures": [asdict(figure) for figure in figures]}))
    else:
        for figure in figures:
            verdict = "" if figure.met is None else f"wanted {figure.wanted}: {'met' if figure.met else 'NOT met'}"
            print(f"{figure.name:22} {figure.value:14,.3f} {figure.unit:10} {verdict}")
    return 0 if all(figure.met is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
