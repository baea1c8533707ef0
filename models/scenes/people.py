"""People: a small skeleton with limbs that walk, in varied clothes."""

from dataclasses import dataclass
from math import cos, pi, sin
from random import Random

from models.scenes.mesh import Builder, Colour, Model, tint

SKINS: list[Colour] = [(140, 172, 214), (125, 158, 204), (112, 146, 196), (150, 182, 222)]
HAIRS: list[Colour] = [(24, 22, 24), (30, 30, 36), (38, 44, 58), (120, 118, 118), (160, 160, 162)]
TOPS: list[Colour] = [
    (60, 58, 54), (200, 200, 204), (150, 92, 50), (52, 46, 150), (74, 110, 72), (170, 150, 120), (90, 90, 98),
    (196, 168, 186), (44, 40, 38), (70, 150, 200), (120, 70, 110), (210, 214, 190), (140, 120, 40), (60, 90, 190),
]  # fmt: skip
LEGS: list[Colour] = [(60, 44, 36), (46, 44, 44), (110, 84, 60), (94, 110, 128), (34, 32, 32), (140, 140, 140)]
SHOES: list[Colour] = [(32, 30, 30), (214, 214, 216), (44, 52, 92)]


@dataclass(frozen=True)
class Look:
    """One person's body and clothes, drawn once from a seed."""

    height: float
    girth: float
    skin: Colour
    hair: Colour
    long_hair: bool
    top: Colour
    legs: Colour
    shoes: Colour
    skirt: bool
    hat: Colour | None
    bag: str
    apron: bool
    bare_arms: bool


def make_look(seed: int, vendor: bool = False) -> Look:
    rng = Random(seed * 7919 + 13)
    child = not vendor and rng.random() < 0.06
    woman = rng.random() < 0.5
    return Look(
        height=rng.uniform(1.12, 1.4) if child else rng.gauss(1.61 if woman else 1.71, 0.055),
        girth=rng.uniform(0.88, 1.2),
        skin=rng.choice(SKINS),
        hair=rng.choice(HAIRS),
        long_hair=woman and rng.random() < 0.7,
        top=tint(rng.choice(TOPS), rng.uniform(0.8, 1.1)),
        legs=tint(rng.choice(LEGS), rng.uniform(0.8, 1.1)),
        shoes=rng.choice(SHOES),
        skirt=woman and rng.random() < 0.3,
        hat=rng.choice([(180, 200, 214), (50, 50, 60), (60, 60, 170), (150, 110, 60)]) if rng.random() < 0.18 else None,
        bag=rng.choice(["", "", "", "hand", "back", "shoulder"]) if not vendor else "",
        apron=vendor and rng.random() < 0.6,
        bare_arms=rng.random() < 0.4,
    )


def person(look: Look, phase: float | None = None, pose: str = "stand", umbrella: Colour | None = None) -> Model:
    """A person facing +x. `phase` in [0, 1) is the walking cycle (None: not walking).

    pose: stand, work (hands forward), sit (on a saddle or stool at hip height 0.75 of standing).
    """
    b = Builder()
    h = look.height
    hip, shoulder, neck = 0.52 * h, 0.81 * h, 0.86 * h
    if pose == "sit":
        drop = 0.16 * h
        hip, shoulder, neck = hip - drop * 0.3, shoulder - drop * 0.3, neck - drop * 0.3
    swing = sin(2 * pi * phase) if phase is not None else 0.0
    bob = 0.012 * h * cos(4 * pi * phase) if phase is not None else 0.0
    hip, shoulder, neck = hip + bob, shoulder + bob, neck + bob
    lean = 0.03 * h if phase is not None else 0.0
    _legs(b, look, hip, phase, pose)
    _torso(b, look, hip, shoulder, lean)
    _arms(b, look, shoulder, swing, lean, "carry" if umbrella else pose)
    _head(b, look, neck, lean)
    _bag(b, look, shoulder, hip, lean)
    if umbrella:
        _held_umbrella(b, umbrella, h, lean)
    return b.model()


def _legs(b: Builder, look: Look, hip: float, phase: float | None, pose: str) -> None:
    r, half = 0.075 * look.girth, 0.085
    for k, side in enumerate((half, -half)):
        if pose == "sit":
            knee, foot = (0.36, side * 1.6, hip - 0.1), (0.26, side * 1.4, 0.14)
        elif phase is None:
            knee, foot = (0.02, side, hip * 0.52), (-0.02, side * 1.1, 0.07)
        else:
            a = 2 * pi * (phase + 0.5 * k)
            reach, lift = sin(a), max(0.0, cos(a))
            knee = (0.21 * reach + 0.05 * lift, side, hip * 0.52 + 0.03 * lift)
            foot = (0.36 * reach - 0.12 * lift, side, 0.07 + 0.13 * lift)
        lower = look.skin if look.skirt else look.legs
        b.tube((0, side * 0.9, hip), knee, r, look.legs, r * 0.78)
        b.tube(knee, foot, r * 0.72, lower, r * 0.5)
        toe = (foot[0] + 0.15, foot[1], 0.04 + (foot[2] - 0.07) * 0.7)
        b.tube((foot[0] - 0.03, foot[1], 0.05 + foot[2] - 0.07), toe,
               0.045, look.shoes)  # fmt: skip
    if look.skirt and pose != "sit":
        b.tube((0, 0, hip + 0.08), (0, 0, hip * 0.6), 0.14, look.legs, 0.2, bias=0.05)


