"""Street furniture that always stands: trees, lamps, bins, planters, bollards, a bus shelter."""

from functools import lru_cache
from math import cos, pi, sin
from random import Random

import cv2
import numpy as np

from models.scenes.mesh import Builder, Colour, Image, Model, tint
from models.scenes.vehicles import car


@lru_cache(maxsize=24)
def _crown(seed: int) -> Image:
    """A tree crown as a premultiplied BGRA picture: thousands of leaf dabs, lighter towards the top."""
    rng = np.random.default_rng(seed)
    size = 256
    image = np.zeros((size, size, 4), np.uint8)
    green = np.array([[60, 120, 84], [54, 108, 66], [70, 128, 104], [50, 100, 74]][seed % 4], float)
    blobs = rng.normal(0, 0.42, (18, 2)) * [0.78, 0.62]
    blobs = blobs[np.hypot(blobs[:, 0], blobs[:, 1]) < 0.72]
    per = 26
    for shade in (0.5, 0.68, 0.86, 1.06):
        for bx, by in blobs:
            r = rng.uniform(0.2, 0.36)
            a, q = rng.uniform(0, 2 * pi, per), r * np.sqrt(rng.random(per))
            x, y = bx + q * np.cos(a), by + q * np.sin(a) + (1.06 - shade) * 0.16 - 0.05
            k = shade * rng.uniform(0.8, 1.15, per) * (1.12 - 0.25 * (y + 0.5))
            colours = np.minimum(green * k[:, None], 255).tolist()
            spots = np.stack([(x * 0.5 + 0.5) * size, (y * 0.5 + 0.5) * size], 1).astype(int).tolist()
            shapes = np.stack([rng.uniform(2, 6, per), rng.uniform(2, 4, per)], 1).astype(int).tolist()
            for spot, shape, turn, colour in zip(
                spots, shapes, rng.uniform(0, 180, per).tolist(), colours, strict=True
            ):
                cv2.ellipse(image, spot, shape, turn, 0, 360, (*colour, 255), -1, cv2.LINE_AA)
    return image


def tree(seed: int) -> Model:
    """A plane tree in its pit, crown 3 to 4.6 m wide."""
    rng, b = Random(seed * 577 + 3), Builder()
    height, wide = rng.uniform(4.6, 6.2), rng.uniform(1.5, 2.3)
    bark = (78, 92, 104)
    b.poly([(-0.6, -0.6, 0.01), (0.6, -0.6, 0.01), (0.6, 0.6, 0.01), (-0.6, 0.6, 0.01)], (60, 78, 96), bias=-1)
    b.tube((0, 0, 0.1), (0.05, 0, height * 0.55), 0.13, bark, 0.09)
    for k in range(3):
        a = 2.1 * k
        b.tube((0.05, 0, height * 0.45), (0.05 + 0.8 * cos(a), 0.8 * sin(a), height * 0.72), 0.06, bark, 0.03)
    b.billboard((0.0, 0.0, height - wide * 0.55), wide, _crown(rng.randrange(24)), bias=1.0)
    return b.model()


def _lamp(rng: Random) -> Model:
    b, steel = Builder(), (120, 122, 120)
    b.tube((0, 0, 0), (0, 0, 7.5), 0.08, steel, 0.05)
    b.tube((0, 0, 7.4), (1.7, 0, 7.9), 0.04, steel)
    b.box((1.4, -0.14, 7.82), (2.1, 0.14, 7.94), (200, 202, 202), glow=1.2)
    b.box((-0.12, -0.12, 0), (0.12, 0.12, 0.6), tint(steel, 0.8))
    return b.model()


def _bin(rng: Random) -> Model:
    b = Builder()
    for k, colour in enumerate([(160, 110, 50), (60, 60, 62)]):
        b.box((-0.5 + k * 0.5, -0.2, 0.08), (-0.04 + k * 0.5, 0.2, 0.92), colour, tint(colour, 0.9))
        b.box((-0.42 + k * 0.5, -0.21, 0.66), (-0.12 + k * 0.5, -0.2, 0.78), (24, 24, 24), bias=0.03)
    b.box((-0.54, -0.24, 0.98), (0.5, 0.24, 1.04), (150, 152, 152))
    for x in (-0.52, 0.48):
        b.tube((x, 0, 0), (x, 0, 1.0), 0.03, (130, 132, 132))
    return b.model()


