"""What happens on the demo's day: each event with its actors and what is true of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from models.scenes.actors import Actor, Bikes, Board, Car, RideName, Rider, Stall, StallStyle, Walker, Wares, WaresStyle
from models.scenes.district import District, Shop
from models.scenes.items import along
from models.scenes.script import ViolationName

KERBSIDE = 8.3
_WEST, _EAST, _PATROL = "cam-west", "cam-east", "patrol-1"
_WARES: tuple[WaresStyle, ...] = ("crates", "boxes", "baskets", "shelf", "flowers")
_RIDES: tuple[RideName, ...] = ("bicycle", "ebike")
_CARTS: tuple[StallStyle, ...] = ("cart", "trike", "table")
_FOREVER = 600.0


@dataclass(frozen=True, slots=True)
class Event:
    """Actors that belong together; `kind` None is plain life, else a violation or its look-alike."""

    kind: ViolationName | None
    lawful: bool
    why: str
    x: float
    y: float
    start_s: float
    end_s: float
    seen_by: list[str]
    actors: list[Actor] = field(default_factory=list)


def west_events(rng: Random, d: District) -> list[Event]:
    """Before the west mast: a stall that a bus hides for a while, goods out of a shop, a board without licence."""
    seen = [_WEST, _PATROL]
    begin = rng.uniform(30, 50)
    stall_x = -42.0 + rng.uniform(-1, 1)
    hidden_s = begin + rng.uniform(20, 40)
    shop = _shop_at(d, -29.0)
    return [
        _stall(rng, "west-stall", stall_x, begin, rng.uniform(400, 440), seen, "禁止设摊区内设摊，公交车曾短时遮挡"),
        Event(None, True, "", 0, 0, 0, 0, [], [_bus(rng, stall_x, hidden_s)]),
        _goods(rng, "west-goods", shop, d.front, rng.uniform(50, 80), _FOREVER, seen, "货物摆出店外占用人行道"),
        _bikes(rng, "west-bay-bikes", -34.0, 8.35, rng.randint(6, 8), "row", 0, seen, True, "停在划定的停放点内"),
        _stall(rng, "west-permitted", -24.0, 0, _FOREVER, seen, "在便民服务点内、准许时段内", lawful=True),
        Event("OUTDOOR_AD", False, "未取得设置许可的广告牌", -17.0, d.front, 0, _FOREVER, seen, [
            Board(id="west-board", seed=rng.randrange(9999), x=-17.0, y=d.front - 0.02, facing=-90.0, style="billboard",
                  width=round(rng.uniform(3.2, 3.8), 2), height=round(rng.uniform(1.8, 2.2), 2), bottom=1.3)]),
        _unloading(rng, "west-unloading", -37.0, _shop_at(d, -37.0), d.front, rng.uniform(470, 490)),
    ]  # fmt: skip


def east_events(rng: Random, d: District, closing_s: float) -> list[Event]:
    """Before the east mast: a stall whose permitted hours end at five, a heap of bikes, goods out of a shop."""
    seen = [_EAST, _PATROL]
    outside, inside = _shop_at(d, 34.0), _shop_at(d, 24.5)
    _own_ground(d, inside)
    inside_x = min(max(24.5, inside.x0 + 1.4), inside.x1 - 1.4)
    return [
        Event("STALL", False, "日间便民服务点17时到时后仍设摊", 19.0, KERBSIDE, closing_s, _FOREVER, seen,
              [_cart(rng, "east-stall", 19.0, 0, _FOREVER)]),
        _bikes(rng, "east-heap", 27.0 + rng.uniform(-0.8, 0.8), 9.3, rng.randint(8, 11), "heap", rng.uniform(20, 60),
               seen, False, "共享单车堆放占用人行道"),
        _goods(rng, "east-goods", outside, d.front, rng.uniform(20, 40), rng.uniform(400, 460), seen,
               "货物摆出店外占用人行道"),
        Event("OUT_OF_STORE", True, "货物在本店自有台阶范围内", inside_x, d.front - 0.6, 0, _FOREVER, seen,
              [Wares(id="east-inside", seed=rng.randrange(9999), x=inside_x, y=d.front - 0.6, style="boxes")]),
        _stall(rng, "east-short", 31.5, begin := rng.uniform(90, 120), begin + rng.uniform(28, 38), seen,
               "停留短于认定时长即离开", lawful=True),
        Event("OUTDOOR_AD", True, "已取得设置许可的广告牌", 40.0, d.front, 0, _FOREVER, seen, [
            Board(id="east-board", seed=rng.randrange(9999), x=40.0, y=d.front - 0.02, facing=-90.0, style="billboard",
                  width=3.6, height=2.0, bottom=1.3)]),
        _bikes(rng, "east-few", 38.5, 8.1, 3, "row", 0, seen, True, "数量少，人行道净宽足够"),
        Event("STALL", True, "行人驻足，并未设摊", 23.6, 9.9, 60, 560, seen, [
            Walker(id="east-waiting", seed=rng.randrange(9999), from_s=60, to_s=560,
                   path=[(60, 10.0, 10.4), (72, 23.6, 9.9), (540, 23.6, 9.9), (560, 44.0, 10.2)], face=-100)]),
    ]  # fmt: skip


def south_events(rng: Random, d: District) -> list[Event]:
    """On the south side, where only the vehicle looks: a stall, a heap of bikes, a board."""
    seen = [_PATROL]
    return [
        Event("STALL", False, "禁止设摊区内设摊", x := 41.0 + rng.uniform(-1.5, 1.5), -KERBSIDE, 0, _FOREVER, seen,
              [_cart(rng, "south-stall", x, 0, _FOREVER, south=True)]),
        _bikes(rng, "south-heap", -22.0 + rng.uniform(-3, 3), -9.4, rng.randint(8, 11), "heap", 0, seen, False,
               "共享单车堆放占用人行道"),
        Event("OUTDOOR_AD", False, "未取得设置许可的广告牌", 2.0, -d.front, 0, _FOREVER, seen, [
            Board(id="south-board", seed=rng.randrange(9999), x=2.0, y=-d.front + 0.02, facing=90.0, style="billboard",
                  width=round(rng.uniform(3.2, 3.8), 2), height=round(rng.uniform(1.8, 2.2), 2), bottom=1.3)]),
    ]  # fmt: skip


def passers_by(rng: Random, seconds: float, there: Sequence[Actor] = ()) -> list[Actor]:
    """People, cars and riders that come and go; no car or rider through another or through what is `there`."""
    out: list[Actor] = []
    for k in range(round(seconds / 8)):
        t, side, way = rng.uniform(-40, seconds), rng.choice([1, 1, -1]), rng.choice([1, -1])
        y, speed = side * rng.uniform(10.0, 10.5), rng.uniform(1.0, 1.5)
        path = [(t, -60.0 * way, y), (t + 120 / speed, 60.0 * way, y + rng.uniform(-0.3, 0.3))]
        out.append(Walker(id=f"walker-{k}", seed=rng.randrange(99_999), from_s=t, to_s=path[-1][0], path=path))
    driven: list[Car | Rider] = []
    for k in range(round(seconds / 18)):
        t, way, speed = rng.uniform(-10, seconds), rng.choice([1, -1]), rng.uniform(6, 10)
        path = [(t, -75.0 * way, -5.0 * way), (t + 150 / speed, 75.0 * way, -5.0 * way)]
        body = rng.choice(["sedan", "suv", "hatch", "van"])
        driven.append(Car(id=f"car-{k}", seed=rng.randrange(200), from_s=t, to_s=path[-1][0], path=path, body=body))
    for k in range(round(seconds / 45)):
        t, way, speed = rng.uniform(0, seconds), rng.choice([1, -1]), rng.uniform(3.5, 5)
        path = [(t, -75.0 * way, -6.4 * way), (t + 150 / speed, 75.0 * way, -6.4 * way)]
        ride = rng.choice(_RIDES)
        driven.append(Rider(id=f"rider-{k}", seed=rng.randrange(999), from_s=t, to_s=path[-1][0], path=path, ride=ride))
    road: list[Car | Rider] = [one for one in there if isinstance(one, Car)]
    for one in driven:
        if all(_pass_freely(one, other) for other in road):
            road.append(one)
            out.append(one)
    return out


def _pass_freely(a: Car | Rider, b: Car | Rider) -> bool:
    """Whether two that drive never come as near as their lengths and widths."""
    t, end = max(a.from_s, b.from_s), min(a.to_s, b.to_s)
    while t < end:
        ax, ay, *_ = along(a.path, t)
        bx, by, *_ = along(b.path, t)
        if abs(ax - bx) < 9.5 and abs(ay - by) < 2.3:
            return False
        t += 0.5
    return True


def _cart(rng: Random, name: str, x: float, start: float, end: float, south: bool = False) -> Stall:
    """A stall at the kerb, its vendor on the road side."""
    y, heading = (-KERBSIDE, 0.0) if south else (KERBSIDE, 180.0)
    return Stall(id=name, seed=rng.randrange(99_999), x=x, y=y, heading=heading, from_s=start, to_s=end,
                 style=rng.choice(_CARTS), umbrella=rng.random() < 0.4)  # fmt: skip


def _stall(
    rng: Random, name: str, x: float, start: float, end: float, seen: list[str], why: str, lawful: bool = False
) -> Event:
    return Event("STALL", lawful, why, x, KERBSIDE, start, end, seen, [_cart(rng, name, x, start, end)])


def _goods(
    rng: Random, name: str, shop: Shop, front: float, start: float, end: float, seen: list[str], why: str
) -> Event:
    """Two heaps of goods that touch the shop's wall and reach more than a metre beyond it."""
    x, y = shop.middle, front - 0.85
    wares: list[Actor] = [
        Wares(
            id=f"{name}-{k}",
            seed=rng.randrange(99_999),
            x=x + dx,
            y=y + dy,
            from_s=start,
            to_s=end,
            style=rng.choice(_WARES),
        )
        for k, (dx, dy) in enumerate([(-0.7, 0.35), (0.75, 0.3), (0.0, -0.25)])
    ]
    return Event("OUT_OF_STORE", False, why, x, y, start, end, seen, wares)


