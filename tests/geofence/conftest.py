from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geofence import Street, load_street

EXAMPLE = Path(__file__).parents[2] / "configs" / "streets" / "example.yaml"
ORIGIN = (121.5, 31.2)


@pytest.fixture(scope="session")
def example() -> Street:
    return load_street(EXAMPLE)


@pytest.fixture(scope="session")
def example_path() -> Path:
    return EXAMPLE


@pytest.fixture(scope="session")
def make_street() -> Callable[..., Street]:
    """A street whose features are given in plane metres as (id, layer, points, extra properties)."""
    from geofence import LocalPlane, LonLat

    plane = LocalPlane(LonLat(*ORIGIN))
    binding = {"phase": "enforce", "legal_source": "notice 1", "effective_from": "2026-01-01"}
    term = {"legal_source": "notice 2", "effective_from": "2026-01-01", "effective_to": "2026-12-31"}
    given: dict[str, dict[str, Any]] = {
        "vending_forbidden": {"name": "zone", **binding},
        "vending_permitted": {"name": "point", "hours": [{"days": "daily", "from": "00:00", "to": "24:00"}], **term},
        "outdoor_seating": {"name": "seats", "hours": [{"days": "daily", "from": "00:00", "to": "24:00"}], **term},
        "frontage": {"shop": "s", "shop_name": "shop", "address": "1", **binding},
        "bike_managed": {"name": "bikes", **binding},
        "ad_controlled": {"name": "ads", **binding},
        "ad_forbidden": {"name": "no ads", **binding},
        "monitored_area": {"name": "watched", "published_at": "2026-01-01"},
        "monitored_route": {"name": "route", "published_at": "2026-01-01", "reach_m": 15.0},
        "unit_grid": {"code": "310115001"},
        "squad_area": {"name": "area", "squad": "squad-1"},
        "ad_licence": {
            **{"holder": "h", "facing_deg": 0.0, "width_m": 3.0, "height_m": 1.0, "bottom_m": 3.0},
            **term,
        },
        "pavement": {"name": "walk"},
        "bay": {"name": "bay"},
    }

    def make(*features: tuple[str, str, list[tuple[float, float]], dict[str, Any]]) -> Street:
        made = []
        for feature_id, layer, points, extra in features:
            degrees: Any = plane.to_lonlat(points).tolist()
            kind = {"frontage": "LineString", "monitored_route": "LineString", "ad_licence": "Point"}.get(
                layer, "Polygon"
            )
            if kind == "Polygon":
                degrees = [[*degrees, degrees[0]]]
            elif kind == "Point":
                degrees = degrees[0]
            properties = {"layer": layer, **given[layer], **extra}
            geometry = {"type": kind, "coordinates": degrees}
            made.append({"type": "Feature", "id": feature_id, "geometry": geometry, "properties": properties})
        return load_street({"street": "made", "crs": "EPSG:4490", "origin": list(ORIGIN), "features": made})

    return make