def _bollard(rng: Random) -> Model:
    b = Builder()
    b.tube((0, 0, 0.06), (0, 0, 0.72), 0.07, (110, 112, 114))
    b.tube((0, 0, 0.5), (0, 0, 0.58), 0.074, (60, 190, 230))
    return b.model()


def _planter(rng: Random) -> Model:
    b, stone = Builder(), rng.choice([(150, 154, 156), (100, 120, 150), (130, 132, 136)])
    half = rng.uniform(0.6, 1.2)
    b.box((-half, -0.35, 0), (half, 0.35, 0.42), stone, (50, 70, 84))
    for _k in range(int(half * 40)):
        x, y = rng.uniform(-half, half) * 0.92, rng.uniform(-0.28, 0.28)
        green = (rng.uniform(50, 80), rng.uniform(100, 150), rng.uniform(60, 90))
        b.ball(
            (x, y, 0.44 + rng.uniform(0, 0.3)),
            rng.uniform(0.06, 0.13),
            green if rng.random() < 0.86 else (120, 80, 200),
        )
    return b.model()


def _pole(rng: Random) -> Model:
    b = Builder()
    b.tube((0, 0, 0), (0, 0, 3.0), 0.04, (130, 132, 134))
    disc: Colour = rng.choice([(170, 90, 30), (50, 50, 200)])
    ring = [(0.0, 0.3 * cos(2 * pi * i / 14), 2.7 + 0.3 * sin(2 * pi * i / 14)) for i in range(14)]
    b.poly([(p[0] + 0.05, p[1], p[2]) for p in ring], disc, flat=True)
    return b.model()


def _shelter(rng: Random) -> Model:
    b, steel = Builder(), (130, 132, 134)
    for x in (-2.0, 0.0, 2.0):
        b.tube((x, 0.55, 0), (x, 0.55, 2.5), 0.05, steel)
        b.tube((x, 0.55, 2.5), (x, -0.6, 2.6), 0.04, steel)
    b.poly([(-2.3, -0.75, 2.6), (2.3, -0.75, 2.6), (2.3, 0.75, 2.5), (-2.3, 0.75, 2.5)], (150, 140, 120), flat=True)
    b.box((-1.2, 0.3, 0.42), (1.2, 0.6, 0.47), (100, 120, 140))
    return b.model()


def awning(seed: int, width: float, height: float) -> Model:
    """A striped cloth roof over a shop's door, fixed at y = 0 and `height`, reaching to -y."""
    rng, b = Random(seed * 71 + 5), Builder()
    first = rng.choice([(60, 60, 180), (90, 140, 60), (170, 110, 50), (60, 120, 190), (110, 90, 80), (130, 70, 110)])
    second = rng.choice([(226, 228, 230), (226, 228, 230), tint(first, 0.9)])
    deep, drop, half = rng.uniform(0.7, 1.0), rng.uniform(0.3, 0.45), width / 2
    n = max(4, round(width / 0.45))
    for k in range(n):
        x0, x1 = -half + width * k / n, -half + width * (k + 1) / n
        colour, low = (first if k % 2 else second), height - drop
        b.poly([(x0, -deep, low), (x1, -deep, low), (x1, 0, height), (x0, 0, height)], colour, flat=True)
        hem = [(x0, -deep, low - 0.18), (x1, -deep, low - 0.18), (x1, -deep, low), (x0, -deep, low)]
        b.poly(hem, tint(colour, 0.9), flat=True, bias=0.02)
    for x in (-half, half):
        b.poly([(x, -deep, height - drop), (x, 0, height), (x, 0, height - drop)], tint(first, 0.8), flat=True)
    return b.model()


def scenery(kind: str, seed: int, body: str = "sedan") -> Model:
    """The model of one standing thing; kinds as in script.Scenery."""
    if kind == "tree":
        return tree(seed)
    if kind == "car":
        return car(seed, body)
    makers = {"lamp": _lamp, "bin": _bin, "bollard": _bollard, "planter": _planter, "pole": _pole, "shelter": _shelter}
    return makers[kind](Random(seed))
