"""Street stalls: push cart, cargo tricycle, folding table, blanket on the ground, each with its wares."""

from math import cos, pi, sin
from random import Random

from models.scenes.goods import CLOTHES, FRUITS, boxes, crate
from models.scenes.mesh import Builder, Colour, Image, Model, tint
from models.scenes.signs import small_board

_CLOTHS: list[Colour] = [(50, 50, 190), (180, 110, 50), (90, 150, 70), (70, 170, 225), (190, 190, 194), (120, 70, 130)]


def stall(seed: int, style: str = "cart") -> Model:
    """A stall with its long side along x, customers on its -y side; the vendor stands at +y."""
    rng, b = Random(seed * 6151 + 23), Builder()
    {"cart": _cart, "table": _table, "trike": _trike, "blanket": _blanket}[style](b, rng)
    return b.model()


def _wares(b: Builder, rng: Random, half: float, deep: float, z: float) -> None:
    kind = rng.choice(["fruit", "fruit", "heaps", "food", "toys"])
    if kind == "fruit":
        n = max(2, int(half * 2 / 0.5))
        for k in range(n):
            for y in (-deep * 0.5, deep * 0.5):
                crate(
                    b,
                    rng,
                    -half + (k + 0.5) * 2 * half / n,
                    y,
                    z,
                    (2 * half / n * 0.92, deep * 0.92, rng.uniform(0.08, 0.16)),
                )
    elif kind == "heaps":
        for k in range(int(half * 2 / 0.34)):
            x, colour = -half + 0.17 + k * 0.34, rng.choice(FRUITS)
            for i in range(16):
                a, q = 2.4 * i, 0.16 * (i / 16) ** 0.5
                b.ball(
                    (x + q * cos(a), 1.6 * q * sin(a) * deep, z + 0.05 + 0.16 * (1 - q / 0.16)),
                    0.055,
                    tint(colour, rng.uniform(0.8, 1.1)),
                    bias=0.05,
                )
    elif kind == "food":
        _food(b, rng, half, deep, z)
    else:
        for k in range(int(half * 2 / 0.2)):
            for y in (-deep * 0.6, 0.0, deep * 0.6):
                x, h = -half + 0.1 + k * 0.2, rng.uniform(0.06, 0.26)
                colour = tint(rng.choice(CLOTHES + FRUITS), rng.uniform(0.9, 1.15))
                b.box((x - 0.08, y - 0.07, z), (x + 0.08, y + 0.07, z + h), colour, tint(colour, 1.1))


def _food(b: Builder, rng: Random, half: float, deep: float, z: float) -> None:
    """Pots and a glass case of a cooked-food stall."""
    steel = (176, 178, 180)
    for k in range(2):
        x = -half * 0.55 + k * 0.46
        ring = [(x + 0.19 * cos(2 * pi * i / 12), 0.19 * sin(2 * pi * i / 12)) for i in range(12)]
        b.prism(ring, z, z + 0.26, steel, (90, 120, 150))
    x0, x1 = half * 0.3, half * 0.95
    b.box((x0, -deep * 0.7, z), (x1, deep * 0.7, z + 0.1), (60, 70, 190))
    for k in range(5):
        b.ball((x0 + (k + 0.5) * (x1 - x0) / 5, 0, z + 0.16), 0.06, rng.choice([(60, 120, 190), (80, 160, 220)]))
    for x in (x0, x1):
        for y in (-deep * 0.7, deep * 0.7):
            b.tube((x, y, z), (x, y, z + 0.42), 0.012, steel)
    b.box((x0 - 0.02, -deep * 0.74, z + 0.42), (x1 + 0.02, deep * 0.74, z + 0.45), (210, 214, 216), bias=0.05)


def _front_board(b: Builder, rng: Random, half: float, y: float, low: float, high: float) -> None:
    image: Image = small_board(rng.randrange(1 << 30), (2 * half, high - low))
    b.picture([(-half, y, high), (half, y, high), (half, y, low), (-half, y, low)], image, bias=0.05, glow=0.4)


def _cart(b: Builder, rng: Random) -> None:
    half, deep, deck, top = rng.uniform(0.75, 1.0), rng.uniform(0.34, 0.45), 0.42, rng.uniform(0.82, 0.92)
    colour = rng.choice([(60, 60, 180), (190, 120, 50), (176, 180, 184), (90, 150, 80), (70, 160, 215)])
    b.box((-half, -deep, deck), (half, deep, top), colour, tint(colour, 0.8))
    if rng.random() < 0.75:
        _front_board(b, rng, half * 0.94, -deep - 0.01, deck + 0.03, top - 0.03)
    for x in (-half * 0.6, half * 0.6):
        for s in (1, -1):
            _spoked(b, x, s * (deep + 0.03), 0.28)
    for y in (-deep * 0.8, deep * 0.8):
        b.tube((half, y, top - 0.06), (half + 0.42, y, top + 0.1), 0.02, (140, 140, 142))
    b.tube((half + 0.42, -deep * 0.8, top + 0.1), (half + 0.42, deep * 0.8, top + 0.1), 0.022, (140, 140, 142))
    _wares(b, rng, half * 0.95, deep * 0.95, top)
    if rng.random() < 0.5:
        _roof(b, rng, half, deep, top)


def _spoked(b: Builder, x: float, y: float, r: float) -> None:
    """A wheel with a tyre, a rim and spokes."""
    b.ring((x, y, r), r - 0.025, 0.026, (34, 34, 36), n=18, bias=0.06)
    b.ring((x, y, r), r - 0.06, 0.01, (150, 150, 154), n=14, bias=0.06)
    for k in range(6):
        u, v = (r - 0.06) * cos(pi * k / 6), (r - 0.06) * sin(pi * k / 6)
        b.tube((x + u, y, r + v), (x - u, y, r - v), 0.006, (140, 140, 144), bias=0.05)
    b.ball((x, y, r), 0.035, (90, 90, 94), bias=0.07)


