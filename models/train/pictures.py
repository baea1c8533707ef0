"""Training pictures: which there are, and how each is cropped, flipped and aged onto the training canvas."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.dataset import Sample
from models.network import letterbox
from models.train.network import KINDS
from streams import Image

SEEN_ENOUGH = 0.4
SEEN_AT_ALL = 0.05

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Picture:
    """A sample to be learnt from; `taught`: the base teaches its own kinds there. `variant` 0 is the plain one."""

    sample: Sample
    variant: int
    taught: bool


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture on the canvas (BGR uint8) with labels: kind index (m,), xyxy px (m, 4), ignored (m,)."""

    image: Image
    kinds: NDArray[np.int64]
    boxes: FloatArray
    ignored: NDArray[np.bool_]


def lay_out(picture: Picture, canvas: tuple[int, int], min_side: float, seed: int) -> Canvas:
    """Draw the picture's variant onto a canvas of (width, height) px; the same arguments give the same bits."""
    rng = np.random.default_rng([seed, picture.variant])
    image = picture.sample.image()
    truth = picture.sample.boxes
    boxes = np.array([box.box for box in truth], np.float32).reshape(-1, 4)
    kinds = np.array([KINDS.index(box.kind) for box in truth], np.int64)
    ignored = np.array([box.ignored for box in truth], bool)
    if picture.variant > 0 or picture.taught:
        image, boxes, seen = _crop(image, boxes, rng)
        image = _age(image, rng)
        kept = seen > SEEN_AT_ALL
        boxes, kinds, ignored = boxes[kept], kinds[kept], (ignored | (seen < SEEN_ENOUGH))[kept]
    if rng.random() < 0.5:
        image = np.ascontiguousarray(image[:, ::-1])
        boxes[:, [0, 2]] = image.shape[1] - boxes[:, [2, 0]]
    box = letterbox((image.shape[1], image.shape[0]), max(canvas), 32, fixed=canvas)
    boxes = boxes * np.float32(box.scale) + np.array([*box.offset, *box.offset], np.float32)
    if len(boxes):
        ignored = ignored | ((boxes[:, 2:] - boxes[:, :2]).min(1) < min_side)
    return Canvas(box.apply(image), kinds, boxes.astype(np.float32), ignored)


def _crop(image: Image, boxes: FloatArray, rng: np.random.Generator) -> tuple[Image, FloatArray, FloatArray]:
    """A random window of the picture: the cut, boxes in it, and the share of each box that is still seen."""
    height, width = image.shape[:2]
    zoom = rng.uniform(0.45, 1.0) if rng.random() < 0.7 else 1.0
    aspect = rng.uniform(1.3, 1.9)
    cut_w = min(width, int(max(width, height) * zoom))
    cut_h = min(height, int(cut_w / aspect))
    left, top = rng.integers(0, width - cut_w + 1), rng.integers(0, height - cut_h + 1)
    window = np.array([left, top, left + cut_w, top + cut_h], np.float32)
    clipped = np.clip(boxes, window[[0, 1, 0, 1]], window[[2, 3, 2, 3]])
    area = np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1e-6)
    seen = (clipped[:, 2:] - clipped[:, :2]).prod(1) / area
    return image[top : top + cut_h, left : left + cut_w], clipped - window[[0, 1, 0, 1]], seen


def _age(image: Image, rng: np.random.Generator) -> Image:
    """Other light, another camera: brightness, contrast, colour, grey, blur, noise, JPEG."""
    pixels = image.astype(np.float32)
    pixels = pixels * rng.uniform(0.65, 1.3, size=3 if rng.random() < 0.5 else 1).astype(np.float32)
    pixels = (pixels - 128) * rng.uniform(0.75, 1.25) + 128 + rng.uniform(-15, 15)
    if rng.random() < 0.06:
        pixels = np.repeat(pixels.mean(2, keepdims=True), 3, axis=2)
    if rng.random() < 0.25:
        pixels = pixels + rng.normal(0, rng.uniform(2, 9), pixels.shape[:2])[..., None].astype(np.float32)
    aged = np.clip(pixels, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        aged = np.asarray(cv2.GaussianBlur(aged, (0, 0), rng.uniform(0.5, 1.4)), np.uint8)
    if rng.random() < 0.3:
        _, data = cv2.imencode(".jpg", aged, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 85))])
        aged = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return aged
