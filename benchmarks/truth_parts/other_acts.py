"""Bicycles and boards of a scene, and those who only pass or wait."""

from __future__ import annotations

from benchmarks.truth_parts.cast import Cast, ground_of
from benchmarks.truth_parts.spec import Event
from benchmarks.truth_parts.truths import middle
from models.scenes.actors import Bikes, Board, BoardStyle, Car, Walker
from models.scenes.district import Area, Licence

BIKES_M = 2.3
"""Metres from the kerb at which bicycles stand."""


def bikes(cast: Cast, event: Event) -> None:
    since, until = cast.span(event)
    x, y = cast.street.x(event.slot), cast.y(event, BIKES_M if not event.bay else 1.4)
    count = event.count or 8
    bikes = Bikes(id=cast.id, seed=cast.seed(), x=x, y=y, heading=-90.0 if event.south else 90.0, count=count,
                  pattern="heap" if event.heap else "row", spacing=0.7, from_s=since, to_s=until)  # fmt: skip
    cast.made.actors.append(bikes)
    ground = ground_of([bikes], since)
    if event.bay:
        x0, y0, x1, y1 = ground
        cast.made.areas.append(Area(id=f"bay-{cast.id}", layer="bay", name="非机动车停放点", points=[
            (x0 - 0.5, y0 - 0.4), (x1 + 0.5, y0 - 0.4), (x1 + 0.5, y1 + 0.4), (x0 - 0.5, y1 + 0.4)]))  # fmt: skip
    why = event.lawful or ("停在停放点内" if event.bay else "数量少，净宽足够" if count < 5 else None)
    names = tuple(f"{cast.id}.{k}" for k in range(count))
    told = event.model_copy(update={"lawful": why})
    cast.tell(told, "BIKE_CLUTTER", [(since, middle(ground))], (since, until), None, None, names)


def board(cast: Cast, event: Event) -> None:
    since, until = cast.span(event)
    side, style = (-1 if event.south else 1), event.style or "billboard"
    x, y = cast.street.x(event.slot), side * (cast.street.front - 0.02)
    kinds: dict[str, BoardStyle] = {"billboard": "billboard", "banner": "banner", "lightbox": "lightbox"}
    wide, high, low = {"banner": (4.2, 0.8, 1.9), "lightbox": (1.0, 2.2, 0.6)}.get(style, (
        round(cast.rng.uniform(3.0, 3.8), 2), round(cast.rng.uniform(1.8, 2.2), 2), 1.3))  # fmt: skip
    board = Board(id=cast.id, seed=cast.seed(), x=x, y=y, facing=-90.0 * side, style=kinds[style], width=wide,
                  height=high, bottom=low, from_s=since, to_s=until)  # fmt: skip
    cast.made.actors.append(board)
    if event.licensed:
        cast.made.licences.append(Licence(id=cast.id, holder="试验广告有限公司", x=x, y=side * cast.street.front,
                                           facing_deg=-90.0 * side, width=wide, height=high, bottom=low))  # fmt: skip
    why = event.lawful or ("已取得设置许可" if event.licensed else None)
    told = event.model_copy(update={"lawful": why})
    cast.tell(told, "OUTDOOR_AD", [(since, (x, side * cast.street.front))], (since, until), None, None, (board.id,))


def bus(cast: Cast, event: Event) -> None:
    """A bus (or another body) that stops on the road before the slot."""
    since, until = cast.span(event)
    x, y, speed, way = cast.street.x(event.slot), 4.6, 7.0, cast.street.sign
    path = [(since - 90 / speed, x + 90 * way, y), (since, x, y), (until, x, y), (until + 13, x - 90 * way, y)]
    bus = Car(id=cast.id, seed=cast.seed(), from_s=path[0][0], to_s=path[-1][0], path=path, body=event.style or "bus")
    cast.made.actors.append(bus)
    if event.what == "ad_on_bus":
        cast.tell(event, "OUTDOOR_AD", [(since, (x, y))], (since, until), None, None, (bus.id,), "车身广告")


def parked(cast: Cast, event: Event) -> None:
    since, until = cast.span(event)
    car = Car(id=cast.id, seed=cast.seed(), from_s=since, to_s=until, body=event.style or "sedan", heading=180.0,
              path=[(since, cast.street.x(event.slot), cast.street.kerb - 1.2)])  # fmt: skip
    cast.made.actors.append(car)


def queue(cast: Cast, event: Event) -> None:
    """People who come, stand about the slot, and go."""
    since, until = cast.span(event)
    x, y, rng, way = cast.street.x(event.slot), cast.y(event, 2.4), cast.rng, cast.street.sign
    many = event.count or (1 if event.what == "waiting" else 6)
    names = []
    for k in range(many):
        px, py = x + 0.6 * k, y + rng.uniform(-0.3, 0.3)
        path = [(since - 12, px + 14 * way, py), (since, px, py), (until, px, py), (until + 12, px - 14 * way, py)]
        names.append(f"{cast.id}.{k}")
        cast.made.actors.append(Walker(id=names[-1], seed=cast.seed(), from_s=since - 12, to_s=until + 12,
                                        path=path, face=-90.0))  # fmt: skip
    cast.tell(event, "STALL", [(since, (x, y))], (since, until), None, None, tuple(names), "行人驻足，并未设摊")
