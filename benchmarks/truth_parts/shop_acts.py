"""What stands before shops: goods and seats on either side of the line, a delivery."""

from __future__ import annotations

from benchmarks.truth_parts.cast import Cast, ground_of, hours_of
from benchmarks.truth_parts.spec import Event, Permit
from benchmarks.truth_parts.truths import middle
from models.scenes.actors import Car, Seats, Walker, Wares, WaresStyle
from models.scenes.district import Area

_WARES: tuple[WaresStyle, ...] = ("crates", "boxes", "baskets", "shelf", "flowers")


def goods(cast: Cast, event: Event) -> None:
    """Goods, or seats, that reach `over_m` beyond the shop's line."""
    since, until = cast.span(event)
    side = -1 if event.south else 1
    line = side * (cast.street.front - event.own_m)
    parts = _spread(cast, event, since, until)
    ground = ground_of(parts, since)
    reach = (line - ground[1]) if side > 0 else (ground[3] - line)
    shift = side * (reach - event.over_m)
    parts = [one.model_copy(update={"y": one.y + shift}) for one in parts]
    cast.made.actors += parts
    over = event.over_m - cast.overhang_m
    permit, margin = event.permit, abs(over)
    if permit is not None:
        margin = min(margin, abs(permit.margin_m)) if permit.margin_m < 0 else permit.margin_m
        _seating(cast, event, permit, line, side)
    inside = event.lawful or (None if over > 0 else "在本店界线之内")
    place = middle(ground_of(parts, since))
    names = tuple(one.id for one in parts)
    told = event.model_copy(update={"lawful": inside})
    cast.tell(told, "OUT_OF_STORE", [(since, place)], (since, until), permit, margin, names)


def _spread(cast: Cast, event: Event, since: float, until: float) -> list[Seats | Wares]:
    """The things themselves, somewhere before the shop."""
    x, y, rng = cast.street.x(event.slot), cast.y(event, 3.4), cast.rng
    many = event.count or (2 if event.what == "seats" else 3)
    deep = 0.6 if event.over_m > 1.0 else 0.0
    spots = [(x + (k - (many - 1) / 2) * 1.35, y + deep * (k % 2) * (-1 if event.south else 1)) for k in range(many)]
    if event.what == "seats":
        return [
            Seats(id=f"{cast.id}.{k}", seed=cast.seed(), x=sx, y=sy, from_s=since, to_s=until, style="set")
            for k, (sx, sy) in enumerate(spots)
        ]
    return [
        Wares(id=f"{cast.id}.{k}", seed=cast.seed(), x=sx, y=sy, from_s=since, to_s=until, style=rng.choice(_WARES))
        for k, (sx, sy) in enumerate(spots)
    ]


def _seating(cast: Cast, event: Event, permit: Permit, line: float, side: int) -> None:
    """The shop's seating parcel: from its line outwards, `margin_m` farther than the seats reach."""
    shop = f"shop-{'s' if event.south else 'n'}{round(event.slot) + 4}"
    x, deep = cast.street.x(event.slot), event.over_m + permit.margin_m
    y0, y1 = sorted((line, line - side * deep))
    cast.made.areas.append(Area(
        id=f"seating-{cast.id}", layer="outdoor_seating", name="外摆位", shop=shop, hours=[hours_of(permit)],
        points=[(x - 2.9, y0), (x + 2.9, y0), (x + 2.9, y1), (x - 2.9, y1)],
    ))  # fmt: skip


def unloading(cast: Cast, event: Event) -> None:
    """A van at the kerb, boxes beside it and one who carries them in."""
    since, until = cast.span(event)
    x, kerb = cast.street.x(event.slot), cast.street.kerb
    way = [(since - 12, x + 80, kerb - 1.3), (since - 3, x, kerb - 1.3), (until, x, kerb - 1.3),
           (until + 10, x - 80, kerb - 1.3)]  # fmt: skip
    van = Car(id=f"{cast.id}.van", seed=cast.seed(), from_s=since - 12, to_s=until + 10, path=way, body="van")
    boxes = Wares(id=f"{cast.id}.b", seed=cast.seed(), x=x, y=kerb + 0.9, from_s=since, to_s=until, style="boxes")
    carrier = Walker(id=f"{cast.id}.p", seed=cast.seed(), from_s=since, to_s=until, pose="work",
                     path=[(since, x + 0.7, kerb + 1.5)])  # fmt: skip
    cast.made.actors += [van, boxes, carrier]
    place = middle(ground_of([boxes], since))
    cast.tell(event, "STALL", [(since, place)], (since, until), None, None, (boxes.id,), "短时卸货")
