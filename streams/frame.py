"""One picture with its times."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from records import BadInput
from streams.detection import Image

_LUMA_FIRST = frozenset({"gray", "nv12", "yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"})
ROWS_A_PIXEL = 4
"""Rows of the picture that a pixel of the small grey one is the mean of, at least [given]."""
_PLANAR = frozenset({"yuv420p", "yuvj420p"})
_of_thread = threading.local()


class Picture:
    """Pixels that are converted only when someone looks: colour conversion costs as much as the decode."""

    __slots__ = ("_bgr", "_decode", "_decoded", "_size")

    def __init__(
        self,
        decoded: Any = None,
        bgr: Image | None = None,
        *,
        size: tuple[int, int] | None = None,
        decode: Callable[[], Any] | None = None,
    ) -> None:
        """A PyAV frame, or (height, width, 3) BGR, or what decodes to a frame (or None) when asked. `size` is the size
        (width, height) to show it in, where that is not its own: a sub-stream's in the main stream's."""
        self._decoded = decoded
        self._bgr = bgr
        self._size = size
        self._decode = decode

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) that it is shown in."""
        if self._size is not None:
            return self._size
        if self._bgr is not None:
            return self._bgr.shape[1], self._bgr.shape[0]
        frame = self._frame()
        return frame.width, frame.height

    @property
    def ready(self) -> bool:
        """Whether asking for it costs no decode."""
        return self._decode is None

    def sound(self) -> bool:
        """Whether there is a picture; decodes it on first use."""
        if self._decode is not None:
            decode, self._decode = self._decode, None
            self._decoded = decode()
        return self._decoded is not None or self._bgr is not None

    def bgr(self) -> Image:
        """(height, width, 3) uint8 BGR; converted once, shared by all who ask, so read-only."""
        if self._bgr is None:
            frame = self._frame()
            image = _bgr(frame, frame.width, frame.height)
            if self._size is not None:
                image = np.asarray(cv2.resize(image, self._size, interpolation=cv2.INTER_LINEAR), np.uint8)
            image.flags.writeable = False
            self._bgr = image
        return self._bgr

    def fitted(self, limit: tuple[int, int]) -> Image:
        """The picture as large as fits into `limit` (width, height), never larger than it is: (height, width, 3) uint8
        BGR. The planes are scaled (bilinear, as networks are trained on) before they become colour, so that the large
        picture is never made."""
        frame = self._frame()
        width, height = frame.width, frame.height
        scale = min(limit[0] / width, limit[1] / height)
        if scale >= 1.0:
            return self.bgr() if self._size is None else _bgr(frame, width, height)
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        if frame.format.name not in _PLANAR or small[0] % 2 or small[1] % 2:
            whole = self.bgr() if self._size is None else _bgr(frame, width, height)
            return np.asarray(cv2.resize(whole, small, interpolation=cv2.INTER_LINEAR), np.uint8)
        return _bgr(_scaled(frame, small), *small)

    def part(self, box: tuple[int, int, int, int]) -> Image:
        """What `bgr` has between (left, top) and (right, bottom), without converting the rest: (height, width, 3) uint8
        BGR."""
        left, top, right, bottom = box
        frame = None if self._bgr is not None or self._size is not None else self._frame()
        if frame is None or frame.format.name not in _PLANAR or frame.width % 2 or frame.height % 2:
            return self.bgr()[top:bottom, left:right]
        right, bottom = min(right, frame.width), min(bottom, frame.height)
        x, y = left - left % 2, top - top % 2
        width, height = right + right % 2 - x, bottom + bottom % 2 - y
        planes = []
        for plane, by in zip(frame.planes, (1, 2, 2), strict=True):
            whole = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
            planes.append(whole[y // by : (y + height) // by, x // by : (x + width) // by])
        return _bgr(_i420(frame, planes), width, height)[top - y : bottom - y, left - x : right - x]

    def grey(self, size: tuple[int, int]) -> Image:
        """(height, width) uint8 luma scaled to `size` (width, height), without a detour over colour; of a large picture
        every few rows are left out, which a mean over the others does not miss."""
        frame = self._frame()
        if frame.format.name not in _LUMA_FIRST:
            frame = frame.reformat(format="gray")
        plane = frame.planes[0]
        rows = max(1, plane.height // (ROWS_A_PIXEL * size[1]))
        luma = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[::rows, : plane.width]
        return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)

    def yuv420p_sha256(self) -> str:
        """SHA-256 of the planes, as `ffmpeg -pix_fmt yuv420p -f framehash -hash sha256` prints it.

        Planar pictures of any other form (full range, 4:2:2, 10 bits) are hashed as decoded, which is what framehash
        prints without `-pix_fmt`: swscale converts them differently from version to version.
        """
        frame = self._frame()
        if not frame.format.name.startswith("yuv") or len(frame.planes) != 3:
            frame = frame.reformat(format="yuv420p")
        digest = hashlib.sha256()
        for plane, component in zip(frame.planes, frame.format.components, strict=True):
            row = component.width * ((component.bits + 7) // 8)
            pixels = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, :row]
            digest.update(np.ascontiguousarray(pixels).data)
        return digest.hexdigest()

    def _frame(self) -> Any:
        if not self.sound():
            raise BadInput("E_PICTURE_DAMAGED", "the picture came damaged", "ask `sound` first")
        if self._decoded is None and self._bgr is not None:
            self._decoded = av.VideoFrame.from_ndarray(self._bgr, format="bgr24")
        return self._decoded


def _scaled(frame: Any, size: tuple[int, int]) -> Any:
    """A planar 4:2:0 frame at an even size (width, height), bilinear, its colours told as before."""
    width, height = size
    planes = []
    for plane, at in zip(frame.planes, (size, (width // 2, height // 2), (width // 2, height // 2)), strict=True):
        whole = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        planes.append(cv2.resize(whole, at, interpolation=cv2.INTER_LINEAR))
    return _i420(frame, planes)


def _i420(frame: Any, planes: Sequence[NDArray[Any]]) -> Any:
    """A frame of these three planes, of even size, with the colours of `frame`."""
    # Planes lie one behind the other; of a height not divisible by four, a chroma plane ends amid a row.
    packed = np.concatenate([plane.reshape(-1) for plane in planes]).reshape(-1, planes[0].shape[1])
    made = av.VideoFrame.from_ndarray(packed, format=frame.format.name)
    made.colorspace, made.color_range = frame.colorspace, frame.color_range
    return made


def _bgr(frame: Any, width: int, height: int) -> Image:
    """A PyAV frame in colour and at a size. The converter is kept: making one costs as much as it does."""
    converter = getattr(_of_thread, "converter", None)
    if converter is None:
        converter = _of_thread.converter = VideoReformatter()
    converted = converter.reformat(frame, width, height, "bgr24", interpolation=Interpolation.AREA, threads=1)
    return np.asarray(converted.to_ndarray(), np.uint8)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of one source.

    `index` counts the frames handed out (in a `Cut` it is the frame's index in the clip); `pts_s` is seconds since the
    source's first picture, `pts` the same instant in the container's own units, as `packets.csv` has it;
    `captured_at` is when the light fell in, UTC, right within `clock_error_s`; `received_monotonic_s` is the reader's
    monotonic clock, for ages; `key` marks a picture that decodes alone; `size` is (width, height) in pixels.
    """

    source_id: str
    index: int
    pts_s: float
    captured_at: datetime
    received_monotonic_s: float
    clock_error_s: float
    key: bool
    size: tuple[int, int]
    pts: int
    _picture: Picture = field(repr=False, compare=False)

    @property
    def ready(self) -> bool:
        """Whether its picture is decoded already."""
        return self._picture.ready

    def sound(self) -> bool:
        """Whether there is a picture to look at; decodes it where that was left to us. A damaged one is never shown."""
        return self._picture.sound()

    def image(self) -> Image:
        """(height, width, 3) uint8 BGR, converted on first use; read-only, copy before drawing."""
        return self._picture.bgr()

    def fitted(self, limit: tuple[int, int]) -> Image:
        """The picture in colour, as large as fits into `limit` (see `Picture.fitted`)."""
        return self._picture.fitted(limit)

    def part(self, box: tuple[int, int, int, int]) -> Image:
        """The (left, top, right, bottom) of `image`, without converting the rest of it."""
        return self._picture.part(box)

    def grey(self, size: tuple[int, int]) -> Image:
        """(height, width) uint8 luma, scaled to `size` (width, height)."""
        return self._picture.grey(size)

    def yuv420p_sha256(self) -> str:
        """SHA-256 of the decoded planes: ties a photo to a frame of the clip (see `Picture.yuv420p_sha256`)."""
        return self._picture.yuv420p_sha256()

    @classmethod
    def of(
        cls,
        image: Image,
        *,
        source_id: str = "picture",
        index: int = 0,
        pts_s: float = 0.0,
        captured_at: datetime = datetime(2026, 1, 1, tzinfo=UTC),
        received_monotonic_s: float = 0.0,
        clock_error_s: float = 0.0,
    ) -> Frame:
        """A frame around an image that no video holds: pictures on disk, generated scenes, tests."""
        height, width = image.shape[:2]
        pts = round(pts_s * 1_000_000)
        picture = Picture(bgr=image)
        return cls(
            source_id,
            index,
            pts_s,
            captured_at,
            received_monotonic_s,
            clock_error_s,
            True,
            (width, height),
            pts,
            picture,
        )
