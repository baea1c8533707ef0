"""The demo's district and day: two masts, a patrol vehicle, every kind of violation beside its lawful look-alikes.

Along the street (metres): the west mast looks at x -46..-14, the east mast at 14..44, both at the north pavement; what
lies between, and the south side, only the vehicle sees.
"""

from datetime import UTC, date, datetime, timedelta
from random import Random

import chinese_calendar

from models.scenes.day_events import Event, east_events, passers_by, south_events, west_events
from models.scenes.district import Area, District, Hours, Licence, Scenery, Shop, whole_street
from models.scenes.script import FixedCamera, LightName, PatrolVehicle, Script, TrueIncident, Weather, laps
from models.scenes.signs import shop_name

DURATION_S = 600.0
KERB, FRONT = 7.0, 12.0
X0, X1 = -75.0, 75.0
WEST_BOARD, EAST_BOARD, SOUTH_BOARD = -17.0, 40.0, 2.0
_GAP = 5.4
_LIGHTS: tuple[LightName, ...] = ("shade", "day", "overcast")
_TURN_X, _LANE = 62.0, 2.2


def compose_day(seed: int) -> Script:
    """The district on a working day of spring 2026; another seed is another day with another truth."""
    rng = Random(f"day:{seed}")
    start = _start(rng)
    closing_s = (datetime(start.year, start.month, start.day, 9, tzinfo=UTC) - start).total_seconds()
    district = _district(rng)
    events = [*west_events(rng, district), *east_events(rng, district, closing_s), *south_events(rng, district)]
    there = [actor for event in events for actor in event.actors]
    return Script(
        name=f"day-{seed}",
        start=start,
        duration_s=DURATION_S,
        district=district,
        cameras=_masts(),
        vehicles=[_patrol()],
        weather=_weather(rng),
        actors=[*there, *passers_by(rng, DURATION_S, there)],
        incidents=[_true(number, event) for number, event in enumerate(events) if event.kind is not None],
    )


def _start(rng: Random) -> datetime:
    """A few minutes before five in the afternoon, Shanghai, on a working day between March and June 2026.

    From the end of June the periods of a case still end in 2026, where the holiday table ends.
    """
    first = date(2026, 3, 2)
    days = [first + timedelta(days=n) for n in range(116)]
    day = rng.choice([one for one in days if chinese_calendar.is_workday(one) and one.weekday() < 5])
    return datetime(day.year, day.month, day.day, 8, rng.choice([54, 55, 56]), tzinfo=UTC)


def _true(number: int, event: Event) -> TrueIncident:
    assert event.kind is not None
    return TrueIncident(
        id=f"{event.kind.lower()}-{number + 1}", kind=event.kind, lawful=event.lawful, why=event.why, x=event.x,
        y=event.y, start_s=event.start_s, end_s=event.end_s, actors=[one.id for one in event.actors],
        seen_by=event.seen_by,
    )  # fmt: skip


def _masts() -> list[FixedCamera]:
    return [
        FixedCamera(id="cam-west", x=-51, y=-7.6, z=5.6, yaw=46, pitch=9, f=1180, name="示范路西段杆机"),
        FixedCamera(id="cam-east", x=9, y=-7.6, z=5.6, yaw=46, pitch=9, f=1180, name="示范路东段杆机"),
    ]


def _patrol() -> PatrolVehicle:
    """Round and round: east on the south lane, west on the north lane, the camera looking to the right."""
    rounds = laps(_TURN_X, _LANE, 3.6, 9)
    return PatrolVehicle(id="patrol-1", x=-_TURN_X, y=-_LANE, legs=rounds, name="智能巡查车一号")


def _weather(rng: Random) -> Weather:
    light = rng.choice(_LIGHTS)
    return Weather(
        light=light,
        rain=0.25 if light == "overcast" and rng.random() < 0.4 else 0.0,
        sun_azimuth=rng.uniform(200, 260),
        sun_elevation=rng.uniform(28, 40), noise=rng.uniform(1.5, 3.0), shake_px=rng.uniform(0.3, 0.8), blur=0.4,
    )  # fmt: skip


