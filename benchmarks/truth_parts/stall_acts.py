"""Stalls of a scene, and what looks like one: carts, tables with wares, a hawker who only halts."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

from benchmarks.truth_parts.cast import KERBSIDE_M, Cast, ground_of, hours_of
from benchmarks.truth_parts.spec import Event, Permit
from benchmarks.truth_parts.truths import middle
from models.scenes.actors import Actor, Seats, Stall, StallStyle, Walker, Wares
from models.scenes.district import Area

PUSH_MPS = 1.1
_CARTS: tuple[StallStyle, ...] = ("cart", "trike", "table")
_STYLES: dict[str, StallStyle] = {one: one for one in get_args(StallStyle)}


def stall(cast: Cast, event: Event) -> None:
    since, until = cast.span(event)
    style = _STYLES[event.style] if event.style else cast.rng.choice(_CARTS)
    seed, permit = cast.seed(), event.permit
    x, y = cast.street.x(event.slot), cast.y(event, KERBSIDE_M)
    stands = [(since, until, x)]
    if event.to_slot is not None and event.moves_s is not None:
        there = cast.street.x(event.to_slot)
        walk_s = abs(there - x) / PUSH_MPS
        stands = [(since, event.moves_s, x), (event.moves_s + walk_s, until, there)]
    carts = [
        Stall(
            id=f"{cast.id}.{k}", seed=seed, x=place, y=y, heading=0.0 if event.south else 180.0, from_s=a, to_s=b,
            style=style, umbrella=event.umbrella,
        )
        for k, (a, b, place) in enumerate(stands)
    ]  # fmt: skip
    cast.made.actors += carts
    places = [(a, middle(ground_of([cart], a + 0.1))) for (a, _, _), cart in zip(stands, carts, strict=True)]
    away_s = sum(b[0] - a[1] for a, b in pairwise(stands))
    margin = None
    if permit is not None:
        margin = _point(cast, permit, x, y, event.south)
    names = tuple(cart.id for cart in carts)
    # The seconds in which a vendor walked on are no dwell: the truth begins so much later.
    cast.tell(event, "STALL", places, (since + away_s, until), permit, margin, names)


def _point(cast: Cast, permit: Permit, x: float, y: float, south: bool) -> float:
    """A permitted point about (x, y); returns how far that is from its nearest border."""
    edge = x - permit.margin_m
    x0, x1 = (edge, edge + 5.0) if permit.margin_m >= 0 else (edge, edge + 4.0)
    side = -1 if south else 1
    y0, y1 = sorted((y - side * 1.9, y + side * 1.9))
    area = Area(
        id=f"point-{cast.id}", layer="vending_permitted", name="便民服务点",
        points=[(x0, y0), (x1, y0), (x1, y1), (x0, y1)], hours=[hours_of(permit)],
    )  # fmt: skip
    cast.made.areas.append(area)
    return min(abs(permit.margin_m), 1.9)


def composition(cast: Cast, event: Event) -> None:
    since, until = cast.span(event)
    x, y = cast.street.x(event.slot), cast.y(event, KERBSIDE_M)
    parts: list[Actor] = [
        Seats(id=f"{cast.id}.t", seed=cast.seed(), x=x, y=y, from_s=since, to_s=until, style="table"),
        Wares(id=f"{cast.id}.w", seed=cast.seed(), x=x + 1.0, y=y, from_s=since, to_s=until, style="crates"),
    ]
    vendor = Walker(id=f"{cast.id}.v", seed=cast.seed(), from_s=since, to_s=until, face=-90.0, pose="work",
                    path=[(since, x + 0.4, y + 0.8)])  # fmt: skip
    cast.made.actors += [*parts, vendor]
    place = middle(ground_of(parts, since))
    cast.tell(event, "STALL", [(since, place)], (since, until), None, None, tuple(one.id for one in parts))


def cart_by(cast: Cast, event: Event) -> None:
    """A hawker pushes a cart to the slot, halts, and pushes it back."""
    since, until = cast.span(event)
    x, y = cast.street.x(event.slot), cast.y(event, KERBSIDE_M)
    way = (event.arrive_m or 12.0) * cast.street.sign
    cart = Stall(id=cast.id, seed=cast.seed(), x=x, y=y, heading=180.0, from_s=since, to_s=until, style="cart",
                 arrive=(x + way, y))  # fmt: skip
    cast.made.actors.append(cart)
    walk_s = abs(way) / PUSH_MPS
    span = (since + walk_s, until - walk_s)
    cast.tell(event, "STALL", [(since, (x, y))], span, None, None, (cart.id,))
