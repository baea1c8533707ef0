"""Drawn pieces as solid faces: what a painter suggests with a stroke, a path tracer needs as a surface."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import cos, pi, sin

import numpy as np

from models.scenes.items import Item
from models.scenes.mesh import BALL, BILLBOARD, PICTURE, POLY, RING, TUBE, Colour, Floats, Image, Prim

SIDES = 10
LIFT_M = 0.0006
"""Pieces that lie on one another are told apart by so much, in the order in which they were made [given]."""
MOST_LIFT_M = 0.02


@dataclass(slots=True)
class Picture:
    """A picture (BGR, or BGRA premultiplied) on four corners (4, 3): top left, top right, bottom right, bottom left."""

    corners: Floats
    image: Image
    glow: float = 0.0
    glowing: Image | None = None
    use: str = "thing"
    number: int = 0


@dataclass(slots=True)
class Solids:
    """Faces of one colour each, in the street frame, and the pictures among them; `number` is the thing at hand's."""

    verts: list[Floats] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    colours: list[Colour] = field(default_factory=list)
    glow: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    number: int = 0
    pictures: list[Picture] = field(default_factory=list)
    _filled: int = 0

    def hang(self, corners: Floats, prim: Prim) -> None:
        """A picture of the thing at hand."""
        self.pictures.append(Picture(corners, prim.picture, prim.glow, number=self.number))

    def face(self, points: Floats, colour: Colour, glow: float) -> None:
        """A convex polygon (n, 3)."""
        self.verts.append(points)
        self.starts.append(self._filled)
        self.counts.append(len(points))
        self.colours.append(colour)
        self.glow.append(glow)
        self.numbers.append(self.number)
        self._filled += len(points)

    def arrays(self) -> dict[str, np.ndarray]:
        """As the tracer reads them: colours as linear red, green, blue; `numbers` say whose face it is."""
        bgr = np.clip(np.array(self.colours, float).reshape(-1, 3) / 255, 0, 1)
        return {
            "verts": np.concatenate(self.verts) if self.verts else np.zeros((0, 3)),
            "starts": np.array(self.starts, int),
            "counts": np.array(self.counts, int),
            "colours": linear(bgr[:, ::-1]),
            "glow": np.array(self.glow, float),
            "numbers": np.array(self.numbers, int),
        }


def linear(srgb: Floats) -> Floats:
    """Values of a picture (0 to 1) as amounts of light (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def solids_of(items: Iterable[Item], eye: Floats) -> Solids:
    """All pieces of all things, which are numbered from 1; `eye` (3,) is where billboards turn to."""
    solids = Solids()
    for number, item in enumerate(items, 1):
        solids.number = number
        verts = item.place.world(item.model.verts)
        turn = item.place.world(item.model.normals) - item.place.world(np.zeros((1, 3)))
        for n, prim in enumerate(item.model.prims):
            points = verts[prim.first : prim.first + prim.count]
            _piece(solids, prim, points, turn[n] * min(LIFT_M * n, MOST_LIFT_M), eye)
    return solids


def _piece(solids: Solids, prim: Prim, points: Floats, lift: Floats, eye: Floats) -> None:
    if prim.code == POLY:
        solids.face(points + lift, prim.colour, prim.glow)
    elif prim.code == TUBE:
        _tube(solids, points[0], points[1], prim.size, prim.size2, prim)
    elif prim.code == BALL:
        _ball(solids, points[0], prim)
    elif prim.code == RING:
        for a, b in zip(points, np.roll(points, -1, axis=0), strict=True):
            _tube(solids, a, b, prim.size, prim.size, prim, sides=6)
    elif prim.code == PICTURE:
        solids.hang(points + lift, prim)
    elif prim.code == BILLBOARD:
        solids.hang(_facing(points[0], prim.size, eye), prim)


def _tube(solids: Solids, p: Floats, q: Floats, r: float, r2: float, prim: Prim, sides: int = SIDES) -> None:
    axis = q - p
    length = float(np.linalg.norm(axis))
    if length < 1e-6:
        return
    axis = axis / length
    aside = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    aside = aside / np.linalg.norm(aside)
    other = np.cross(axis, aside)
    turns = [2 * pi * k / sides for k in range(sides)]
    rim = np.array([cos(a) * aside + sin(a) * other for a in turns])
    low, high = p + rim * r, q + rim * r2
    for k in range(sides):
        nxt = (k + 1) % sides
        solids.face(np.array([low[k], low[nxt], high[nxt], high[k]]), prim.colour, prim.glow)
    solids.face(low[::-1], prim.colour, prim.glow)
    solids.face(high, prim.colour, prim.glow)


def _ball(solids: Solids, centre: Floats, prim: Prim, rings: int = 6) -> None:
    def at(i: int, k: int) -> Sequence[float]:
        up, round_ = pi * i / rings, 2 * pi * k / SIDES
        return (sin(up) * cos(round_), sin(up) * sin(round_), cos(up))

    for i in range(rings):
        for k in range(SIDES):
            corners = [at(i, k), at(i + 1, k), at(i + 1, k + 1), at(i, k + 1)]
            kept = corners[:1] + corners[1:3] + (corners[3:] if i else [])
            kept = [one for n, one in enumerate(kept) if not (i == rings - 1 and n == 2)]
            solids.face(centre + np.array(kept) * prim.size, prim.colour, prim.glow)


def _facing(centre: Floats, radius: float, eye: Floats) -> Floats:
    """The upright square around a place that is turned to the camera."""
    ahead = eye - centre
    ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right = -right / max(float(np.linalg.norm(right)), 1e-9)
    up = np.cross(ahead, right)
    return np.array([centre + radius * (a * right + b * up) for a, b in ((-1, 1), (1, 1), (1, -1), (-1, -1))])
