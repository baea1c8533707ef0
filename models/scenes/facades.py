"""Shopfronts and the floors above them as one large picture per street side, with what glows at dusk."""

from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from models.scenes.ground import Sheet, grain
from models.scenes.mesh import Colour, Image
from models.scenes.script import District, Shop
from models.scenes.signs import fascia

HEIGHT_M = 13.0
_WALLS: list[Colour] = [
    (176, 188, 198), (150, 166, 184), (120, 140, 170), (200, 204, 206), (170, 172, 168), (132, 128, 128),
    (140, 158, 160), (108, 122, 150), (190, 200, 196),
]  # fmt: skip
_GLASS: Colour = (92, 84, 72)
_FRAMES: list[Colour] = [(60, 60, 62), (200, 200, 202), (90, 110, 130), (120, 122, 124)]
_STOCK: list[Colour] = [
    (60, 70, 190), (70, 160, 220), (190, 190, 196), (150, 110, 60), (80, 140, 80), (120, 90, 150), (50, 60, 80),
    (200, 170, 120), (90, 130, 170),
]  # fmt: skip


@dataclass(frozen=True)
class Facade:
    """`sheet` by daylight; `glow` the light that windows and signs give off (same size)."""

    sheet: Sheet
    glow: Image


def paint_facade(district: District, side: str, scale: float, seed: int) -> Facade:
    """The whole row of one side ("north" or "south"), seen from the street."""
    d, rng = district, Random(seed * 17 + (1 if side == "north" else 2))
    w, h = round((d.x1 - d.x0) * scale), round(HEIGHT_M * scale)
    brush = _Brush(np.zeros((h, w, 3), np.uint8), np.zeros((h, w, 3), np.uint8), scale)
    shops = sorted((s for s in d.shops if s.side == side), key=lambda s: s.x0)
    for x0, x1, shop in _spans(d, shops):
        a, b = (x0 - d.x0, x1 - d.x0) if side == "north" else (d.x1 - x1, d.x1 - x0)
        if shop:
            _shop(brush, a, b, shop, Random(seed * 31 + shop.style * 101 + round(x0 * 10)))
        else:
            _blank(brush, a, b, rng)
    field = grain((h, w), np.random.default_rng(seed), (2, int(scale * 1.5) + 1), (2.0, 2.6))
    image = np.clip(brush.image + field[:, :, None], 0, 255).astype(np.uint8)
    if side == "north":
        sheet = Sheet(image, scale, np.array([d.x0, d.front, HEIGHT_M]), np.array([1.0, 0, 0]), np.array([0, 0, -1.0]))
    else:
        sheet = Sheet(image, scale, np.array([d.x1, -d.front, HEIGHT_M]), np.array([-1.0, 0, 0]), np.array([0, 0, -1.0]))
    return Facade(sheet, brush.glow)


def _spans(d: District, shops: list[Shop]) -> list[tuple[float, float, Shop | None]]:
    out: list[tuple[float, float, Shop | None]] = []
    x = d.x0
    for shop in shops:
        while shop.x0 - x > 0.05:
            step = min(shop.x0, x + 11.0)
            out.append((x, step, None))
            x = step
        out.append((shop.x0, shop.x1, shop))
        x = shop.x1
    while d.x1 - x > 0.05:
        step = min(d.x1, x + 11.0)
        out.append((x, step, None))
        x = step
    return out


