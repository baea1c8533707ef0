from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from geofence import Layer, Street, load_street, validate
from records import BadInput

RING = [[121.5, 31.2], [121.501, 31.2], [121.501, 31.201], [121.5, 31.201], [121.5, 31.2]]
HOURS = [{"days": "mon-fri", "from": "17:00", "to": "22:00"}]
BASE: dict[str, Any] = {
    "street": "d",
    "crs": "EPSG:4490",
    "features": [
        {
            "type": "Feature",
            "id": "vf-1",
            "geometry": {"type": "Polygon", "coordinates": [RING]},
            "properties": {
                **{"layer": "vending_forbidden", "name": "n", "phase": "enforce"},
                **{"legal_source": "x", "effective_from": "2026-01-01"},
            },
        },
        {
            "type": "Feature",
            "id": "vp-1",
            "geometry": {"type": "Polygon", "coordinates": [RING]},
            "properties": {
                **{"layer": "vending_permitted", "name": "n", "hours": HOURS, "legal_source": "x"},
                **{"effective_from": "2026-01-01", "effective_to": "2026-12-31"},
            },
        },
        {
            "type": "Feature",
            "id": "f-1",
            "geometry": {"type": "LineString", "coordinates": RING[:2]},
            "properties": {
                **{"layer": "frontage", "shop": "s1", "shop_name": "n", "address": "a", "phase": "warn"},
                **{"legal_source": "x", "effective_from": "2026-01-01"},
            },
        },
    ],
}


def changed(*path: Any, value: Any = None, drop: bool = False) -> dict[str, Any]:
    """BASE with one entry set or dropped."""
    document = copy.deepcopy(BASE)
    at: Any = document
    for key in path[:-1]:
        at = at[key]
    if drop:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return document


def of_feature(number: int, *path: Any, value: Any = None, drop: bool = False) -> dict[str, Any]:
    return changed("features", number, *path, value=value, drop=drop)


def shaped(number: int, coordinates: Any) -> dict[str, Any]:
    return of_feature(number, "geometry", "coordinates", value=coordinates)


BOW = [[[121.5, 31.2], [121.501, 31.201], [121.501, 31.2], [121.5, 31.201], [121.5, 31.2]]]
FLAT = [[[121.5, 31.2], [121.501, 31.201], [121.502, 31.202], [121.5, 31.2]]]
FAR_HOLE = [RING, [[122.5, 31.2], [122.501, 31.2], [122.501, 31.201], [122.5, 31.2]]]
SWAPPED = [[[lat, lon] for lon, lat in RING]]


@pytest.mark.parametrize(
    "document, told",
    [
        (of_feature(0, "properties", "colour", value="red"), "feature vf-1: colour: unknown key"),
        (of_feature(0, "properties", "layer", value="vending"), "feature vf-1: layer: unknown layer 'vending'"),
        (of_feature(0, "properties", "phase", value="fine"), "feature vf-1: phase: "),
        (of_feature(0, "properties", "legal_source", drop=True), "feature vf-1: legal_source: is missing"),
        (of_feature(0, "properties", "effective_from", value="2026-02-30"), "feature vf-1: effective_from: "),
        (of_feature(0, "properties", "effective_from", value=20260101), "feature vf-1: effective_from: must be a date"),
        (of_feature(0, "properties", "name", value=7), "feature vf-1: name: "),
        (of_feature(0, "properties", drop=True), "feature vf-1: properties: are missing"),
        (of_feature(0, "style", value={}), "feature vf-1: style: unknown key"),
        (of_feature(0, "type", value="Thing"), "feature vf-1: type: must be Feature"),
        (of_feature(1, "properties", "effective_to", drop=True), "feature vp-1: effective_to: is missing"),
        (of_feature(1, "properties", "effective_to", value="2025-01-01"), "feature vp-1: effective_to: 2025-01-01 is"),
        (of_feature(1, "properties", "hours", value=[]), "feature vp-1: hours: must be a list of rules"),
        (
            of_feature(1, "properties", "hours", value=[{"days": "mon", "from": "9h", "to": "10:00"}]),
            "feature vp-1: hours: hours rule 1: from '9h'",
        ),
        (of_feature(2, "properties", "min_overhang_m", value=-0.1), "feature f-1: min_overhang_m: "),
        (of_feature(1, "id", value="vf-1"), "feature vf-1: id: stands twice"),
        (of_feature(1, "id", drop=True), "feature #2: id: "),
        (of_feature(0, "geometry", drop=True), "feature vf-1: geometry: is missing"),
        (of_feature(0, "geometry", "type", value="Point"), "feature vf-1: geometry: must be a Polygon"),
        (shaped(0, BOW), "feature vf-1: geometry: the polygon crosses itself at [121.5005, 31.2005]"),
        (shaped(0, [RING[:4]]), "feature vf-1: geometry: outer ring is not closed"),
        (shaped(0, [RING[:2]]), "feature vf-1: geometry: outer ring has 2 positions"),
        (shaped(0, FLAT), "feature vf-1: geometry: "),
        (shaped(0, FAR_HOLE), "feature vf-1: geometry: a hole lies outside"),
        (shaped(0, SWAPPED), "feature vf-1: geometry: position [31.2, 121.5] is outside EPSG:4490; longitude comes"),
        (shaped(0, [[[2.35, 48.85], *RING]]), "feature vf-1: geometry: position [2.35, 48.85] is outside EPSG:4490"),
        (shaped(0, [[["121.5", 31.2], *RING]]), "feature vf-1: geometry: ['121.5', 31.2] is no position"),
        (shaped(2, [RING[0], RING[0]]), "feature f-1: geometry: the line has zero length"),
        (shaped(2, [*RING[:3], [121.5005, 31.1999]]), "feature f-1: geometry: the line crosses itself"),
        (changed("crs", value="EPSG:3857"), "crs: must be EPSG:4490"),
        (changed("streets", value="x"), "streets: unknown key"),
        (changed("street", drop=True), "street: "),
        (changed("timezone", value="Mars/Olympus"), "timezone: 'Mars/Olympus' is no time zone"),
        (changed("features", value=[]), "features: "),
        (changed("features", value=["x"]), "feature #1: feature: is no mapping"),
        (changed("origin", value=[31.2, 121.5]), "origin: position [31.2, 121.5] is outside"),
    ],
)
def test_a_fault_is_named_by_feature_and_field_in_one_line(document: dict[str, Any], told: str) -> None:
    assert any(str(problem).startswith(told) for problem in validate(document)), validate(document)
    with pytest.raises(BadInput, match="E_STREET_FILE") as refusal:
        load_street(document)
    assert "\n" not in str(refusal.value)


