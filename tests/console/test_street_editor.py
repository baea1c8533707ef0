"""The street editor's service: dry runs, files, drafts with four eyes, what holds at a time, calibration."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from geofence import CameraPose, load_street, write_gis
from records import verify_chain
from tests.console.conftest import Hub

ZONE = {
    "type": "Feature",
    "id": "vf-1",
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[121.5, 31.2], [121.5003, 31.2], [121.5003, 31.2002], [121.5, 31.2002], [121.5, 31.2]]],
    },
    "properties": {
        "layer": "vending_forbidden",
        "name": "北侧人行道",
        "phase": "enforce",
        "legal_source": "通告1号",
        "effective_from": "2026-01-01",
        "hours": [{"days": "sat", "from": "17:00", "to": "22:00"}],
    },
}
SATURDAY, MONDAY = "2026-06-06T18:00:00+08:00", "2026-06-08T18:00:00+08:00"


def document(hub: Hub, *more: dict[str, Any]) -> dict[str, Any]:
    found = hub.client("officer1").get("/api/street").json()
    return {**{key: found[key] for key in ("type", "street", "crs", "timezone", "origin")},
            "features": [*found["features"], *more]}  # fmt: skip


def proposed(hub: Hub, *more: dict[str, Any]) -> int:
    body = {"document": document(hub, *more), "note": "通告1号"}
    answer = hub.client("officer1").post("/api/street/drafts", body)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["id"])


def test_a_dry_run_draws_the_difference_and_keeps_nothing(hub: Hub) -> None:
    officer = hub.client("officer1")
    before = officer.get("/api/street").json()["version"]
    found = officer.post("/api/street/try", document(hub, ZONE)).json()
    assert found["problems"] == [] and [one["words"] for one in found["changes"]] == ["added vending_forbidden vf-1"]
    assert [one["properties"]["change"] for one in found["map"]["features"]] == ["added"]
    assert officer.get("/api/street").json()["version"] == before
    assert officer.get("/api/street/drafts").json() == []


def test_a_dry_run_names_every_fault_by_feature_and_field(hub: Hub) -> None:
    wrong = {**ZONE, "properties": {**ZONE["properties"], "phase": "maybe", "colour": "red"}}
    found = hub.client("officer1").post("/api/street/try", document(hub, wrong)).json()
    assert found["document"] is None and found["changes"] == []
    assert {(one["feature"], one["field"]) for one in found["problems"]} == {("vf-1", "phase"), ("vf-1", "colour")}


@pytest.mark.parametrize("kind", ["geojson", "gpkg", "zip"])
def test_a_file_is_tried_before_it_is_taken(hub: Hub, tmp_path: Path, kind: str) -> None:
    made = load_street(document(hub, ZONE))
    path = tmp_path / f"street.{kind}"
    if kind == "geojson":
        path.write_text(json.dumps(made.features_geojson()), encoding="utf-8")
    elif kind == "gpkg":
        write_gis(made, path)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for part in write_gis(made, tmp_path / "shapes"):
                archive.write(part, f"folder/{part.name}")
    officer = hub.client("officer1")
    answer = officer.http.post(
        "/api/street/try-file",
        files={"file": (path.name, path.read_bytes())},
        headers={"X-CSRF-Token": officer.csrf},
    )
    assert answer.status_code == 200, answer.text
    assert [one["id"] for one in answer.json()["changes"]] == ["vf-1"] and answer.json()["version"] == made.version


def test_a_file_that_is_none_is_refused_with_one_line(hub: Hub) -> None:
    officer = hub.client("officer1")
    for name, content in (("a.txt", b"x"), ("a.zip", b"x"), ("a.gpkg", b"x")):
        answer = officer.http.post(
            "/api/street/try-file", files={"file": (name, io.BytesIO(content))}, headers={"X-CSRF-Token": officer.csrf}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "E_STREET_FILE"), name


def test_one_proposes_another_publishes_and_the_wall_s_map_follows(hub: Hub) -> None:
    before = hub.client("oper").get("/api/street").json()["version"]
    draft = proposed(hub, ZONE)
    chief = hub.client("squad")
    found = chief.get(f"/api/street/drafts/{draft}").json()
    assert found["draft"]["author"] == "officer1" and not found["mine"] and len(found["changes"]) == 1
    done = chief.post(f"/api/street/drafts/{draft}/publish", {})
    assert done.status_code == 200, done.text
    after = hub.client("oper").get("/api/street").json()
    assert after["version"] == done.json()["version"] != before
    assert "vf-1" in {one["id"] for one in after["features"]}
    versions = chief.get("/api/street/versions").json()
    assert [one["version"] for one in versions][:2] == [after["version"], before] and versions[0][
        "publisher"
    ] == "squad"
    told = chief.get(f"/api/street/difference?before={before}&after={after['version']}").json()
    assert [one["id"] for one in told["changes"]] == ["vf-1"]
    with hub.database.read() as session:
        kinds = session.scalars(text("SELECT kind FROM log WHERE chain = 'audit' ORDER BY seq")).all()
        assert verify_chain(session, "audit").ok and kinds == ["street_proposed", "street_published"]


def test_nobody_publishes_a_draft_of_his_own(hub: Hub) -> None:
    squad = hub.client("squad")
    draft = squad.post("/api/street/drafts", {"document": document(hub, ZONE), "note": "n"}).json()["id"]
    answer = squad.post(f"/api/street/drafts/{draft}/publish", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "E_FOUR_EYES")


def test_who_may_only_look_may_not_propose_and_who_proposes_may_not_publish(hub: Hub) -> None:
    assert hub.client("oper").post("/api/street/try", document(hub)).status_code == 403
    draft = proposed(hub, ZONE)
    assert hub.client("officer1").post(f"/api/street/drafts/{draft}/publish", {}).status_code == 403
    assert hub.client("clerk").post(f"/api/street/drafts/{draft}/reject", {"reason": "x"}).status_code == 403
    assert hub.client("officer1").post(f"/api/street/drafts/{draft}/reject", {"reason": "x"}).status_code == 200


def test_a_faulty_document_is_no_draft(hub: Hub) -> None:
    wrong = {**ZONE, "properties": {"layer": "vending_forbidden"}}
    body = {"document": document(hub, wrong), "note": "n"}
    answer = hub.client("officer1").post("/api/street/drafts", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "E_STREET_FILE")
    assert hub.client("officer1").get("/api/street/drafts").json() == []


def test_what_is_forbidden_here_at_18_00_on_saturday(hub: Hub) -> None:
    chief = hub.client("squad")
    chief.post(f"/api/street/drafts/{proposed(hub, ZONE)}/publish", {})
    saturday = chief.get("/api/street/states", params={"at": SATURDAY}).json()["features"]["vf-1"]
    monday = chief.get("/api/street/states", params={"at": MONDAY}).json()["features"]["vf-1"]
    assert saturday == {"holds": True, "rule": "sat 17:00-22:00"}
    assert monday == {"holds": False, "rule": "outside sat 17:00-22:00"}
    here = chief.get("/api/street/check", params={"lon": 121.50015, "lat": 31.2001, "at": SATURDAY}).json()
    assert any("北侧人行道" in line and "有效" in line for line in here["words"])
    assert chief.get("/api/street/states", params={"at": "noon"}).json()["code"] == "E_TIME"


def test_calibration_answers_every_click_with_residuals_and_the_zones_in_the_picture(hub: Hub) -> None:
    officer = hub.client("officer1")
    plane = hub.services.street.plane
    size = (1280, 720)
    camera = CameraPose(0.0, 2.0, 6.0, 10.0, 22.0, 0.5, 1000.0, size)
    pixels = np.array([[120, 690], [1180, 660], [640, 560], [300, 400], [950, 380], [640, 300]], float)
    places = plane.to_lonlat(camera.ground(pixels)).tolist()
    points = [{"px": px, "lonlat": place} for px, place in zip(pixels.tolist(), places, strict=True)]
    body = {"camera_id": "cam-1", "image_size": size, "points": points[:3]}
    few = officer.post("/api/street/calibration", body).json()
    assert not few["ok"] and "3 control points are too few" in few["message"]
    found = officer.post("/api/street/calibration", {**body, "points": points}).json()
    assert found["ok"] and found["residual_px"] < 0.01 and max(found["left_out_m"]) < 0.01
    assert found["pose"]["z_m"] == pytest.approx(6.0, abs=0.01)
    assert {line["layer"] for line in found["lines"]} >= {"frontage"}, "the shop's line lies in the picture"
    assert all(one["accuracy_m"] > 0 and len(one["ring"]) > 8 for one in found["ellipses"])
    assert found["horizon"] and len(found["seen"]) > 10
    assert found["settings"].count("{px:") == 6 and "image_size: [1280, 720]" in found["settings"]
    points[4]["px"] = [1010.0, 330.0]
    off = officer.post("/api/street/calibration", {**body, "points": points}).json()
    assert not off["ok"] and "point 5 fits worst" in off["message"]


def test_the_editor_is_there_for_staff_and_offers_only_what_one_may_do(hub: Hub) -> None:
    assert 'id="propose"' in hub.client("officer1").page("/street").text
    looker = hub.client("oper").page("/street")
    assert looker.status_code == 200 and 'id="propose"' not in looker.text
    assert hub.visitor().page("/street").status_code == 303


def test_no_tile_server_is_named_unless_one_is_configured(hub: Hub, make_hub: Callable[..., Hub]) -> None:
    assert "data-tiles" not in hub.client("officer1").page("/street").text
    own = make_hub(tile_url="http://tiles.local/{z}/{x}/{y}.png", tile_credit="天地图")
    shown = own.client("officer1").page("/street")
    assert 'data-tiles="http://tiles.local/{z}/{x}/{y}.png" data-credit="天地图"' in shown.text
    assert "img-src 'self' data: blob: http://tiles.local" in shown.headers["content-security-policy"]


def test_the_record_shows_the_street_s_facts_then_and_now_and_how_they_differ(hub: Hub) -> None:
    lead = hub.lead()
    before = hub.client("clerk").page(f"/desk/leads/{lead}").text
    assert "告警所依图层" in before and "现行图层" in before and "ground-differs" not in before
    found = hub.client("officer1").get("/api/street").json()
    line = next(one for one in found["features"] if one["id"] == "front-1")
    moved = {**line, "geometry": {**line["geometry"], "coordinates": [[121.5003, 31.20022], [121.4999, 31.20022]]}}
    changed = {**document(hub), "features": [moved, *(one for one in found["features"] if one["id"] != "front-1")]}
    officer = hub.client("officer1")
    draft = officer.post("/api/street/drafts", {"document": changed, "note": "重测"}).json()["id"]
    assert hub.client("squad").post(f"/api/street/drafts/{draft}/publish", {}).status_code == 200
    after = hub.client("clerk").page(f"/desk/leads/{lead}").text
    assert "ground-differs" in after and "须由执法人员说明理由" in after
