"""Drawn streets with a booth of the street office in each: striped, with things on its shelf, and no stall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from models import TruthBox
from models.evaluate import iou_matrix
from models.scenes.training import stills, wanted
from streams import Image, ObjectKind

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Shot:
    """What a camera sees: the picture, the stalls in it, and the booth."""

    camera: str
    day: int
    image: Image
    truth: tuple[TruthBox, ...]
    booth: Box


def shots(seed: int, count: int) -> Iterator[Shot]:
    """Drawn streets with a booth in each: a street is a camera, its pictures are days."""
    rng = Random(f"booths:{seed}")
    for still in stills(count, seed, 640, ["mast", "close"]):
        image = np.ascontiguousarray(still.image)
        booth = put_booth(image, rng, [label.box for label in still.labels])
        if booth is None:
            continue
        truth = tuple(
            TruthBox(ObjectKind(label.kind), label.box, not wanted(label), label.visible) for label in still.labels
        )
        street, day = still.name.rsplit("-", 2)[-2:]
        yield Shot(f"cam-{street}", int(day), image, truth, booth)


def put_booth(image: Image, rng: Random, taken: list[Box]) -> Box | None:
    """Draw a booth where nothing stands: blue with a white band, striped roof, things on its shelf."""
    height, width = image.shape[:2]
    for _ in range(60):
        high = rng.uniform(0.14, 0.26) * height
        wide = high * rng.uniform(1.0, 1.4)
        x, y = rng.uniform(4, width - wide - 4), rng.uniform(0.45 * height, 0.95 * height - high)
        box = (x, y, x + wide, y + high)
        if not any(min(box[2], b[2]) > max(box[0], b[0]) and min(box[3], b[3]) > max(box[1], b[1]) for b in taken):
            break
    else:
        return None
    tone = rng.uniform(0.75, 1.1)

    def at(across: float, down: float) -> tuple[int, int]:
        return int(x + across * wide), int(y + down * high)

    def paint(colour: tuple[int, int, int]) -> tuple[float, ...]:
        return tuple(min(255.0, value * tone) for value in colour)

    for across in (0.06, 0.94):
        cv2.line(image, at(across, 0.15), at(across, 0.98), paint((150, 150, 150)), max(1, int(wide / 40)))
    cv2.rectangle(image, at(0.04, 0.55), at(0.96, 0.97), paint((190, 90, 30)), -1)
    cv2.rectangle(image, at(0.04, 0.68), at(0.96, 0.78), paint((245, 245, 245)), -1)
    for stripe in range(7):
        left, right = stripe / 7, (stripe + 1) / 7
        corners = [at(0.08 + 0.84 * left, 0.0), at(0.08 + 0.84 * right, 0.0), at(right, 0.2), at(left, 0.2)]
        cv2.fillPoly(image, [np.array(corners, np.int32)], paint(((200, 110, 40), (240, 240, 240))[stripe % 2]))
    for thing in range(6):
        colour = rng.choice([(60, 60, 200), (60, 170, 230), (80, 160, 60), (40, 120, 230), (170, 80, 160)])
        top = 0.40 + 0.05 * rng.random()
        cv2.rectangle(image, at(0.1 + thing * 0.13, top), at(0.21 + thing * 0.13, 0.56), paint(colour), -1)
    image[:] = cv2.GaussianBlur(image, (0, 0), 0.6)
    return box


def near(a: Box, b: Box) -> float:
    return float(iou_matrix(np.array([a]), np.array([b]))[0, 0])
