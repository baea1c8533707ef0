"""GeoPackages and Shapefiles: the same street comes back; every fault is named by feature and field, or nothing is
taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely
from pyproj import Transformer
from sqlalchemy import select

from geofence import CoordSystem, Street, Told, import_street, load_street, open_street, read_gis, write_gis
from geofence.tables import StreetVersionRow
from records import BadInput, Database

SQUARE = [(121.5, 31.2), (121.5002, 31.2), (121.5002, 31.2002), (121.5, 31.2002), (121.5, 31.2)]
ZONE = {"name": "z", "phase": "enforce", "legal_source": "通告1号", "effective_from": "2026-01-01"}


def table(path: Path, layer: str, shape: object, crs: str | None = "EPSG:4490", rows: int = 1, **said: object) -> Path:
    """A table of `rows` like features, written as any GIS program would."""
    geometry = shapely.to_wkb(np.array([shape] * rows, dtype=object))
    values = [np.array([value] * rows, dtype=object) for value in said.values()]
    pyogrio.raw.write(
        path,
        geometry,
        values,
        list(said),
        layer=layer,
        driver="GPKG" if path.suffix == ".gpkg" else "ESRI Shapefile",
        geometry_type=shape.geom_type,  # type: ignore[attr-defined]
        crs=crs,
        append=path.exists(),
    )
    return path


def faults(path: Path, **told: object) -> list[str]:
    street, problems = read_gis(path, Told(**told))  # type: ignore[arg-type]
    assert (street is None) == bool(problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize("name", ["street.gpkg", "shapes"])
def test_a_street_comes_back_from_a_gis_file_to_the_same_version(example: Street, tmp_path: Path, name: str) -> None:
    written = write_gis(example, tmp_path / name)
    assert written and open_street(tmp_path / name).version == example.version


def test_nothing_is_overwritten(example: Street, tmp_path: Path) -> None:
    write_gis(example, tmp_path / "street.gpkg")
    with pytest.raises(BadInput, match="is there already"):
        write_gis(example, tmp_path / "street.gpkg")


def test_a_text_too_long_for_a_shapefile_is_refused_and_fits_a_geopackage(example: Street, tmp_path: Path) -> None:
    document = example.features_geojson()
    document["features"][0]["properties"]["note"] = "长" * 100
    street = load_street(document)
    with pytest.raises(BadInput, match=r"E_SHAPEFILE: feature .*: note is longer"):
        write_gis(street, tmp_path / "shapes")
    assert open_street(write_gis(street, tmp_path / "street.gpkg")[0]).version == street.version


def test_faults_are_named_by_feature_and_field(tmp_path: Path) -> None:
    bow = shapely.Polygon([(121.5, 31.2), (121.5002, 31.2002), (121.5002, 31.2), (121.5, 31.2002)])
    swapped = shapely.Polygon([(y, x) for x, y in SQUARE])
    path = table(tmp_path / "a.gpkg", "vending_forbidden", bow, id="bow", **ZONE)
    table(path, "bike_managed", swapped, id="swapped", **ZONE)
    table(path, "vending_permitted", shapely.Polygon(SQUARE), id="permit", name="p", legal_source="x", colour="red")
    told = "\n".join(faults(path))
    assert "feature bow: geometry: the polygon crosses itself" in told
    assert "feature swapped: geometry: position [31.2, 121.5] is outside EPSG:4490; longitude comes first" in told
    assert "feature permit: effective_to: is missing" in told
    assert "feature permit: hours: is missing" in told
    assert "feature permit: colour: unknown key" in told


def test_a_feature_without_an_id_is_named_by_its_table_and_number(tmp_path: Path) -> None:
    path = table(tmp_path / "a.gpkg", "vending_forbidden", shapely.Polygon(SQUARE), rows=2, **ZONE)
    assert sorted(one.id for one in open_street(path).layers.features) == ["vending_forbidden-1", "vending_forbidden-2"]


def test_nothing_is_imported_unless_all_is(tmp_path: Path) -> None:
    path = table(tmp_path / "a.gpkg", "vending_forbidden", shapely.Polygon(SQUARE), id="good", **ZONE)
    table(path, "bike_managed", shapely.Polygon(SQUARE), id="bad", **{**ZONE, "phase": "maybe"})
    database = Database(tmp_path / "hub.db")
    database.create_all()
    with pytest.raises(BadInput, match="feature bad: phase"), database.session() as session:
        import_street(session, path, "office", datetime(2026, 6, 3, tzinfo=UTC))
    with database.read() as session:
        assert session.scalars(select(StreetVersionRow)).all() == []


def test_a_survey_in_gauss_krueger_metres_lands_where_it_was_measured(tmp_path: Path) -> None:
    zone = "EPSG:4549"  # CGCS2000 / 3-degree Gauss-Kruger CM 120E
    metres = Transformer.from_crs("EPSG:4490", zone, always_xy=True)
    drawn = shapely.Polygon([metres.transform(x, y) for x, y in SQUARE])
    street = open_street(table(tmp_path / "a.gpkg", "vending_forbidden", drawn, crs=zone, id="z", **ZONE))
    there = shapely.hausdorff_distance(street.feature("z").lonlat, shapely.Polygon(SQUARE))
    assert street.crs == "EPSG:4490" and there < 1e-9


@pytest.mark.parametrize("crs", ["EPSG:4214", "EPSG:3857", "EPSG:4610"], ids=["Beijing 1954", "web", "Xian 1980"])
def test_another_datum_is_refused(tmp_path: Path, crs: str) -> None:
    convert = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    shape = shapely.Polygon([convert.transform(x, y) for x, y in SQUARE])
    path = table(tmp_path / "a.gpkg", "vending_forbidden", shape, crs=crs, id="z", **ZONE)
    if crs == "EPSG:3857":  # a projection of WGS-84: known, and converted
        assert open_street(path).crs == "EPSG:4326"
    else:
        assert "neither CGCS2000 nor WGS-84" in faults(path)[0]


def test_a_file_that_names_no_system_is_refused_until_it_is_said(tmp_path: Path) -> None:
    path = table(tmp_path / "vending_forbidden.shp", "vending_forbidden", shapely.Polygon(SQUARE), crs=None, id="z",
                 name="z", phase="enforce", legal_src="通告1号", eff_from="2026-01-01")  # fmt: skip
    assert "names no coordinate system" in faults(path)[0]
    assert faults(path, system=CoordSystem.CGCS2000) == []


def test_gcj02_comes_in_only_where_it_is_said_and_is_moved_back(tmp_path: Path) -> None:
    path = table(tmp_path / "a.gpkg", "vending_forbidden", shapely.Polygon(SQUARE), crs="EPSG:4326", id="z", **ZONE)
    plain = open_street(path).feature("z").geometry
    moved = open_street(path, Told(system=CoordSystem.GCJ02))
    off = moved.plane.to_xy(shapely.get_coordinates(moved.feature("z").lonlat))
    there = moved.plane.to_xy(SQUARE)
    assert 300 < float(np.linalg.norm(off.mean(axis=0) - np.asarray(there).mean(axis=0))) < 700
    assert plain.area == pytest.approx(moved.feature("z").geometry.area, rel=0.01)


def test_texts_of_a_shapefile_without_a_code_page_are_utf_8_or_gb_18030(tmp_path: Path) -> None:
    geometry = shapely.to_wkb(np.array([shapely.Polygon(SQUARE)], dtype=object))
    said = {"id": "z", "name": "示范路禁止设摊区", "phase": "enforce", "legal_src": "通告", "eff_from": "2026-01-01"}
    for encoding in ("GB18030", "UTF-8"):
        path = tmp_path / encoding / "vending_forbidden.shp"
        path.parent.mkdir()
        values = [np.array([value], dtype=object) for value in said.values()]
        pyogrio.raw.write(path, geometry, values, list(said), driver="ESRI Shapefile", geometry_type="Polygon",
                          crs="EPSG:4490", encoding=encoding)  # fmt: skip
        path.with_suffix(".cpg").unlink(missing_ok=True)
        assert open_street(path).feature("z").label == "示范路禁止设摊区"


def test_a_part_of_many_is_one_and_many_parts_are_refused(tmp_path: Path) -> None:
    one = shapely.Polygon(SQUARE)
    path = table(tmp_path / "a.gpkg", "vending_forbidden", shapely.MultiPolygon([one]), id="z", **ZONE)
    assert open_street(path).feature("z").lonlat.geom_type == "Polygon"
    far = shapely.transform(one, lambda xy: xy + 0.01)
    path = table(tmp_path / "b.gpkg", "vending_forbidden", shapely.MultiPolygon([one, far]), id="z", **ZONE)
    assert "must be a Polygon, not 'MultiPolygon'" in faults(path)[0]


def test_no_gis_file_is_one_clear_line(tmp_path: Path) -> None:
    broken = tmp_path / "a.gpkg"
    broken.write_bytes(b"no package")
    with pytest.raises(BadInput, match="E_STREET_FILE"):
        read_gis(broken)


def test_hours_and_formats_travel_as_json(make_street: Callable[..., Street], tmp_path: Path) -> None:
    hours = [{"days": "fri", "from": "17:00", "to": "02:00"}, {"dates": ["2026-10-01/2026-10-07"], "closed": True}]
    street = make_street(
        ("p", "vending_permitted", [(0, 0), (9, 0), (9, 9)], {"hours": hours, "formats": ["果蔬", "早点"]})
    )
    back = open_street(write_gis(street, tmp_path / "a.gpkg")[0])
    assert back.version == street.version
    assert json.loads(json.dumps(back.feature("p").to_geojson()["properties"]["formats"])) == ["果蔬", "早点"]
