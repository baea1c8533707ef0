"""Random streets for training and for held-back tests: layouts, cameras, light, crowds."""

from datetime import UTC, datetime
from math import atan2, cos, degrees, hypot, radians, sin, tan
from random import Random

from models.scenes.goods import FURNITURE, GOODS
from models.scenes.script import (
    Area,
    Bikes,
    Board,
    Car,
    District,
    FixedCamera,
    Rider,
    Scenery,
    Script,
    Seats,
    Shop,
    Stall,
    Walker,
    Wares,
    Weather,
)
from models.scenes.signs import shop_name
from models.scenes.stalls import STALLS
from models.scenes.vehicles import BODIES, half_length

FAMILIES = ("mast", "vehicle", "close", "test")
_LENGTH = 70.0
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
        for kind, step in (("lamp", 28), ("bin", 25), ("planter", 22), ("pole", 30)):
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
    light = rng.choice(["shade", "shade", "day", "day", "overcast", "overcast", "dusk"])
    return Weather(
        light=light, rain=rng.uniform(0.3, 1) if rng.random() < 0.15 else 0.0, sun_azimuth=rng.uniform(0, 360),
        sun_elevation=rng.uniform(18, 62), noise=rng.uniform(0.5, 7), shake_px=rng.uniform(0, 1.4),
        blur=rng.choice([0.0, 0.4, 0.6, 0.9]), gain=rng.uniform(0.78, 1.2), warmth=rng.uniform(-1.5, 1.5),
    )  # fmt: skip


def random_camera(rng: Random, d: District, family: str, k: int) -> FixedCamera:
    """A camera that looks at one of the pavements from the street or from its own pavement."""
    side = rng.choice([1, -1])
    x = rng.uniform(d.x0 + 18, d.x1 - 18)
    if family == "vehicle":
        y, z, f = -side * rng.uniform(-4.5, 3), rng.uniform(1.7, 3.0), rng.uniform(620, 1000)
        off, pitch = rng.uniform(-65, 65), rng.uniform(-1, 10)
    elif family == "close":
        y, z, f = side * rng.uniform(-1, 5), rng.uniform(2.0, 4.5), rng.uniform(700, 1200)
        off, pitch = rng.uniform(-60, 60), rng.uniform(4, 20)
    else:
        y, z, f = -side * rng.uniform(-7.5, d.kerb + 2), rng.uniform(3.6, 6.5), rng.uniform(750, 1500)
        off, pitch = rng.uniform(-68, 68), rng.uniform(6, 20)
        if rng.random() < 0.2:
            y, off = side * (d.kerb + rng.uniform(0.3, 1)), rng.choice([-1, 1]) * rng.uniform(60, 84)
    return FixedCamera(id=f"view-{k}", x=x, y=y, z=z, yaw=90 * side + off, pitch=pitch, f=f)


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
        layer = rng.choice(["bay", "bay", "vending_permitted"])
        out.append(Area(id=f"a{k}", layer=layer, name="便民服务点", points=[(x, y0), (x + w, y0), (x + w, y1), (x, y1)]))
    return out


class _Floor:
    """Free places on the ground that a camera sees, so that things do not stand in one another."""

    def __init__(self, rng: Random, d: District, camera: FixedCamera) -> None:
        self.rng, self.d, self.camera, self.taken = rng, d, camera, []  # type: ignore[var-annotated]
        for s in d.scenery:
            self.taken.append((s.x, s.y, 2.4 if s.kind == "car" else 0.5))

    def place(self, radius: float, road: bool = False, near: float = 4.0, far: float = 34.0) -> tuple[float, float, int] | None:
        """(x, y, side) on a pavement (or on the road) inside the view; None when none was found."""
        c, d = self.camera, self.d
        half = degrees(atan2(640, c.f)) * 0.98
        for _ in range(14):
            a = radians(c.yaw + self.rng.uniform(-half, half))
            r = near + (far - near) * self.rng.random() ** 0.8
            x, y = c.x + r * cos(a), c.y + r * sin(a)
            if c.z - r * tan(radians(c.pitch + degrees(atan2(360, c.f)))) > 0.2 * c.z:
                continue
            inside = abs(y) < d.kerb - 1 if road else d.kerb + 0.4 < abs(y) < d.front - min(0.45, radius)
            if not inside or not d.x0 < x < d.x1:
                continue
            if all(hypot(x - tx, y - ty) > radius + tr for tx, ty, tr in self.taken):
                self.taken.append((x, y, radius))
                return x, y, 1 if y > 0 else -1
        return None


