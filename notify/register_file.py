"""The document that registers are loaded from, one list a register; a row of a table import is one entry of it."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from notify.register_rows import (
    BikeOperatorRow,
    DeviceRow,
    GridRow,
    MatterRow,
    OfficerRow,
    OrganRow,
    PostingRow,
    ShopRow,
    SquadRow,
    SubjectRow,
)
from records import Base


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OrganEntry(Entry):
    code: str
    name: str
    abbr: str
    level: str
    address: str
    phone: str
    seal: str | None = None
    seal_number: str | None = None


class OfficerEntry(Entry):
    id: str
    name: str
    organ: str
    squad: str | None = None
    kind: Literal["officer", "auxiliary"] = "officer"
    certificate: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    legal_qualification: str | None = None
    ties: list[str] = Field(default_factory=list)


class DeviceEntry(Entry):
    id: str
    kind: Literal["camera", "vehicle", "file"]
    place: str
    legal_review_from: date | None = None
    legal_review_to: date | None = None
    technical_review_from: date | None = None
    technical_review_to: date | None = None
    standard: str | None = None
    published_at: date | None = None
    published_url: str | None = None
    marked_from: date | None = None
    maintained_to: date | None = None


class MatterEntry(Entry):
    matter: str
    listed_from: date
    listed_to: date | None = None
    version: str


class SubjectEntry(Entry):
    id: str
    kind: Literal["person", "business", "org"]
    name: str
    id_number: str | None = None
    address: str | None = None
    phone: str | None = None
    representative: str | None = None
    authority: str = "business_licence"


class ShopEntry(Entry):
    id: str
    name: str
    address: str
    subject_id: str | None = None


class BikeOperatorEntry(Entry):
    id: str
    name: str
    subject_id: str


class PostingEntry(Entry):
    officer: str
    organ: str
    since: date
    until: date | None = None
    basis: str


class SquadEntry(Entry):
    id: str
    name: str
    organ: str
    phone: str | None = None


class GridEntry(Entry):
    id: str
    name: str
    squad: str
    outline: list[tuple[float, float]] = Field(min_length=3)


class RegisterFile(Entry):
    """The document that registers are loaded from."""

    organs: list[OrganEntry] = Field(default_factory=list)
    officers: list[OfficerEntry] = Field(default_factory=list)
    devices: list[DeviceEntry] = Field(default_factory=list)
    matters: list[MatterEntry] = Field(default_factory=list)
    subjects: list[SubjectEntry] = Field(default_factory=list)
    shops: list[ShopEntry] = Field(default_factory=list)
    bike_operators: list[BikeOperatorEntry] = Field(default_factory=list)
    postings: list[PostingEntry] = Field(default_factory=list)
    squads: list[SquadEntry] = Field(default_factory=list)
    grids: list[GridEntry] = Field(default_factory=list)


ROWS: tuple[tuple[str, type[Base]], ...] = (
    ("organs", OrganRow),
    ("officers", OfficerRow),
    ("devices", DeviceRow),
    ("matters", MatterRow),
    ("subjects", SubjectRow),
    ("shops", ShopRow),
    ("bike_operators", BikeOperatorRow),
    ("postings", PostingRow),
    ("squads", SquadRow),
    ("grids", GridRow),
)
