"""What a network sees, and the shape every network has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture: shape (height, width, 3), BGR, uint8."""


class ObjectKind(StrEnum):
    """What a network can see. Never a word of law: whether it may stand there is the detectors' question."""

    PERSON = "person"
    BICYCLE = "bicycle"
    MOTORCYCLE = "motorcycle"
    STALL = "stall"
    GOODS = "goods"
    SIGNBOARD = "signboard"
    VEHICLE = "vehicle"
    UMBRELLA = "umbrella"
    FURNITURE = "furniture"


@dataclass(frozen=True, slots=True)
class Detection:
    """One box in one frame.

    `box` is (x1, y1, x2, y2) in pixels of the frame given to the network, origin at its top left corner,
    y down; `raw_class` is the network's own name of the class; `score` lies in 0..1.
    """

    kind: ObjectKind
    raw_class: str
    score: float
    box: tuple[float, float, float, float]

    def to_json(self) -> dict[str, Any]:
        """The detection as the command line and the evidence package write it."""
        return {
            "kind": self.kind.value,
            "raw_class": self.raw_class,
            "score": round(self.score, 4),
            "box": [round(v, 2) for v in self.box],
        }


@runtime_checkable
class Network(Protocol):
    """A trained network, as the scheduler and the detectors use it (fulfilled by `models`)."""

    @property
    def name(self) -> str:
        """Name in the registry, e.g. `street-n`."""
        ...

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights, hexadecimal; it goes into every alert and every evidence package."""
        ...

    @property
    def input_size(self) -> tuple[int, int]:
        """(width, height) in pixels that pictures are letterboxed to."""
        ...

    @property
    def thresholds(self) -> Mapping[ObjectKind, float]:
        """Lowest score handed out for each kind."""
        ...

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        """Detections of each picture, in the order given; `min_score` overrides the thresholds."""
        ...
