"""Figures of the street geometry: batch checks beside a bare STRtree and other engines, one footprint, import, loading,
memory, and what calibration states beside what it misses by.

Run as `python -m benchmarks.geofence [--json] [--quick] [--no-peers]`; on one core, on zones that the seed lays out.
Ours and the peers are timed in turns, the fastest of some rounds each.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks.figure import Figure, tell, wanted
from benchmarks.geofence_parts.calibrated import calibration
from benchmarks.geofence_parts.peers import other_engines
from geofence import LocalPlane, LonLat, Street, StreetIndex, load_street, open_street, publish, version, write_gis
from records import Database

ORIGIN = (121.5, 31.2)
AT = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
_HOURS = [
    None,
    [{"days": "mon-fri", "from": "07:00", "to": "19:00"}],
    [{"days": "daily", "from": "20:00", "to": "06:00"}],
    [{"days": "sat,sun", "from": "08:00", "to": "22:00"}, {"dates": "2026-05-01/2026-05-05", "closed": True}],
]
# Other layers, so many to a thousand zones: one footprint is held against all of them.
_OTHERS = {
    "vending_permitted": 50,
    "bay": 100,
    "bike_managed": 50,
    "ad_controlled": 20,
    "pavement": 100,
    "frontage": 200,
}
_SAID: dict[str, dict[str, Any]] = {
    "vending_permitted": {"effective_to": "2026-12-31", "hours": _HOURS[1]},
    "bay": {},
    "bike_managed": {"phase": "enforce"},
    "ad_controlled": {"phase": "enforce"},
    "pavement": {"clear_width_m": 1.5},
    "frontage": {"phase": "enforce", "shop": "s", "shop_name": "shop", "address": "1"},
}


def zones_document(count: int, seed: int = 7, others: bool = False) -> dict[str, Any]:
    """A street file of zones of 8 to 12 corners, some 12 m across, a quarter of the ground covered; with `others`
    features of the other layers about them."""
    rng = np.random.default_rng(seed)
    side = 25.0 * np.sqrt(count)
    plane = LocalPlane(LonLat(*ORIGIN))
    features = []
    basis = {"legal_source": "benchmark", "effective_from": "2026-01-01"}

    def add(name: str, layer: str, **said: Any) -> None:
        corners = int(rng.integers(8, 13))
        turns = (np.arange(corners) + rng.uniform(0, 0.8, corners)) * (2 * np.pi / corners)
        centre = rng.uniform(-side / 2, side / 2, 2)
        xy = centre + rng.uniform(4, 9, corners)[:, None] * np.column_stack([np.cos(turns), np.sin(turns)])
        ring = plane.to_lonlat(xy[:2] if layer == "frontage" else xy).tolist()
        geometry: dict[str, Any] = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        if layer == "frontage":
            geometry = {"type": "LineString", "coordinates": ring}
        properties = {"layer": layer, "name": f"{layer} {name}", **basis, **said}
        features.append({"type": "Feature", "id": name, "geometry": geometry, "properties": properties})

    for number in range(count):
        hours = _HOURS[number % len(_HOURS)]
        add(f"z{number}", "vending_forbidden", phase="enforce", **({"hours": hours} if hours else {}))
    for layer, share in _OTHERS.items() if others else ():
        for number in range(count * share // 1000):
            add(f"{layer}{number}", layer, **_SAID[layer])
    return {"street": "benchmark", "crs": "EPSG:4490", "origin": list(ORIGIN), "features": features}


def in_turns(rounds: int, *works: Callable[[], Any]) -> list[float]:
    """Seconds of the fastest of some rounds of each, one after the other in every round."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for at, work in enumerate(works):
            start = time.perf_counter()
            work()
            best[at] = min(best[at], time.perf_counter() - start)
    return best


def batch(street: Street, index: StreetIndex, points: int, rounds: int) -> list[Figure]:
    """Points against zones with hours, beside a bare STRtree query of the same points."""
    xy = places(len(street.layers["vending_forbidden"]), points)
    tree = shapely.STRtree([feature.geometry for feature in street.layers["vending_forbidden"]])
    pairs = len(tree.query(shapely.points(xy), predicate="within")[0])
    hits = index.check_many(xy, AT)
    assert len(hits.point) == pairs and len(hits.rules) > 1, "ours and the bare tree disagree"
    bare, ours = in_turns(
        rounds,
        lambda: tree.query(shapely.points(xy), predicate="within"),
        lambda: index.check_many(xy, AT),
    )
    return [
        Figure("points in zones", pairs, "pairs"),
        Figure("bare STRtree query", points / bare, "points/s"),
        Figure("batch of points, with zone and hour rule", points / ours, "points/s"),
        wanted("batch beside the bare query", bare / ours, "ratio", least=0.8),
    ]


