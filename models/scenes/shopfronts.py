"""The ground floor: what a shop shows behind its glass, its door, shutter and fascia."""

from random import Random

import cv2
import numpy as np

from models.scenes.brush import HEIGHT_M, Brush, dim
from models.scenes.district import Shop
from models.scenes.mesh import Colour
from models.scenes.signs import fascia

FRAMES: list[Colour] = [(60, 60, 62), (200, 200, 202), (90, 110, 130), (120, 122, 124), (52, 74, 100)]
STOCK: list[Colour] = [
    (60, 70, 190), (70, 160, 220), (190, 190, 196), (150, 110, 60), (80, 140, 80), (120, 90, 150), (50, 60, 80),
    (200, 170, 120), (90, 130, 170),
]  # fmt: skip
_WARM: list[Colour] = [(150, 176, 196), (168, 176, 180), (130, 160, 190), (176, 180, 176)]
_THEMES = {
    "food": "面馄饨笼茶饮咖啡饼糕", "clothes": "装服衣", "fruit": "果蔬", "hair": "发造型", "papers": "房置业中介",
}  # fmt: skip


def theme_of(name: str) -> str:
    """What kind of room a shop's name promises."""
    return next((theme for theme, letters in _THEMES.items() if any(c in name for c in letters)), "shelves")


def paint_shop(brush: Brush, x0: float, x1: float, wall: Colour, shop: Shop, rng: Random) -> None:
    """One shop from the ground to the top of its fascia."""
    head, pier = shop.fascia_bottom, 0.18
    brush.rect(x0, 0, x1, head, dim(wall, rng.uniform(0.6, 0.95)))
    a, b = x0 + pier, x1 - pier
    if shop.style % 9 == 8:
        _shutter(brush, a, b, head - 0.12, rng)
    else:
        _room(brush, a, b, head - 0.12, theme_of(shop.name), rng)
        _glazing(brush, a, b, head - 0.12, shop.style % 3, rng)
    brush.rect(x0, 0, x1, 0.12, (120, 122, 124))
    brush.fade(a, head - 0.5, b, head - 0.1, (34, 34, 34), (70, 68, 66), 0.75)
    left, top = (x0 + x1) / 2 - shop.fascia_width / 2, head + shop.fascia_height
    picture = fascia(shop.style * 7 + round(shop.x0), shop.name, (shop.fascia_width, shop.fascia_height), brush.scale)
    brush.rect(x0, head - 0.06, x1, top + 0.1, dim(wall, 0.72))
    brush.put(left, head, left + shop.fascia_width, top, picture, 0.95)
    brush.line(left, head - 0.03, left + shop.fascia_width, head - 0.03, (40, 40, 40), 0.05)


def _room(brush: Brush, a: float, b: float, head: float, theme: str, rng: Random) -> None:
    """Ceiling lamps, back wall, and what the trade puts before it."""
    warm, dark = rng.choice(_WARM), rng.uniform(0.5, 0.85)
    brush.rect(a, 0.1, b, head, dim(warm, dark * 0.62), (90, 140, 175))
    brush.fade(a, 0.1, b, head, dim(warm, dark), dim(warm, dark * 0.5))
    for k in range(max(1, int((b - a) / 1.3))):
        x = a + 0.5 + k * 1.3
        brush.rect(x, head - 0.35, x + 0.6, head - 0.28, (235, 242, 245), (235, 242, 245))
    {"food": _food, "clothes": _clothes, "fruit": _fruit, "hair": _hair, "papers": _papers, "shelves": _shelves}[theme](
        brush, a, b, head, warm, dark, rng
    )


def _shelves(brush: Brush, a: float, b: float, head: float, warm: Colour, dark: float, rng: Random) -> None:
    for level in (0.5, 0.95, 1.4, 1.85):
        x = a + 0.1
        brush.line(a, level, b, level, dim(warm, dark * 0.4), 0.03)
        while x < b - 0.2:
            w, h = rng.uniform(0.12, 0.34), rng.uniform(0.14, 0.36)
            if rng.random() < 0.72:
                brush.rect(x, level + 0.02, min(x + w, b), level + h, dim(rng.choice(STOCK), dark * 0.9))
            x += w + 0.03


def _food(brush: Brush, a: float, b: float, head: float, warm: Colour, dark: float, rng: Random) -> None:
    """A lit menu over a counter, tables with people's backs before it."""
    menu = dim(rng.choice(STOCK), dark)
    for k in range(max(1, int((b - a) / 1.5))):
        x = a + 0.3 + k * 1.5
        brush.rect(x, 1.75, min(x + 1.3, b), 2.3, menu, (150, 170, 190))
        for row in range(4):
            brush.line(
                x + 0.1, 1.85 + row * 0.11, min(x + rng.uniform(0.6, 1.2), b), 1.85 + row * 0.11, (220, 226, 230), 0.03
            )
    brush.rect(a + (b - a) * 0.55, 0.1, b, 1.1, dim((90, 120, 160), dark))
    brush.rect(a + (b - a) * 0.55, 1.06, b, 1.14, dim((190, 196, 200), dark))
    for k in range(max(1, int((b - a) * 0.55 / 1.1))):
        x = a + 0.25 + k * 1.1
        brush.rect(x, 0.7, x + 0.8, 0.76, dim((80, 120, 170), dark))
        brush.rect(x + 0.36, 0.1, x + 0.44, 0.7, dim((60, 60, 62), dark))
        if rng.random() < 0.6:
            brush.rect(x + 0.2, 0.75, x + 0.55, 1.2, dim(rng.choice(STOCK), dark * 0.8))
            brush.dot(x + 0.38, 1.33, 0.12, dim((30, 32, 40), 1.0))


