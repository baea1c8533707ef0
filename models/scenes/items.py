"""From actors of a script to drawn things: what each one is made of at a time, and where it stands."""

import itertools
from dataclasses import dataclass, field
from functools import lru_cache
from math import atan2, cos, degrees, hypot, radians, sin
from random import Random

import numpy as np

from models.scenes import cycles, goods, people, scenery, signs, stalls, vehicles
from models.scenes.actors import Actor, Bikes, Board, Car, Rider, Seats, Stall, Walker, Wares, Waypoint
from models.scenes.district import District, Scenery
from models.scenes.draw import Place
from models.scenes.mesh import Model

STEP_M = 1.35
Box2 = tuple[float, float, float, float]


@dataclass(frozen=True)
class Item:
    """One labelled thing in the street. `kind` None is scenery without a label.

    `still`: neither place nor look changes while its actor is there. `layer`: what is drawn later where
    footprints overlap. `key` tells one look from another, so that a drawn sprite can be kept.
    """

    id: str
    kind: str | None
    model: Model
    place: Place
    still: bool
    layer: int = 0
    key: str = ""
    ground: Box2 = field(default=(0.0, 0.0, 0.0, 0.0))


def item(
    id: str, kind: str | None, model: Model, place: Place, still: bool = True, layer: int = 0, key: str = ""
) -> Item:
    return Item(id, kind, model, place, still, layer, key or id, footprint(model, place))


def footprint(model: Model, place: Place) -> Box2:
    """Axis-parallel bounds on the ground: x0, y0, x1, y1."""
    low, high = model.bounds
    corners = np.array([[x, y, 0.0] for x in (low[0], high[0]) for y in (low[1], high[1])])
    world = place.world(corners)
    return (*world[:, :2].min(axis=0).tolist(), *world[:, :2].max(axis=0).tolist())


def along(path: list[Waypoint], t: float) -> tuple[float, float, float, float]:
    """Place (x, y), heading and speed at a time of timed waypoints; before and after it stands."""
    if t <= path[0][0] or len(path) == 1:
        nxt = path[min(1, len(path) - 1)]
        return path[0][1], path[0][2], _heading(path[0], nxt), 0.0
    for a, b in itertools.pairwise(path):
        if t < b[0]:
            k = (t - a[0]) / max(b[0] - a[0], 1e-6)
            x, y = a[1] + (b[1] - a[1]) * k, a[2] + (b[2] - a[2]) * k
            return x, y, _heading(a, b), hypot(b[1] - a[1], b[2] - a[2]) / max(b[0] - a[0], 1e-6)
    return path[-1][1], path[-1][2], _heading(path[-2], path[-1]), 0.0


def _heading(a: Waypoint, b: Waypoint) -> float:
    return degrees(atan2(b[2] - a[2], b[1] - a[1])) if (a[1], a[2]) != (b[1], b[2]) else 0.0


def travelled(path: list[Waypoint], t: float) -> float:
    """Metres gone along the waypoints until t."""
    total = 0.0
    for a, b in itertools.pairwise(path):
        if t <= a[0]:
            break
        k = min(1.0, (t - a[0]) / max(b[0] - a[0], 1e-6))
        total += hypot(b[1] - a[1], b[2] - a[2]) * k
    return total


@lru_cache(maxsize=4096)
def _person(seed: int, phase: int | None, pose: str, umbrella: bool, vendor: bool = False) -> Model:
    colour = (
        [(60, 60, 190), (150, 90, 50), (50, 50, 54), (120, 170, 90), (190, 160, 220)][seed % 5] if umbrella else None
    )
    look = people.make_look(seed, vendor)
    return people.person(look, None if phase is None else phase / 16, pose, colour)


_bicycle = lru_cache(maxsize=512)(cycles.bicycle)
_ebike = lru_cache(maxsize=256)(cycles.ebike)
_car = lru_cache(maxsize=128)(vehicles.car)
_goods = lru_cache(maxsize=256)(goods.goods)
_furniture = lru_cache(maxsize=256)(goods.furniture)
_parasol = lru_cache(maxsize=64)(goods.parasol)
_stall = lru_cache(maxsize=256)(stalls.stall)
_scenery = lru_cache(maxsize=256)(scenery.scenery)