def _bikes(
    rng: Random, name: str, x: float, y: float, count: int, pattern: str, start: float, seen: list[str], lawful: bool,
    why: str,
) -> Event:  # fmt: skip
    heading = 90.0 if y > 0 else -90.0
    bikes = Bikes(id=name, seed=rng.randrange(99_999), x=x, y=y, heading=heading, count=count, from_s=start,
                  pattern="row" if pattern == "row" else "heap", spacing=0.7)  # fmt: skip
    return Event("BIKE_CLUTTER", lawful, why, x, y, start, _FOREVER, seen, [bikes])


def _bus(rng: Random, x: float, at: float) -> Car:
    """A bus that stops for some 25 s between the west mast and the stall at `x`."""
    stop_x, y, speed = x - 1.5, 5.0, 7.0
    arrive = at
    path = [
        (arrive - 110 / speed, stop_x + 110, y),
        (arrive, stop_x, y),
        (arrive + 25, stop_x, y),
        (arrive + 40, stop_x - 90, y),
    ]
    return Car(id="bus", seed=rng.randrange(200), from_s=path[0][0], to_s=path[-1][0], path=path, body="bus")


def _unloading(rng: Random, name: str, x: float, shop: Shop, front: float, start: float) -> Event:
    """A van and boxes before a shop, gone before the dwell is over."""
    end = start + rng.uniform(35, 45)
    way = [(start - 15, x + 90, 5.6), (start - 5, x, 5.6), (end, x, 5.6), (end + 10, x - 80, 5.6)]
    van = Car(id=f"{name}-van", seed=rng.randrange(200), from_s=start - 15, to_s=end + 10, body="van",
              path=way)  # fmt: skip
    boxes = Wares(
        id=f"{name}-boxes", seed=rng.randrange(999), x=shop.middle, y=front - 0.6, from_s=start, to_s=end, style="boxes"
    )
    seen = [_WEST, _PATROL]
    return Event("OUT_OF_STORE", True, "短时卸货", shop.middle, front - 0.6, start, end, seen, [van, boxes])


def _shop_at(d: District, x: float) -> Shop:
    return min((one for one in d.shops if one.side == "north"), key=lambda one: abs(one.middle - x))


def _own_ground(d: District, shop: Shop) -> None:
    """Give a shop a step of its own before its wall: what stands on it is inside its line."""
    d.shops[d.shops.index(shop)] = shop.model_copy(update={"own_ground_m": 1.7})