def test_every_fault_is_listed_and_the_refusal_counts_them() -> None:
    document = of_feature(0, "properties", "colour", value="red")
    document["features"][1]["geometry"]["coordinates"] = BOW
    assert [problem.feature for problem in validate(document)] == ["vf-1", "vp-1"]
    with pytest.raises(BadInput, match="and 1 more"):
        load_street(document)


def test_epsg_4326_may_be_anywhere_on_the_globe() -> None:
    paris = [[[2.35, 48.85], [2.351, 48.85], [2.351, 48.851], [2.35, 48.85]]]
    document = {
        "street": "p",
        "crs": "EPSG:4326",
        "timezone": "Europe/Paris",
        "features": shaped(0, paris)["features"][:1],
    }
    street = load_street(document)
    assert load_street(street.features_geojson()).version == street.version
    document["features"][0]["geometry"]["coordinates"] = [[[121.5, 131.2], *paris[0]]]
    with pytest.raises(BadInput, match="outside EPSG:4326"):
        load_street(document)


def test_export_reads_back_to_the_same_version(example: Street) -> None:
    again = load_street(json.loads(json.dumps(example.features_geojson())))
    assert again.version == example.version
    assert again.plane == example.plane


def test_the_version_follows_content_not_order_or_winding() -> None:
    turned = shaped(0, [RING[::-1]])
    turned["features"].reverse()
    assert load_street(turned).version == load_street(BASE).version
    assert load_street(of_feature(0, "properties", "name", value="m")).version != load_street(BASE).version


def test_yaml_and_json_files_are_one(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(BASE))
    (tmp_path / "s.json").write_text(json.dumps(BASE))
    assert load_street(tmp_path / "s.yaml").version == load_street(tmp_path / "s.json").version


@pytest.mark.parametrize("text", ["{not json", "- a list", "", "\tx: ["])
def test_a_file_that_is_no_street_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "street.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match="E_STREET_FILE") as refusal:
        load_street(path)
    assert str(path) in str(refusal.value) and "\n" not in str(refusal.value)


def test_a_missing_file_and_a_binary_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        load_street(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadInput, match="E_STREET_FILE"):
        validate(tmp_path / "b.yaml")


def test_the_example_street_shows_every_layer(example: Street, example_path: Path) -> None:
    assert validate(example_path) == []
    assert set(example.layers.counts()) == {layer.value for layer in Layer}
    assert example.feature("bay-1").layer is Layer.BAY
    with pytest.raises(BadInput, match="no feature bay-9"):
        example.feature("bay-9")


def test_the_plane_lies_in_the_middle_unless_an_origin_is_declared(example: Street) -> None:
    middle = load_street(BASE).plane.origin
    assert (middle.lon, middle.lat) == pytest.approx((121.5005, 31.2005))
    assert (example.plane.origin.lon, example.plane.origin.lat) == (121.5, 31.2)


def test_features_are_in_metres_of_the_plane(make_street: Callable[..., Street]) -> None:
    street = make_street(("z", "vending_forbidden", [(0, 0), (10, 0), (10, 5), (0, 5)], {}))
    assert street.feature("z").geometry.area == pytest.approx(50.0, abs=1e-4)