def _clothes(brush: Brush, a: float, b: float, head: float, warm: Colour, dark: float, rng: Random) -> None:
    for top in (2.1, 1.15):
        x = a + 0.15
        brush.line(a, top, b, top, (150, 150, 152), 0.025)
        while x < b - 0.3:
            w, h = rng.uniform(0.14, 0.3), rng.uniform(0.5, 0.85)
            if rng.random() < 0.85:
                colour = dim(rng.choice(STOCK), dark * rng.uniform(0.8, 1.15))
                brush.rect(x, top - h, min(x + w, b), top - 0.03, colour)
                brush.line(x + w / 2, top - h, x + w / 2, top - 0.05, dim(colour, 0.8), 0.02)
            x += w + rng.uniform(0.0, 0.08)


def _fruit(brush: Brush, a: float, b: float, head: float, warm: Colour, dark: float, rng: Random) -> None:
    """Sloped stands heaped with fruit."""
    colours = [(40, 130, 230), (40, 50, 190), (70, 180, 90), (70, 190, 225), (110, 60, 130), (60, 160, 140)]
    for level in (0.35, 0.75, 1.15):
        x = a + 0.1
        while x < b - 0.4:
            w, colour = rng.uniform(0.4, 0.7), dim(rng.choice(colours), dark * 1.1)
            brush.rect(x, level, min(x + w, b), level + 0.12, dim((90, 120, 150), dark))
            for k in range(int(w / 0.1)):
                if x + k * 0.1 + 0.05 < b:
                    brush.dot(
                        x + k * 0.1 + 0.05,
                        level + 0.16 + rng.uniform(0, 0.06),
                        0.055,
                        dim(colour, rng.uniform(0.85, 1.1)),
                    )
            x += w + 0.04
    _shelves_top(brush, a, b, warm, dark, rng)


def _shelves_top(brush: Brush, a: float, b: float, warm: Colour, dark: float, rng: Random) -> None:
    x = a + 0.1
    while x < b - 0.2:
        w = rng.uniform(0.1, 0.24)
        brush.rect(x, 1.7, min(x + w, b), 1.7 + rng.uniform(0.2, 0.4), dim(rng.choice(STOCK), dark * 0.9))
        x += w + 0.04


def _hair(brush: Brush, a: float, b: float, head: float, warm: Colour, dark: float, rng: Random) -> None:
    for k in range(max(1, int((b - a) / 1.2))):
        x = a + 0.3 + k * 1.2
        brush.fade(x, 0.85, min(x + 0.8, b), 2.05, (214, 210, 204), (150, 150, 150))
        brush.rect(x + 0.1, 0.3, min(x + 0.7, b), 0.95, dim((40, 40, 44), 1.0))


def _papers(brush: Brush, a: float, b: float, head: float, warm: Colour, dark: float, rng: Random) -> None:
    """Offers pasted on the inside of the glass."""
    for k in range(int((b - a) / 0.42)):
        for z in (0.9, 1.3, 1.7):
            if rng.random() < 0.7:
                x = a + 0.1 + k * 0.42
                brush.rect(x, z, min(x + 0.32, b), z + 0.34, dim((220, 224, 226), rng.uniform(0.75, 1.0)))
                brush.rect(x + 0.03, z + 0.18, min(x + 0.29, b), z + 0.31, dim(rng.choice(STOCK), 0.9))


def _glazing(brush: Brush, a: float, b: float, head: float, style: int, rng: Random) -> None:
    frame = rng.choice(FRAMES)
    door = a + (b - a) * rng.choice([0.2, 0.5, 0.8])
    n = max(2, round((b - a) / rng.uniform(1.1, 1.7)))
    if style == 2:
        brush.rect(a, 0.1, b, 0.6, dim(frame, 0.9))
    for k in range(n + 1):
        x = a + k * (b - a) / n
        brush.line(x, 0.1, x, head, frame, 0.07)
    brush.line(a, 2.25, b, 2.25, frame, 0.07)
    brush.line(a, head, b, head, frame, 0.09)
    left, right = max(a, door - 0.75), min(b, door + 0.75)
    if style == 0:
        brush.fade(left, 0.05, right, 2.2, (54, 56, 60), (36, 36, 40))
    else:
        brush.rect(left, 0.05, right, 0.35, dim(frame, 0.8))
    for x in (left, right, (left + right) / 2):
        brush.line(x, 0.05, x, 2.25, dim(frame, 0.85), 0.06)
    brush.line((left + right) / 2 - 0.1, 0.9, (left + right) / 2 - 0.1, 1.3, (200, 204, 206), 0.04)
    _sheen(brush, a, b, head)


def _sheen(brush: Brush, a: float, b: float, head: float) -> None:
    """The sky mirrored faintly and slanting in the glass."""
    s = brush.scale
    top, low, left, right = round((HEIGHT_M - head) * s), round((HEIGHT_M - 0.3) * s), round(a * s), round(b * s)
    part = brush.image[top:low, left:right]
    if part.size:
        v, w = np.mgrid[0 : part.shape[0], 0 : part.shape[1]].astype(np.float32)
        band = np.clip(np.sin((w + v * 0.7) / (0.55 * s)) * 2.2 - 1.0, 0, 1) * 16 + 5
        part[:] = cv2.add(part, np.repeat(band.astype(np.uint8)[:, :, None], 3, 2))


def _shutter(brush: Brush, a: float, b: float, head: float, rng: Random) -> None:
    colour = rng.choice([(168, 170, 172), (150, 156, 160), (120, 130, 150)])
    brush.rect(a, 0.05, b, head, colour)
    for k in range(int(head / 0.1)):
        brush.line(a, k * 0.1, b, k * 0.1, dim(colour, 0.84), 0.03)