def offset(x: float, y: float, heading: float, dx: float, dy: float) -> tuple[float, float]:
    """A point (dx, dy) of a thing's own frame, in the street."""
    a = radians(heading)
    return x + dx * cos(a) - dy * sin(a), y + dx * sin(a) + dy * cos(a)


def scenery_items(things: list[Scenery]) -> list[Item]:
    """Standing scenery; parked cars are labelled."""
    out = []
    for i, s in enumerate(things):
        kind = "vehicle" if s.kind == "car" else None
        out.append(item(f"s{i}", kind, _scenery(s.kind, s.seed, s.body), Place(s.x, s.y, s.heading)))
    return out


def awning_items(d: District) -> list[Item]:
    """The cloth roofs that some of the shops have."""
    out = []
    for shop in d.shops:
        if shop.style % 4 == 1:
            north = shop.side == "north"
            model = scenery.awning(shop.style, shop.x1 - shop.x0 - 0.5, shop.fascia_bottom - 0.08)
            place = Place(shop.middle, d.front if north else -d.front, 0.0 if north else 180.0)
            out.append(item(f"awning-{shop.id}", None, model, place, layer=3))
    return out


def actor_items(actor: Actor, t: float) -> list[Item]:
    """What an actor shows at a time of its stay."""
    if isinstance(actor, Walker):
        return [_walker(actor, t)]
    if isinstance(actor, Rider):
        return _rider(actor, t)
    if isinstance(actor, Car):
        x, y, heading, speed = along(actor.path, t)
        heading = actor.heading if len(actor.path) == 1 else _keep_heading(actor.path, t, heading, speed)
        place = Place(x, y, heading)
        return [item(actor.id, "vehicle", _car(actor.seed, actor.body), place, len(actor.path) == 1,
                     key=f"{actor.id}@{x:.3f}")]  # fmt: skip
    if isinstance(actor, Stall):
        return _stall_items(actor, t)
    if isinstance(actor, Bikes):
        return _bikes(actor)
    if isinstance(actor, Wares):
        return [item(actor.id, "goods", _goods(actor.seed, actor.style), Place(actor.x, actor.y, actor.heading))]
    if isinstance(actor, Seats):
        return _seats(actor)
    return [_board(actor)]


def _keep_heading(path: list[Waypoint], t: float, heading: float, speed: float) -> float:
    if speed > 0:
        return heading
    moving = [(a, b) for a, b in itertools.pairwise(path) if (a[1], a[2]) != (b[1], b[2])]
    past = [ab for ab in moving if ab[0][0] <= t] or moving[:1]
    return _heading(*past[-1]) if past else heading


def _walker(actor: Walker, t: float) -> Item:
    x, y, heading, speed = along(actor.path, t)
    if speed > 0.05:
        phase: int | None = int(travelled(actor.path, t) / (2 * STEP_M) * 2 * 16 / 1.0) % 16
    else:
        phase = None
        heading = actor.face + 25 * sin(actor.seed + int(t / 9 + actor.seed * 0.37) * 1.7)
    model = _person(actor.seed, phase, actor.pose, actor.umbrella)
    key = f"{actor.id}@{x:.3f},{y:.3f},{heading:.0f},{phase}"
    return item(actor.id, "person", model, Place(x, y, heading), False, 1, key)


@lru_cache(maxsize=256)
def _ridden(seed: int, ride: str, livery: str) -> tuple[Model, Model]:
    machine = cycles.bicycle(seed, livery, steer=0.03) if ride == "bicycle" else cycles.ebike(seed, 0.03)
    return machine, _person(seed, None, "sit", False)