def _district(rng: Random) -> District:
    shops = [*_row(rng, "north", (WEST_BOARD, EAST_BOARD)), *_row(rng, "south", (SOUTH_BOARD,))]
    origin = (121.5 + rng.uniform(0, 0.08), 31.2 + rng.uniform(0, 0.06))
    district = District(
        name="示范区示范路", lon=round(origin[0], 6), lat=round(origin[1], 6),
        bearing_deg=round(rng.uniform(0, 359), 2),
        x0=X0, x1=X1, kerb=KERB, front=FRONT, paving=rng.randrange(5), shops=shops, scenery=_scenery(rng),
    )  # fmt: skip
    return district.model_copy(update={"areas": _areas(), "licences": _licences()})


def _row(rng: Random, side: str, boards: tuple[float, ...]) -> list[Shop]:
    """Shops wall to wall, with a blank stretch of wall where a board hangs."""
    out: list[Shop] = []
    x, number = X0, 1 if side == "south" else 2
    while x < X1 - 4:
        blank = next((b for b in boards if b - _GAP / 2 <= x + 0.01 < b + _GAP / 2), None)
        if blank is not None:
            x = blank + _GAP / 2
            continue
        ahead = min([b - _GAP / 2 for b in boards if b - _GAP / 2 > x + 0.01] + [X1])
        room = ahead - x
        count = max(1, round(room / 6.2))
        for _ in range(count):
            width = room / count
            out.append(_shop(rng, side, number, x, width, {shop.name for shop in out}))
            x, number = x + width, number + 2
        x = ahead
    return out


def _shop(rng: Random, side: str, number: int, x: float, width: float, used: set[str]) -> Shop:
    name = shop_name(rng)[1]
    while name in used:
        name = shop_name(rng)[1]
    return Shop(
        id=f"shop-{side[0]}{number}", name=name, address=f"示范路{100 + number}号",
        side="north" if side == "north" else "south",
        x0=round(x, 3), x1=round(x + width, 3), style=rng.randrange(1000),
        fascia_width=round(width * rng.uniform(0.82, 0.94), 2),
        fascia_height=round(rng.uniform(0.9, 1.2), 2), fascia_bottom=round(rng.uniform(2.8, 3.0), 2),
    )  # fmt: skip


def _scenery(rng: Random) -> list[Scenery]:
    """Trees and lamps where they hide nothing that a mast must see."""
    out = [
        Scenery(kind="tree", x=x + rng.uniform(-0.6, 0.6), y=8.0, seed=rng.randrange(60))
        for x in (-66, -58, -9, 9, 57, 66)
    ]
    out += [Scenery(kind="tree", x=x, y=-8.1, seed=rng.randrange(60)) for x in (-66, -34, -20, 24, 36, 66)]
    out += [Scenery(kind="lamp", x=x, y=-7.4, heading=90.0, seed=rng.randrange(40)) for x in (-28, 0, 30, 55)]
    out += [Scenery(kind="bin", x=x, y=7.6, seed=rng.randrange(40)) for x in (-11, 11.5, 48)]
    out += [Scenery(kind="planter", x=x, y=-7.7, seed=rng.randrange(40)) for x in (-12, 14, 46)]
    return out


def _areas() -> list[Area]:
    """What the street file says of the ground: zones over the whole street, a bay, two permitted points."""
    return [
        *whole_street("示范路", X0, X1, KERB, FRONT, beyond=(5.0, 2.0)),
        Area(id="bay-west", layer="bay", name="非机动车停放点",
             points=[(-37.6, 7.1), (-30.4, 7.1), (-30.4, 9.6), (-37.6, 9.6)]),
        Area(id="evening-point", layer="vending_permitted", name="便民服务点（下午至夜间）",
             points=[(-27.6, 7.1), (-20.4, 7.1), (-20.4, 9.7), (-27.6, 9.7)],
             hours=[Hours(days="mon-sun", **{"from": "15:00", "to": "21:00"})]),
        Area(id="day-point", layer="vending_permitted", name="便民服务点（日间）",
             points=[(15.4, 7.1), (22.6, 7.1), (22.6, 9.7), (15.4, 9.7)],
             hours=[Hours(days="mon-sun", **{"from": "08:00", "to": "17:00"})]),
    ]  # fmt: skip


def _licences() -> list[Licence]:
    return [Licence(id="east-board", holder="示范广告（演示）有限公司", x=EAST_BOARD, y=FRONT, facing_deg=-90.0,
                    width=3.6, height=2.0, bottom=1.3)]  # fmt: skip