def populate(rng: Random, d: District, camera: FixedCamera, crowd: float = 1.0) -> list[object]:
    """Actors of every kind before one camera."""
    floor, actors, n = _Floor(rng, d, camera), [], iter(range(10_000))

    def some(mean: float) -> int:
        return int(rng.expovariate(1 / (mean * crowd)) + 0.5) if rng.random() < 0.9 else 0

    def seed() -> int:
        return rng.randrange(100_000)

    for _ in range(min(some(1.6), 5)):
        if p := floor.place(1.5):
            turn = rng.choice([0, 0, 0, 180, 90, 270]) + rng.gauss(0, 12) + (180 if p[2] < 0 else 0)
            actors.append(Stall(id=f"st{next(n)}", seed=seed(), x=p[0], y=p[1], heading=turn, style=rng.choice(STALLS),
                                umbrella=rng.random() < 0.45, vendor=rng.random() < 0.85))  # fmt: skip
    for _ in range(min(some(1.3), 4)):
        if p := floor.place(1.2 + (row := rng.random() < 0.7) * 0.8):
            actors.append(Bikes(id=f"bk{next(n)}", seed=seed(), x=p[0], y=p[1], heading=rng.choice([90, -90]) + rng.gauss(0, 14),
                                count=rng.randint(1, 9), pattern="row" if row else "heap", spacing=rng.uniform(0.5, 0.8),
                                ebikes=rng.choice([0, 0, 0.3, 1.0])))  # fmt: skip
    for _ in range(min(some(1.8), 6)):
        if p := floor.place(1.0):
            y = p[2] * (d.front - rng.uniform(0.45, 1.2)) if rng.random() < 0.5 else p[1]
            actors.append(Wares(id=f"gd{next(n)}", seed=seed(), x=p[0], y=y, heading=rng.gauss(0, 10) + rng.choice([0, 180, 90]),
                                style=rng.choice(GOODS)))  # fmt: skip
    for _ in range(min(some(1.5), 5)):
        if p := floor.place(1.0):
            actors.append(Seats(id=f"fu{next(n)}", seed=seed(), x=p[0], y=p[1], heading=rng.uniform(0, 360),
                                style=rng.choice(FURNITURE), umbrella=rng.random() < 0.3))  # fmt: skip
    actors.extend(_boards(rng, d, floor, some(1.4), n))
    actors.extend(_people(rng, floor, some(5.0), n))
    for _ in range(min(some(1.6), 5)):
        if p := floor.place(2.6, road=True, near=7):
            body = rng.choice([*BODIES, "sedan", "suv"])
            if hypot(p[0] - camera.x, p[1] - camera.y) > half_length(body) + 3:
                actors.append(Car(id=f"car{next(n)}", seed=seed(), path=[(0, p[0], p[1])], body=body,
                                  heading=(0 if p[1] < 0 else 180) + rng.gauss(0, 6)))  # fmt: skip
    for _ in range(min(some(0.8), 4)):
        if p := floor.place(0.9, road=True):
            actors.append(Rider(id=f"rd{next(n)}", seed=seed(), path=[(0, p[0], p[1]), (60, p[0] + rng.choice([-1, 1]), p[1])],
                                ride=rng.choice(["bicycle", "ebike"]), livery=rng.choice(["blue", "yellow", "green", "white", "private"])))  # fmt: skip
    return actors


def _boards(rng: Random, d: District, floor: _Floor, count: int, n: object) -> list[Board]:
    out = []
    for _ in range(min(count, 4)):
        style = rng.choice(["billboard", "lightbox", "banner", "aboard", "banner"])
        p = floor.place(0.5)
        if p is None:
            continue
        x, y, s = p
        size = {"billboard": (rng.uniform(2, 4.5), rng.uniform(1.4, 2.6), rng.choice([0.8, 4.3])), "lightbox": (0.9, rng.uniform(1.4, 2.6), rng.uniform(0.3, 2)),
                "banner": (rng.uniform(2, 6), rng.uniform(0.5, 0.9), rng.choice([1.2, 2.0, 4.2])), "aboard": (0.65, 1.15, 0.0)}[style]  # fmt: skip
        if style != "aboard" and rng.random() < 0.75:
            y = s * d.front
        out.append(Board(id=f"bd{next(n)}", seed=rng.randrange(100_000), x=x, y=y, facing=-90 * s + rng.gauss(0, 4 if abs(y) == d.front else 25),  # type: ignore[call-overload]
                         style=style, width=size[0], height=size[1], bottom=size[2]))  # fmt: skip
    return out


def _people(rng: Random, floor: _Floor, count: int, n: object) -> list[Walker]:
    out = []
    for _ in range(min(count, 16)):
        p = floor.place(0.4, road=rng.random() < 0.08)
        if p is None:
            continue
        x, y, _s = p
        k = next(n)  # type: ignore[call-overload]
        if rng.random() < 0.7:
            a = rng.choice([0, 180]) + rng.gauss(0, 25)
            path = [(-30, x - 30 * cos(radians(a)), y - 30 * sin(radians(a))), (30, x + 30 * cos(radians(a)), y + 30 * sin(radians(a)))]
            start = rng.uniform(-0.6, 0.6)
            path = [(t + start, px, py) for t, px, py in path]
        else:
            path = [(0.0, x, y)]
        out.append(Walker(id=f"wk{k}", seed=rng.randrange(100_000), path=path, umbrella=rng.random() < 0.06, face=rng.uniform(0, 360),
                          pose=rng.choice(["stand", "stand", "work"])))  # fmt: skip
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
