"""A scene drawn once and played back to every arm."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.truth_parts import drawing
from benchmarks.truth_parts.optics import looked
from benchmarks.truth_parts.ours import watch
from benchmarks.truth_parts.playback import Playback, Recording
from benchmarks.truth_parts.scene import Scene, build
from benchmarks.truth_parts.spec import SceneSpec
from streams import ObjectKind, detect


@pytest.fixture(scope="module")
def scene() -> Scene:
    spec = SceneSpec.model_validate({
        "name": "tiny", "seed": 5, "seconds": 8, "fps": 1, "walkers": 0, "cars": 0, "away_s": [[4, 6]],
        "events": [{"what": "stall", "slot": 0, "style": "cart"}, {"what": "board", "slot": 2}],
    })  # fmt: skip
    return build(spec, "reconnect")


@pytest.fixture(scope="module")
def recording(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    patch = pytest.MonkeyPatch()
    patch.setattr(drawing, "HOME", tmp_path_factory.mktemp("truth"))
    drawing.use("onnx")
    drawing._draw((scene, "near"))
    yield Recording(scene, "near")
    patch.undo()


def test_every_frame_has_its_picture_and_its_answers(recording: Recording) -> None:
    assert len(recording) == 8
    seen = {one.kind for index in range(8) for one in recording.detections(index) if one.score > 0.3}
    assert {ObjectKind.STALL, ObjectKind.SIGNBOARD} <= seen


def test_the_playback_answers_what_the_network_said_of_that_very_picture(recording: Recording) -> None:
    playback = Playback()
    playback.know(recording.answers)
    frame = recording.frame(1)
    again, kept = detect(drawing.network(), [frame])[0], detect(playback, [frame])[0]
    assert playback.asked == 0
    assert [(one.kind, one.box) for one in kept] == [(one.kind, pytest.approx(one.box, abs=0.02)) for one in again]


def test_a_picture_never_seen_before_is_given_to_the_network_once(recording: Recording) -> None:
    playback = Playback()
    part = recording.frame(1).part((0, 360, 640, 720))
    assert playback.detect([part]) == playback.detect([part])
    assert playback.asked == 1


def test_frames_do_not_arrive_while_the_camera_is_away(scene: Scene, recording: Recording) -> None:
    assert [index for index in range(8) if not recording.arrives(index)] == [4, 5]
    window = recording.window(scene.at(2), scene.at(7), 1.0)
    assert [frame.index for frame in window] == [2, 3, 6, 7]


def test_a_window_hands_out_no_more_frames_than_asked_for(scene: Scene, recording: Recording) -> None:
    window = list(recording.window(scene.at(0), scene.at(3), 0.5))
    assert [frame.captured_at - scene.script.start for frame in window] == [timedelta(0), timedelta(seconds=2)]


def test_our_arm_tells_nothing_before_a_dwell_can_be_over(scene: Scene, recording: Recording) -> None:
    playback = Playback()
    playback.know(recording.answers)
    assert watch(scene, {"near": recording}, playback).told == []
    seen = looked(scene, {"near": recording})
    assert seen.interval_s == 2.0
    assert {key: round(metres) for key, metres in seen.distance_m.items()}.keys() == {"stall-0", "board-1"}
    assert Path(recording.look.video).exists()
