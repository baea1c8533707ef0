"""What a sign says, read with the extra `[ocr]`; without it signs are alerted on all the same, only unread.

Source: RapidOCR (Apache-2.0), PP-OCR networks that come inside its wheel: nothing is fetched when it runs.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.boxes import area
from detectors.groups import Group
from streams import Frame

_LONGEST = 80
_LEAST_SCORE = 0.6
"""Lines that the reader believes less than this are left out [given]."""
_MARGIN = 0.06
"""What is added around a board's box, as a share of it [given]."""
_LEAST_PX = 12.0
"""A board lower than this in the picture cannot be read [given]."""
_READ_PX = 96
"""A board lower than this is enlarged to it before it is read [given]."""
_DETECTED_PX = 480
"""Longest side at which lines of text are looked for [given]."""
_PICTURES = 3
"""The largest so many pictures of a board are read; the best reading counts [given]."""


@dataclass(frozen=True, slots=True)
class SignText:
    """The text of a sign, line by line with blanks between, and how sure its least sure line is (0..1)."""

    text: str
    score: float


class SignReader(Protocol):
    """Reads the text of a picture of a sign."""

    def read(self, picture: NDArray[np.uint8]) -> SignText | None:
        """The text of a BGR picture (h, w, 3); None where there is none to be read."""


class RapidOcr:
    """The reader of the extra `[ocr]`; its networks are loaded when the first sign is to be read, one thread reads."""

    def __init__(self) -> None:
        self._engine: Any = None
        self._lock = threading.Lock()

    def read(self, picture: NDArray[np.uint8]) -> SignText | None:
        """See `SignReader`."""
        with self._lock:
            self._engine = self._engine or _engine()
            found = self._engine(picture)
        if not found.txts:
            return None
        lines = [(t, float(s)) for t, s in zip(found.txts, found.scores, strict=True) if s >= _LEAST_SCORE and t]
        if not lines:
            return None
        return SignText(" ".join(text for text, _ in lines)[:_LONGEST], min(score for _, score in lines))


def sign_reader() -> SignReader | None:
    """The reader, where the extra `[ocr]` is installed; else None."""
    return RapidOcr() if find_spec("rapidocr") is not None else None


def _engine() -> Any:
    from rapidocr import RapidOCR  # an extra, imported where it is used

    return RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.use_cls": False,  # signs hang the right way up
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "Det.limit_type": "max",  # as it comes it enlarges a strip of sign to 736 px height: slower, and worse
            "Det.limit_side_len": _DETECTED_PX,
        }
    )


def read_sign(reader: SignReader, looks: Sequence[tuple[Frame, Group]]) -> SignText | None:
    """The best reading of a board over its largest pictures; of readings alike in sureness the longest."""
    best: SignText | None = None
    for frame, group in sorted(looks, key=lambda look: -area(look[1].box))[:_PICTURES]:
        said = _read(reader, frame, group)
        if said is not None and (best is None or _worth(said) > _worth(best)):
            best = said
    return best


def _worth(said: SignText) -> float:
    return said.score * len(said.text)


def _read(reader: SignReader, frame: Frame, group: Group) -> SignText | None:
    x1, y1, x2, y2 = group.box
    if y2 - y1 < _LEAST_PX:
        return None
    dx, dy = (x2 - x1) * _MARGIN, (y2 - y1) * _MARGIN
    width, height = frame.size
    box = (max(int(x1 - dx), 0), max(int(y1 - dy), 0), min(int(x2 + dx), width), min(int(y2 + dy), height))
    if box[2] - box[0] < _LEAST_PX or box[3] - box[1] < _LEAST_PX:
        return None
    picture = np.asarray(frame.part(box), dtype=np.uint8)
    if picture.shape[0] < _READ_PX:
        scale = _READ_PX / picture.shape[0]
        picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    return reader.read(np.ascontiguousarray(picture))
