"""A rendered street with a stall where none may stand: the camera accuses it, and once it is turned it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from models import load_network
from models.scenes import cameras, load_script, street_file
from models.scenes.path import fixed_view
from models.scenes.sensor import Sensor
from models.scenes.stage import Stage
from models.scenes.video import VideoWriter
from models.scenes.world import World
from nonsite.watch import WatchConfig, WatchReport, watch
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
