"""The script of a street: what stands where, who comes and goes when, and what of it is unlawful.

Lengths in metres in the street frame (x along the street, y across it to the left of x, z up), times in
seconds of street time from `start`, headings and yaws in degrees counter-clockwise from +x.
"""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field

from models.scenes.actors import Actor
from models.scenes.district import District, Part, Point

LightName = Literal["day", "overcast", "shade", "dusk"]
ViolationName = Literal["STALL", "OUT_OF_STORE", "OUTDOOR_AD", "BIKE_CLUTTER"]


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


def laps(turn_x: float, lane_y: float, speed: float, count: int) -> list[Leg]:
    """Rounds from (-turn_x, -lane_y): east on the south lane, west on the north lane."""
    x, y = turn_x, lane_y
    there = [(x, -y), (x + 1.6, -y * 0.6), (x + 2.2, 0.0), (x + 1.6, y * 0.6)]
    back = [(x, y), (-x, y), (-x - 1.6, y * 0.6), (-x - 2.2, 0.0), (-x - 1.6, -y * 0.6), (-x, -y)]
    return [Leg(to=[*there, *back], speed=speed) for _ in range(count)]


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
    seen_by: list[str] = Field(default_factory=list)
    answers: str | None = Field(default=None, description="the incident of an earlier script that this one answers")


class Script(Part):
    """A street and what happens on it."""

    name: str
    family: str = "demo"
    start: AwareDatetime
    duration_s: float = Field(gt=0)
    district: District
    cameras: list[FixedCamera] = Field(default_factory=list)
    vehicles: list[PatrolVehicle] = Field(default_factory=list)
    weather: Weather = Weather()
    weather_changes: list[WeatherChange] = Field(default=[], description="in the order of their times")
    actors: list[Actor] = Field(default_factory=list)
    incidents: list[TrueIncident] = Field(default_factory=list)

    @property
    def sources(self) -> list[str]:
        return [c.id for c in self.cameras] + [v.id for v in self.vehicles]

    def weather_at(self, seconds: float) -> Weather:
        """The weather of a second of street time."""
        return next((one.weather for one in reversed(self.weather_changes) if one.from_s <= seconds), self.weather)

    def at(self, seconds: float) -> datetime:
        """The time of day of a second of street time."""
        return self.start + timedelta(seconds=seconds)
