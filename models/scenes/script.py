"""The script of a street: what stands where, who comes and goes when, and what of it is unlawful.

Lengths in metres in the street frame (x along the street, y across it to the left of x, z up), times in
seconds of street time from `start`, headings and yaws in degrees counter-clockwise from +x.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Point = tuple[float, float]
Waypoint = tuple[float, float, float]
LightName = Literal["day", "overcast", "shade", "dusk"]
StallStyle = Literal["cart", "table", "trike", "blanket"]
WaresStyle = Literal["crates", "boxes", "baskets", "clothes", "shelf", "sacks", "flowers"]
SeatsStyle = Literal["stool", "stools", "table", "chair", "set"]
BoardStyle = Literal["billboard", "lightbox", "banner", "aboard"]
RideName = Literal["bicycle", "ebike"]
SceneryKind = Literal["tree", "lamp", "bin", "bollard", "planter", "pole", "shelter", "car"]
ViolationName = Literal["STALL", "OUT_OF_STORE", "OUTDOOR_AD", "BIKE_CLUTTER"]


class Part(BaseModel):
    """Every part of a script: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Hours(Part):
    """Opening hours on given days, local time."""

    days: str = "mon-sun"
    from_: str = Field(alias="from")
    to: str
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Shop(Part):
    """One shop: its stretch of the frontage from x0 to x1 on one side, its fascia and its licence."""

    id: str
    name: str
    address: str
    side: Literal["north", "south"]
    x0: float
    x1: float
    style: int = 0
    fascia_width: float = 4.0
    fascia_height: float = 1.0
    fascia_bottom: float = 2.9
    min_overhang_m: float | None = None
    own_ground_m: float = Field(default=0.0, ge=0, description="how far the shop's own ground reaches before its wall")

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2


class Area(Part):
    """A rectangle or polygon on the ground with a purpose."""

    id: str
    layer: Literal["vending_permitted", "vending_forbidden", "outdoor_seating", "bay", "bike_managed", "ad_controlled",
                   "monitored_area", "pavement"]  # fmt: skip
    name: str
    points: list[Point] = Field(min_length=3)
    hours: list[Hours] = []
    shop: str | None = None
    device: str | None = None
    clear_width_m: float | None = None


class Licence(Part):
    """A licensed board: foot point on the wall, direction it faces, its sizes."""

    id: str
    holder: str
    x: float
    y: float
    facing_deg: float
    width: float
    height: float
    bottom: float


class Scenery(Part):
    """What always stands: trees, lamp posts, bins, parked cars."""

    kind: SceneryKind
    x: float
    y: float
    heading: float = 0.0
    seed: int = 0
    body: str = "sedan"


class District(Part):
    """The street itself. North pavement from +kerb to +front, south from -kerb to -front."""

    name: str
    lon: float
    lat: float
    bearing_deg: float = Field(ge=0, lt=360, description="compass bearing of +x")
    timezone: str = "Asia/Shanghai"
    x0: float
    x1: float
    kerb: float = 7.0
    front: float = 12.0
    paving: int = 0
    shops: list[Shop] = []
    areas: list[Area] = []
    licences: list[Licence] = []
    scenery: list[Scenery] = []


class FixedCamera(Part):
    """A camera on a mast."""

    id: str
    x: float
    y: float
    z: float = 5.0
    yaw: float
    pitch: float = 10.0
    f: float = Field(default=1000.0, description="focal length in pixels of a 1280 wide picture")
    name: str = ""


class Leg(Part):
    """One drive of a vehicle from its last place: to (x, y) at a speed, then a stand of `stop_s`."""

    to: list[Point]
    speed: float = 3.0
    stop_s: float = 0.0


class PatrolVehicle(Part):
    """A vehicle with a camera looking to its right."""

    id: str
    x: float
    y: float
    heading: float = 0.0
    legs: list[Leg]
    mount_forward: float = 0.0
    mount_right: float = 0.6
    mount_height: float = 2.6
    mount_yaw: float = Field(default=75.0, description="clockwise from straight ahead")
    mount_pitch: float = 8.0
    f: float = 760.0
    name: str = ""


