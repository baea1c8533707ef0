"""A rendered street with a stall where none may stand: the camera accuses it, and once it is turned it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY, generate_latest

from models import load_network
from models.scenes import cameras, load_script, street_file
from models.scenes.path import fixed_view
from models.scenes.sensor import Sensor
from models.scenes.stage import Stage
from models.scenes.video import VideoWriter
from models.scenes.world import World
from nonsite.metrics import SourceFigures
from nonsite.parts import Parts
from nonsite.settings import load_settings
from nonsite.watch import WatchConfig, WatchReport, watch
from nonsite.worker import Worker
from records import drain_outbox
from streams import Image, Network

SIZE = (1280, 720)
SECONDS, TURNED_AT = 90, 20
SCRIPT = load_script(Path(__file__).parents[2] / "configs" / "scenes" / "corner.yaml")


def pictures(turned_deg: float, seconds: range) -> list[Image]:
    """The street second by second as the camera sees it, I420."""
    camera = SCRIPT.cameras[0]
    view = fixed_view(camera.model_copy(update={"yaw": camera.yaw + turned_deg}), SIZE)
    stage, sensor = Stage(World(SCRIPT, 1, 60.0), view), Sensor(SCRIPT.weather, SIZE, 5)
    return [sensor.expose(stage.frame(float(second))[0], second) for second in seconds]


def film(path: Path, shots: list[Image]) -> str:
    with VideoWriter(path, SIZE, 1.0) as writer:
        for shot in shots:
            writer.write(shot)
    return str(path)


def seen(url: str, reference: Path | None, network: Network) -> tuple[WatchReport, list[dict[str, Any]]]:
    """What `nonsite watch` says of a video by the calibration of the unturned camera."""
    mast = cameras(SCRIPT, SIZE)[0]
    source = {
        "kind": "camera",
        "start": SCRIPT.start.isoformat(),
        "image_size": SIZE,
        "calibration": [{"px": one["px"], "lonlat": one["lonlat"]} for one in mast["gcps"]],
        "reference": None if reference is None else str(reference),
    }
    config = WatchConfig(
        street=street_file(SCRIPT),
        source=source,
        profile="demo",
        rules={"dwell_s": {"STALL": 40.0}, "confirm_fps": 1.0},
    )
    told: list[dict[str, Any]] = []
    report = watch(url, config, tell=lambda event, document: told.append({"event": event, **document}), network=network)
    return report, [one for one in told if one["event"] == "camera"]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The scene through the camera as it was calibrated, and through the same camera turned by 2 degrees on the way;
    the reference is a picture from before."""
    folder = tmp_path_factory.mktemp("turned")
    straight = pictures(0.0, range(SECONDS))
    turned = pictures(2.0, range(TURNED_AT, SECONDS))
    film(folder / "straight.mp4", straight)
    film(folder / "turned.mp4", [*straight[:TURNED_AT], *turned])
    cv2.imwrite(str(folder / "reference.png"), cv2.cvtColor(straight[0], cv2.COLOR_YUV2BGR_I420))
    return {path.stem: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network()


def test_through_the_camera_as_it_was_calibrated_the_stall_is_an_alert(
    films: dict[str, Path], network: Network
) -> None:
    report, told = seen(str(films["straight"]), films["reference"], network)
    assert [alert.kind for alert in report.alerts] == ["STALL"]
    assert {one["state"] for one in told} == {"in_place"}


def test_turned_by_two_degrees_it_accuses_nobody_and_can_be_asked_why(films: dict[str, Path], network: Network) -> None:
    report, told = seen(str(films["turned"]), films["reference"], network)
    assert report.alerts == []
    assert told[-1]["state"] == "moved" and told[-1]["alarms"][0]["stops"]
    reasons = [one.to_json() for one in report.explanations if one.violation == "STALL"]
    assert any("the camera is moved" in one["why_en"] and "摄像机已移位" in one["why_zh"] for one in reasons), (
        json.dumps(reasons, ensure_ascii=False)
    )


def test_it_is_the_check_that_holds_it_back(films: dict[str, Path], network: Network) -> None:
    """Where there is no reference yet the turned camera would accuse: nothing else stands in its way."""
    report, told = seen(str(films["turned"]), None, network)
    assert report.alerts != []
    assert {(one["state"], one["reference"]) for one in told} == {("unproven", "none")}


@pytest.fixture
def parts(films: dict[str, Path], tmp_path: Path) -> Parts:
    """An installation with that camera, and an operator."""
    mast = cameras(SCRIPT, SIZE)[0]
    source = {
        "id": "mast",
        "url": str(films["turned"]),
        "start": SCRIPT.start.isoformat(),
        "image_size": list(SIZE),
        "calibration": [{"px": one["px"], "lonlat": one["lonlat"]} for one in mast["gcps"]],
        "reference": str(films["reference"]),
        "device": {"lon": SCRIPT.district.lon, "lat": SCRIPT.district.lat},
    }
    people = [{"id": "oper", "login": "oper", "name": "值守员", "password": "a-long-password", "roles": ["OPER"]}]
    (tmp_path / "users.yaml").write_text(yaml.safe_dump(people))
    (tmp_path / "street.yaml").write_text(yaml.safe_dump(street_file(SCRIPT)))
    settings = {"data": "data", "street": "street.yaml", "profile": "demo", "users": "users.yaml", "sources": [source]}
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(settings))
    return Parts(load_settings(tmp_path / "settings.yaml"), "http://console.test")


def test_a_workers_alarm_is_seen_at_the_walls_api_and_in_its_metrics_and_outlives_it(parts: Parts) -> None:
    worker = Worker(
        parts.settings, parts.profile, parts.street, parts.networks[:1], parts.sealer, parts.machine, parts.clock
    )
    figures = SourceFigures(worker)
    worker.start()
    assert worker.finished.wait(120)
    lines = generate_latest(REGISTRY).decode().splitlines()
    figures.close()
    worker.stop()
    assert 'nonsite_camera_stopped{reason="moved",source="mast"} 1.0' in lines
    assert worker.status()["sources"][0]["camera"] == "moved"
    with TestClient(parts.console) as client:
        drain_outbox(parts.machine, parts.bus.publish, parts.clock)
        assert client.post("/api/session", json={"user": "oper", "password": "a-long-password"}).is_success
        found = []
        for _ in range(200):  # the console takes news in on a thread of its own
            found = client.get("/api/cameras").json()
            if found and found[0]["state"] == "moved":
                break
        assert [(one["id"], one["state"], one["alarms"][0]["stops"]) for one in found] == [("mast", "moved", True)]
        assert "停止告警" in client.get("/wall", headers={"Accept": "text/html"}).text
    again = Worker(
        parts.settings, parts.profile, parts.street, parts.networks[:1], parts.sealer, parts.machine, parts.clock
    )
    assert again.watchings["mast"].camera.unfit() is not None, "a restart lifts nothing"
    again.stop()
