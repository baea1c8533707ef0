"""Sources out of files and folders: what comes out, and how they say no."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from records import BadInput, FrozenClock
from streams import Frame, SourceSpec, SourceState, open_source
from streams.scheduler import merged_frames
from tests.streams.conftest import START, MakeVideo, draw, opened, write_video

REAL = Path(os.environ.get("NONSITE_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")) / "videos"


def seconds(frames: list[Frame]) -> list[float]:
    return [round(frame.pts_s, 3) for frame in frames]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
@pytest.mark.parametrize("bframes", [0, 3])
def test_each_rule_looks_at_its_pictures_and_the_ring_gets_all_packets(
    video: MakeVideo, name: str, bframes: int
) -> None:
    path = video(name, bframes=bframes)
    wanted: dict[str | float, list[float]] = {
        "keyframes": [float(n) for n in range(6)],
        "all": [n / 10 for n in range(60)],
        0.5: [n / 2 for n in range(12)],
        2.0: [0.0, 2.0, 4.0],
    }
    for rule, times in wanted.items():
        source = opened(path, rule)
        assert seconds(list(source.frames())) == times, rule
        assert len(source.ring) == 60
        assert (source.state, source.reason) == (SourceState.ENDED, "end of the recording")


@pytest.mark.parametrize("rule", ["keyframes", 0.7])
def test_a_picture_is_the_same_by_whichever_rule_it_is_met(video: MakeVideo, rule: str | float) -> None:
    path = video("clip.mp4", bframes=3)
    every = {frame.pts: frame.yuv420p_sha256() for frame in opened(path, "all").frames()}
    some = list(opened(path, rule).frames())
    assert len(some) >= 6
    assert all(every[frame.pts] == frame.yuv420p_sha256() for frame in some)


def test_frames_carry_their_times_and_count(video: MakeVideo) -> None:
    frames = list(opened(video("clip.mp4"), clock_error_s=0.2).frames())
    assert [frame.captured_at for frame in frames] == [START + timedelta(seconds=n) for n in range(6)]
    assert [frame.index for frame in frames] == list(range(6))
    assert {(frame.source_id, frame.size, frame.key, frame.clock_error_s) for frame in frames} == {
        ("cam", (320, 180), True, 0.2)
    }


def test_an_image_shows_what_was_drawn_and_is_converted_once(video: MakeVideo) -> None:
    frame = next(iter(opened(video("clip.mp4")).frames()))
    image = frame.image()
    assert image.shape == (180, 320, 3)
    assert float(np.mean(np.abs(image.astype(int) - draw(0).astype(int)))) < 12
    assert frame.image() is image
    assert frame.grey((160, 90)).shape == (90, 160)
    with pytest.raises(ValueError, match="read-only"):
        image[0, 0] = 0


def test_where_keyframes_are_rarer_than_the_heartbeat_pictures_come_all_the_same(video: MakeVideo) -> None:
    path = video("long.mp4", gop=60)
    assert seconds(list(opened(path, heartbeat_s=2.0).frames())) == [0.0, 2.0, 4.0]
    assert seconds(list(opened(path).frames())) == [0.0]


def test_reading_ahead_fills_the_ring_and_loses_no_frame(video: MakeVideo) -> None:
    source = opened(video("clip.mp4"))
    frames = source.frames()
    first = next(frames)
    assert source.advance_to(START + timedelta(seconds=3.5))
    cut = source.ring.cut(START + timedelta(seconds=2), START + timedelta(seconds=3.5))
    assert cut.complete
    assert cut.ended_at == START + timedelta(seconds=3.9)
    assert seconds([first, *frames]) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert not source.advance_to(START + timedelta(seconds=30))


@pytest.mark.parametrize("bframes", [0, 3])
def test_confirm_shows_a_window_at_its_own_rate(video: MakeVideo, bframes: int) -> None:
    source = opened(video("clip.mp4", bframes=bframes))
    frames = source.frames()
    next(frames)
    window = START + timedelta(seconds=1.2), START + timedelta(seconds=3.2)
    assert seconds(list(source.confirm(*window, fps=5))) == [1.2, 1.4, 1.6, 1.8, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.2]
    assert seconds(list(source.confirm(*window, fps=100))) == [round(1.2 + n / 10, 1) for n in range(21)]
    assert seconds(list(frames)) == [1.0, 2.0, 3.0, 4.0, 5.0], "the watch goes on as if nothing had been asked"


def test_frames_of_several_recordings_come_in_the_order_of_time(video: MakeVideo) -> None:
    path = str(video("clip.mp4"))
    sources = [
        open_source(SourceSpec(name, path, start=START + timedelta(seconds=late)), FrozenClock(START))
        for name, late in (("a", 0.0), ("b", 0.5), ("c", 0.0))
    ]
    frames = list(merged_frames(sources))
    assert [frame.source_id for frame in frames[:6]] == ["a", "c", "b", "a", "c", "b"]
    assert all(a.captured_at <= b.captured_at for a, b in pairwise(frames))
    assert len(frames) == 18


def test_a_closed_source_ends(video: MakeVideo) -> None:
    source = opened(video("clip.mp4"), "all")
    frames = source.frames()
    next(frames)
    source.close()
    assert list(frames) == []
    assert (source.state, source.reason) == (SourceState.ENDED, "closed")


def test_a_recording_that_breaks_mid_way_ends_itself_and_nothing_else(tmp_path: Path, video: MakeVideo) -> None:
    path = tmp_path / "clip.ts"
    shutil.copy(video("clip.ts"), path)
    source = opened(path)
    frames = source.frames()
    next(frames)
    os.truncate(path, 0)
    left = list(merged_frames([source, opened(video("clip.mp4"))]))
    assert source.state is SourceState.ENDED
    assert len(left) >= 6


def test_a_damaged_keyframe_is_not_shown_and_its_packet_is_marked(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", frames=30)
    keyframe = opened(path).ring
    source = opened(path)
    list(source.frames())
    keyframe = next(packet for packet in source.ring.cut(START, START + timedelta(seconds=3)).packets if packet.n == 10)
    data = bytearray(path.read_bytes())
    place = data.index(keyframe.data) + len(keyframe.data) // 2
    data[place : place + 64] = bytes(64)
    path.write_bytes(data)
    for rule, times in (("keyframes", [0.0, 2.0]), ("all", [n / 10 for n in (*range(10), *range(20, 30))])):
        source = opened(path, rule)
        assert seconds(list(source.frames())) == times, "nothing that leans on the damaged picture is shown"
        cut = source.ring.cut(START + timedelta(seconds=1), START + timedelta(seconds=1.5))
        assert [packet.n for packet in cut.packets if packet.corrupt] == [10]


def test_a_folder_of_pictures_comes_in_the_order_of_names(tmp_path: Path) -> None:
    for n, name in enumerate(["b.png", "a.jpg", "c.JPEG"]):
        cv2.imencode(Path(name).suffix, draw(n))[1].tofile(tmp_path / name)
    (tmp_path / "notes.txt").write_text("not a picture")
    source = opened(tmp_path, picture_s=2.0)
    frames = list(source.frames())
    assert seconds(frames) == [0.0, 2.0, 4.0]
    assert np.array_equal(frames[1].image(), draw(0))
    assert source.state is SourceState.ENDED
    assert [frame.index for frame in source.confirm(START, START + timedelta(seconds=2), 5)] == [0, 1]


def test_one_picture_is_a_source_too(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), draw(3))
    (frame,) = opened(tmp_path / "a.png").frames()
    assert frame.size == (320, 180)
    assert len(frame.yuv420p_sha256()) == 64


def broken_inputs(folder: Path) -> dict[str, Path]:
    """One file of each bad kind."""
    good = write_video(folder / "good.mp4", bframes=2)
    recorded = write_video(folder / "good.mov").read_bytes()  # the index comes last, as recorders write it
    whole = good.read_bytes()
    paths = {
        name: folder / name
        for name in ("empty.mp4", "cut.mp4", "no-index.mp4", "half-index.mp4", "text.mp4", "text.jpg", "cut.mkv")
    }
    paths["empty.mp4"].write_bytes(b"")
    paths["cut.mp4"].write_bytes(whole[: len(whole) * 2 // 3])
    paths["no-index.mp4"].write_bytes(recorded[: len(recorded) // 2])
    paths["half-index.mp4"].write_bytes(whole[:40] + bytes(200))
    paths["text.mp4"].write_text("this is no video\n" * 50)
    paths["text.jpg"].write_text("this is no picture")
    matroska = write_video(folder / "good.mkv", bframes=2).read_bytes()
    paths["cut.mkv"].write_bytes(matroska[: len(matroska) // 2])
    paths["missing.mp4"] = folder / "missing.mp4"
    paths["hollow"] = folder / "hollow"
    paths["hollow"].mkdir()
    return paths


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("missing.mp4", "E_SOURCE_MISSING"),
        ("empty.mp4", "E_SOURCE_EMPTY"),
        ("hollow", "E_SOURCE_EMPTY"),  # a folder without a picture
        ("cut.mp4", "E_SOURCE_TRUNCATED"),  # the index is there, the last packets are not
        ("no-index.mp4", "E_SOURCE_TRUNCATED"),
        ("half-index.mp4", "E_SOURCE_TRUNCATED"),
        ("cut.mkv", "E_SOURCE_TRUNCATED"),
        ("text.mp4", "E_SOURCE_NOT_VIDEO"),
        ("text.jpg", "E_SOURCE_NOT_VIDEO"),
    ],
)
def test_bad_files_are_refused_in_one_line_that_names_them(tmp_path: Path, name: str, code: str) -> None:
    path = broken_inputs(tmp_path)[name]
    with pytest.raises(BadInput) as refusal:
        opened(path)
    assert refusal.value.code == code
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert refusal.value.hint


@pytest.mark.parametrize("watch", ["now and then", "0", "-1", "nan"])
def test_a_watch_rule_that_means_nothing_is_refused(watch: str) -> None:
    with pytest.raises(BadInput, match="E_SOURCE_WATCH"):
        SourceSpec("cam", "a.mp4", watch=watch)


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared data folder is not here (NONSITE_SHARED_DATA)")
@pytest.mark.parametrize(
    ("name", "pictures"),
    [
        ("billboards_night_junction.mp4", 431),  # B-frames
        ("handheld_gopro_gps.mp4", 315),  # full range, with sound and telemetry tracks
        ("person_bicycle_car_parking.mp4", 467),  # an edit list hides the first 8 pictures
        ("residential_street_fixed.mp4", 905),  # an odd frame rate
    ],
)
def test_real_clips_give_every_picture(name: str, pictures: int) -> None:
    source = opened(REAL / name, "all")
    times = [frame.pts_s for frame in source.frames()]
    assert len(times) == pictures
    assert times[0] == 0.0
    assert times == sorted(times)
    assert source.ring.gaps == ()
