"""What a network sees, and the shape every network has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Execution:
    """What computed a network's answers: `engine` with its version and device, and the `precision` it computed in.

    The same weights give the same answers only in the same precision: what is sealed says which.
    """

    engine: str
    precision: str = "float32"


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
    def execution(self) -> Execution:
        """What computes its answers."""
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


class NetworkInFront:
    """A network that stands before another: name, weights and thresholds are the other's; `detect` is its own."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def name(self) -> str:
        return self._network.name

    @property
    def sha256(self) -> str:
        return self._network.sha256

    @property
    def execution(self) -> Execution:
        return self._network.execution

    @property
    def input_size(self) -> tuple[int, int]:
        return self._network.input_size

    @property
    def thresholds(self) -> Mapping[ObjectKind, float]:
        return self._network.thresholds


class Pictured(Protocol):
    """Something with a picture: a `Frame`, or a `Picture`."""

    def fitted(self, limit: tuple[int, int]) -> Image:
        """The picture as large as fits into `limit` (width, height)."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels that boxes are given in."""
        ...


def detect(network: Network, pictures: Sequence[Pictured], min_score: float | None = None) -> list[list[Detection]]:
    """What a network sees in each picture, boxes in pixels of the picture.

    The one way from pictures to detections: each is converted straight to the network's size. Whoever looks again, to
    confirm, to judge a second look or to check a package, must look this way to see the same.
    """
    images = [picture.fitted(network.input_size) for picture in pictures]
    found = network.detect(images, min_score)
    return [
        [_scaled(one, image, picture.size) for one in detections]
        for detections, image, picture in zip(found, images, pictures, strict=True)
    ]


def _scaled(one: Detection, image: Image, size: tuple[int, int]) -> Detection:
    height, width = image.shape[:2]
    if (width, height) == size:
        return one
    x, y = size[0] / width, size[1] / height
    x1, y1, x2, y2 = one.box
    return replace(one, box=(x1 * x, y1 * y, x2 * x, y2 * y))
