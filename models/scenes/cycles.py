"""Bicycles in the liveries of the sharing operators, private ones, and e-bikes with their riders' gear."""

import itertools
from math import cos, pi, sin
from random import Random

from models.scenes.mesh import Builder, Colour, Model, tint

LIVERIES: dict[str, tuple[Colour, Colour, Colour]] = {  # frame, mudguard, basket
    "blue": ((196, 112, 24), (200, 120, 30), (60, 60, 60)),
    "yellow": ((20, 190, 240), (20, 190, 240), (40, 40, 40)),
    "green": ((90, 190, 60), (230, 230, 230), (70, 70, 70)),
    "white": ((226, 226, 228), (60, 130, 240), (60, 60, 60)),
    "private": ((70, 60, 60), (120, 120, 126), (110, 110, 114)),
}
OPERATORS = ["blue", "yellow", "green", "white"]
SCOOTERS: list[Colour] = [
    (230, 230, 232), (40, 40, 190), (60, 56, 54), (180, 120, 40), (120, 180, 90), (190, 190, 240), (30, 150, 220),
]  # fmt: skip
_RUBBER: Colour = (34, 34, 36)
_STEEL: Colour = (150, 150, 152)


def bicycle(seed: int, livery: str = "blue", fallen: bool = False, steer: float = 0.25) -> Model:
    """A bicycle along +x, 1.65 m long, on its stand (or lying), the front wheel turned by `steer` radians."""
    rng = Random(seed * 104729 + 7)
    frame, guard, basket = LIVERIES[livery]
    if livery == "private":
        frame = rng.choice(
            [(60, 40, 140), (120, 80, 50), (60, 60, 60), (190, 190, 200), (110, 130, 60), (160, 90, 150)]
        )
    b = Builder()
    r, back, front = 0.325, -0.52, 0.54
    shared = livery != "private"
    rim = frame if livery in ("yellow", "green") else _STEEL
    _wheel(b, back, r, rim)
    crank, seat, head = (-0.06, 0.0, 0.30), (-0.2, 0.0, 0.74), (0.36, 0.0, 0.78)
    thick = 0.026 if shared else 0.018
    b.tube(crank, seat, thick, frame)
    b.tube(crank, (0.38, 0, 0.64), thick * 1.4, frame)
    if not shared:
        b.tube((-0.16, 0, 0.66), (0.38, 0, 0.70), thick, frame)
    for y in (0.045, -0.045):
        b.tube((back, y, r), (-0.17, 0, 0.62), 0.012, frame)
        b.tube((back, y, r), crank, 0.014, frame)
    b.tube(seat, (-0.22, 0, 0.86), 0.016, _STEEL)
    b.tube((-0.34, 0, 0.9), (-0.08, 0, 0.9), 0.055, (30, 30, 32), 0.03)
    b.ring((-0.06, -0.05, 0.30), 0.09, 0.012, (70, 70, 70), n=10)
    for a, y in ((0.8, -0.1), (0.8 + pi, 0.1)):
        p = (-0.06 + 0.16 * cos(a), y, 0.30 + 0.16 * sin(a))
        b.tube((-0.06, y * 0.6, 0.30), p, 0.012, _STEEL)
        b.box((p[0] - 0.05, p[1] - 0.04, p[2] - 0.012), (p[0] + 0.05, p[1] + 0.04, p[2] + 0.012), (40, 40, 40))
    _arc(b, back, r + 0.03, guard, 0.3, 2.6)
    b.tube((back, 0.06, r), (back + 0.12, 0.12, 0.02), 0.01, _STEEL)
    if shared:
        b.box((back - 0.06, -0.05, r + 0.06), (back + 0.1, 0.05, r + 0.2), tint(frame, 0.9), bias=0.02)
    _front(b, front, r, rim, frame, guard, basket, head, steer, shared or rng.random() < 0.6)
    b.lean(1.45 if fallen else 0.1)
    return b.model()


def _wheel(b: Builder, x: float, r: float, rim: Colour, y: float = 0.0) -> None:
    b.wheel((x, y, r), r * 0.9, (120, 120, 122)) if False else None
    b.ring((x, y, r), r - 0.018, 0.02, _RUBBER, n=20)
    b.ring((x, y, r), r - 0.045, 0.009, rim, n=16)
    for k in range(8):
        a = pi * k / 8
        u, v = (r - 0.05) * cos(a), (r - 0.05) * sin(a)
        b.tube((x + u, y, r + v), (x - u, y, r - v),
               0.0022, (128, 128, 130))  # fmt: skip
    b.ball((x, y, r), 0.04, (80, 80, 84))


def _arc(b: Builder, x: float, r: float, colour: Colour, a0: float, a1: float) -> None:
    pts = [(x + r * cos(a0 + (a1 - a0) * k / 5), 0.0, 0.325 + r * sin(a0 + (a1 - a0) * k / 5)) for k in range(6)]
    for p, q in itertools.pairwise(pts):
        b.tube(p, q, 0.02, colour)


def _front(
    b: Builder, x: float, r: float, rim: Colour, frame: Colour, guard: Colour, basket: Colour,
    head: tuple[float, float, float], steer: float, with_basket: bool,
) -> None:  # fmt: skip
    f = Builder()
    hx = head[0]
    _wheel(f, x - hx, r, rim)
    _arc(f, x - hx, r + 0.03, guard, 0.5, 2.9)
    for y in (0.04, -0.04):
        f.tube((x - hx, y, r), (0.03, y, 0.68), 0.014, frame)
    f.tube((0.03, 0, 0.62), (-0.03, 0, 1.0), 0.02, frame)
    f.tube((-0.02, 0, 1.0), (-0.06, 0.28, 1.03), 0.014, (60, 60, 62))
    f.tube((-0.02, 0, 1.0), (-0.06, -0.28, 1.03), 0.014, (60, 60, 62))
    for y in (0.27, -0.27):
        f.tube((-0.05, y * 0.8, 1.03), (-0.1, y * 1.05, 1.03), 0.02, (28, 28, 30))
    if with_basket:
        _basket(f, basket)
    b.join(f, (hx, 0, 0), steer)


