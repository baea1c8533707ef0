"""The same points against the same zones by other engines: a loop over shapely, GeoPandas' sjoin, PostGIS.

None of them knows hours: they are timed for the zones alone, which is less than ours answers.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import numpy as np
import shapely

from benchmarks.figure import Figure
from geofence import Street, StreetIndex

_LOOP_POINTS = 20_000
_SERVED_POINTS = 200_000


def other_engines(street: Street, index: StreetIndex, xy: Any, at: datetime) -> list[Figure]:
    """Points a second of each peer that is installed, and of ours on the same points; none where one is not."""
    shapes = np.array([feature.geometry for feature in street.layers["vending_forbidden"]], dtype=object)
    found = []
    for name, work, points in (
        ("shapely, a loop of STRtree queries", _loop, _LOOP_POINTS),
        ("GeoPandas sjoin", _geopandas, _SERVED_POINTS),
        ("PostGIS join, indexed, one process", _postgis, _SERVED_POINTS),
    ):
        asked = xy[:points]
        pairs = len(index.check_many(asked, at).point)
        start = time.perf_counter()
        index.check_many(asked, at)
        ours = time.perf_counter() - start
        try:
            theirs, seen = work(shapes, asked)
        except ImportError as error:
            found.append(Figure(f"{name} ({error})", None, "points/s"))
            continue
        assert seen == pairs, f"{name} finds {seen} pairs, ours {pairs}"
        found.append(Figure(name, len(asked) / theirs, "points/s"))
        found.append(Figure(f"ours, the same {len(asked):,} points", len(asked) / ours, "points/s"))
    return found


def _loop(shapes: Any, xy: Any) -> tuple[float, int]:
    tree = shapely.STRtree(shapes)
    start = time.perf_counter()
    pairs = 0
    for x, y in xy.tolist():
        pairs += len(tree.query(shapely.Point(x, y), predicate="within"))
    return time.perf_counter() - start, pairs


def _geopandas(shapes: Any, xy: Any) -> tuple[float, int]:
    import geopandas

    zones = geopandas.GeoDataFrame(geometry=shapes)
    assert zones.sindex is not None  # built before, as ours and the bare tree are
    start = time.perf_counter()
    points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(xy[:, 0], xy[:, 1]))
    joined = geopandas.sjoin(points, zones, predicate="within")
    return time.perf_counter() - start, len(joined)


def _postgis(shapes: Any, xy: Any) -> tuple[float, int]:
    """A server of Debian's packages in a folder of its own; the points are in a table before the clock starts."""
    try:
        import psycopg

        from tests.services.postgres import PostgresServer, Unavailable
    except ImportError as error:
        raise ImportError(f"no psycopg or server: {error}") from error
    try:
        server = PostgresServer()
        server.start()
    except Unavailable as error:
        raise ImportError(str(error).splitlines()[0]) from error
    try:
        url = f"host=127.0.0.1 port={server.port} user=nonsite dbname=postgres"
        with psycopg.connect(url, autocommit=True) as connection:
            return _joined(connection, shapes, xy)
    except psycopg.Error as error:
        raise ImportError(f"no PostGIS: {str(error).splitlines()[0]}") from error
    finally:
        server.close()


def _joined(connection: Any, shapes: Any, xy: Any) -> tuple[float, int]:
    connection.execute("CREATE EXTENSION postgis")
    connection.execute("CREATE TABLE zones (id int, shape geometry)")
    connection.execute("CREATE TABLE points (id int, place geometry)")
    for table, geometry in (("zones", shapes), ("points", shapely.points(xy))):
        with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for number, wkb in enumerate(shapely.to_wkb(geometry, hex=True)):
                copy.write_row((number, wkb))
    connection.execute("CREATE INDEX ON zones USING gist (shape)")
    for statement in ("VACUUM ANALYZE zones", "VACUUM ANALYZE points", "SET max_parallel_workers_per_gather = 0"):
        connection.execute(statement)
    query = "SELECT count(*) FROM points JOIN zones ON ST_Within(place, shape)"
    connection.execute(query)
    start = time.perf_counter()
    (pairs,) = connection.execute(query).fetchone()
    return time.perf_counter() - start, int(pairs)