class _Brush:
    """Paints in metres on picture and glow: x from the left end, z from the ground."""

    def __init__(self, image: Image, glow: Image, scale: float) -> None:
        self.image, self.glow, self.scale = image, glow, scale

    def _px(self, x: float, z: float) -> tuple[int, int]:
        return round(x * self.scale), round((HEIGHT_M - z) * self.scale)

    def rect(self, x0: float, z0: float, x1: float, z1: float, colour: Colour, glow: Colour | None = None) -> None:
        a, b = self._px(x0, z1), self._px(x1, z0)
        b = (max(b[0] - 1, a[0]), max(b[1] - 1, a[1]))
        cv2.rectangle(self.image, a, b, colour, -1)
        if glow is not None:
            cv2.rectangle(self.glow, a, b, glow, -1)

    def fade(self, x0: float, z0: float, x1: float, z1: float, top: Colour, low: Colour) -> None:
        (a, t), (b, u) = self._px(x0, z1), self._px(x1, z0)
        if b > a and u > t:
            k = np.linspace(0, 1, u - t)[:, None, None]
            self.image[t:u, a:b] = (np.array(top) * (1 - k) + np.array(low) * k).astype(np.uint8)

    def line(self, x0: float, z0: float, x1: float, z1: float, colour: Colour, thick_m: float = 0.03) -> None:
        cv2.line(self.image, self._px(x0, z0), self._px(x1, z1), colour, max(1, round(thick_m * self.scale)), cv2.LINE_AA)

    def put(self, x0: float, z0: float, x1: float, z1: float, picture: Image, glow: float) -> None:
        (a, t), (b, u) = self._px(x0, z1), self._px(x1, z0)
        a, t, b, u = max(a, 0), max(t, 0), min(b, self.image.shape[1]), min(u, self.image.shape[0])
        if b - a < 2 or u - t < 2:
            return
        part = np.asarray(cv2.resize(picture, (b - a, u - t), interpolation=cv2.INTER_AREA))
        self.image[t:u, a:b] = part
        self.glow[t:u, a:b] = cv2.convertScaleAbs(part, alpha=glow)


def _dim(colour: Colour, k: float) -> Colour:
    return (min(colour[0] * k, 255), min(colour[1] * k, 255), min(colour[2] * k, 255))


def _wall(brush: _Brush, x0: float, x1: float, rng: Random) -> Colour:
    wall = _dim(rng.choice(_WALLS), rng.uniform(0.85, 1.08))
    brush.rect(x0, 0, x1, HEIGHT_M, wall)
    style = rng.randrange(3)
    if style < 2:
        pitch = 0.3 if style == 0 else 1.1
        for k in range(int(HEIGHT_M / pitch)):
            brush.line(x0, k * pitch, x1, k * pitch, _dim(wall, 0.93), 0.02)
    return wall


def _upper(brush: _Brush, x0: float, x1: float, wall: Colour, rng: Random, bottom: float) -> None:
    """Flats above the shops: windows, air conditioners, washing."""
    frame, gap = rng.choice(_FRAMES), rng.uniform(1.7, 2.6)
    width, sill = rng.uniform(0.5, 0.72), rng.uniform(0.8, 1.0)
    n = max(1, int((x1 - x0) / gap))
    step = (x1 - x0) / n
    for floor in range(3):
        z = bottom + 0.45 + floor * 2.95 + sill * 0.4
        for k in range(n):
            x, half, high = x0 + (k + 0.5) * step, step * width / 2, 1.45
            lit = rng.random() < 0.3
            brush.rect(x - half - 0.06, z - 0.08, x + half + 0.06, z + high + 0.06, _dim(wall, 0.8))
            shade = rng.uniform(0.75, 1.35)
            brush.rect(x - half, z, x + half, z + high, _dim(_GLASS, shade), (70, 130, 190) if lit else None)
            if rng.random() < 0.5:
                brush.fade(x - half, z + high * 0.2, x - half * 0.2, z + high, (190, 194, 196), (150, 156, 160))
            brush.line(x, z, x, z + high, frame, 0.05)
            brush.line(x - half, z + high * 0.7, x + half, z + high * 0.7, frame, 0.04)
            brush.rect(x - half - 0.1, z - 0.14, x + half + 0.1, z - 0.06, _dim(wall, 1.12))
            if rng.random() < 0.35:
                _air(brush, x + half - 0.1, z - 0.75)
            if rng.random() < 0.12:
                for j in range(4):
                    brush.rect(x - half + j * 0.3, z - 0.55, x - half + j * 0.3 + 0.22, z - 0.02, _dim(rng.choice(_STOCK), 1.1))


