"""Things and people strewn before one camera, for training: every kind often, every place possible."""

from collections.abc import Iterator
from itertools import count
from math import cos, hypot, radians, sin
from random import Random
from typing import get_args

import numpy as np

from models.scenes.actors import (
    Actor,
    Bikes,
    Board,
    BoardStyle,
    Car,
    RideName,
    Rider,
    Seats,
    SeatsStyle,
    Stall,
    StallStyle,
    Walker,
    Wares,
    WaresStyle,
)
from models.scenes.district import District
from models.scenes.script import FixedCamera
from models.scenes.vehicles import BODIES, half_length
from models.scenes.view import NEAR_M, View

Spot = tuple[float, float, int]
_STALLS: tuple[StallStyle, ...] = get_args(StallStyle)
_GOODS: tuple[WaresStyle, ...] = get_args(WaresStyle)
_SEATS: tuple[SeatsStyle, ...] = get_args(SeatsStyle)
_BOARDS: tuple[BoardStyle, ...] = (*get_args(BoardStyle), "banner")
_RIDES: tuple[RideName, ...] = get_args(RideName)
LIVERIES = ["blue", "yellow", "green", "white", "private"]


class Floor:
    """Free places on the ground that a camera sees, so that things do not stand in one another."""

    def __init__(self, rng: Random, d: District, camera: FixedCamera) -> None:
        self.rng, self.d = rng, d
        self.taken = [(s.x, s.y, 2.4 if s.kind == "car" else 0.5) for s in d.scenery]
        view = View(camera.x, camera.y, camera.z, camera.yaw, camera.pitch, camera.f, (1280, 720))
        noise = np.random.default_rng(rng.randrange(1 << 30))
        n = 3000
        r = 3.0 + 35 * noise.random(n) ** 0.9
        half = np.degrees(np.arctan2(660, camera.f))
        a = np.radians(camera.yaw + noise.uniform(-half, half, n))
        points = np.stack([camera.x + r * np.cos(a), camera.y + r * np.sin(a), np.full(n, 0.4)], 1)
        px, depth = view.project(points)
        seen = (depth > NEAR_M) & (px[:, 0] > 20) & (px[:, 0] < 1260) & (px[:, 1] > 10) & (px[:, 1] < 715)
        seen &= (points[:, 0] > d.x0 + 1) & (points[:, 0] < d.x1 - 1)
        deep = np.abs(points[:, 1])
        self._walk = points[seen & (deep > d.kerb + 0.4) & (deep < d.front - 0.4), :2].tolist()
        self._road = points[seen & (deep < d.kerb - 0.9), :2].tolist()

    def place(self, radius: float, road: bool = False, wall: float = 0.0) -> Spot | None:
        """(x, y, side) in view with `radius` metres free; `wall` keeps off the house by so much."""
        pool = self._road if road else self._walk
        for _ in range(12 if pool else 0):
            x, y = self.rng.choice(pool)
            if abs(y) > self.d.front - wall and not road:
                continue
            if all(hypot(x - tx, y - ty) > radius + tr for tx, ty, tr in self.taken):
                self.taken.append((x, y, radius))
                return x, y, 1 if y > 0 else -1
        return None


def populate(rng: Random, d: District, camera: FixedCamera, crowd: float = 1.0) -> list[Actor]:
    """Actors of every kind before one camera; `crowd` scales how many."""
    floor, n = Floor(rng, d, camera), count()
    actors: list[Actor] = []
    for maker, mean, most in (
        (_stall, 1.5, 4), (_bikes, 1.3, 4), (_wares, 2.0, 6), (_seats, 1.7, 5), (_board, 1.5, 4), (_walker, 4.5, 16),
        (_car, 1.3, 5), (_rider, 0.8, 4),
    ):  # fmt: skip
        for _ in range(min(int(rng.expovariate(1 / (mean * crowd)) + 0.62), most)):
            made = maker(rng, d, floor, n, camera)
            if made is not None:
                actors.append(made)
    return actors


def _seed(rng: Random) -> int:
    return rng.randrange(100_000)


def _stall(rng: Random, d: District, floor: Floor, n: Iterator[int], camera: FixedCamera) -> Actor | None:
    p = floor.place(1.3, wall=1.0) or floor.place(1.3, road=True)
    if p is None:
        return None
    turn = rng.choice([0, 0, 0, 180, 90, 270]) + rng.gauss(0, 12) + (180 if p[2] < 0 else 0)
    return Stall(id=f"st{next(n)}", seed=_seed(rng), x=p[0], y=p[1], heading=turn, style=rng.choice(_STALLS),
                 umbrella=rng.random() < 0.4, vendor=rng.random() < 0.85)  # fmt: skip