def _torso(b: Builder, look: Look, hip: float, shoulder: float, lean: float) -> None:
    r = 0.125 * look.girth
    for side in (-1, 1):
        b.tube((0, side * 0.05, hip + 0.02), (lean, side * 0.085, shoulder - 0.09), r, look.top, r * 0.95, bias=0.02)
    b.tube((lean, -0.13, shoulder - 0.05), (lean, 0.13, shoulder - 0.05), 0.075, look.top, bias=0.03)
    b.tube((0, -0.06, hip), (0, 0.06, hip), r * 0.95, look.legs, bias=0.01)
    if look.apron:
        b.poly([(0.16, 0.15, hip - 0.25), (0.16, -0.15, hip - 0.25), (0.16, -0.12, shoulder - 0.18),
                (0.16, 0.12, shoulder - 0.18)][::-1], (190, 200, 210), flat=False, bias=0.06)  # fmt: skip


def _arms(b: Builder, look: Look, shoulder: float, swing: float, lean: float, pose: str) -> None:
    upper, lower = 0.17 * look.height, 0.16 * look.height
    sleeve = look.skin if look.bare_arms else look.top
    for side in (1, -1):
        top = (lean, side * 0.2 * look.girth, shoulder - 0.05)
        s = -swing * side * 0.5
        if pose in ("work", "sit") or (pose == "carry" and side == -1):
            reach = 0.30 if pose != "carry" else 0.16
            elbow = (lean + 0.1, top[1] * 1.12, top[2] - upper * 0.9)
            hand = (elbow[0] + reach * 0.8, top[1] * 0.9, elbow[2] + (0.12 if pose == "carry" else 0.04))
        else:
            elbow = (lean + s * upper, top[1] * 1.12, top[2] - upper * (1 - 0.15 * abs(s)))
            hand = (elbow[0] + max(s, -0.1) * lower + 0.05, top[1] * 1.1, elbow[2] - lower * (1 - 0.25 * abs(s)))
        b.tube(top, elbow, 0.055 * look.girth, look.top, 0.05, bias=0.04 * 0)
        b.tube(elbow, hand, 0.042, sleeve, 0.036)
        b.ball(hand, 0.042, look.skin)


def _head(b: Builder, look: Look, neck: float, lean: float) -> None:
    top = look.height
    centre = (lean + 0.03, 0.0, top - 0.115)
    b.tube((lean, 0, neck - 0.05), centre, 0.05, look.skin, bias=0.02)
    b.ball(centre, 0.098, look.skin, bias=0.03)
    b.ball((centre[0] - 0.04, 0, centre[2] + 0.022), 0.104, look.hair, bias=0.025)
    b.ball((centre[0] - 0.02, 0, centre[2] + 0.07), 0.076, look.hair, bias=0.05)
    if look.long_hair:
        b.tube((centre[0] - 0.07, 0, centre[2]), (lean - 0.09, 0, neck - 0.1), 0.085, look.hair, 0.06, bias=0.0)
    if look.hat:
        b.ball((centre[0] - 0.01, 0, centre[2] + 0.06), 0.1, look.hat, bias=0.07)
        b.disc((centre[0] + 0.04, 0, centre[2] + 0.05), 0.14, look.hat, bias=0.06, flat=True)


def _bag(b: Builder, look: Look, shoulder: float, hip: float, lean: float) -> None:
    colour = tint(look.legs, 0.8) if look.bag != "shoulder" else (60, 80, 130)
    if look.bag == "back":
        b.box((-0.3, -0.15, hip + 0.12), (-0.13, 0.15, shoulder - 0.02), colour)
    elif look.bag == "hand":
        b.box((-0.06, -0.34, hip - 0.32), (0.16, -0.24, hip - 0.05), (225, 225, 225))
    elif look.bag == "shoulder":
        b.box((-0.1, 0.2, hip - 0.05), (0.14, 0.29, hip + 0.16), colour)
        b.tube((0, 0.22, hip + 0.15), (lean, -0.1, shoulder), 0.012, colour)


def _held_umbrella(b: Builder, colour: Colour, h: float, lean: float) -> None:
    x, y, top = lean + 0.22, -0.18, h + 0.34
    b.tube((x, y, h * 0.62), (x, y, top), 0.012, (60, 60, 60))
    canopy(b, (x, y, top), 0.56, 0.2, [colour, tint(colour, 0.82)])


def canopy(b: Builder, top: tuple[float, float, float], radius: float, drop: float, colours: list[Colour]) -> None:
    """The eight cloth panels of an umbrella or parasol."""
    x, y, z = top
    n = 8
    rim = [(x + radius * cos(2 * pi * i / n), y + radius * sin(2 * pi * i / n), z - drop) for i in range(n)]
    mid = [(x + radius * 0.55 * cos(2 * pi * i / n), y + radius * 0.55 * sin(2 * pi * i / n), z - drop * 0.36)
           for i in range(n)]  # fmt: skip
    for i in range(n):
        j, colour = (i + 1) % n, colours[i % len(colours)]
        b.poly([rim[i], rim[j], mid[j], mid[i]], colour, flat=True, bias=0.1)
        b.poly([mid[i], mid[j], top], colour, flat=True, bias=0.2)
