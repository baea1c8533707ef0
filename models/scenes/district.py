"""The street of a script: what always stands there, and what is written of its ground.

Lengths in metres in the street frame (x along the street, y across it to the left of x, z up), headings in degrees
counter-clockwise from +x.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Point = tuple[float, float]
SceneryKind = Literal["tree", "lamp", "bin", "bollard", "planter", "pole", "shelter", "car"]


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


def whole_street(
    name: str, x0: float, x1: float, kerb: float, front: float, beyond: tuple[float, float] = (0.0, 0.0)
) -> list[Area]:
    """Zones and pavements over a whole street, so that only permits, bays, licences and lines decide.

    Zones end 2 m behind the fronts; those about boards and cameras reach `beyond` that, along and across the street.
    `name` is the street's, before theirs.
    """
    y, (along, across) = front + 2.0, beyond
    whole = [(x0, -y), (x1, -y), (x1, y), (x0, y)]
    wide = [(x0 - along, -y - across), (x1 + along, -y - across), (x1 + along, y + across), (x0 - along, y + across)]
    return [
        Area(id="no-vending", layer="vending_forbidden", name=f"{name}全段禁止设摊", points=whole),
        Area(id="bikes-managed", layer="bike_managed", name=f"{name}非机动车停放管理区", points=whole),
        Area(id="ads-controlled", layer="ad_controlled", name=f"{name}户外广告控制区", points=wide),
        Area(id="monitored", layer="monitored_area", name=f"{name}非现场执法监控区域", points=wide),
        *(
            Area(id=f"pavement-{side}", layer="pavement", name="人行道", clear_width_m=1.5,
                 points=[(x0, low), (x1, low), (x1, high), (x0, high)])
            for side, low, high in (("north", kerb, front), ("south", -front, -kerb))
        ),
    ]  # fmt: skip
