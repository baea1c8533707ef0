"""The street that a scene plays on: one shop to every slot, zones over everything, masts and a vehicle.

Slots lie six metres apart on the north pavement, counted from the near mast outwards; the far mast looks back at them
from the other end. A street is mirrored for every other seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from benchmarks.truth_parts.spec import SceneSpec
from models.scenes.district import Area, District, Licence, Scenery, Shop, whole_street
from models.scenes.script import FixedCamera, LightName, PatrolVehicle, Weather, WeatherChange, laps
from models.scenes.signs import shop_name

SLOT_M = 6.0
FIRST_M = -20.0
NEAR_X, FAR_X = -30.0, 20.0
END = 46.0
KERB = 7.0
MAST_M = (4.9, 6.1)
"""Height of the masts, m [given]."""
_LIGHTS: tuple[LightName, ...] = ("shade", "day", "overcast")
_TURN, _LANE = 34.0, 2.2


@dataclass(frozen=True, slots=True)
class Street:
    """What the events of a scene need to know of its street. `sign` is -1 where it is mirrored."""

    sign: int
    front: float
    kerb: float = KERB

    def x(self, slot: float) -> float:
        return self.sign * (FIRST_M + SLOT_M * slot)


def street_of(spec: SceneSpec, rng: Random) -> Street:
    return Street(1 if spec.seed % 2 else -1, round(rng.uniform(11.8, 12.6), 2))


def district(spec: SceneSpec, street: Street, rng: Random, areas: list[Area], licences: list[Licence]) -> District:
    """The district with what the events brought: permits, bays, licences, walls without a shop, own ground."""
    walls = {(event.slot, event.south) for event in spec.events if event.what == "board"}
    own = {(event.slot, event.south): event.own_m for event in spec.events if event.own_m}
    shops: list[Shop] = []
    for side in ("north", "south"):
        for slot in range(-4, 12):
            south = side == "south"
            if any(south == s and abs(slot - k) < 0.6 for k, s in walls):
                continue
            ground = next((m for (k, s), m in own.items() if s == south and abs(slot - k) < 0.5), 0.0)
            shops.append(_shop(rng, street, side, slot, ground, shops))
    return District(
        name=f"street-{spec.name}",
        lon=round(121.5 + rng.uniform(0, 0.08), 6), lat=round(31.2 + rng.uniform(0, 0.06), 6),
        bearing_deg=round(rng.uniform(0, 359), 2), x0=-END, x1=END, kerb=street.kerb, front=street.front,
        paving=rng.randrange(5), shops=shops, scenery=_scenery(rng), licences=licences,
        areas=[*whole_street("", -END, END, street.kerb, street.front), *areas],
    )  # fmt: skip


def masts(spec: SceneSpec, street: Street, rng: Random) -> list[FixedCamera]:
    """The masts of a scene's sources; aimed by hand, so never twice alike."""
    out = []
    for name, x, yaw in (("near", NEAR_X, 46.0), ("far", FAR_X, 134.0)):
        aim, z, y = yaw + rng.uniform(-2, 2), rng.uniform(*MAST_M), -street.kerb - rng.uniform(0.3, 0.9)
        pitch, f = 8.0 + (z - MAST_M[0]) * 1.2 + rng.uniform(-0.4, 0.4), rng.uniform(1120, 1220)
        if name in spec.sources:
            turned = aim if street.sign > 0 else 180.0 - aim
            out.append(FixedCamera(id=name, x=street.sign * x, y=y, z=z, yaw=turned, pitch=pitch, f=f))
    return out


def patrol(spec: SceneSpec) -> list[PatrolVehicle]:
    """The vehicle, if it is a source: round and round, its camera to the right."""
    if "patrol" not in spec.sources:
        return []
    return [PatrolVehicle(id="patrol", x=-_TURN, y=-_LANE, legs=laps(_TURN, _LANE, spec.speed, 12))]


def weathers(spec: SceneSpec, rng: Random) -> tuple[Weather, list[WeatherChange]]:
    """The weather at the beginning, by chance where the scene does not say, and its changes."""
    now = start = Weather(
        light=rng.choice(_LIGHTS), sun_azimuth=rng.uniform(200, 260), sun_elevation=rng.uniform(28, 40),
        noise=rng.uniform(1.5, 3.0), shake_px=rng.uniform(0.3, 0.8), blur=0.4,
    )  # fmt: skip
    changes: list[WeatherChange] = []
    for change in spec.weather:
        said = {name: value for name, value in change.model_dump(exclude={"since_s"}).items() if value is not None}
        now = now.model_copy(update=said)
        if change.since_s > 0:
            changes.append(WeatherChange(from_s=change.since_s, weather=now))
        else:
            start = now
    return start, changes


def _shop(rng: Random, street: Street, side: str, slot: int, own_m: float, others: list[Shop]) -> Shop:
    used, name = {one.name for one in others}, shop_name(rng)[1]
    while name in used:
        name = shop_name(rng)[1]
    middle = street.x(slot)
    return Shop(
        id=f"shop-{side[0]}{slot + 4}", name=name, address=f"试验路{100 + 2 * (slot + 4) + (side == 'south')}号",
        side="north" if side == "north" else "south", x0=middle - SLOT_M / 2, x1=middle + SLOT_M / 2,
        style=rng.randrange(1000), fascia_width=round(SLOT_M * rng.uniform(0.8, 0.94), 2),
        fascia_height=round(rng.uniform(0.9, 1.2), 2), fascia_bottom=round(rng.uniform(2.8, 3.0), 2),
        own_ground_m=own_m,
    )  # fmt: skip


def _scenery(rng: Random) -> list[Scenery]:
    """Trees and lamps where they hide nothing that a mast must see."""
    out = [
        Scenery(kind="tree", x=x + rng.uniform(-0.6, 0.6), y=8.0, seed=rng.randrange(60)) for x in (-42, -36, 36, 42)
    ]
    out += [Scenery(kind="tree", x=x, y=-8.6, seed=rng.randrange(60)) for x in (-40, -22, -12, 12, 22, 40)]
    out += [Scenery(kind="lamp", x=x, y=-7.4, heading=90.0, seed=rng.randrange(40)) for x in (-38, 0, 38)]
    out += [Scenery(kind="bin", x=x, y=7.5, seed=rng.randrange(40)) for x in (-34, 33)]
    return out
