"""The ground as one large picture: asphalt, lane marks, kerbs, paving, bays and painted points."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np
from PIL import Image as PilImage
from PIL import ImageDraw

from models.scenes.district import Area, District
from models.scenes.mesh import Image
from models.scenes.signs import fit_text
from models.scenes.view import Floats

_PAVINGS = [  # tile size, BGR, spread
    ((0.6, 0.3), (168, 172, 176), 7), ((0.3, 0.3), (150, 160, 172), 8), ((0.2, 0.1), (120, 132, 164), 11),
    ((0.5, 0.5), (176, 176, 174), 6), ((0.4, 0.2), (140, 146, 150), 9),
]  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A picture lying in a plane: column u, row v is at origin + u/scale * right + v/scale * down."""

    image: Image
    scale: float
    origin: Floats
    right: Floats
    down: Floats

    def frame(self) -> Floats:
        """(4, 3) homogeneous picture position (u, v, 1) to homogeneous street point."""
        m = np.zeros((4, 3))
        m[:3, 0], m[:3, 1], m[:3, 2] = self.right / self.scale, self.down / self.scale, self.origin
        m[3, 2] = 1.0
        return m


def grain(shape: tuple[int, int], rng: np.random.Generator, cells: tuple[int, ...], gains: tuple[float, ...]) -> Image:
    """Smooth random fields of several cell sizes in pixels, summed, float32."""
    out = np.zeros(shape, np.float32)
    for cell, gain in zip(cells, gains, strict=True):
        small = rng.standard_normal((shape[0] // cell + 2, shape[1] // cell + 2)).astype(np.float32)
        out += cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC) * gain
    return out


def paint_ground(district: District, scale: float, seed: int) -> Sheet:
    """The whole district's ground from above, `scale` pixels a metre; top row is +front + 1."""
    d = district
    half = d.front + 1.0
    w, h = round((d.x1 - d.x0) * scale), round(2 * half * scale)
    rng = np.random.default_rng(seed)
    image = np.empty((h, w, 3), np.uint8)

    def row(y: float) -> int:
        return int(np.clip(round((half - y) * scale), 0, h))

    top, bottom = row(d.kerb), row(-d.kerb)
    image[top:bottom] = _asphalt((bottom - top, w), rng, scale)
    image[:top] = _paving((top, w), d.paving, rng, scale)
    image[bottom:] = _paving((h - bottom, w), d.paving, rng, scale)
    _lanes(image, d, scale, row, seed)
    for y, s in ((d.kerb, 1), (-d.kerb, -1)):
        _kerb(image, y, s, scale, row)
        _tactile(image, y + s * 1.9, scale, row)
    _wear(image, d, scale, row, rng)
    for area in d.areas:
        _area(image, area, d, scale, half)
    return Sheet(image, scale, np.array([d.x0, half, 0.0]), np.array([1.0, 0, 0]), np.array([0, -1.0, 0]))


def _wear(image: Image, d: District, scale: float, row: Callable[[float], int], rng: np.random.Generator) -> None:
    """Tyre tracks, dirty gutters, the dark at the foot of the houses, stains."""
    rows = (d.front + 1.0 - (np.arange(image.shape[0]) + 0.5) / scale).astype(np.float32)
    away = np.abs(rows)
    lane = np.abs((away % (d.kerb / 2)) - d.kerb / 4)
    gain = np.ones_like(rows)
    gain -= np.where(away < d.kerb, 0.05 * np.exp(-(((lane - 0.8) / 0.35) ** 2)), 0)
    gain -= np.where(away < d.kerb, 0.16 * np.exp(-(((d.kerb - away) / 0.3) ** 2)), 0)
    gain -= np.where(away > d.kerb, 0.3 * np.exp(-((np.maximum(d.front - away, 0) / 0.28) ** 2)), 0)
    marks = np.zeros((max(2, image.shape[0] // 8), max(2, image.shape[1] // 8)), np.float32)
    for _ in range(int((d.x1 - d.x0) * 1.2)):
        c = (int(rng.integers(0, marks.shape[1])), int(rng.integers(0, marks.shape[0])))
        cv2.ellipse(
            marks,
            c,
            (int(scale * rng.uniform(0.02, 0.1)), int(scale * rng.uniform(0.01, 0.06))),
            0,
            0,
            360,
            float(rng.uniform(0.04, 0.13)),
            -1,
        )
    stains = cv2.resize(cv2.GaussianBlur(marks, (3, 3), 0.8), (image.shape[1], image.shape[0]))
    for a in range(0, image.shape[0], 256):
        part = image[a : a + 256]
        part[:] = part * np.clip(gain[a : a + 256, None] - stains[a : a + 256], 0, 1)[:, :, None]


def _asphalt(shape: tuple[int, int], rng: np.random.Generator, scale: float) -> Image:
    field = grain(shape, rng, (1, 3, int(scale * 0.8) + 1, int(scale * 5)), (5.5, 3.5, 2.5, 4.0))
    grey = 98 + field
    for _ in range(max(1, shape[1] // int(scale * 14))):
        x, y = int(rng.integers(0, shape[1])), int(rng.integers(0, shape[0]))
        w, h = int(scale * rng.uniform(1, 5)), int(scale * rng.uniform(0.8, 2.2))
        grey[y : y + h, x : x + w] -= rng.uniform(5, 14)
    image: Image = np.clip(np.stack([grey + 2, grey, grey - 1], 2), 0, 255).astype(np.uint8)
    for _ in range(max(1, shape[1] // int(scale * 8))):
        start = rng.integers(0, (shape[1], shape[0]))
        steps = rng.normal(0, scale * 0.3, (14, 2)) + np.array([scale * 0.25, 0])
        pts = np.cumsum(np.vstack([start, steps]), axis=0)
        cv2.polylines(image, [pts.astype(np.int32)], False, (70, 70, 70), max(1, int(scale / 40)), cv2.LINE_AA)
    for _ in range(max(1, shape[1] // int(scale * 18))):
        c = (int(rng.integers(0, shape[1])), int(rng.integers(0, shape[0])))
        cv2.circle(image, c, int(scale * 0.36), (74, 74, 76), -1, cv2.LINE_AA)
        cv2.circle(image, c, int(scale * 0.3), (90, 90, 92), max(1, int(scale * 0.03)), cv2.LINE_AA)
    return image


def _paving(shape: tuple[int, int], style: int, rng: np.random.Generator, scale: float) -> Image:
    (tw, th), colour, spread = _PAVINGS[style % len(_PAVINGS)]
    px, py = max(2.0, tw * scale), max(2.0, th * scale)
    rows, cols = int(shape[0] / py) + 2, int(shape[1] / px) + 2
    tiles = rng.normal(0, spread, (rows, cols)).astype(np.float32)
    v, u = np.arange(shape[0]), np.arange(shape[1])
    r = (v / py).astype(int)
    shift = (r % 2) * 0.5
    c = (u[None, :] / px + shift[:, None]).astype(int)
    field = tiles[r[:, None], np.minimum(c, cols - 1)]
    joint = max(1.0, 0.012 * scale)
    lines = ((v % py) < joint)[:, None] | (((u[None, :] + shift[:, None] * px) % px) < joint)
    field = field + grain(shape, rng, (2, int(scale) + 1, int(scale * 4)), (3.0, 3.0, 4.0)) - lines * 22.0
    image: Image = np.clip(field[:, :, None] + np.array(colour, np.float32), 0, 255).astype(np.uint8)
    return image


def _lanes(image: Image, d: District, scale: float, r: Callable[[float], int], seed: int) -> None:
    line = max(2, round(0.14 * scale))
    white, yellow = (212, 214, 214), (60, 176, 214)
    for y in (0.12, -0.12):
        cv2.line(image, (0, r(y)), (image.shape[1], r(y)), yellow, line)
    for s in (1, -1):
        y = s * d.kerb / 2
        for k in range(int((d.x1 - d.x0) / 6)):
            x = round(k * 6 * scale)
            cv2.line(image, (x, r(y)), (x + round(2.2 * scale), r(y)), white, line)
        edge = s * (d.kerb - 0.45)
        cv2.line(image, (0, r(edge)), (image.shape[1], r(edge)), white, line)
    rng = Random(seed)
    if rng.random() < 0.5:
        x = round((rng.uniform(0.1, 0.9) * (d.x1 - d.x0)) * scale)
        for k in range(int(2 * d.kerb / 0.9)):
            y = -d.kerb + 0.4 + k * 0.9
            cv2.rectangle(image, (x, r(y + 0.45)), (x + round(3 * scale), r(y)), white, -1)


def _kerb(image: Image, y: float, s: int, scale: float, r: Callable[[float], int]) -> None:
    a, b = sorted((r(y), r(y + s * 0.22)))
    image[a:b] = (184, 186, 188)
    edge = r(y)
    face = slice(edge, edge + max(2, int(0.08 * scale))) if s > 0 else slice(edge - max(2, int(0.08 * scale)), edge)
    image[face] = (120, 122, 124)
    for x in range(0, image.shape[1], max(4, round(scale))):
        image[a:b, x : x + max(1, int(scale / 40))] = (130, 132, 134)


def _tactile(image: Image, y: float, scale: float, r: Callable[[float], int]) -> None:
    a, b = sorted((r(y), r(y + 0.34)))
    strip = image[a:b].astype(np.int16)
    strip[:] = strip // 3 + np.array([60, 130, 158])
    n = max(3, round(0.08 * scale))
    for v in range(0, b - a, n):
        strip[v : v + max(1, n // 3)] -= 18
    image[a:b] = np.clip(strip, 0, 255)


def _area(image: Image, area: Area, d: District, scale: float, half: float) -> None:
    pts = np.array([[(x - d.x0) * scale, (half - y) * scale] for x, y in area.points])
    if area.layer == "bay":
        cv2.polylines(
            image, [np.round(pts).astype(np.int32)], True, (224, 226, 226), max(2, round(0.1 * scale)), cv2.LINE_AA
        )
        _words(image, pts, "非机动车停放区", (224, 226, 226))
    elif area.layer == "vending_permitted":
        cv2.polylines(
            image, [np.round(pts).astype(np.int32)], True, (60, 180, 226), max(2, round(0.1 * scale)), cv2.LINE_AA
        )
        _words(image, pts, area.name[:8], (60, 180, 226))
    elif area.layer == "outdoor_seating":
        cv2.polylines(
            image, [np.round(pts).astype(np.int32)], True, (120, 190, 110), max(2, round(0.08 * scale)), cv2.LINE_AA
        )


def _words(image: Image, pts: Floats, words: str, colour: tuple[int, int, int]) -> None:
    (x0, y0), (x1, y1) = np.maximum(pts.min(axis=0), 0).astype(int), pts.max(axis=0).astype(int)
    part = image[y0:y1, x0:x1]
    if part.shape[0] < 8 or part.shape[1] < 8:
        return
    picture = PilImage.fromarray(np.ascontiguousarray(part[:, :, ::-1]))
    h, w = part.shape[:2]
    fit_text(ImageDraw.Draw(picture), words, (w * 0.08, h * 0.3, w * 0.92, h * 0.7), colour)
    part[:] = np.asarray(picture)[:, :, ::-1]
