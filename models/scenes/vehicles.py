"""Cars, vans, buses and delivery trucks as faceted shells with glass, wheels, lights and plates."""

from random import Random

from models.scenes.mesh import Builder, Colour, Model, tint

PAINTS: list[Colour] = [
    (236, 236, 236), (210, 210, 212), (40, 40, 42), (90, 90, 94), (130, 128, 124), (50, 40, 130), (120, 70, 40),
    (150, 160, 170), (60, 80, 60), (190, 170, 120),
]  # fmt: skip
GLASS: Colour = (62, 56, 48)
_TYRE: Colour = (30, 30, 31)
# body: length, width, height, hood and trunk height, cabin (rear bottom, rear top, front top, front bottom) along x
_SHAPES: dict[str, tuple[float, float, float, float, tuple[float, float, float, float]]] = {
    "sedan": (4.7, 1.8, 1.46, 0.88, (-1.95, -1.1, 0.45, 1.25)),
    "suv": (4.7, 1.86, 1.7, 1.02, (-2.3, -2.0, 0.4, 1.2)),
    "hatch": (4.1, 1.74, 1.55, 0.92, (-2.0, -1.65, 0.4, 1.2)),
    "taxi": (4.7, 1.8, 1.48, 0.88, (-1.95, -1.1, 0.45, 1.25)),
    "van": (4.9, 1.78, 1.95, 1.05, (-2.42, -2.36, 1.1, 2.0)),
}
BODIES = [*_SHAPES, "bus", "truck"]


def half_length(body: str) -> float:
    """Half of a body's length in metres."""
    return {"bus": 5.5, "truck": 3.1}.get(body) or _SHAPES[body][0] / 2


def car(seed: int, body: str = "sedan") -> Model:
    """A vehicle with its nose to +x; the origin under its middle."""
    rng = Random(seed * 31337 + 5)
    if body == "bus":
        return _bus(rng)
    if body == "truck":
        return _truck(rng)
    length, width, height, waist, cabin = _SHAPES[body]
    paint = tint(rng.choice(PAINTS), rng.uniform(0.9, 1.05))
    if body == "taxi":
        paint = rng.choice([(60, 180, 120), (20, 170, 235), (190, 120, 40)])
    b, half, l2 = Builder(), width / 2, length / 2
    _hull(b, l2, half, waist, paint)
    _cabin(b, half, waist, height, cabin, paint)
    for x in (-l2 * 0.62, l2 * 0.62):
        for side in (1, -1):
            _wheel(b, x, side * (half - 0.02), 0.32, side)
    _ends(b, l2, half, waist, rng)
    if body == "taxi":
        b.box((-0.4, -0.22, height), (-0.15, 0.22, height + 0.14), (40, 200, 240), glow=1.0)
    return b.model()


def _hull(b: Builder, l2: float, half: float, waist: float, paint: Colour) -> None:
    low, r = 0.22, 0.24
    side = [(-l2 + 0.06, low), (l2 - 0.1, low), (l2, 0.45), (l2 - 0.03, waist - 0.2), (l2 - 0.45, waist - 0.04),
            (-l2 + 0.25, waist), (-l2, waist - 0.12), (-l2, 0.42)]  # fmt: skip
    b.poly([(x, -half, z) for x, z in side], paint)
    b.poly([(x, half, z) for x, z in reversed(side)], paint)
    n = len(side)
    for i in range(n):
        (xa, za), (xb, zb) = side[i], side[(i + 1) % n]
        b.poly([(xa, -half, za), (xa, half, za), (xb, half, zb), (xb, -half, zb)][::-1] if False else
               [(xa, half, za), (xa, -half, za), (xb, -half, zb), (xb, half, zb)][::-1], paint)  # fmt: skip
    for s in (1, -1):
        y = s * (half + 0.004)
        strip = [(-l2 + 0.1, y, low), (l2 - 0.12, y, low), (l2 - 0.1, y, low + 0.12), (-l2 + 0.08, y, low + 0.12)]
        b.poly(strip if s < 0 else strip[::-1], (46, 46, 48), bias=0.02)
        for x in (-0.15, -1.05, 0.85):
            b.tube((x, y, low + 0.18), (x, y, waist - 0.04), 0.006, tint(paint, 0.55), bias=0.03)
        for x in (-0.35, 0.6):
            b.tube((x - 0.09, y, waist - 0.13), (x + 0.09, y, waist - 0.13), 0.014, tint(paint, 0.7), bias=0.04)
    del r