def _basket(b: Builder, colour: Colour) -> None:
    low, high, x0, x1 = 0.74, 0.97, 0.06, 0.34
    dark = tint(colour, 0.75)
    b.poly([(x0, -0.13, low), (x1 - 0.04, -0.13, low), (x1 - 0.04, 0.13, low), (x0, 0.13, low)], dark, flat=True)
    for p, q in (
        ((x0, -0.16), (x1, -0.16)),
        ((x1, -0.16), (x1, 0.16)),
        ((x1, 0.16), (x0, 0.16)),
        ((x0, 0.16), (x0, -0.16)),
    ):
        mid = [(p[0] + (q[0] - p[0]) * k / 5, p[1] + (q[1] - p[1]) * k / 5) for k in range(6)]
        b.poly(
            [(p[0], p[1] * 0.85, low), (q[0], q[1] * 0.85, low), (*q, high), (*p, high)], tint(colour, 1.15), flat=True
        )
        for m in mid:
            b.tube((m[0], m[1] * 0.85, low), (*m, high), 0.006, dark)
        b.tube((*p, high), (*q, high), 0.01, colour)


def ebike(seed: int, steer: float = 0.2, delivery: bool | None = None) -> Model:
    """A step-through e-scooter along +x, 1.7 m long, some with a delivery box or a wind apron."""
    rng = Random(seed * 65537 + 3)
    body = tint(rng.choice(SCOOTERS), rng.uniform(0.85, 1.05))
    dark = (44, 44, 46)
    b = Builder()
    r = 0.235
    for x in (-0.52, 0.56):
        b.wheel((x, 0.05, r), r, _RUBBER)
        b.wheel((x, -0.05, r), r, _RUBBER)
        b.tube((x, -0.05, r), (x, 0.05, r), r * 0.96, _RUBBER)
        b.wheel((x, -0.062, r), r * 0.6, _STEEL, bias=0.06)
        b.wheel((x, 0.062, r), r * 0.6, _STEEL, bias=0.06)
    _side(b, [(-0.72, 0.42), (-0.12, 0.34), (-0.1, 0.62), (-0.66, 0.66)], 0.14, body)
    _side(b, [(-0.3, 0.18), (0.3, 0.2), (0.32, 0.3), (-0.2, 0.36)], 0.13, tint(body, 0.72))
    _side(b, [(0.26, 0.24), (0.4, 0.24), (0.5, 0.82), (0.4, 0.86)], 0.17, body)
    b.tube((0.56, 0, r), (0.44, 0, 0.7), 0.035, dark)
    b.tube((0.44, 0, 0.8), (0.4, 0, 0.98), 0.05, dark)
    for y in (0.32, -0.32):
        b.tube((0.4, 0, 0.98), (0.34, y, 1.0), 0.022, dark)
        b.tube((0.38, y * 0.7, 1.0), (0.44, y * 0.85, 1.2), 0.008, dark)
        b.ball((0.44, y * 0.85, 1.22), 0.05, dark)
    b.ball((0.52, 0, 0.76), 0.075, (225, 235, 240), glow=0.9)
    b.tube((-0.66, 0, 0.74), (-0.02, 0, 0.72), 0.09, (38, 38, 40), 0.11, bias=0.05)
    b.box((-0.78, -0.05, 0.52), (-0.72, 0.05, 0.6), (40, 40, 200), glow=0.8)
    b.box((-0.82, -0.1, 0.3), (-0.8, 0.1, 0.42), (220, 222, 224))
    if rng.random() < 0.25:
        b.poly([(0.56, 0.3, 0.4), (0.56, -0.3, 0.4), (0.46, -0.34, 0.95), (0.46, 0.34, 0.95)],
               rng.choice([(150, 90, 60), (70, 60, 150), (140, 140, 150)]), flat=True)  # fmt: skip
    if rng.random() < 0.22 if delivery is None else delivery:
        _side(b, [(-0.86, 0.74), (-0.4, 0.74), (-0.4, 1.18), (-0.86, 1.18)], 0.24,
              rng.choice([(40, 196, 246), (210, 140, 30), (60, 60, 64)]))  # fmt: skip
    elif rng.random() < 0.5:
        _side(b, [(-0.84, 0.76), (-0.58, 0.76), (-0.58, 1.0), (-0.84, 1.0)], 0.15, dark)
    f = Builder()
    f.join(b, turn=0.0)
    f.lean(0.07 * (1 if steer > 0 else -1))
    return f.model()


def _side(b: Builder, profile: list[tuple[float, float]], half: float, colour: Colour) -> None:
    """A block whose side (x, z) is the convex profile, counter-clockwise seen from -y."""
    b.poly([(x, -half, z) for x, z in profile], colour)
    b.poly([(x, half, z) for x, z in reversed(profile)], colour)
    n = len(profile)
    for i in range(n):
        (xa, za), (xb, zb) = profile[i], profile[(i + 1) % n]
        b.poly([(xa, -half, za), (xa, half, za), (xb, half, zb), (xb, -half, zb)], tint(colour, 1.04))