def _air(brush: _Brush, x: float, z: float) -> None:
    brush.rect(x, z, x + 0.78, z + 0.52, (206, 208, 208))
    brush.rect(x + 0.02, z - 0.1, x + 0.76, z, (84, 86, 88))
    c = (round((x + 0.28) * brush.scale), round((HEIGHT_M - z - 0.26) * brush.scale))
    cv2.circle(brush.image, c, max(2, round(0.2 * brush.scale)), (120, 122, 122), -1, cv2.LINE_AA)


def _blank(brush: _Brush, x0: float, x1: float, rng: Random) -> None:
    """A stretch without a shop: wall, gate or hoarding."""
    wall = _wall(brush, x0, x1, rng)
    if x1 - x0 > 2.2:
        _upper(brush, x0, x1, wall, rng, 3.6)
    brush.rect(x0, 0, x1, 0.5, _dim(wall, 0.7))
    if x1 - x0 > 3.4 and rng.random() < 0.5:
        mid = (x0 + x1) / 2
        brush.rect(mid - 0.75, 0, mid + 0.75, 2.3, (70, 80, 92))
        brush.line(mid, 0, mid, 2.3, (40, 44, 50), 0.03)


def _shop(brush: _Brush, x0: float, x1: float, shop: Shop, rng: Random) -> None:
    wall = _wall(brush, x0, x1, rng)
    _upper(brush, x0, x1, wall, rng, 4.1)
    head = shop.fascia_bottom
    pier = 0.18
    brush.rect(x0, 0, x1, head, _dim(wall, rng.uniform(0.6, 0.95)))
    a, b = x0 + pier, x1 - pier
    style = shop.style % 4
    if style == 3:
        _shutter(brush, a, b, head - 0.12, rng)
    else:
        _interior(brush, a, b, head - 0.12, rng)
        _glazing(brush, a, b, head - 0.12, style, rng)
    brush.rect(x0, 0, x1, 0.12, (120, 122, 124))
    brush.fade(a, head - 0.5, b, head - 0.1, (34, 34, 34), (70, 68, 66))
    left = (x0 + x1) / 2 - shop.fascia_width / 2
    picture = fascia(shop.style * 7 + round(shop.x0), shop.name, (shop.fascia_width, shop.fascia_height), brush.scale)
    top = head + shop.fascia_height
    brush.rect(x0, head - 0.06, x1, top + 0.1, _dim(wall, 0.72))
    brush.put(left, head, left + shop.fascia_width, top, picture, 0.95)
    brush.line(left, head - 0.03, left + shop.fascia_width, head - 0.03, (40, 40, 40), 0.05)


def _interior(brush: _Brush, a: float, b: float, head: float, rng: Random) -> None:
    """What is seen through the glass: ceiling lamps, shelves, stock."""
    warm = rng.choice([(150, 176, 196), (168, 176, 180), (130, 160, 190)])
    dark = rng.uniform(0.45, 0.8)
    brush.fade(a, 0.1, b, head, _dim(warm, dark), _dim(warm, dark * 0.55))
    brush.rect(a, 0.1, b, head, _dim(warm, dark * 0.62), (90, 140, 175))
    brush.fade(a, 0.1, b, head, _dim(warm, dark), _dim(warm, dark * 0.5))
    for k in range(max(1, int((b - a) / 1.3))):
        x = a + 0.5 + k * 1.3
        brush.rect(x, head - 0.35, x + 0.6, head - 0.28, (235, 242, 245), (235, 242, 245))
    for level in (0.5, 0.95, 1.4, 1.85):
        x = a + 0.1
        brush.line(a, level, b, level, _dim(warm, dark * 0.4), 0.03)
        while x < b - 0.2:
            w, h = rng.uniform(0.12, 0.34), rng.uniform(0.14, 0.36)
            if rng.random() < 0.72:
                brush.rect(x, level + 0.02, min(x + w, b), level + h, _dim(rng.choice(_STOCK), dark * 0.9))
            x += w + 0.03