def _cabin(
    b: Builder, half: float, waist: float, height: float, cabin: tuple[float, float, float, float], paint: Colour
) -> None:
    rb, rt, ft, fb = cabin
    w, t, low = half - 0.04, half - 0.24, waist - 0.03
    roof = [(ft, -t, height), (ft, t, height), (rt, t, height), (rt, -t, height)]
    b.poly(roof, paint, bias=0.05)
    b.poly([(fb, -w, low), (fb, w, low), (ft, t, height), (ft, -t, height)], tint(GLASS, 1.2), bias=0.02)
    b.poly([(rb, w, low), (rb, -w, low), (rt, -t, height), (rt, t, height)], GLASS, bias=0.02)
    for s in (1, -1):
        quad = [(rb, s * w, low), (fb, s * w, low), (ft, s * t, height), (rt, s * t, height)]
        b.poly(quad if s < 0 else quad[::-1], GLASS, bias=0.02)
        for x0, x1 in ((fb, ft), (rb, rt)):
            b.tube((x0, s * w, low), (x1, s * t, height), 0.04, paint, bias=0.03)
        b.tube((rt, s * t, height), (ft, s * t, height), 0.035, paint, bias=0.05)
        mid = (rt + ft) / 2
        b.tube((mid - 0.1, s * w, low), (mid - 0.05, s * t, height), 0.035, tint(paint, 0.55), bias=0.04)
        b.box((fb - 0.32, s * (half + 0.1) - 0.08, waist), (fb - 0.2, s * (half + 0.1) + 0.08, waist + 0.14), paint)


def _wheel(b: Builder, x: float, y: float, r: float, side: int) -> None:
    b.tube((x, y - side * 0.16, r), (x, y - side * 0.02, r), r * 0.98, _TYRE)
    b.wheel((x, y + side * 0.012, r), r * 1.12, (22, 22, 23), n=14, bias=0.06)
    b.wheel((x, y + side * 0.02, r), r, _TYRE, n=14, bias=0.08)
    b.wheel((x, y + side * 0.03, r), r * 0.66, (168, 168, 170), n=10, bias=0.12)
    b.wheel((x, y + side * 0.035, r), r * 0.2, (70, 70, 70), n=8, bias=0.14)


def _ends(b: Builder, l2: float, half: float, waist: float, rng: Random) -> None:
    for s in (1, -1):
        y = s * (half - 0.22)
        b.poly([(l2 + 0.01, y - 0.18, waist - 0.32), (l2 + 0.01, y + 0.18, waist - 0.32),
                (l2 - 0.05, y + 0.18, waist - 0.16), (l2 - 0.05, y - 0.18, waist - 0.16)], (235, 240, 240),
               glow=1.1, bias=0.06)  # fmt: skip
        b.poly([(-l2 - 0.01, y + 0.16, waist - 0.32), (-l2 - 0.01, y - 0.16, waist - 0.32),
                (-l2 - 0.01, y - 0.16, waist - 0.14), (-l2 - 0.01, y + 0.16, waist - 0.14)], (40, 36, 190),
               glow=0.9, bias=0.06)  # fmt: skip
    plate = rng.choice([(180, 80, 20), (180, 80, 20), (120, 200, 110)])
    for x, k in ((l2 + 0.02, 1), (-l2 - 0.02, -1)):
        quad = [(x, -0.22, 0.42), (x, 0.22, 0.42), (x, 0.22, 0.56), (x, -0.22, 0.56)]
        b.poly(quad if k > 0 else quad[::-1], plate, bias=0.08)
    grille = [(l2 + 0.012, -0.4, 0.5), (l2 + 0.012, 0.4, 0.5), (l2, 0.4, waist - 0.28), (l2, -0.4, waist - 0.28)]
    b.poly(grille, (36, 36, 38), bias=0.05)


def _panel(b: Builder, x0: float, x1: float, y: float, z0: float, z1: float, colour: Colour, bias: float) -> None:
    quad = [(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)]
    b.poly(quad if y < 0 else quad[::-1], colour, bias=bias)