def _bikes(rng: Random, d: District, floor: Floor, n: Iterator[int], camera: FixedCamera) -> Actor | None:
    row, many = rng.random() < 0.68, rng.randint(1, 10)
    p = floor.place(0.8 + 0.16 * many if row else 1.3, wall=1.0)
    if p is None:
        return None
    heading = rng.choice([90, -90, 90, -90, 0, 180, rng.uniform(0, 360)]) + rng.gauss(0, 10)
    return Bikes(id=f"bk{next(n)}", seed=_seed(rng), x=p[0], y=p[1], heading=heading, count=many,
                 pattern="row" if row else "heap", spacing=rng.uniform(0.5, 0.8), ebikes=rng.choice([0, 0, 0.3, 1.0]),
                 livery=rng.choice(["mixed", "mixed", *LIVERIES]))  # fmt: skip


def _wares(rng: Random, d: District, floor: Floor, n: Iterator[int], camera: FixedCamera) -> Actor | None:
    p = floor.place(0.9)
    if p is None:
        return None
    y = p[2] * (d.front - rng.uniform(0.35, 1.2)) if rng.random() < 0.5 else p[1]
    return Wares(id=f"gd{next(n)}", seed=_seed(rng), x=p[0], y=y, style=rng.choice(_GOODS),
                 heading=rng.gauss(0, 10) + rng.choice([0, 180, 90]))  # fmt: skip


def _seats(rng: Random, d: District, floor: Floor, n: Iterator[int], camera: FixedCamera) -> Actor | None:
    p = floor.place(0.9)
    if p is None:
        return None
    return Seats(id=f"fu{next(n)}", seed=_seed(rng), x=p[0], y=p[1], heading=rng.uniform(0, 360),
                 style=rng.choice(_SEATS), umbrella=rng.random() < 0.3)  # fmt: skip


def _board(rng: Random, d: District, floor: Floor, n: Iterator[int], camera: FixedCamera) -> Actor | None:
    p = floor.place(0.5)
    if p is None:
        return None
    x, y, s = p
    style = rng.choice(_BOARDS)
    wide, high, low = {
        "billboard": (rng.uniform(2, 4.5), rng.uniform(1.4, 2.6), rng.choice([0.8, 4.3])),
        "lightbox": (0.9, rng.uniform(1.4, 2.6), rng.uniform(0.3, 2)),
        "banner": (rng.uniform(2, 6), rng.uniform(0.5, 0.9), rng.choice([1.2, 2.0, 4.2])),
        "aboard": (0.65, 1.15, 0.0),
    }[style]
    on_wall = style != "aboard" and rng.random() < 0.75
    return Board(id=f"bd{next(n)}", seed=_seed(rng), x=x, y=s * d.front if on_wall else y, style=style, width=wide,
                 height=high, bottom=low, facing=-90 * s + rng.gauss(0, 1 if on_wall else 25))  # fmt: skip


def _walker(rng: Random, d: District, floor: Floor, n: Iterator[int], camera: FixedCamera) -> Actor | None:
    p = floor.place(0.35, road=rng.random() < 0.08)
    if p is None:
        return None
    x, y, _s = p
    path = [(0.0, x, y)]
    if rng.random() < 0.7:
        a = radians(rng.choice([0, 180]) + rng.gauss(0, 25))
        t, dx, dy = rng.uniform(-0.6, 0.6), 30 * cos(a), 30 * sin(a)
        path = [(t - 30, x - dx, y - dy), (t + 30, x + dx, y + dy)]
    return Walker(id=f"wk{next(n)}", seed=_seed(rng), path=path, umbrella=rng.random() < 0.06, face=rng.uniform(0, 360),
                  pose=rng.choice(["stand", "stand", "work"]))  # fmt: skip


def _car(rng: Random, d: District, floor: Floor, n: Iterator[int], camera: FixedCamera) -> Actor | None:
    p = floor.place(2.6, road=True)
    body = rng.choice([*BODIES, "sedan", "suv"])
    if p is None or hypot(p[0] - camera.x, p[1] - camera.y) < half_length(body) + 3:
        return None
    return Car(id=f"car{next(n)}", seed=_seed(rng), path=[(0, p[0], p[1])], body=body,
               heading=(0 if p[1] < 0 else 180) + rng.gauss(0, 6))  # fmt: skip


def _rider(rng: Random, d: District, floor: Floor, n: Iterator[int], camera: FixedCamera) -> Actor | None:
    p = floor.place(0.9, road=rng.random() < 0.75)
    if p is None:
        return None
    a = radians(rng.choice([0, 180]) + rng.gauss(0, 15))
    path = [(0.0, p[0], p[1]), (60.0, p[0] + cos(a), p[1] + sin(a))]
    return Rider(id=f"rd{next(n)}", seed=_seed(rng), path=path, ride=rng.choice(_RIDES),
                 livery=rng.choice(LIVERIES))  # fmt: skip
