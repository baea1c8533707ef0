"""Real clips: a ride through a parking place, passing cars, a walk with an action camera."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from models import registry
from nonsite.watch import WatchReport, load_watch_config, watch
from records import BadInput
from streams import Network, load_track
from tests.real.conftest import BASE_CARD, STREETS


def see(clip: Path, network: Network, track: Path | None = None) -> tuple[WatchReport, list[dict[str, Any]]]:
    """Watch a clip with its own street file; the sightings beside the report."""
    config = load_watch_config(STREETS / f"{clip.stem}.yaml")
    if track is not None:
        config = config.model_copy(update={"source": {**config.source, "track": str(track)}})
    told: list[dict[str, Any]] = []
    report = watch(
        str(clip),
        config,
        tell=lambda event, document: told.append(document) if event == "sighting" else None,
        network=network,
        sightings=True,
    )
    return report, told


def test_a_bicycle_that_twice_rides_through_a_parking_place_gives_no_alert(videos: Path, network: Network):
    report, told = see(videos / "person_bicycle_car_parking.mp4", network)
    assert report.alerts == []
    assert report.frames >= 30 and report.street_s > 30
    assert {"bicycle", "person"} & {sighting["kind"] for sighting in told}


def test_passing_and_parked_cars_give_no_alert(videos: Path, network: Network):
    report, told = see(videos / "residential_street_fixed.mp4", network)
    assert report.alerts == []
    assert sum(sighting["kind"] == "vehicle" for sighting in told) > 50


def test_a_moving_camera_with_its_track_gives_located_sightings(videos: Path, network: Network):
    clip, csv = videos / "handheld_gopro_gps.mp4", videos / "handheld_gopro_gps.csv"
    report, told = see(clip, network, csv)
    assert report.alerts == []
    cars = [sighting for sighting in told if sighting["kind"] == "vehicle"]
    assert len(cars) > 10
    columns = load_watch_config(STREETS / f"{clip.stem}.yaml").source["track_columns"]
    track = load_track(csv, columns)
    for car in cars:
        fix = track.at(datetime.fromisoformat(car["captured_at"]))
        east = (car["lon"] - fix.lon) * 111_320 * math.cos(math.radians(fix.lat))
        north = (car["lat"] - fix.lat) * 110_900
        assert math.hypot(east, north) < 62, "a sighting lies within the range that a moving camera answers for"
        assert north < 0, "the walk leads south, and the camera looks ahead"
        assert car["accuracy_m"] > 60, "at a walk, nothing tells forward from backward: nobody is accused by it"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("street: s.yaml\n", "source"),
        ("street: s.yaml\nsource: {}\nlens: 1\n", "lens"),
        ("[1, 2", "not YAML"),
    ],
)
def test_a_bad_configuration_is_refused_in_one_line(tmp_path: Path, text: str, says: str):
    file = tmp_path / "watch.yaml"
    file.write_text(text)
    with pytest.raises(BadInput, match=says) as refused:
        load_watch_config(file)
    assert refused.value.code == "E_CONFIG" and "\n" not in str(refused.value)


def test_a_source_without_a_view_of_the_ground_is_refused(tmp_path: Path, videos: Path, network: Network):
    config = load_watch_config(STREETS / "parked_bikes_gray.yaml").model_copy(update={"source": {}})
    with pytest.raises(BadInput) as refused:
        watch(str(videos / "residential_street_fixed.mp4"), config, tell=lambda *_: None, network=network)
    assert refused.value.code == "E_CALIBRATION"


def test_the_command_prints_json_lines_and_nothing_else(videos: Path):
    clip = videos / "person_bicycle_car_parking.mp4"
    street = STREETS / f"{clip.stem}.yaml"
    model = [] if registry() else ["--model", str(BASE_CARD)]
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "nonsite.cli",
            "watch",
            str(clip),
            "--config",
            str(street),
            "--json",
            "--explain",
            *model,
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert lines[-1]["event"] == "end" and lines[-1]["alerts"] == 0
    assert {line["event"] for line in lines} <= {"camera", "explanation", "end"}
    assert not [line for line in lines if line["event"] == "camera" and line["alarms"]], "nothing is wrong with it"


def test_the_command_refuses_what_is_no_video_in_one_line(tmp_path: Path, videos: Path):
    text = tmp_path / "clip.mp4"
    text.write_text("no video")
    street = STREETS / "person_bicycle_car_parking.yaml"
    ran = subprocess.run(
        [sys.executable, "-m", "nonsite.cli", "watch", str(text), "--config", str(street), "--json"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 2 and ran.stdout == ""
    assert len(ran.stderr.strip().splitlines()) == 1 and "E_SOURCE" in ran.stderr
