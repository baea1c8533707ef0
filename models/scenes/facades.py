"""Houses: the floors above the shops as one large picture per street side, with what glows at dusk."""

from dataclasses import dataclass
from random import Random

import numpy as np

from models.scenes.brush import HEIGHT_M, Brush, dim
from models.scenes.district import District, Shop
from models.scenes.ground import Sheet, grain
from models.scenes.mesh import Colour, Image
from models.scenes.shopfronts import FRAMES, STOCK, paint_shop

_WALLS: list[Colour] = [
    (176, 188, 198), (150, 166, 184), (120, 140, 170), (200, 204, 206), (170, 172, 168), (132, 128, 128),
    (140, 158, 160), (108, 122, 150), (190, 200, 196), (120, 150, 186), (96, 104, 136),
]  # fmt: skip
_GLASS: Colour = (92, 84, 72)


@dataclass(frozen=True)
class Facade:
    """`sheet` by daylight; `glow` the light that windows and signs give off (same size)."""

    sheet: Sheet
    glow: Image


def paint_facade(district: District, side: str, scale: float, seed: int) -> Facade:
    """The whole row of one side ("north" or "south"), seen from the street."""
    d, rng = district, Random(seed * 17 + (1 if side == "north" else 2))
    w, h = round((d.x1 - d.x0) * scale), round(HEIGHT_M * scale)
    brush = Brush(np.zeros((h, w, 3), np.uint8), np.zeros((h, w, 3), np.uint8), scale)
    shops = sorted((s for s in d.shops if s.side == side), key=lambda s: s.x0)
    for x0, x1, shop in _spans(d, shops):
        a, b = (x0 - d.x0, x1 - d.x0) if side == "north" else (d.x1 - x1, d.x1 - x0)
        if shop:
            dice = Random(seed * 31 + shop.style * 101 + round(x0 * 10))
            wall = _wall(brush, a, b, dice)
            _upper(brush, a, b, wall, dice, 4.1)
            paint_shop(brush, a, b, wall, shop, dice)
        else:
            _blank(brush, a, b, rng)
    brush.darken(0, 0, d.x1 - d.x0, 0.55, 1.0, 0.74)
    field = grain((h, w), np.random.default_rng(seed), (2, int(scale * 1.5) + 1, int(scale * 5)), (2.0, 2.6, 3.4))
    image = np.clip(brush.image + field[:, :, None], 0, 255).astype(np.uint8)
    if side == "north":
        sheet = Sheet(image, scale, np.array([d.x0, d.front, HEIGHT_M]), np.array([1.0, 0, 0]), np.array([0, 0, -1.0]))
    else:
        sheet = Sheet(
            image, scale, np.array([d.x1, -d.front, HEIGHT_M]), np.array([-1.0, 0, 0]), np.array([0, 0, -1.0])
        )
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


def _wall(brush: Brush, x0: float, x1: float, rng: Random) -> Colour:
    wall = dim(rng.choice(_WALLS), rng.uniform(0.85, 1.08))
    brush.rect(x0, 0, x1, HEIGHT_M, wall)
    style = rng.randrange(3)
    if style < 2:
        pitch = 0.3 if style == 0 else 1.1
        for k in range(int(HEIGHT_M / pitch)):
            brush.line(x0, k * pitch, x1, k * pitch, dim(wall, 0.93), 0.02)
    return wall


def _upper(brush: Brush, x0: float, x1: float, wall: Colour, rng: Random, bottom: float) -> None:
    """Flats above the shops: windows, grilles, balconies, air conditioners, washing, a drain pipe."""
    frame, gap = rng.choice(FRAMES), rng.uniform(1.7, 2.6)
    share, sill = rng.uniform(0.5, 0.72), rng.uniform(0.8, 1.0)
    n = max(1, int((x1 - x0) / gap))
    step = (x1 - x0) / n
    grille, balcony = rng.random() < 0.45, rng.random() < 0.3
    for floor in range(3):
        z = bottom + 0.45 + floor * 2.95 + sill * 0.4
        brush.darken(x0, z - sill - 0.2, x1, z - sill + 0.02, 0.86, 0.97)
        for k in range(n):
            x, half = x0 + (k + 0.5) * step, step * share / 2
            _window(brush, x, half, z, wall, frame, rng)
            if balcony and k % 2 == 0:
                _balcony(brush, x - half - 0.15, x + half + 0.15, z - 0.75, z + 0.35, wall, rng)
            elif grille and rng.random() < 0.7:
                _grille(brush, x - half - 0.08, x + half + 0.08, z - 0.1, z + 1.5)
            if rng.random() < 0.35:
                _air(brush, x + half - 0.1, z - 0.75)
    brush.rect(x0 + 0.08, bottom, x0 + 0.2, HEIGHT_M, dim(wall, 0.82))
    brush.line(x0 + 0.1, bottom, x0 + 0.1, HEIGHT_M, dim(wall, 1.08), 0.03)
    brush.darken(x0, bottom - 0.1, x1, HEIGHT_M, 0.97, 1.0)