def _bus(rng: Random) -> Model:
    paint, band = rng.choice([((90, 150, 60), (220, 220, 220)), ((200, 140, 60), (235, 235, 235)),
                              ((60, 60, 190), (230, 230, 235)), ((220, 220, 222), (60, 140, 230))])  # fmt: skip
    b, l2, half, h = Builder(), 5.5, 1.25, 3.0
    b.box((-l2, -half, 0.32), (l2, half, h), paint, tint(paint, 1.05))
    for s in (1, -1):
        y = s * (half + 0.01)
        _panel(b, -l2, l2, y, 0.34, 1.15, band, 0.02)
        _panel(b, -l2 + 0.3, l2 - 0.3, y * 1.001, 1.35, 2.45, GLASS, 0.04)
        for k in range(8):
            x = -l2 + 0.9 + k * 1.35
            _panel(b, x, x + 0.08, y * 1.002, 1.35, 2.45, tint(paint, 0.7), 0.06)
        if s < 0:
            for x in (-0.6, 3.6):
                _panel(b, x, x + 1.2, y * 1.003, 0.4, 2.45, tint(GLASS, 1.25), 0.08)
                _panel(b, x + 0.57, x + 0.63, y * 1.004, 0.4, 2.45, tint(paint, 0.7), 0.09)
        for x in (-3.2, 3.1 if s > 0 else 2.6):
            _wheel(b, x, s * (half + 0.01), 0.48, s)
    for x, k in ((l2 + 0.01, 1), (-l2 - 0.01, -1)):
        glass = [(x, -1.15, 1.25), (x, 1.15, 1.25), (x, 1.15, 2.5), (x, -1.15, 2.5)]
        b.poly(glass if k > 0 else glass[::-1], GLASS, bias=0.05)
        sign = [(x, -0.9, 2.58), (x, 0.9, 2.58), (x, 0.9, 2.86), (x, -0.9, 2.86)]
        b.poly(sign if k > 0 else sign[::-1], (30, 120, 230), bias=0.05, glow=1.0)
        lamp = (235, 240, 240) if k > 0 else (40, 40, 190)
        for y in (-1.0, 1.0):
            quad = [(x, y - 0.16, 0.6), (x, y + 0.16, 0.6), (x, y + 0.16, 0.85), (x, y - 0.16, 0.85)]
            b.poly(quad if k > 0 else quad[::-1], lamp, bias=0.05, glow=1.0)
    return b.model()


def _truck(rng: Random) -> Model:
    cab = rng.choice([(210, 120, 40), (230, 230, 230), (60, 60, 180)])
    cargo = rng.choice([(226, 226, 226), (190, 150, 60), (200, 210, 215)])
    b, half = Builder(), 0.98
    b.box((-3.1, -half, 0.62), (1.35, half, 2.75), cargo, tint(cargo, 1.05))
    b.box((-3.1, -0.8, 0.42), (2.9, 0.8, 0.66), (52, 52, 54))
    front = [(1.5, 0.45), (3.05, 0.45), (3.1, 1.15), (2.75, 2.05), (1.5, 2.1)]
    b.poly([(x, -0.92, z) for x, z in front], cab)
    b.poly([(x, 0.92, z) for x, z in reversed(front)], cab)
    for (xa, za), (xb, zb) in zip(front, front[1:] + front[:1], strict=True):
        glass = xa == 3.1
        b.poly([(xa, -0.92, za), (xa, 0.92, za), (xb, 0.92, zb), (xb, -0.92, zb)], tint(GLASS, 1.2) if glass else cab)
    for s in (1, -1):
        _panel(b, 1.75, 2.75, s * 0.93, 1.25, 1.85, GLASS, 0.05)
        for x in (-2.0, 2.2):
            _wheel(b, x, s * 0.94, 0.4, s)
        for k in range(5):
            b.tube(
                (-2.9 + k, s * (half + 0.01), 0.66),
                (-2.9 + k, s * (half + 0.01), 2.72),
                0.012,
                tint(cargo, 0.8),
                bias=0.05,
            )
        b.poly([(3.11, s * 0.7 - 0.15, 0.75), (3.11, s * 0.7 + 0.15, 0.75), (3.11, s * 0.7 + 0.15, 0.92),
                (3.11, s * 0.7 - 0.15, 0.92)], (235, 240, 240), bias=0.05, glow=1.1)  # fmt: skip
    return b.model()
