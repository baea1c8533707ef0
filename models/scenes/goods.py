"""Wares and furniture: crates of fruit, boxes, baskets, clothes racks, stools, tables, chairs."""

from math import cos, pi, sin
from random import Random

from models.scenes.mesh import Builder, Colour, Model, tint
from models.scenes.people import canopy

FRUITS: list[Colour] = [
    (40, 130, 240), (40, 50, 200), (70, 190, 90), (70, 200, 235), (110, 60, 130), (60, 170, 150), (90, 110, 220),
]  # fmt: skip
CRATES: list[Colour] = [(70, 90, 190), (170, 110, 50), (90, 150, 70), (90, 120, 160), (120, 160, 190), (150, 150, 152)]
CARTON: Colour = (112, 152, 188)
CLOTHES: list[Colour] = [
    (60, 60, 170), (150, 90, 60), (200, 200, 205), (90, 70, 90), (150, 180, 220), (60, 120, 60), (40, 40, 44),
    (190, 140, 200), (70, 170, 220),
]  # fmt: skip
GOODS = ["crates", "boxes", "baskets", "clothes", "shelf", "sacks", "flowers"]
FURNITURE = ["stool", "stools", "table", "chair", "set"]


def crate(
    b: Builder, rng: Random, x: float, y: float, z: float, size: tuple[float, float, float] = (0.55, 0.38, 0.24)
) -> None:
    """An open crate heaped with round fruit."""
    w, d, h = size[0] / 2, size[1] / 2, size[2]
    colour = tint(rng.choice(CRATES), rng.uniform(0.85, 1.1))
    b.box((x - w, y - d, z), (x + w, y + d, z + h), colour, tint(colour, 0.5))
    for k in (0.35, 0.7):
        for s in (1, -1):
            b.tube(
                (x - w, y + s * (d + 0.004), z + h * k),
                (x + w, y + s * (d + 0.004), z + h * k),
                0.012,
                tint(colour, 0.6),
                bias=0.02,
            )
            b.tube(
                (x + s * (w + 0.004), y - d, z + h * k),
                (x + s * (w + 0.004), y + d, z + h * k),
                0.012,
                tint(colour, 0.6),
                bias=0.02,
            )
    fruit, r = rng.choice(FRUITS), rng.uniform(0.04, 0.06)
    nx, ny = int(size[0] / (2.2 * r)), int(size[1] / (2.2 * r))
    for i in range(nx):
        for j in range(ny):
            p = (
                x - w + (i + 0.7) * 2 * w / (nx + 0.4),
                y - d + (j + 0.7) * 2 * d / (ny + 0.4),
                z + h + rng.uniform(-0.005, 0.04),
            )
            b.ball(p, r, tint(fruit, rng.uniform(0.82, 1.12)), bias=0.04)


