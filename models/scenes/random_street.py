"""Random streets for training and for held-back tests: layouts, cameras, light, crowds."""

from datetime import UTC, datetime
from math import atan2, degrees, hypot
from random import Random

from models.scenes.crowd import populate
from models.scenes.district import Area, District, Scenery, SceneryKind, Shop
from models.scenes.script import FixedCamera, LightName, Script, Weather
from models.scenes.signs import shop_name

FAMILIES = ("mast", "vehicle", "close", "test")
_LENGTH = 70.0
_LIGHTS: tuple[LightName, ...] = ("shade", "shade", "day", "day", "overcast", "overcast", "dusk")
_FITTINGS: tuple[tuple[SceneryKind, float], ...] = (("lamp", 28), ("bin", 25), ("planter", 22), ("pole", 30))
_VIEWS = 8


def random_shops(rng: Random, x0: float, x1: float, gaps: float = 0.12) -> list[Shop]:
    """Shops along both sides with made-up names and fascias."""
    out, used = [], set()
    road = rng.choice(["中山路", "人民路", "建设路", "解放路", "和平街", "文化路"])
    for side in ("north", "south"):
        x, number = x0 + rng.uniform(0, 3), 1 if side == "south" else 2
        while x < x1 - 4:
            width = min(rng.uniform(4.2, 8.4), x1 - x)
            if rng.random() >= gaps:
                name = shop_name(rng)[1]
                while name in used:
                    name = shop_name(rng)[1]
                used.add(name)
                out.append(Shop(
                    id=f"{side[0]}{number}", name=name, address=f"{road}{100 + number}号", side=side, x0=x,
                    x1=x + width, style=rng.randrange(1000), fascia_width=round(width * rng.uniform(0.78, 0.98), 2),
                    fascia_height=round(rng.uniform(0.8, 1.35), 2), fascia_bottom=round(rng.uniform(2.7, 3.1), 2),
                ))  # fmt: skip
            x, number = x + width + rng.choice([0, 0, 0.4]), number + 2
    return out


def random_scenery(rng: Random, d: District) -> list[Scenery]:
    """Trees, lamps, bins, planters and parked cars along both kerbs."""
    out: list[Scenery] = []
    for s in (1, -1):
        gap, y = rng.uniform(6, 14), s * (d.kerb + rng.uniform(0.8, 1.3))
        if rng.random() < 0.8:
            x = d.x0 + rng.uniform(0, gap)
            while x < d.x1:
                out.append(Scenery(kind="tree", x=x, y=y, seed=rng.randrange(60)))
                x += gap * rng.uniform(0.9, 1.1)
        for kind, step in _FITTINGS:
            x = d.x0 + rng.uniform(0, step)
            while x < d.x1:
                heading = -90.0 * s if kind in ("lamp", "pole") else 0.0
                out.append(Scenery(kind=kind, x=x, y=s * (d.kerb + 0.5), heading=heading, seed=rng.randrange(40)))
                x += step * rng.uniform(0.8, 1.4)
        if rng.random() < 0.5:
            x = d.x0 + rng.uniform(0, 12)
            while x < d.x1:
                body = rng.choice(["sedan", "suv", "hatch", "van"])
                out.append(Scenery(kind="car", x=x, y=s * (d.kerb - 1.15), heading=0 if s < 0 else 180, body=body,
                                   seed=rng.randrange(200)))  # fmt: skip
                x += rng.uniform(5.6, 18)
    return out


def _weather(rng: Random) -> Weather:
    light = rng.choice(_LIGHTS)
    return Weather(
        light=light, rain=rng.uniform(0.3, 1) if rng.random() < 0.15 else 0.0, sun_azimuth=rng.uniform(0, 360),
        sun_elevation=rng.uniform(18, 62), noise=rng.uniform(0.5, 7), shake_px=rng.uniform(0, 1.4),
        blur=rng.choice([0.0, 0.4, 0.6, 0.9]), gain=rng.uniform(0.78, 1.2), warmth=rng.uniform(-1.5, 1.5),
    )  # fmt: skip