def _window(brush: Brush, x: float, half: float, z: float, wall: Colour, frame: Colour, rng: Random) -> None:
    high, lit, shade = 1.45, rng.random() < 0.3, rng.uniform(0.7, 1.4)
    brush.rect(x - half - 0.06, z - 0.08, x + half + 0.06, z + high + 0.06, dim(wall, 0.8))
    brush.rect(x - half, z, x + half, z + high, dim(_GLASS, shade), (70, 130, 190) if lit else None)
    brush.fade(x - half, z, x + half, z + high, dim(_GLASS, shade * 1.45), dim(_GLASS, shade * 0.8), 0.8)
    curtain = rng.choice([(190, 194, 196), (150, 160, 190), (170, 180, 160), (120, 130, 160)])
    if rng.random() < 0.55:
        side = rng.choice([-1, 1])
        edge = x + side * half * rng.uniform(0.0, 0.5)
        brush.fade(
            min(edge, x + side * half),
            z,
            max(edge, x + side * half),
            z + high,
            dim(curtain, 0.95),
            dim(curtain, 0.75),
            0.85,
        )
    brush.darken(x - half, z + high - 0.18, x + half, z + high, 0.55, 0.95)
    brush.line(x, z, x, z + high, frame, 0.05)
    brush.line(x - half, z + high * 0.7, x + half, z + high * 0.7, frame, 0.04)
    brush.rect(x - half - 0.1, z - 0.14, x + half + 0.1, z - 0.06, dim(wall, 1.12))
    brush.darken(x - half - 0.1, z - 0.3, x + half + 0.1, z - 0.14, 0.86, 1.0)


def _grille(brush: Brush, x0: float, x1: float, z0: float, z1: float) -> None:
    """The steel bars before many a window."""
    steel = (168, 170, 172)
    for k in range(int((x1 - x0) / 0.16) + 1):
        brush.line(x0 + k * 0.16, z0, x0 + k * 0.16, z1, steel, 0.02)
    for z in (z0, (z0 + z1) / 2, z1):
        brush.line(x0, z, x1, z, steel, 0.025)


def _balcony(brush: Brush, x0: float, x1: float, z0: float, z1: float, wall: Colour, rng: Random) -> None:
    brush.rect(x0, z0, x1, z1, dim(wall, 1.06))
    brush.line(x0, z1, x1, z1, dim(wall, 0.75), 0.06)
    brush.darken(x0, z0 - 0.35, x1, z0, 0.72, 1.0)
    for k in range(int((x1 - x0) / 0.22)):
        brush.line(x0 + 0.1 + k * 0.22, z0 + 0.08, x0 + 0.1 + k * 0.22, z1 - 0.08, dim(wall, 0.88), 0.03)
    if rng.random() < 0.45:
        for j in range(int((x1 - x0) / 0.34)):
            if rng.random() < 0.7:
                x = x0 + 0.1 + j * 0.34
                brush.rect(x, z1 + 0.02, x + 0.24, z1 + rng.uniform(0.4, 0.62), dim(rng.choice(STOCK), 1.05))


def _air(brush: Brush, x: float, z: float) -> None:
    brush.darken(x - 0.03, z - 0.3, x + 0.83, z, 0.78, 1.0)
    brush.rect(x - 0.02, z - 0.02, x + 0.8, z + 0.54, (132, 134, 136))
    brush.fade(x, z, x + 0.78, z + 0.52, (214, 216, 216), (186, 188, 190))
    brush.rect(x + 0.02, z - 0.1, x + 0.76, z - 0.02, (84, 86, 88))
    brush.dot(x + 0.28, z + 0.26, 0.21, (96, 98, 100))
    brush.dot(x + 0.28, z + 0.26, 0.17, (134, 136, 138))
    brush.dot(x + 0.28, z + 0.26, 0.05, (80, 82, 84))
    for k in range(4):
        brush.line(x + 0.55, z + 0.1 + k * 0.1, x + 0.73, z + 0.1 + k * 0.1, (150, 152, 154), 0.02)


def _blank(brush: Brush, x0: float, x1: float, rng: Random) -> None:
    """A stretch without a shop: wall, gate or hoarding."""
    wall = _wall(brush, x0, x1, rng)
    if x1 - x0 > 2.2:
        _upper(brush, x0, x1, wall, rng, 3.6)
    brush.rect(x0, 0, x1, 0.5, dim(wall, 0.7))
    if x1 - x0 > 3.4 and rng.random() < 0.5:
        mid = (x0 + x1) / 2
        brush.rect(mid - 0.75, 0, mid + 0.75, 2.3, (70, 80, 92))
        brush.line(mid, 0, mid, 2.3, (40, 44, 50), 0.03)


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
    return Sheet(
        image, scale, np.array([x, -right * wide / 2, high]), np.array([0, right, 0.0]), np.array([0, 0, -1.0])
    )