def boxes(b: Builder, rng: Random, n: int = 6) -> None:
    """Stacked cartons."""
    for k in range(n):
        column, level = k % max(1, n // 2), k // max(1, n // 2)
        w, d, h = rng.uniform(0.2, 0.28), rng.uniform(0.16, 0.24), rng.uniform(0.28, 0.4)
        x, y = (column - n / 4 + 0.5) * 0.56, rng.uniform(-0.06, 0.06)
        colour = tint(CARTON, rng.uniform(0.82, 1.1)) if rng.random() < 0.7 else tint(rng.choice(CLOTHES), 1.0)
        z = level * 0.36
        b.box((x - w, y - d, z), (x + w, y + d, z + h), colour, tint(colour, 1.06))
        b.tube((x - w, y, z + h + 0.002), (x + w, y, z + h + 0.002), 0.025, tint(colour, 1.22), bias=0.03)
        b.box((x - 0.08, y - d - 0.004, z + 0.1), (x + 0.08, y - d, z + 0.2), (235, 235, 235), bias=0.03)


def _crates(b: Builder, rng: Random) -> None:
    tiers = rng.choice([1, 1, 2])
    for k in range(rng.randint(2, 4)):
        for t in range(tiers):
            crate(b, rng, (k - 1.2) * 0.6, t * 0.42 - 0.2, 0.02 + t * 0.22)
            if t:
                b.box(
                    ((k - 1.2) * 0.6 - 0.27, t * 0.42 - 0.38, 0.0),
                    ((k - 1.2) * 0.6 + 0.27, t * 0.42, 0.24),
                    (90, 110, 120),
                )


def _baskets(b: Builder, rng: Random) -> None:
    for k in range(rng.randint(3, 5)):
        x, y, r, h = (k - 2) * 0.5, rng.uniform(-0.2, 0.2), rng.uniform(0.19, 0.26), rng.uniform(0.16, 0.32)
        straw = tint((90, 150, 190), rng.uniform(0.8, 1.1))
        ring = [(x + r * cos(2 * pi * i / 10), y + r * sin(2 * pi * i / 10)) for i in range(10)]
        b.prism(ring, 0.0, h, straw, tint(straw, 0.6))
        ware = rng.choice(FRUITS)
        for i in range(12):
            a, q = 2.4 * i, r * (i / 14) ** 0.5
            b.ball(
                (x + q * cos(a), y + q * sin(a), h + 0.02 + 0.05 * (1 - q / r)),
                0.055,
                tint(ware, rng.uniform(0.8, 1.1)),
                bias=0.05,
            )


def _clothes(b: Builder, rng: Random) -> None:
    half, top = rng.uniform(0.6, 0.9), rng.uniform(1.35, 1.6)
    steel = (160, 160, 164)
    for x in (-half, half):
        b.tube((x, 0, 0.05), (x, 0, top), 0.018, steel)
        b.tube((x, -0.24, 0.03), (x, 0.24, 0.03), 0.018, steel)
    b.tube((-half, 0, top), (half, 0, top), 0.018, steel)
    n = int(half * 2 / 0.11)
    for k in range(n):
        x = -half + 0.08 + k * 0.11
        colour, long = tint(rng.choice(CLOTHES), rng.uniform(0.8, 1.1)), rng.uniform(0.5, 0.95)
        b.poly(
            [
                (x, -0.2, top - 0.1),
                (x + 0.05, -0.24, top - 0.1 - long),
                (x + 0.05, 0.24, top - 0.1 - long),
                (x, 0.2, top - 0.1),
            ],
            colour,
            flat=True,
        )
        b.poly(
            [
                (x - 0.03, -0.21, top - 0.08),
                (x + 0.09, -0.21, top - 0.08),
                (x + 0.09, -0.24, top - 0.1 - long),
                (x - 0.03, -0.24, top - 0.1 - long),
            ],
            tint(colour, 0.92),
            flat=True,
        )
        b.poly(
            [
                (x - 0.03, 0.21, top - 0.08),
                (x + 0.09, 0.21, top - 0.08),
                (x + 0.09, 0.24, top - 0.1 - long),
                (x - 0.03, 0.24, top - 0.1 - long),
            ],
            tint(colour, 0.92),
            flat=True,
        )


def _shelf(b: Builder, rng: Random) -> None:
    half, depth, levels = rng.uniform(0.45, 0.75), 0.2, rng.choice([2, 3, 3])
    frame = rng.choice([(190, 190, 194), (70, 100, 130), (60, 60, 64)])
    for x in (-half, half):
        for y in (-depth, depth):
            b.tube((x, y, 0), (x, y, levels * 0.42 + 0.1), 0.018, frame)
    for k in range(levels):
        z = 0.12 + k * 0.42
        b.box((-half, -depth, z - 0.02), (half, depth, z), frame)
        for j in range(int(half * 2 / 0.15)):
            x, h = -half + 0.08 + j * 0.15, rng.uniform(0.12, 0.28)
            colour = tint(rng.choice(CLOTHES + FRUITS), rng.uniform(0.9, 1.15))
            b.box((x - 0.06, -depth + 0.02, z), (x + 0.06, depth - 0.02, z + h), colour, tint(colour, 1.1))


def _sacks(b: Builder, rng: Random) -> None:
    for k in range(rng.randint(3, 6)):
        x, y = (k % 3 - 1) * 0.5 + rng.uniform(-0.05, 0.05), (k // 3) * 0.4 - 0.2
        colour = tint((200, 206, 208), rng.uniform(0.8, 1.0)) if rng.random() < 0.6 else (110, 150, 180)
        b.tube((x, y, 0.16), (x, y, rng.uniform(0.32, 0.5)), 0.2, colour, 0.16)
        b.ball((x, y, 0.5), 0.13, tint(rng.choice(FRUITS), 0.8), bias=0.02)


def _flowers(b: Builder, rng: Random) -> None:
    for k in range(rng.randint(4, 8)):
        x, y = (k % 4 - 1.5) * 0.36, (k // 4) * 0.38 - 0.1
        pot = rng.choice([(60, 90, 160), (200, 200, 205), (60, 60, 62)])
        b.tube((x, y, 0.12), (x, y, 0.24), 0.13, pot, 0.15)
        bloom = rng.choice([(90, 60, 220), (60, 200, 240), (230, 230, 240), (200, 110, 200), (60, 150, 70)])
        for i in range(14):
            a, q = 2.4 * i, 0.18 * (i / 14) ** 0.5
            colour = (50, rng.uniform(100, 150), 60) if i % 3 == 0 else tint(bloom, rng.uniform(0.8, 1.1))
            b.ball((x + q * cos(a), y + q * sin(a), 0.36 + 0.16 * (1 - q / 0.18) + rng.uniform(0, 0.1)), 0.065, colour)


def goods(seed: int, style: str = "crates") -> Model:
    """Wares on the ground, about 1.5 m along x; style one of GOODS."""
    rng, b = Random(seed * 2477 + 11), Builder()
    if style == "boxes":
        boxes(b, rng, rng.randint(4, 8))
    else:
        {"crates": _crates, "baskets": _baskets, "clothes": _clothes, "shelf": _shelf, "sacks": _sacks,
         "flowers": _flowers}[style](b, rng)  # fmt: skip
    return b.model()


def _stool(b: Builder, rng: Random, x: float = 0.0, y: float = 0.0) -> None:
    colour = rng.choice([(50, 50, 200), (190, 110, 40), (90, 160, 60), (60, 170, 230), (210, 210, 214)])
    for i in range(4):
        a = pi / 4 + pi / 2 * i
        b.tube(
            (x + 0.19 * cos(a), y + 0.19 * sin(a), 0.02), (x + 0.13 * cos(a), y + 0.13 * sin(a), 0.44), 0.026, colour
        )
    b.box((x - 0.15, y - 0.15, 0.42), (x + 0.15, y + 0.15, 0.46), colour, tint(colour, 1.1))


def _table(b: Builder, rng: Random, x: float = 0.0, y: float = 0.0) -> None:
    wide, deep, top = rng.uniform(0.38, 0.6), rng.uniform(0.34, 0.42), rng.uniform(0.68, 0.76)
    colour = rng.choice([(200, 206, 210), (90, 130, 170), (70, 100, 140), (60, 60, 180), (170, 120, 60)])
    for sx in (-1, 1):
        for sy in (-1, 1):
            b.tube(
                (x + sx * wide * 0.85, y + sy * deep * 0.85, 0.02),
                (x + sx * wide * 0.85, y + sy * deep * 0.85, top),
                0.02,
                (120, 120, 124),
            )
    b.box((x - wide, y - deep, top - 0.04), (x + wide, y + deep, top), tint(colour, 0.85), colour)
    for _ in range(rng.randint(0, 4)):
        px, py = x + rng.uniform(-0.8, 0.8) * wide, y + rng.uniform(-0.7, 0.7) * deep
        b.tube(
            (px, py, top + 0.02), (px, py, top + rng.uniform(0.06, 0.2)), rng.uniform(0.03, 0.06), rng.choice(CLOTHES)
        )


def _chair(b: Builder, rng: Random, x: float = 0.0, y: float = 0.0, turn: float = 0.0) -> None:
    c, colour = Builder(), rng.choice([(80, 110, 150), (60, 60, 66), (190, 196, 200), (170, 110, 50)])
    for sx in (-0.19, 0.19):
        for sy in (-0.18, 0.18):
            c.tube((sx, sy, 0.02), (sx, sy, 0.45), 0.018, tint(colour, 0.7))
    c.box((-0.21, -0.2, 0.43), (0.21, 0.2, 0.47), colour, tint(colour, 1.1))
    for sy in (-0.18, 0.18):
        c.tube((-0.2, sy, 0.45), (-0.25, sy, 0.86), 0.018, tint(colour, 0.7))
    c.poly([(-0.21, -0.19, 0.58), (-0.21, 0.19, 0.58), (-0.25, 0.19, 0.86), (-0.25, -0.19, 0.86)], colour, flat=True)
    b.join(c, (x, y, 0), turn)


def furniture(seed: int, style: str = "set") -> Model:
    """Seats and tables on the ground; style one of FURNITURE."""
    rng, b = Random(seed * 5407 + 17), Builder()
    if style == "stool":
        _stool(b, rng)
    elif style == "stools":
        for k in range(3):
            _stool(b, rng, (k - 1) * 0.45, rng.uniform(-0.15, 0.15))
    elif style == "table":
        _table(b, rng)
    elif style == "chair":
        _chair(b, rng)
    else:
        _table(b, rng)
        seat = rng.choice(["stool", "chair"])
        for k in range(rng.randint(2, 4)):
            a = pi / 2 * k
            x, y = 0.75 * cos(a), 0.66 * sin(a)
            if seat == "stool":
                _stool(b, rng, x, y)
            else:
                _chair(b, rng, x, y, a + pi)
    return b.model()


def parasol(seed: int, height: float = 2.3) -> Model:
    """A large umbrella on a pole with a foot."""
    rng, b = Random(seed * 9343 + 1), Builder()
    first = rng.choice([(60, 60, 200), (190, 110, 40), (80, 160, 70), (60, 180, 235), (225, 225, 228), (150, 80, 150)])
    second = rng.choice([first, (235, 235, 238), tint(first, 0.8)])
    b.tube((0, 0, 0.05), (0, 0, height), 0.024, (170, 170, 172))
    b.tube((0, 0, 0.04), (0, 0, 0.08), 0.2, (70, 70, 72), 0.18)
    canopy(b, (0, 0, height), rng.uniform(1.05, 1.4), 0.42, [tint(first, 0.95), tint(second, 0.95)])
    return b.model()