def _rider(actor: Rider, t: float) -> list[Item]:
    x, y, heading, speed = along(actor.path, t)
    machine, body = _ridden(actor.seed, actor.ride, actor.livery)
    kind = "bicycle" if actor.ride == "bicycle" else "motorcycle"
    heading = _keep_heading(actor.path, t, heading, speed)
    px, py = offset(x, y, heading, -0.22, 0)
    lift = 0.16 if actor.ride == "bicycle" else 0.06
    key = f"{actor.id}@{x:.3f},{y:.3f}"
    return [
        item(actor.id, kind, machine, Place(x, y, heading), False, 0, key),
        item(actor.id + ".rider", "person", body, Place(px, py, heading, lift), False, 1, key + "r"),
    ]


def _stall_items(actor: Stall, t: float) -> list[Item]:
    x, y, moving = actor.x, actor.y, False
    if actor.arrive is not None:
        ax, ay = actor.arrive
        need = max(hypot(ax - x, ay - y) / 1.1, 0.1)
        k = min(1.0, (t - actor.from_s) / need, (actor.to_s - t) / need)
        x, y, moving = ax + (x - ax) * max(k, 0.0), ay + (y - ay) * max(k, 0.0), k < 1.0
    tag = f"@{x:.3f}" if moving else ""
    out = [item(actor.id, "stall", _stall(actor.seed, actor.style), Place(x, y, actor.heading), not moving, 0,
                actor.id + tag)]  # fmt: skip
    if actor.umbrella and actor.style != "blanket":
        ux, uy = offset(x, y, actor.heading, 0.2, 0.5)
        out.append(item(actor.id + ".u", "umbrella", _parasol(actor.seed), Place(ux, uy, actor.heading), not moving, 3,
                        actor.id + ".u" + tag))  # fmt: skip
    if actor.vendor:
        side = 0.75 if actor.style != "blanket" else 1.0
        vx, vy = offset(x, y, actor.heading, -0.25 + 0.12 * sin(int(t / 6) * 2.1 + actor.seed), side)
        turn = actor.heading - 90 + 20 * sin(int(t / 6) * 1.3 + actor.seed)
        phase = int(t * 12) % 16 if moving else None
        body = _person(actor.seed + 77, phase, "work" if not moving else "stand", False, True)
        out.append(
            item(
                actor.id + ".v", "person", body, Place(vx, vy, turn), False, 1, f"{actor.id}.v{vx:.3f}{turn:.1f}{phase}"
            )
        )
    return out


@lru_cache(maxsize=256)
def _bikes(actor: Bikes) -> list[Item]:
    rng, out = Random(actor.seed * 31 + actor.count), []
    for k in range(actor.count):
        if actor.pattern == "row":
            dx = (k - (actor.count - 1) / 2) * actor.spacing
            x, y = offset(actor.x, actor.y, actor.heading - 90, dx, rng.uniform(-0.08, 0.08))
            heading, fallen = actor.heading + rng.gauss(0, 4), False
        else:
            spread = 0.42 * actor.count**0.5
            x, y = actor.x + rng.gauss(0, spread), actor.y + rng.gauss(0, spread * 0.45)
            heading, fallen = rng.uniform(0, 360), rng.random() < 0.2
        id_ = f"{actor.id}.{k}"
        if rng.random() < actor.ebikes:
            out.append(
                item(id_, "motorcycle", _ebike(actor.seed * 50 + k, rng.choice([0.2, -0.2])), Place(x, y, heading))
            )
        else:
            livery = rng.choice([*cycles.OPERATORS, "private"]) if actor.livery == "mixed" else actor.livery
            model = _bicycle(actor.seed * 50 + k, livery, fallen, rng.uniform(-0.5, 0.5))
            out.append(item(id_, "bicycle", model, Place(x, y, heading)))
    return out


def _seats(actor: Seats) -> list[Item]:
    place = Place(actor.x, actor.y, actor.heading)
    out = [item(actor.id, "furniture", _furniture(actor.seed, actor.style), place)]
    if actor.umbrella:
        out.append(item(actor.id + ".u", "umbrella", _parasol(actor.seed), place, True, 3))
    return out


def _board(actor: Board) -> Item:
    model = signs.board(actor.seed, actor.style, actor.width, actor.height, actor.bottom, actor.words)
    return item(actor.id, "signboard", model, Place(actor.x, actor.y, actor.facing + 90))
