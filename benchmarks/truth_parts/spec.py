"""What a scene file says: families of scenes, each scene with its events on numbered stretches of pavement (slots)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from models.scenes.script import LightName

FOLDER = Path(__file__).parent / "scenes"
Split = Literal["tune", "report"]
SPLITS: tuple[Split, ...] = ("tune", "report")
What = Literal[
    "stall", "composition", "goods", "seats", "bikes", "board", "bus", "parked", "queue", "waiting", "cart_by",
    "unloading", "ad_on_bus",
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Permit(_Part):
    """A permit about the slot, in force on some days and hours (local time); `margin_m` is how far inside its border
    the thing stands (below zero: outside)."""

    days: str = "mon-sun"
    since: str = Field("00:00", alias="from")
    until: str = Field("24:00", alias="to")
    margin_m: float = 1.6


class Event(_Part):
    """One thing that happens. Times in seconds of the scene; `slot` counts from the camera outwards, fractions allowed.

    `over_m` is how far goods or seats reach over the shop's line, `own_m` how far that line lies before its wall;
    `until_s` none is the end of the scene; `to_slot` and `moves_s` say where and when a vendor moves on.
    """

    what: What
    slot: float
    since_s: float = Field(0.0, alias="from")
    until_s: float | None = Field(None, alias="to")
    permit: Permit | None = None
    over_m: float = 1.3
    own_m: float = 0.0
    count: int = 0
    heap: bool = False
    bay: bool = False
    licensed: bool = False
    style: str | None = None
    umbrella: bool = False
    arrive_m: float | None = None
    to_slot: float | None = None
    moves_s: float | None = None
    south: bool = False
    lawful: str | None = Field(None, description="why a thing that meets the rule by its looks is lawful")


class Light(_Part):
    """The weather from a second of the scene on; what is not said stays as it was."""

    since_s: float = Field(0.0, alias="from")
    light: LightName | None = None
    rain: float | None = None
    gain: float | None = None
    noise: float | None = None
    shake_px: float | None = None
    blur: float | None = None
    warmth: float | None = None


class SceneSpec(_Part):
    """One scene. `sources` are masts (`near`, `far`) or the vehicle (`patrol`); `away_s` are the stretches in which no
    frame arrives, `restarts_s` the seconds at which the watching process is another one that has its state."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    seed: int
    seconds: float = 120.0
    fps: float = Field(5.0, le=5.0)
    local_start: str = Field("2026-04-15 10:00:00", alias="start")
    sources: tuple[Literal["near", "far", "patrol"], ...] = ("near",)
    speed: float = 4.5
    weather: tuple[Light, ...] = ()
    walkers: int = 6
    cars: int = 3
    away_s: tuple[tuple[float, float], ...] = ()
    restarts_s: tuple[float, ...] = ()
    events: tuple[Event, ...]


class FamilySpec(_Part):
    """One file: the scenes of a family."""

    family: str
    scenes: tuple[SceneSpec, ...]


def load_families(split: Split, folder: Path = FOLDER) -> list[FamilySpec]:
    """The families of a split, by file name.

    Raises: pydantic's ValidationError where a file says what no scene has.
    """
    files = sorted((folder / split).glob("*.yaml"))
    return [FamilySpec.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files]
