"""Small solid models (polygons, capsules, balls, rings, pictures) in metres, drawn by the painter's rule.

Model frame: x forward, y left, z up, origin on the ground under the thing. A drawn model is a sprite:
premultiplied BGRA at image resolution, so that pasting it over a picture is one multiply and one add.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, pi, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Image = NDArray[Any]  # uint8; cv2's own stubs promise less, so the type does not say it
Colour = tuple[float, float, float]
POLY, TUBE, BALL, RING, PICTURE, BILLBOARD = range(6)


@dataclass(slots=True)
class Prim:
    """One drawn piece: `count` vertices from `first`; `size` is radius or thickness in metres."""

    code: int
    first: int
    count: int
    colour: Colour
    size: float = 0.0
    size2: float = 0.0
    picture: Any = None
    glow: float = 0.0
    bias: float = 0.0
    flat: bool = False


@dataclass(slots=True)
class Model:
    """A finished set of pieces; `verts` (n, 3), `normals` and `centres` (pieces, 3), `tubes` piece numbers."""

    verts: Floats
    prims: list[Prim]
    normals: Floats
    centres: Floats
    biases: Floats
    firsts: Ints
    counts: Ints
    tubes: Ints
    sizes: Floats

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        return self.verts.min(axis=0), self.verts.max(axis=0)


def tint(colour: Colour, k: float) -> Colour:
    return (colour[0] * k, colour[1] * k, colour[2] * k)


@dataclass
class Builder:
    """Collects pieces; every method returns nothing and works in the model frame."""

    points: list[Sequence[float]] = field(default_factory=list)
    prims: list[Prim] = field(default_factory=list)

    def _add(self, code: int, points: Sequence[Sequence[float]], colour: Colour, **kw: Any) -> None:
        self.prims.append(Prim(code, len(self.points), len(points), colour, **kw))
        self.points.extend(points)

    def poly(self, points: Sequence[Sequence[float]], colour: Colour, **kw: Any) -> None:
        """A convex polygon; counter-clockwise seen from its front (only `flat` ones show their back)."""
        self._add(POLY, points, colour, **kw)

    def tube(
        self, p: Sequence[float], q: Sequence[float], r: float, colour: Colour, r2: float | None = None, **kw: Any
    ) -> None:
        self._add(TUBE, [p, q], colour, size=r, size2=r if r2 is None else r2, **kw)

    def ball(self, p: Sequence[float], r: float, colour: Colour, **kw: Any) -> None:
        self._add(BALL, [p], colour, size=r, **kw)

    def ring(
        self, centre: Sequence[float], radius: float, thick: float, colour: Colour, n: int = 18, **kw: Any
    ) -> None:
        """An upright ring in the x-z plane (a wheel)."""
        cx, cy, cz = centre
        pts = [(cx + radius * cos(2 * pi * i / n), cy, cz + radius * sin(2 * pi * i / n)) for i in range(n)]
        self._add(RING, pts, colour, size=thick, **kw)

    def picture(self, corners: Sequence[Sequence[float]], image: Image, **kw: Any) -> None:
        """A picture (BGR) on a rectangle: top left, top right, bottom right, bottom left from its front."""
        self._add(PICTURE, corners, (255, 255, 255), picture=image, **kw)

    def billboard(self, centre: Sequence[float], radius: float, image: Image, **kw: Any) -> None:
        """A premultiplied BGRA picture that always faces the camera."""
        self._add(BILLBOARD, [centre], (255, 255, 255), size=radius, picture=image, **kw)

    def box(
        self, low: Sequence[float], high: Sequence[float], colour: Colour, top: Colour | None = None, **kw: Any
    ) -> None:
        x0, y0, z0 = low
        x1, y1, z1 = high
        self.prism([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], z0, z1, colour, top, **kw)

    def prism(
        self, base: Sequence[tuple[float, float]], z0: float, z1: float, colour: Colour, top: Colour | None = None,
        **kw: Any,
    ) -> None:  # fmt: skip
        """An upright prism over a convex counter-clockwise base."""
        n = len(base)
        for i in range(n):
            a, b = base[i], base[(i + 1) % n]
            self.poly([(*a, z0), (*b, z0), (*b, z1), (*a, z1)], colour, **kw)
        self.poly([(*p, z1) for p in base], top or colour, **kw)

    def disc(self, centre: Sequence[float], radius: float, colour: Colour, n: int = 14, **kw: Any) -> None:
        """A level disc seen from above."""
        cx, cy, cz = centre
        self.poly(
            [(cx + radius * cos(2 * pi * i / n), cy + radius * sin(2 * pi * i / n), cz) for i in range(n)],
            colour, **kw,
        )  # fmt: skip

    def wheel(self, centre: Sequence[float], radius: float, colour: Colour, n: int = 12, **kw: Any) -> None:
        """An upright disc in the x-z plane, seen from both sides."""
        cx, cy, cz = centre
        self.poly(
            [(cx + radius * cos(2 * pi * i / n), cy, cz + radius * sin(2 * pi * i / n)) for i in range(n)],
            colour, flat=True, **kw,
        )  # fmt: skip

    def join(self, other: "Builder", at: Sequence[float] = (0.0, 0.0, 0.0), turn: float = 0.0) -> None:
        """Take another builder's pieces in, turned by `turn` radians about z and moved to `at`."""
        c, s, first = cos(turn), sin(turn), len(self.points)
        self.points.extend(
            (at[0] + c * p[0] - s * p[1], at[1] + s * p[0] + c * p[1], at[2] + p[2]) for p in other.points
        )
        for prim in other.prims:
            self.prims.append(
                Prim(prim.code, prim.first + first, prim.count, prim.colour, prim.size, prim.size2,
                     prim.picture, prim.glow, prim.bias, prim.flat)
            )  # fmt: skip

    def lean(self, roll: float) -> None:
        """Tip everything about the x axis on the ground (a bicycle on its stand, or fallen)."""
        c, s = cos(roll), sin(roll)
        self.points = [(p[0], p[1] * c - p[2] * s, max(p[1] * s + p[2] * c, 0.01)) for p in self.points]

    def model(self) -> Model:
        """Everything collected, with what drawing needs of every piece at once."""
        verts = np.array(self.points, float).reshape(-1, 3)
        codes = np.array([p.code for p in self.prims], int)
        firsts = np.array([p.first for p in self.prims], int)
        counts = np.array([p.count for p in self.prims], int)
        normals, centres = np.zeros((len(codes), 3)), np.zeros((len(codes), 3))
        if len(codes):
            centres = np.add.reduceat(verts, firsts, axis=0) / counts[:, None]
            faces = np.flatnonzero((codes == POLY) | (codes == PICTURE))
            a = verts[firsts[faces]]
            n = np.cross(verts[firsts[faces] + 1] - a, verts[firsts[faces] + 2] - a)
            n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9)
            normals[faces] = np.where((codes[faces] == PICTURE)[:, None], -n, n)
        sizes = np.array([(p.size, p.size2) for p in self.prims], float).reshape(-1, 2)
        biases = np.array([p.bias for p in self.prims])
        return Model(verts, self.prims, normals, centres, biases, firsts, counts, np.flatnonzero(codes == TUBE), sizes)