def _roof(b: Builder, rng: Random, half: float, deep: float, top: float) -> None:
    """A cart's own fixed roof with a fascia strip."""
    z = rng.uniform(1.95, 2.15)
    for x in (-half * 0.95, half * 0.95):
        for y in (-deep * 0.95, deep * 0.95):
            b.tube((x, y, top), (x, y, z), 0.018, (160, 160, 164))
    colour = rng.choice(_CLOTHS)
    b.poly(
        [
            (-half * 1.1, -deep * 1.5, z),
            (half * 1.1, -deep * 1.5, z),
            (half * 1.1, 0, z + 0.28),
            (-half * 1.1, 0, z + 0.28),
        ],
        colour,
        flat=True,
        bias=0.3,
    )
    b.poly(
        [
            (-half * 1.1, deep * 1.5, z),
            (half * 1.1, deep * 1.5, z),
            (half * 1.1, 0, z + 0.28),
            (-half * 1.1, 0, z + 0.28),
        ],
        tint(colour, 0.9),
        flat=True,
        bias=0.28,
    )
    x, y = half * 1.1, -deep * 1.5
    b.picture([(-x, y, z), (x, y, z), (x, y, z - 0.26), (-x, y, z - 0.26)],
              small_board(rng.randrange(1 << 30), (2.2 * half, 0.26)), bias=0.35, glow=0.5)  # fmt: skip


def _table(b: Builder, rng: Random) -> None:
    half, deep, top = rng.uniform(0.8, 1.2), rng.uniform(0.36, 0.5), rng.uniform(0.7, 0.8)
    cloth = tint(rng.choice(_CLOTHS), rng.uniform(0.85, 1.1))
    skirt = rng.uniform(0.1, 0.5)
    for x in (-half * 0.9, half * 0.9):
        for y in (-deep * 0.85, deep * 0.85):
            b.tube((x, y, 0.02), (x, y, top), 0.022, (110, 110, 112))
    b.box((-half, -deep, skirt), (half, deep, top), cloth, tint(cloth, 1.05))
    for k in range(int(half * 10)):
        x = -half + (k + 0.5) * 0.2
        b.tube((x, -deep - 0.005, skirt), (x, -deep - 0.005, top - 0.04), 0.012, tint(cloth, 0.82), bias=0.03)
    _wares(b, rng, half * 0.95, deep * 0.9, top)
    for x in (-half - 0.35, half + 0.35):
        if rng.random() < 0.5:
            crate(b, rng, x, 0.0, 0.0, (0.5, 0.4, 0.3))


def _trike(b: Builder, rng: Random) -> None:
    """A cargo tricycle with an open bed; its front wheel to +x."""
    half, deep, deck, top = 0.82, 0.46, 0.46, 0.72
    paint = rng.choice([(170, 100, 40), (60, 60, 170), (80, 120, 60), (140, 142, 146)])
    b.box((-half, -deep, deck), (half, deep, top), paint, tint(paint, 0.55))
    for s in (1, -1):
        y = s * (deep + 0.05)
        _spoked(b, -half * 0.3, y, 0.31)
    b.ring((1.55, 0, 0.3), 0.28, 0.026, (34, 34, 36), n=18)
    b.wheel((1.55, 0, 0.3), 0.08, (90, 90, 92))
    b.tube((half, 0, 0.46), (1.2, 0, 0.46), 0.03, paint)
    b.tube((1.2, 0, 0.46), (1.45, 0, 0.95), 0.03, paint)
    b.tube((1.55, 0, 0.3), (1.42, 0, 1.05), 0.022, (120, 120, 122))
    b.tube((1.4, -0.3, 1.06), (1.4, 0.3, 1.06), 0.018, (40, 40, 42))
    b.tube((1.0, 0, 0.46), (1.0, 0, 0.8), 0.02, (120, 120, 122))
    b.tube((0.9, 0, 0.84), (1.12, 0, 0.84), 0.07, (34, 34, 36))
    _wares(b, rng, half * 0.95, deep * 0.92, top)
    if rng.random() < 0.4:
        _roof(b, rng, half, deep, top)
    elif rng.random() < 0.6:
        _front_board(b, rng, half * 0.6, -deep - 0.06, top - 0.22, top + 0.12)


def _blanket(b: Builder, rng: Random) -> None:
    half, deep = rng.uniform(0.8, 1.2), rng.uniform(0.5, 0.75)
    cloth = tint(rng.choice(_CLOTHS), 0.95)
    b.box((-half, -deep, 0.0), (half, deep, 0.025), cloth, cloth)
    if rng.random() < 0.35:
        s = Builder()
        boxes(s, rng, 4)
        b.join(s, (half * 0.3, deep * 0.4, 0.02))
    for i in range(int(half * 2 / 0.24)):
        for j in range(int(deep * 2 / 0.26)):
            x, y = -half + 0.14 + i * 0.24, -deep + 0.14 + j * 0.26
            colour = tint(rng.choice(CLOTHES + FRUITS), rng.uniform(0.85, 1.15))
            if rng.random() < 0.5:
                b.box(
                    (x - 0.09, y - 0.08, 0.025),
                    (x + 0.09, y + 0.08, rng.uniform(0.06, 0.24)),
                    colour,
                    tint(colour, 1.08),
                    bias=0.03,
                )
            else:
                b.ball((x, y, 0.09), rng.uniform(0.06, 0.1), colour, bias=0.03)
