"""The watch over one camera: what its calibration covers, what survives a restart, and what is told of it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cv2
import pytest

from detectors import DriftRules
from geofence import CameraPose, LocalPlane, LonLat
from nonsite.camera import CameraHealth
from nonsite.messages import HealthMessage, IncidentsMessage, ReferenceMessage
from nonsite.settings import CameraCheckSettings, SourceSettings
from nonsite.watching import Ground
from records import BadInput
from streams import CameraState, Detection, Look, ObjectKind
from tests.nonsite.test_cli_bad_input import GOOD, square
from tests.streams.scene_camera import SIZE, SceneCamera, covered

PLANE = LocalPlane(LonLat(121.5, 31.2))
SETTINGS = CameraCheckSettings.model_validate({"every_s": 30.0})


def street():
    from geofence import load_street

    document = {"street": "s", "crs": "EPSG:4490", "timezone": "Asia/Shanghai", "features": [square(*GOOD)]}
    return load_street(document)


def source(camera: SceneCamera, **more: Any) -> SourceSettings:
    """The camera as settings have it: six control points of a pose like the rendered one's."""
    pose = CameraPose(0.0, 0.0, 5.0, 0.0, 14.0, 0.0, camera.f_px, SIZE, plane=PLANE)
    pixels = [(80, 200), (320, 190), (560, 200), (60, 340), (330, 330), (600, 345)]
    places = PLANE.to_lonlat(pose.ground(pixels))
    points = [{"px": px, "lonlat": [float(lon), float(lat)]} for px, (lon, lat) in zip(pixels, places, strict=True)]
    given = {"id": "cam-1", "url": "rtsp://x/1", "image_size": SIZE, "calibration": points, **more}
    return SourceSettings.model_validate(given)


class Watched:
    """A camera before the rendered street, watched."""

    def __init__(self, folder: Path | None = None, camera: SceneCamera | None = None, **more: Any) -> None:
        self.camera = camera or SceneCamera()
        standing = more.pop("standing", None)
        settings = source(self.camera, **more)
        ground = Ground(settings, street())
        self.health = CameraHealth(settings, ground, SETTINGS, self.camera.at, folder=folder, standing=standing)
        self.told: list[dict[str, Any]] = []

    def watch(self, seconds: float, seen: tuple[Detection, ...] = (), **how: Any) -> CameraState:
        for _ in range(max(1, round(seconds / self.camera.every_s))):
            frame = self.camera.frame(**how)
            if self.health.look(Look(None, frame, seen, carried=False)):  # type: ignore[arg-type]
                self.told.append(self.health.message(frame.captured_at))
        return self.health.check.state


def reference_file(folder: Path, camera: SceneCamera) -> str:
    path = folder / "reference.png"
    cv2.imwrite(str(path), camera.frame().image())
    return str(path)


def test_a_given_reference_holds_from_the_first_look(tmp_path: Path) -> None:
    camera = SceneCamera()
    one = Watched(camera=camera, reference=reference_file(tmp_path, camera))
    assert one.watch(30) is CameraState.IN_PLACE
    assert one.health.reference_kind == "given"
    assert one.health.doubt(camera.frame()) is None
    why = one.health.doubt(camera.frame(yaw=2.0))
    assert why is not None and why.code == "CAMERA" and why.met is False


def test_what_the_calibration_covers_is_reported_and_what_it_does_not_stops(tmp_path: Path) -> None:
    camera = SceneCamera()
    one = Watched(camera=camera, reference=reference_file(tmp_path, camera))
    calm = {"shake_px": 0.0}
    small = math.degrees(math.atan(0.7 / camera.f_px))
    assert one.watch(120, yaw=small, weather=calm) is CameraState.IN_PLACE
    assert one.health.shift_px == pytest.approx(0.7, abs=1.2), "the reference itself was taken from a mast that sways"
    assert [alarm.code for alarm in one.health.alarms(camera.at)] == []
    large = math.degrees(math.atan(6.0 / camera.f_px))
    assert one.watch(120, yaw=large, weather=calm) is CameraState.MOVED


def test_a_shift_within_the_calibrations_uncertainty_is_told_and_stops_nothing(tmp_path: Path) -> None:
    camera = SceneCamera()
    one = Watched(camera=camera, reference=reference_file(tmp_path, camera))
    four = one.health.source.calibration[:3] + one.health.source.calibration[5:]
    loose = Watched(camera=camera, reference=one.health.source.reference, calibration=list(four))
    bump = math.degrees(math.atan(2.5 / camera.f_px))
    assert loose.watch(240, yaw=bump, weather={"shake_px": 0.0}) is CameraState.IN_PLACE
    (alarm,) = loose.health.alarms(camera.at)
    assert alarm.code == "shifted" and not alarm.stops and "within what the calibration covers" in alarm.en


def test_the_message_says_in_both_languages_what_is_wrong_and_that_nobody_is_accused(tmp_path: Path) -> None:
    camera = SceneCamera()
    one = Watched(camera=camera, reference=reference_file(tmp_path, camera))
    one.watch(60)
    one.watch(90, yaw=2.0)
    assert [message["state"] for message in one.told] == ["in_place", "moved"]
    message = HealthMessage.model_validate(json.loads(json.dumps(one.told[-1])))
    (alarm,) = message.alarms
    assert alarm.stops and "停止告警" in alarm.zh and "raises no alerts" in alarm.en
    assert one.health.unfit() is not None


def test_covered_it_is_told_once_and_its_return_too(tmp_path: Path) -> None:
    camera = SceneCamera()
    one = Watched(camera=camera, reference=reference_file(tmp_path, camera))
    one.watch(60)
    one.watch(300, change=covered)
    one.watch(300)
    assert [message["state"] for message in one.told] == ["in_place", "blind", "in_place"]
    assert one.told[-1]["alarms"] == []