def places(zones: int, points: int) -> Any:
    """(n, 2) plane metres all over the benchmark's ground."""
    side = 25.0 * np.sqrt(zones)
    return np.random.default_rng(11).uniform(-side / 2, side / 2, (points, 2))


def single(zones: int, index: StreetIndex, rounds: int) -> list[Figure]:
    """One footprint against all layers, with distances and the rule that decided."""
    side = 25.0 * np.sqrt(zones)
    taken = []
    for x, y in np.random.default_rng(13).uniform(-side / 2, side / 2, (rounds, 2)):
        footprint = shapely.box(x, y, x + 1.5, y + 1.0)
        start = time.perf_counter()
        index.facts(footprint, AT, 0.5)
        taken.append(time.perf_counter() - start)
    return [
        Figure("one footprint, all layers, median", float(np.median(taken)) * 1000, "ms"),
        wanted("one footprint, all layers, 95th percentile", float(np.quantile(taken, 0.95)) * 1000, "ms", most=0.3),
    ]


def loading(document: dict[str, Any], rounds: int, full: bool) -> tuple[Street, StreetIndex, list[Figure]]:
    """A load from the store with its index, and a checked import of a GeoPackage beside what any reader must do."""
    import pyogrio.raw

    street = load_street(document)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "street.sqlite")
        database.create_all()
        with database.session() as session:
            publish(session, street, "benchmark", AT)

        def load() -> StreetIndex:
            with database.read() as session:
                return StreetIndex(version(session, street.version))

        path = write_gis(street, Path(folder) / "street.gpkg")[0]

        def bare() -> None:
            shapes = shapely.from_wkb(pyogrio.raw.read(path, layer="vending_forbidden")[2])
            assert shapely.is_valid(shapes).all()
            shapely.STRtree(shapes).query(shapes, predicate="intersects")

        index = load()
        loaded, imported, peer = in_turns(rounds, load, lambda: open_street(path), bare)
    count = len(street.layers.features)
    figures = [
        Figure("features", count, "features"),
        wanted("load from the store, check and index", loaded, "s", most=5.0)
        if full
        else Figure("load from the store, check and index", loaded, "s"),
        Figure("pyogrio read, is_valid, STRtree self-query", peer, "s"),
        Figure("validated import of a GeoPackage", imported, "s"),
        wanted("validated import beside these", imported / peer, "ratio", most=2.0),
    ]
    return street, index, figures


def memory(counts: tuple[int, ...]) -> list[Figure]:
    """Resident memory of a loaded street of so many zones, each in a process of its own."""
    used = []
    for count in counts:
        command = [sys.executable, "-m", "benchmarks.geofence", "--resident", str(count)]
        used.append(float(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)))
    per = [mb / count * 1e6 for mb, count in zip(used, counts, strict=True)]
    figures = [Figure(f"memory of {count:,} zones", mb, "MB") for count, mb in zip(counts, used, strict=True)]
    return [*figures, wanted("bytes a zone, most beside fewest zones", per[-1] / per[0], "ratio", most=1.1)]


def resident(count: int) -> float:
    """Megabytes that a street of so many zones and its index add to this process."""
    document = json.dumps(zones_document(count))
    small = StreetIndex(load_street(zones_document(10)))  # libraries are loaded once, whatever the size
    small.check_many([[0.0, 0.0]], AT)
    gc.collect()
    before = _rss_mb()
    index = StreetIndex(load_street(json.loads(document)))
    gc.collect()
    used = _rss_mb() - before
    assert len(index.street.layers.features) == count
    return used


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> int:
    """Measure, print, and tell by the exit status whether every wanted figure was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--quick", action="store_true", help="10,000 zones instead of 100,000")
    parser.add_argument("--no-peers", action="store_true", help="without GeoPandas, PostGIS and the loop")
    parser.add_argument("--resident", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.resident:
        print(resident(options.resident))
        return 0
    count, points, rounds = (10_000, 100_000, 3) if options.quick else (100_000, 1_000_000, 5)
    street, index, figures = loading(zones_document(count), rounds, full=not options.quick)
    figures += batch(street, index, points, rounds)
    if not options.no_peers:
        figures += other_engines(street, index, places(count, points), AT)
    del street, index
    figures += single(count, StreetIndex(load_street(zones_document(count, others=True))), 2_000)
    figures += memory((count // 4, count // 2, count))
    figures += calibration(cameras=6 if options.quick else 20, draws=25 if options.quick else 50)
    return tell(figures, options.json)


if __name__ == "__main__":
    sys.exit(main())
