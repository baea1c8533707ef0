"""A recorder's folder."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from records import BadInput
from streams import Recordings, name_for
from tests.streams.conftest import START, MakeVideo


@pytest.fixture
def folder(tmp_path: Path, video: MakeVideo) -> Path:
    """Two recordings of 6 s, a minute apart, and things that are none."""
    for minute in (1, 0):
        shutil.copy(video("clip.mp4"), tmp_path / f"{name_for(START + timedelta(minutes=minute))}.mp4")
    (tmp_path / "20260603T080000Z.txt").write_text("notes")
    (tmp_path / "holiday.mp4").write_bytes(b"")
    return tmp_path


def test_recordings_are_found_by_name_oldest_first(folder: Path) -> None:
    assert [(segment.start, segment.path.name) for segment in Recordings(folder).segments()] == [
        (START, "20260603T080000Z.mp4"),
        (START + timedelta(minutes=1), "20260603T080100Z.mp4"),
    ]


@pytest.mark.parametrize(
    ("t0", "t1", "minutes"),
    [(0, 3, [0]), (5, 61, [0, 1]), (7, 59, []), (64, 90, [1]), (-5, -1, []), (-5, 0, [0])],
)
def test_a_window_is_covered_by_the_recordings_that_show_some_of_it(
    folder: Path, t0: float, t1: float, minutes: list[int]
) -> None:
    found = Recordings(folder).covering(START + timedelta(seconds=t0), START + timedelta(seconds=t1))
    assert [segment.start for segment in found] == [START + timedelta(minutes=minute) for minute in minutes]


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="E_SOURCE_MISSING"):
        Recordings(tmp_path / "nowhere")