def _glazing(brush: _Brush, a: float, b: float, head: float, style: int, rng: Random) -> None:
    frame = rng.choice(_FRAMES)
    door = a + (b - a) * rng.choice([0.2, 0.5, 0.8])
    n = max(2, round((b - a) / rng.uniform(1.1, 1.7)))
    if style == 2:
        brush.rect(a, 0.1, b, 0.75, _dim(frame, 0.9))
    for k in range(n + 1):
        x = a + k * (b - a) / n
        brush.line(x, 0.1, x, head, frame, 0.07)
    brush.line(a, 2.25, b, 2.25, frame, 0.07)
    brush.line(a, head, b, head, frame, 0.09)
    half = 0.75
    left, right = max(a, door - half), min(b, door + half)
    if style == 0:
        brush.fade(left, 0.05, right, 2.2, (54, 56, 60), (36, 36, 40))
    else:
        brush.rect(left, 0.05, right, 0.35, _dim(frame, 0.8))
    for x in (left, right, (left + right) / 2):
        brush.line(x, 0.05, x, 2.25, _dim(frame, 0.85), 0.06)
    _sheen(brush, a, b, head)


def _sheen(brush: _Brush, a: float, b: float, head: float) -> None:
    """The sky mirrored faintly and slanting in the glass."""
    s = brush.scale
    t, u, l, r = round((HEIGHT_M - head) * s), round((HEIGHT_M - 0.3) * s), round(a * s), round(b * s)  # noqa: E741
    part = brush.image[t:u, l:r]
    if part.size:
        v, w = np.mgrid[0 : part.shape[0], 0 : part.shape[1]]
        band = (np.sin((w + v * 0.7) / (0.55 * s)) > 0.62) * 14
        part[:] = np.clip(part.astype(np.int16) + band[:, :, None] + 4, 0, 255)


def _shutter(brush: _Brush, a: float, b: float, head: float, rng: Random) -> None:
    colour = rng.choice([(168, 170, 172), (150, 156, 160), (120, 130, 150)])
    brush.rect(a, 0.05, b, head, colour)
    for k in range(int(head / 0.1)):
        brush.line(a, k * 0.1, b, k * 0.1, _dim(colour, 0.84), 0.03)


def paint_far(district: District, x: float, scale: float, seed: int) -> Sheet:
    """Hazy blocks that close the view down the street at `x`."""
    rng, wide, high = Random(seed * 13 + round(x)), 90.0, 24.0
    image = np.empty((round(high * scale), round(wide * scale), 3), np.uint8)
    image[:] = (226, 216, 204)
    u = 0.0
    while u < wide:
        w, h = rng.uniform(7, 16), rng.uniform(9, high)
        wall = np.array(rng.choice(_WALLS)) * 0.45 + np.array((206, 200, 194)) * 0.55
        a, b, top = round(u * scale), round(min(u + w, wide) * scale), round((high - h) * scale)
        image[top:, a:b] = wall
        for floor in range(int(h / 3)):
            t = top + round((0.9 + 3 * floor) * scale)
            for k in range(int(w / 2.4)):
                x0 = a + round((0.7 + 2.4 * k) * scale)
                image[t : t + round(1.4 * scale), x0 : min(x0 + round(1.3 * scale), b)] = wall * rng.uniform(0.72, 0.86)
        u += w
    right = 1.0 if x < (district.x0 + district.x1) / 2 else -1.0
    return Sheet(image, scale, np.array([x, -right * wide / 2, high]), np.array([0, right, 0.0]), np.array([0, 0, -1.0]))
