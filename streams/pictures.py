"""Pictures on disk as a source: one file, or a folder of them in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from records import BadInput, Clock
from streams.detection import Image
from streams.frame import Frame
from streams.ring import PacketRing
from streams.source import Told
from streams.spec import SourceSpec, SourceState

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})


def is_pictures(path: Path) -> bool:
    """Whether `path` is a folder or a picture by its name."""
    return path.is_dir() or path.suffix.lower() in SUFFIXES


def read_picture(path: Path) -> Image:
    """The picture as a person sees it (EXIF orientation applied): (height, width, 3) uint8 BGR.

    Raises BadInput E_SOURCE_EMPTY or E_SOURCE_NOT_VIDEO.
    """
    data = np.fromfile(path, np.uint8)
    if not data.size:
        raise BadInput("E_SOURCE_EMPTY", f"{path}: the file is empty", "copy it again")
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise BadInput("E_SOURCE_NOT_VIDEO", f"{path}: not a picture, or cut off", "copy it again, or take it out")
    return image.astype(np.uint8, copy=False)


class PictureSource(Told):
    """Every picture is looked at; there is no stream, so the ring stays empty and nothing can be cut."""

    live = False
    missed = 0
    reconnects = 0

    def __init__(self, spec: SourceSpec, clock: Clock) -> None:
        path = Path(spec.url)
        self.paths = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
        if not self.paths:
            raise BadInput("E_SOURCE_EMPTY", f"{spec.url}: no picture in the folder", "jpg, png, bmp, webp or tif")
        self._first = read_picture(self.paths[0])
        self.spec = spec
        self.ring = PacketRing(spec.id, spec.ring_s)
        super().__init__(clock)
        self._start = spec.start or clock.now()
        self._closed = False
        self._enter(SourceState.LIVE, f"{len(self.paths)} pictures")

    def frames(self, *, decoded: bool = True) -> Iterator[Frame]:
        del decoded
        for index in range(len(self.paths)):
            if self._closed:
                return
            try:
                yield self._frame(index)
            except BadInput as error:
                self._enter(SourceState.ENDED, str(error))
                return
        self._enter(SourceState.ENDED, "end of the pictures")

    def advance_to(self, captured_at: datetime) -> bool:
        return captured_at <= self._at(len(self.paths) - 1)

    def confirm(self, t0: datetime, t1: datetime, fps: float) -> Iterator[Frame]:
        del fps  # pictures are sparse: all of the window are handed out
        return (self._frame(index) for index in range(len(self.paths)) if t0 <= self._at(index) <= t1)

    def close(self) -> None:
        self._closed = True
        if self.state is not SourceState.ENDED:
            self._enter(SourceState.ENDED, "closed")

    def _at(self, index: int) -> datetime:
        return self._start + timedelta(seconds=index * self.spec.picture_s)

    def _frame(self, index: int) -> Frame:
        return Frame.of(
            self._first if index == 0 else read_picture(self.paths[index]),
            source_id=self.spec.id,
            index=index,
            pts_s=index * self.spec.picture_s,
            captured_at=self._at(index),
            received_monotonic_s=self._clock.monotonic(),
            clock_error_s=self.spec.clock_error_s,
        )
