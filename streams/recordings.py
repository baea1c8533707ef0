"""A folder of recordings: one video a stretch of time, its start in its name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import av

from records import BadInput, utc
from streams.container import open_video
from streams.demux import video_stream
from streams.spec import ConnectPolicy

_NAME = "%Y%m%dT%H%M%SZ"
_SUFFIXES = frozenset({".mp4", ".mkv", ".ts", ".avi", ".mov"})


class Segment(NamedTuple):
    """One recording: capture time of its first picture (UTC) and its file."""

    start: datetime
    path: Path


class Recordings:
    """What a recorder leaves behind: `<YYYYmmddTHHMMSSZ>.mp4` files; other names are left alone."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise BadInput("E_SOURCE_MISSING", f"{folder}: no such folder", "check the path")

    def segments(self) -> list[Segment]:
        """All recordings there now, oldest first."""
        found = (Segment(start, path) for path in self.folder.iterdir() if (start := start_of(path)) is not None)
        return sorted(found)

    def covering(self, t0: datetime, t1: datetime) -> list[Segment]:
        """The recordings that show some of `t0` to `t1`, oldest first."""
        t0, t1 = utc(t0), utc(t1)
        return [segment for segment in self.segments() if segment.start <= t1 and end_of(segment) >= t0]


def name_for(start: datetime) -> str:
    """The file name, without suffix, of a recording that begins at `start` (whole seconds)."""
    return utc(start).strftime(_NAME)


def start_of(path: Path) -> datetime | None:
    """The start that a recording's name tells, or None where it is no recording."""
    if path.suffix.lower() not in _SUFFIXES:
        return None
    try:
        return datetime.strptime(path.stem, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def end_of(segment: Segment) -> datetime:
    """When the recording ends. Raises BadInput where it is no whole video."""
    with open_video(str(segment.path), ConnectPolicy()) as container:
        stream = video_stream(container)
        if stream.duration:
            seconds = float(stream.duration * stream.time_base)
        else:
            seconds = (container.duration or 0) / av.time_base
    return segment.start + timedelta(seconds=seconds)