def test_a_learnt_reference_and_what_was_found_survive_a_restart(tmp_path: Path) -> None:
    one = Watched(tmp_path)
    one.watch(150)
    assert one.health.reference_kind == "learnt, not verified"
    one.watch(90, yaw=2.0)
    again = Watched(tmp_path, one.camera)
    assert again.health.reference_kind == "learnt, not verified"
    assert again.health.check.state is CameraState.MOVED and again.health.unfit() is not None
    assert again.watch(90, yaw=2.0) is CameraState.MOVED, "it is not learnt anew while it is turned"
    assert again.watch(240) is CameraState.IN_PLACE


def test_a_new_calibration_begins_anew(tmp_path: Path) -> None:
    one = Watched(tmp_path)
    one.watch(150)
    one.watch(90, yaw=2.0)
    fresh = Watched(tmp_path, one.camera, reference_since="2026-06-03T05:00:00Z")
    assert fresh.health.check.state is CameraState.UNPROVEN and fresh.health.reference_kind == "none"
    assert fresh.watch(180, yaw=2.0) is CameraState.IN_PLACE


def test_started_in_the_dark_it_knows_the_scene_by_its_latest_picture(tmp_path: Path) -> None:
    dim = {"light": "dusk", "gain": 0.35, "noise": 4.0}
    one = Watched(tmp_path)
    one.watch(150)
    one.camera.every_s = 60.0
    one.watch(1800, weather=dim)
    again = Watched(tmp_path, one.camera)
    assert again.health.check.recent is not None
    assert again.health.doubt(one.camera.frame(weather={**dim, "gain": 0.25})) is None


def test_what_another_machine_found_holds_here_under_the_same_calibration() -> None:
    one = Watched()
    one.watch(150)
    one.watch(90, yaw=2.0)
    standing = one.health.memory.standing()
    other = Watched(camera=one.camera, standing=standing)
    assert other.health.unfit() is not None
    assert other.watch(300, yaw=2.0) is CameraState.MOVED, "without that reference nothing here lifts it"
    elsewhere = {**standing, "fingerprint": "of another calibration"}
    assert Watched(camera=one.camera, standing=elsewhere).health.unfit() is None
    assert IncidentsMessage.model_fields["cameras"].annotation is not None


def test_a_learnt_reference_goes_with_the_camera_so_that_one_turned_on_the_way_is_noticed(tmp_path: Path) -> None:
    one = Watched(tmp_path / "one")
    one.watch(150)
    learnt = one.health.memory.learnt()
    assert learnt is not None and one.health.memory.learnt() is None, "told once"
    ReferenceMessage.model_validate(learnt)
    standing = one.health.memory.standing() | {"reference": json.loads(json.dumps(learnt))}
    other = Watched(tmp_path / "other", one.camera, standing=standing)
    assert other.health.reference_kind == "learnt, not verified" and other.health.memory.learnt() is None
    assert other.watch(90, yaw=2.0) is CameraState.MOVED, "it is not learnt anew by whoever comes next"
    again = Watched(tmp_path / "other", one.camera)
    assert again.watch(90, yaw=2.0) is CameraState.MOVED, "it is kept there too"


def test_a_reference_of_another_calibration_or_one_that_is_no_picture_is_left_out(tmp_path: Path) -> None:
    one = Watched()
    one.watch(150)
    learnt = one.health.memory.learnt()
    assert learnt is not None
    for spoilt in ({"fingerprint": "of another"}, {"picture": "no picture"}, {"picture": ""}):
        standing = one.health.memory.standing() | {"reference": learnt | spoilt}
        assert Watched(camera=one.camera, standing=standing).health.reference_kind == "none"


def test_the_package_says_how_the_camera_was(tmp_path: Path) -> None:
    camera = SceneCamera()
    one = Watched(camera=camera, reference=reference_file(tmp_path, camera))
    one.watch(60)
    facts = one.health.facts()
    assert (facts.state, facts.reference) == ("in_place", "given")
    assert facts.in_place_utc == facts.checked_utc and facts.shift_px_e2 is not None
    assert isinstance(facts.shift_px_e2, int)


def test_hours_of_detections_are_kept_line_by_line_and_a_torn_one_is_left_out(tmp_path: Path) -> None:
    one = Watched(tmp_path)
    one.camera.every_s = 60.0
    person = Detection(ObjectKind.PERSON, "person", 0.7, (0.0, 0.0, 10.0, 20.0))
    one.health.drift.rules = DriftRules(least_scores=5)
    one.watch(2 * 3600 + 120, seen=(person,))
    kept = tmp_path / "cam-1" / "hours.jsonl"
    assert len(kept.read_text().splitlines()) == 2
    kept.write_text(kept.read_text() + '{"at": "2026-06')
    again = Watched(tmp_path, one.camera)
    assert [hour.looks for hour in again.health.drift.hours] == [60, 60]


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (None, "No such file"),
        (b"no picture", "is no picture"),
        ("flat", "too little stands out"),
        ("square", "640x640"),
    ],
)
def test_a_reference_that_cannot_be_used_is_named(tmp_path: Path, write: bytes | str | None, why: str) -> None:
    import numpy as np

    path = tmp_path / "reference.png"
    if isinstance(write, bytes):
        path.write_bytes(write)
    elif write is not None:
        cv2.imwrite(str(path), np.full((640 if write == "square" else 360, 640), 128, np.uint8))
    with pytest.raises(BadInput, match=rf"E_REFERENCE.*{why}"):
        Watched(reference=str(path))