def random_camera(rng: Random, d: District, family: str, k: int) -> FixedCamera:
    """A camera aimed at a spot of one of the pavements, from the road, from a mast or from a vehicle."""
    side = rng.choice([1, -1])
    trees = [s.x for s in d.scenery if s.kind == "tree"]
    x = max(
        (rng.uniform(d.x0 + 22, d.x1 - 22) for _ in range(6)), key=lambda v: min([3.5] + [abs(v - t) for t in trees])
    )
    tx, ty = x, side * rng.uniform(d.kerb + 1, d.front - 0.8)
    if family == "vehicle":
        y, z, f = -side * rng.uniform(-d.kerb + 1.5, d.kerb - 1.5), rng.uniform(1.7, 3.0), rng.uniform(620, 1000)
        tx, low = x + rng.uniform(-14, 14), 0.62
    elif family == "close":
        y, z, f = side * rng.uniform(-2, d.kerb - 1), rng.uniform(2.0, 4.5), rng.uniform(700, 1300)
        tx, low = x + rng.uniform(-11, 11), 0.6
    elif rng.random() < 0.2:
        y, z, f = side * (d.kerb + rng.uniform(0.3, 1)), rng.uniform(3.6, 6.5), rng.uniform(750, 1500)
        tx, low = x + rng.choice([-1, 1]) * rng.uniform(10, 22), 0.62
    else:
        y, z, f = -side * rng.uniform(0, d.kerb + 2), rng.uniform(3.6, 6.5), rng.uniform(750, 1500)
        tx, low = x + rng.uniform(-18, 18), 0.62
    away = max(hypot(tx - x, ty - y), 2.0)
    below = degrees(atan2((rng.uniform(0.42, low) - 0.5) * 720, f))
    pitch = degrees(atan2(z, away)) - below
    return FixedCamera(id=f"view-{k}", x=x, y=y, z=z, yaw=degrees(atan2(ty - y, tx - x)), pitch=min(pitch, 42.0), f=f)


def random_district(rng: Random, family: str) -> District:
    kerb = rng.choice([4.5, 6.5, 7.0]) if family != "test" else rng.choice([5.5, 7.5])
    front = kerb + (rng.uniform(3.4, 6.5) if family != "test" else rng.uniform(3.8, 6.0))
    d = District(
        name=f"random-{family}", lon=121.5, lat=31.2, bearing_deg=rng.uniform(0, 359), x0=-_LENGTH / 2,
        x1=_LENGTH / 2, kerb=kerb, front=round(front, 2), paving=rng.randrange(5),
        shops=random_shops(rng, -_LENGTH / 2, _LENGTH / 2),
    )  # fmt: skip
    return d.model_copy(update={"scenery": random_scenery(rng, d), "areas": _paint(rng, d)})


def _paint(rng: Random, d: District) -> list[Area]:
    out = []
    for k in range(rng.randint(0, 4)):
        s, x, w = rng.choice([1, -1]), rng.uniform(d.x0 + 5, d.x1 - 10), rng.uniform(4, 9)
        y0, y1 = sorted((s * (d.kerb + 0.4), s * (d.kerb + 2.3)))
        out.append(
            Area(
                id=f"a{k}",
                layer="bay" if rng.random() < 0.67 else "vending_permitted",
                name="便民服务点",
                points=[(x, y0), (x + w, y0), (x + w, y1), (x, y1)],
            )
        )
    return out


def random_script(seed: int, family: str = "mast") -> Script:
    """A street of a family ("mast", "vehicle", "close"; "test" is held back) with eight cameras.

    Its actors stand before the first camera; `populate` draws others for another one.
    """
    rng = Random(f"{family}:{seed}")
    d = random_district(rng, family)
    kind = family if family in FAMILIES[:3] else rng.choice(["mast", "mast", "vehicle", "close"])
    cameras = [random_camera(rng, d, kind, k) for k in range(_VIEWS)]
    return Script(
        name=f"{family}-{seed}", family=family, start=datetime(2026, 4, 1, 8, tzinfo=UTC), duration_s=60.0, district=d,
        cameras=cameras, weather=_weather(rng), actors=populate(rng, d, cameras[0]),
    )  # fmt: skip
