"""What happens in a scene: each event's actors, what it brings to the street file, and what is true of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from benchmarks.truth_parts.layout import Street
from benchmarks.truth_parts.spec import Event, Permit, SceneSpec
from benchmarks.truth_parts.truths import Point, Span, Truth, hull, middle, permitted, stretches
from models.scenes.items import actor_items
from models.scenes.script import (
    Actor,
    Area,
    Bikes,
    Board,
    BoardStyle,
    Car,
    Hours,
    Licence,
    Seats,
    Stall,
    StallStyle,
    Walker,
    Wares,
    WaresStyle,
)

KERBSIDE_M, BIKES_M = 1.3, 2.3
"""Metres from the kerb at which stalls, and bicycles, stand."""
PUSH_MPS = 1.1
_CARTS: tuple[StallStyle, ...] = ("cart", "trike", "table")
_WARES: tuple[WaresStyle, ...] = ("crates", "boxes", "baskets", "shelf", "flowers")
_SOLID = frozenset({"stall", "goods", "furniture", "bicycle", "motorcycle"})
Ground = tuple[float, float, float, float]


@dataclass(slots=True)
class Happening:
    """All that the events of a scene come to."""

    actors: list[Actor] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    licences: list[Licence] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)


class Players:
    """Turns the events of one scene into actors and truths; `dwell_s` is each kind's, `start` second 0."""

    def __init__(
        self, spec: SceneSpec, street: Street, rng: Random, start: datetime, dwell_s: dict[str, float], overhang_m: float
    ) -> None:
        self._spec, self._street, self._rng, self._start = spec, street, rng, start
        self._dwell_s, self._overhang_m = dwell_s, overhang_m
        self._made = Happening()
        self._id = ""

    def play(self) -> Happening:
        """All events."""
        doing: dict[str, Callable[[Event], None]] = {
            "stall": self._stall, "composition": self._composition, "goods": self._goods, "seats": self._goods,
            "bikes": self._bikes, "board": self._board, "bus": self._bus, "ad_on_bus": self._bus, "queue": self._queue,
            "waiting": self._queue, "cart_by": self._cart_by, "unloading": self._unloading, "parked": self._parked,
        }  # fmt: skip
        for n, event in enumerate(self._spec.events):
            self._id = f"{event.what}-{n}"
            doing[event.what](event)
        return self._made

    # --- stalls ------------------------------------------------------------------------------------------------------

    def _stall(self, event: Event) -> None:
        since, until = self._span(event)
        style = event.style or self._rng.choice(_CARTS)
        seed, permit = self._seed(), event.permit
        x, y = self._street.x(event.slot), self._y(event, KERBSIDE_M)
        stands = [(since, until, x)]
        if event.to_slot is not None and event.moves_s is not None:
            there = self._street.x(event.to_slot)
            walk_s = abs(there - x) / PUSH_MPS
            stands = [(since, event.moves_s, x), (event.moves_s + walk_s, until, there)]
        carts = [
            Stall(
                id=f"{self._id}.{k}", seed=seed, x=place, y=y, heading=0.0 if event.south else 180.0, from_s=a, to_s=b,
                style=style, umbrella=event.umbrella,
            )
            for k, (a, b, place) in enumerate(stands)
        ]  # fmt: skip
        self._made.actors += carts
        places = [(a, middle(ground_of([cart], a + 0.1))) for (a, _, _), cart in zip(stands, carts, strict=True)]
        away_s = sum(b[0] - a[1] for a, b in zip(stands, stands[1:], strict=False))
        margin = None
        if permit is not None:
            margin = self._point(permit, x, y, event.south)
        names = tuple(cart.id for cart in carts)
        # The seconds in which a vendor walked on are no dwell: the truth begins so much later.
        self._tell(event, "STALL", places, (since + away_s, until), permit, margin, names)

    def _point(self, permit: Permit, x: float, y: float, south: bool) -> float:
        """A permitted point about (x, y); returns how far that is from its nearest border."""
        edge = x - permit.margin_m
        x0, x1 = (edge, edge + 5.0) if permit.margin_m >= 0 else (edge, edge + 4.0)
        side = -1 if south else 1
        y0, y1 = sorted((y - side * 1.9, y + side * 1.9))
        area = Area(
            id=f"point-{self._id}", layer="vending_permitted", name="便民服务点",
            points=[(x0, y0), (x1, y0), (x1, y1), (x0, y1)], hours=[_hours(permit)],
        )  # fmt: skip
        self._made.areas.append(area)
        return min(abs(permit.margin_m), 1.9)

    def _composition(self, event: Event) -> None:
        since, until = self._span(event)
        x, y = self._street.x(event.slot), self._y(event, KERBSIDE_M)
        parts: list[Actor] = [
            Seats(id=f"{self._id}.t", seed=self._seed(), x=x, y=y, from_s=since, to_s=until, style="table"),
            Wares(id=f"{self._id}.w", seed=self._seed(), x=x + 1.0, y=y, from_s=since, to_s=until, style="crates"),
        ]
        vendor = Walker(id=f"{self._id}.v", seed=self._seed(), from_s=since, to_s=until, face=-90.0, pose="work",
                        path=[(since, x + 0.4, y + 0.8)])  # fmt: skip
        self._made.actors += [*parts, vendor]
        place = middle(ground_of(parts, since))
        self._tell(event, "STALL", [(since, place)], (since, until), None, None, tuple(one.id for one in parts))

    def _cart_by(self, event: Event) -> None:
        """A hawker pushes a cart to the slot, halts, and pushes it back."""
        since, until = self._span(event)
        x, y = self._street.x(event.slot), self._y(event, KERBSIDE_M)
        way = (event.arrive_m or 12.0) * self._street.sign
        cart = Stall(id=self._id, seed=self._seed(), x=x, y=y, heading=180.0, from_s=since, to_s=until, style="cart",
                     arrive=(x + way, y))  # fmt: skip
        self._made.actors.append(cart)
        walk_s = abs(way) / PUSH_MPS
        span = (since + walk_s, until - walk_s)
        self._tell(event, "STALL", [(since, (x, y))], span, None, None, (cart.id,))

    # --- before shops ------------------------------------------------------------------------------------------------

    def _goods(self, event: Event) -> None:
        """Goods, or seats, that reach `over_m` beyond the shop's line."""
        since, until = self._span(event)
        side = -1 if event.south else 1
        line = side * (self._street.front - event.own_m)
        parts = self._spread(event, since, until)
        ground = ground_of(parts, since)
        reach = (line - ground[1]) if side > 0 else (ground[3] - line)
        shift = side * (reach - event.over_m)
        parts = [one.model_copy(update={"y": one.y + shift}) for one in parts]
        self._made.actors += parts
        over = event.over_m - self._overhang_m
        permit, margin = event.permit, abs(over)
        if permit is not None:
            margin = min(margin, abs(permit.margin_m)) if permit.margin_m < 0 else permit.margin_m
            self._seating(event, permit, line, side)
        inside = event.lawful or (None if over > 0 else "在本店界线之内")
        place = middle(ground_of(parts, since))
        names = tuple(one.id for one in parts)
        told = event.model_copy(update={"lawful": inside})
        self._tell(told, "OUT_OF_STORE", [(since, place)], (since, until), permit, margin, names)

    def _spread(self, event: Event, since: float, until: float) -> list[Seats | Wares]:
        """The things themselves, somewhere before the shop."""
        x, y, rng = self._street.x(event.slot), self._y(event, 3.4), self._rng
        many = event.count or (2 if event.what == "seats" else 3)
        deep = 0.6 if event.over_m > 1.0 else 0.0
        spots = [(x + (k - (many - 1) / 2) * 1.35, y + deep * (k % 2) * (-1 if event.south else 1)) for k in range(many)]
        if event.what == "seats":
            return [
                Seats(id=f"{self._id}.{k}", seed=self._seed(), x=sx, y=sy, from_s=since, to_s=until, style="set")
                for k, (sx, sy) in enumerate(spots)
            ]
        return [
            Wares(
                id=f"{self._id}.{k}", seed=self._seed(), x=sx, y=sy, from_s=since, to_s=until, style=rng.choice(_WARES)
            )
            for k, (sx, sy) in enumerate(spots)
        ]

    def _seating(self, event: Event, permit: Permit, line: float, side: int) -> None:
        """The shop's seating parcel: from its line outwards, `margin_m` farther than the seats reach."""
        shop = f"shop-{'s' if event.south else 'n'}{round(event.slot) + 4}"
        x, deep = self._street.x(event.slot), event.over_m + permit.margin_m
        y0, y1 = sorted((line, line - side * deep))
        self._made.areas.append(Area(
            id=f"seating-{self._id}", layer="outdoor_seating", name="外摆位", shop=shop, hours=[_hours(permit)],
            points=[(x - 2.9, y0), (x + 2.9, y0), (x + 2.9, y1), (x - 2.9, y1)],
        ))  # fmt: skip

    def _unloading(self, event: Event) -> None:
        """A van at the kerb, boxes beside it and one who carries them in."""
        since, until = self._span(event)
        x, kerb = self._street.x(event.slot), self._street.kerb
        way = [(since - 12, x + 80, kerb - 1.3), (since - 3, x, kerb - 1.3), (until, x, kerb - 1.3),
               (until + 10, x - 80, kerb - 1.3)]  # fmt: skip
        van = Car(id=f"{self._id}.van", seed=self._seed(), from_s=since - 12, to_s=until + 10, path=way, body="van")
        boxes = Wares(id=f"{self._id}.b", seed=self._seed(), x=x, y=kerb + 0.9, from_s=since, to_s=until, style="boxes")
        carrier = Walker(id=f"{self._id}.p", seed=self._seed(), from_s=since, to_s=until, pose="work",
                         path=[(since, x + 0.7, kerb + 1.5)])  # fmt: skip
        self._made.actors += [van, boxes, carrier]
        place = middle(ground_of([boxes], since))
        self._tell(event, "STALL", [(since, place)], (since, until), None, None, (boxes.id,), "短时卸货")

    # --- bicycles and boards -----------------------------------------------------------------------------------------

    def _bikes(self, event: Event) -> None:
        since, until = self._span(event)
        x, y = self._street.x(event.slot), self._y(event, BIKES_M if not event.bay else 1.4)
        count = event.count or 8
        bikes = Bikes(id=self._id, seed=self._seed(), x=x, y=y, heading=-90.0 if event.south else 90.0, count=count,
                      pattern="heap" if event.heap else "row", spacing=0.7, from_s=since, to_s=until)  # fmt: skip
        self._made.actors.append(bikes)
        ground = ground_of([bikes], since)
        if event.bay:
            x0, y0, x1, y1 = ground
            self._made.areas.append(Area(id=f"bay-{self._id}", layer="bay", name="非机动车停放点", points=[
                (x0 - 0.5, y0 - 0.4), (x1 + 0.5, y0 - 0.4), (x1 + 0.5, y1 + 0.4), (x0 - 0.5, y1 + 0.4)]))  # fmt: skip
        why = event.lawful or ("停在停放点内" if event.bay else "数量少，净宽足够" if count < 5 else None)
        names = tuple(f"{self._id}.{k}" for k in range(count))
        told = event.model_copy(update={"lawful": why})
        self._tell(told, "BIKE_CLUTTER", [(since, middle(ground))], (since, until), None, None, names)

    def _board(self, event: Event) -> None:
        since, until = self._span(event)
        side, style = (-1 if event.south else 1), event.style or "billboard"
        x, y = self._street.x(event.slot), side * (self._street.front - 0.02)
        kinds: dict[str, BoardStyle] = {"billboard": "billboard", "banner": "banner", "lightbox": "lightbox"}
        wide, high, low = {"banner": (4.2, 0.8, 1.9), "lightbox": (1.0, 2.2, 0.6)}.get(style, (
            round(self._rng.uniform(3.0, 3.8), 2), round(self._rng.uniform(1.8, 2.2), 2), 1.3))  # fmt: skip
        board = Board(id=self._id, seed=self._seed(), x=x, y=y, facing=-90.0 * side, style=kinds[style], width=wide,
                      height=high, bottom=low, from_s=since, to_s=until)  # fmt: skip
        self._made.actors.append(board)
        if event.licensed:
            self._made.licences.append(Licence(id=self._id, holder="试验广告有限公司", x=x, y=side * self._street.front,
                                               facing_deg=-90.0 * side, width=wide, height=high, bottom=low))  # fmt: skip
        why = event.lawful or ("已取得设置许可" if event.licensed else None)
        told = event.model_copy(update={"lawful": why})
        self._tell(told, "OUTDOOR_AD", [(since, (x, side * self._street.front))], (since, until), None, None, (board.id,))

    # --- those who only pass or wait ---------------------------------------------------------------------------------

    def _bus(self, event: Event) -> None:
        """A bus (or another body) that stops on the road before the slot."""
        since, until = self._span(event)
        x, y, speed, way = self._street.x(event.slot), 4.6, 7.0, self._street.sign
        path = [(since - 90 / speed, x + 90 * way, y), (since, x, y), (until, x, y), (until + 13, x - 90 * way, y)]
        bus = Car(id=self._id, seed=self._seed(), from_s=path[0][0], to_s=path[-1][0], path=path, body=event.style or "bus")
        self._made.actors.append(bus)
        if event.what == "ad_on_bus":
            self._tell(event, "OUTDOOR_AD", [(since, (x, y))], (since, until), None, None, (bus.id,), "车身广告")

    def _parked(self, event: Event) -> None:
        since, until = self._span(event)
        car = Car(id=self._id, seed=self._seed(), from_s=since, to_s=until, body=event.style or "sedan", heading=180.0,
                  path=[(since, self._street.x(event.slot), self._street.kerb - 1.2)])  # fmt: skip
        self._made.actors.append(car)

    def _queue(self, event: Event) -> None:
        """People who come, stand about the slot, and go."""
        since, until = self._span(event)
        x, y, rng, way = self._street.x(event.slot), self._y(event, 2.4), self._rng, self._street.sign
        many = event.count or (1 if event.what == "waiting" else 6)
        names = []
        for k in range(many):
            px, py = x + 0.6 * k, y + rng.uniform(-0.3, 0.3)
            path = [(since - 12, px + 14 * way, py), (since, px, py), (until, px, py), (until + 12, px - 14 * way, py)]
            names.append(f"{self._id}.{k}")
            self._made.actors.append(Walker(id=names[-1], seed=self._seed(), from_s=since - 12, to_s=until + 12,
                                            path=path, face=-90.0))  # fmt: skip
        self._tell(event, "STALL", [(since, (x, y))], (since, until), None, None, tuple(names), "行人驻足，并未设摊")

    # --- what is true ------------------------------------------------------------------------------------------------

    def _tell(
        self, event: Event, kind: str, places: Sequence[tuple[float, Point]], span: Span, permit: Permit | None,
        margin_m: float | None, actors: tuple[str, ...], lawful: str | None = None,
    ) -> None:  # fmt: skip
        """Note a truth for every stretch in which the thing stands unlawfully for its dwell, else one lawful truth."""
        why = event.lawful or lawful
        wrong: list[Span] = []
        if why is None:
            covers = permit is not None and permit.margin_m >= 0
            wrong = stretches(span, lambda s: not (covers and permit is not None and permitted(permit, self._at(s))))
        due = [one for one in wrong if one[1] - one[0] >= self._dwell_s[kind]]
        for k, (start, end) in enumerate(due):
            name = self._id if len(due) == 1 else f"{self._id}+{k}"
            self._made.truths.append(Truth(name, kind, False, "", tuple(places), start, end, margin_m, actors))
        if not due:
            why = why or ("准许时段内" if permit else "停留短于认定时长")
            self._made.truths.append(Truth(self._id, kind, True, why, tuple(places), *span, margin_m, actors))

    def _at(self, second: float) -> datetime:
        return self._start + timedelta(seconds=second)

    def _span(self, event: Event) -> Span:
        return event.since_s, self._spec.seconds if event.until_s is None else event.until_s

    def _y(self, event: Event, from_kerb_m: float) -> float:
        return (self._street.kerb + from_kerb_m) * (-1 if event.south else 1)

    def _seed(self) -> int:
        return self._rng.randrange(99_999)


def ground_of(actors: Sequence[Actor], second: float) -> Ground:
    """What actors cover of the ground: x0, y0, x1, y1 in street metres; people apart."""
    return hull([one.ground for actor in actors for one in actor_items(actor, second) if one.kind in _SOLID])


def _hours(permit: Permit) -> Hours:
    return Hours.model_validate({"days": permit.days, "from": permit.since, "to": permit.until})