class Weather(Part):
    """Light and what the sensor and the mast add."""

    light: LightName = "shade"
    rain: float = Field(default=0.0, ge=0, le=1)
    sun_azimuth: float = 60.0
    sun_elevation: float = 38.0
    noise: float = 3.0
    shake_px: float = 0.6
    blur: float = 0.5
    gain: float = 1.0
    warmth: float = 0.0


class WeatherChange(Part):
    """Other light, or another exposure of the camera, from a second of street time on."""

    from_s: float = Field(gt=0)
    weather: Weather


class _Actor(Part):
    id: str
    seed: int = 0
    from_s: float = 0.0
    to_s: float = 1e9


class Walker(_Actor):
    """Someone on foot along timed waypoints (t, x, y); stands where two have one place."""

    type: Literal["walker"] = "walker"
    path: list[Waypoint] = Field(min_length=1)
    umbrella: bool = False
    pose: Literal["stand", "work"] = "stand"
    face: float = 0.0


class Rider(_Actor):
    """Someone riding a bicycle or an e-bike."""

    type: Literal["rider"] = "rider"
    path: list[Waypoint] = Field(min_length=2)
    ride: RideName = "bicycle"
    livery: str = "blue"


class Car(_Actor):
    """A moving or waiting motor vehicle."""

    type: Literal["car"] = "car"
    path: list[Waypoint] = Field(min_length=1)
    body: str = "sedan"
    heading: float = 0.0


class Stall(_Actor):
    """A stall with its vendor; `arrive` is where it is pushed in from (or out to) at walking speed."""

    type: Literal["stall"] = "stall"
    x: float
    y: float
    heading: float = 0.0
    style: StallStyle = "cart"
    umbrella: bool = False
    vendor: bool = True
    arrive: Point | None = None


class Bikes(_Actor):
    """Parked bicycles and e-bikes."""

    type: Literal["bikes"] = "bikes"
    x: float
    y: float
    heading: float = 0.0
    count: int = Field(ge=1)
    pattern: Literal["row", "heap"] = "row"
    spacing: float = 0.62
    ebikes: float = Field(default=0.0, ge=0, le=1)
    livery: str = "mixed"


class Wares(_Actor):
    """Goods on the ground."""

    type: Literal["goods"] = "goods"
    x: float
    y: float
    heading: float = 0.0
    style: WaresStyle = "crates"


class Seats(_Actor):
    """Stools, tables, chairs; perhaps a parasol."""

    type: Literal["furniture"] = "furniture"
    x: float
    y: float
    heading: float = 0.0
    style: SeatsStyle = "set"
    umbrella: bool = False


class Board(_Actor):
    """A billboard, light box, banner or A-board; (x, y) is its foot line's middle."""

    type: Literal["board"] = "board"
    x: float
    y: float
    facing: float = Field(description="direction its face looks to")
    style: BoardStyle = "billboard"
    width: float = 3.0
    height: float = 2.0
    bottom: float = 1.2
    words: str | None = None


Actor = Annotated[
    Walker | Rider | Car | Stall | Bikes | Wares | Seats | Board, Field(discriminator="type")
]  # fmt: skip


class TrueIncident(Part):
    """What is really so: which actors make it, whether it is lawful and why, from when to when."""

    id: str
    kind: ViolationName
    lawful: bool
    why: str
    x: float
    y: float
    start_s: float
    end_s: float
    actors: list[str]
    seen_by: list[str] = []
    answers: str | None = Field(default=None, description="the incident of an earlier script that this one answers")


class Script(Part):
    """A street and what happens on it."""

    name: str
    family: str = "demo"
    start: AwareDatetime
    duration_s: float = Field(gt=0)
    district: District
    cameras: list[FixedCamera] = []
    vehicles: list[PatrolVehicle] = []
    weather: Weather = Weather()
    weather_changes: list[WeatherChange] = Field(default=[], description="in the order of their times")
    actors: list[Actor] = []
    incidents: list[TrueIncident] = []

    @property
    def sources(self) -> list[str]:
        return [c.id for c in self.cameras] + [v.id for v in self.vehicles]

    def weather_at(self, seconds: float) -> Weather:
        """The weather of a second of street time."""
        return next((one.weather for one in reversed(self.weather_changes) if one.from_s <= seconds), self.weather)

    def at(self, seconds: float) -> datetime:
        """The time of day of a second of street time."""
        return self.start + timedelta(seconds=seconds)
