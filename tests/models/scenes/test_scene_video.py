"""A script rendered: videos, tracks and truth."""

import json
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from geofence import GroundControlPoint, LonLat, calibrate, load_street
from models.scenes import Rendered, Script, cameras, compose_day, load_script, render, street_file
from models.scenes.frame_of_street import StreetFrame
from models.scenes.path import Drive, fixed_view
from models.scenes.script import WeatherChange
from records import BadInput
from streams import load_track

SCRIPT = Path(__file__).parents[3] / "configs" / "scenes" / "corner.yaml"
SIZE = (320, 180)


@pytest.fixture(scope="module")
def script() -> Script:
    return load_script(SCRIPT)


@pytest.fixture(scope="module")
def rendered(script: Script, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(script, 5, tmp_path_factory.mktemp("scene"), SIZE, 5.0, end_s=6.0)


def test_the_video_has_every_frame_and_a_key_frame_every_two_seconds(rendered: Rendered) -> None:
    with av.open(str(rendered.videos["mast"])) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264"
        frames = list(video.decode(stream))
    assert len(frames) == 30
    assert [i for i, one in enumerate(frames) if one.key_frame] == [0, 10, 20]
    assert [round(float(one.time), 3) for one in frames[:3]] == [0.0, 0.2, 0.4]
    assert (frames[0].width, frames[0].height) == SIZE


def test_the_same_seed_gives_the_same_truth(script: Script, rendered: Rendered, tmp_path: Path) -> None:
    again = render(script, 5, tmp_path, SIZE, 5.0, end_s=6.0)
    assert again.truth.read_bytes() == rendered.truth.read_bytes()
    assert again.boxes["mast"].read_bytes() == rendered.boxes["mast"].read_bytes()


def test_every_frame_has_its_boxes(rendered: Rendered) -> None:
    rows = [json.loads(line) for line in rendered.boxes["mast"].read_text().splitlines()]
    assert [row["frame"] for row in rows] == list(range(30))
    assert all("cart" in {box["id"] for box in row["boxes"]} for row in rows)


def test_the_truth_names_place_time_and_reason(rendered: Rendered) -> None:
    truth = json.loads(rendered.truth.read_text(encoding="utf-8"))
    cart = next(one for one in truth["incidents"] if one["id"] == "cart")
    assert cart["kind"] == "STALL"
    assert cart["lawful"] is False
    assert cart["start"] == "2026-04-15T08:58:00.000Z"
    assert abs(cart["lon"] - 121.52) < 0.001
    assert cart["why"]


def test_control_points_lead_back_to_the_true_ground(script: Script) -> None:
    street = load_street(street_file(script))
    found = cameras(script, (1280, 720))[0]
    points = [GroundControlPoint(tuple(one["px"]), LonLat(*one["lonlat"])) for one in found["gcps"]]
    assert len(points) >= 8
    calibration = calibrate(points, (1280, 720), "mast", street.plane)
    view, frame = fixed_view(script.cameras[0], (1280, 720)), StreetFrame(script.district)
    truth = np.array([[0.5, 8.6], [11.0, 8.3], [-2.0, 4.0]])
    px, _ = view.project(np.hstack([truth, np.zeros((3, 1))]))
    lonlat = np.array([frame.one(x, y) for x, y in truth])
    error = np.linalg.norm(calibration.ground(px) - street.plane.to_xy(lonlat), axis=1)
    assert error.max() < 0.4


def test_an_unknown_source_and_an_unwritable_folder_are_refused(script: Script, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="mast"):
        render(script, 1, tmp_path, SIZE, sources=["nobody"])
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(BadInput) as caught:
        render(script, 1, blocked / "out", SIZE, end_s=0.4)
    assert caught.value.code == "E_OUT"


def test_a_vehicle_leaves_a_track_that_follows_its_true_way(tmp_path: Path) -> None:
    day = compose_day(2)
    vehicle = day.vehicles[0]
    done = render(day, 2, tmp_path, (160, 90), 5.0, sources=[vehicle.id], start_s=0, end_s=4.0)
    track, drive, frame = load_track(done.tracks[vehicle.id]), Drive(vehicle), StreetFrame(day.district)
    plane = load_street(street_file(day)).plane
    for seconds in (0.5, 2.0, 3.6):
        fix, true = track.at(day.at(seconds)), drive.at(seconds)
        got = plane.to_xy(np.array([[fix.lon, fix.lat]]))
        want = plane.to_xy(np.array([frame.one(true.x, true.y)]))
        assert np.linalg.norm(got - want) < 2.0
    poses = [json.loads(line) for line in (tmp_path / f"{vehicle.id}.poses.jsonl").read_text().splitlines()]
    assert len(poses) == 20


def test_the_vehicle_never_jumps() -> None:
    vehicle = compose_day(3).vehicles[0]
    drive = Drive(vehicle)
    places = [drive.at(t / 5) for t in range(3000)]
    assert max(np.hypot(b.x - a.x, b.y - a.y) for a, b in pairwise(places)) < 1.2


def test_the_light_changes_when_the_script_says_so(script: Script, tmp_path: Path) -> None:
    dim = script.weather.model_copy(update={"gain": 0.5})
    jump = script.model_copy(update={"weather_changes": [WeatherChange(from_s=0.6, weather=dim)]})
    video = render(jump, 5, tmp_path, SIZE, 5.0, end_s=1.2).videos["mast"]
    with av.open(str(video)) as container:
        light = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert len(light) == 6
    assert min(light[:3]) > 1.5 * max(light[3:])
