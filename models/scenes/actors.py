"""Who and what comes and goes in a script.

Lengths in metres in the street frame (x along the street, y across it to the left of x, z up), headings in degrees
counter-clockwise from +x. Times in seconds of street time.
"""

from typing import Annotated, Literal

from pydantic import Field

from models.scenes.district import Part, Point

Waypoint = tuple[float, float, float]
StallStyle = Literal["cart", "table", "trike", "blanket"]
WaresStyle = Literal["crates", "boxes", "baskets", "clothes", "shelf", "sacks", "flowers"]
SeatsStyle = Literal["stool", "stools", "table", "chair", "set"]
BoardStyle = Literal["billboard", "lightbox", "banner", "aboard"]
RideName = Literal["bicycle", "ebike"]


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
