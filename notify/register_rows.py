"""The tables of the registers, from organs and officers to shops, postings and grid units."""

from datetime import date
from typing import Any

from sqlalchemy import Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from notify.tables import ID
from records import Base, Json, Personal


class OrganRow(Base):
    """An organ that enforces in its own name."""

    __tablename__ = "organs"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    abbr: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40))
    seal: Mapped[str | None] = mapped_column(String(120))
    seal_number: Mapped[str | None] = mapped_column(String(40))


class OfficerRow(Base):
    """A person of the organ: certificate with its days, auxiliary or not, legal qualification, ties to subjects."""

    __tablename__ = "officers"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    organ: Mapped[str] = mapped_column(String(40))
    squad: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    certificate: Mapped[str | None] = mapped_column(String(40))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    legal_qualification: Mapped[str | None] = mapped_column(String(40))
    ties: Mapped[Any] = mapped_column(Json)


class DeviceRow(Base):
    """A camera or vehicle: reviews, publication, marking, maintenance, each with its days (APL 41)."""

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    place: Mapped[str] = mapped_column(String(200))
    legal_review_from: Mapped[date | None] = mapped_column(Date)
    legal_review_to: Mapped[date | None] = mapped_column(Date)
    technical_review_from: Mapped[date | None] = mapped_column(Date)
    technical_review_to: Mapped[date | None] = mapped_column(Date)
    standard: Mapped[str | None] = mapped_column(String(200))
    published_at: Mapped[date | None] = mapped_column(Date)
    published_url: Mapped[str | None] = mapped_column(Text)
    marked_from: Mapped[date | None] = mapped_column(Date)
    maintained_to: Mapped[date | None] = mapped_column(Date)


class MatterRow(Base):
    """A matter on the published list of non-site matters, and its days."""

    __tablename__ = "matters"

    matter: Mapped[str] = mapped_column(String(80), primary_key=True)
    listed_from: Mapped[date] = mapped_column(Date, primary_key=True)
    listed_to: Mapped[date | None] = mapped_column(Date)
    version: Mapped[str] = mapped_column(String(40))


class SubjectRow(Base):
    """A person or firm that a case may be against; `authority` is the register or inquiry that says who it is."""

    __tablename__ = "subjects"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(Personal)
    id_number: Mapped[str | None] = mapped_column(Personal("subjects.id_number"), index=True)
    address: Mapped[str | None] = mapped_column(Personal)
    phone: Mapped[str | None] = mapped_column(Personal)
    representative: Mapped[str | None] = mapped_column(Personal)
    authority: Mapped[str] = mapped_column(String(32))


class ShopRow(Base):
    """A shop of the street layer and the subject on its licence."""

    __tablename__ = "shops"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(200))
    subject_id: Mapped[str | None] = mapped_column(ID)


class BikeOperatorRow(Base):
    """An enterprise that runs shared bikes, and its duty contact."""

    __tablename__ = "bike_operators"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    subject_id: Mapped[str] = mapped_column(ID)


class PostingRow(Base):
    """An officer lent to another organ, with the days: for these he signs for that organ."""

    __tablename__ = "postings"

    officer: Mapped[str] = mapped_column(String(80), primary_key=True)
    since: Mapped[date] = mapped_column(Date, primary_key=True)
    until: Mapped[date | None] = mapped_column(Date)
    organ: Mapped[str] = mapped_column(String(40))
    basis: Mapped[str] = mapped_column(String(200))


class SquadRow(Base):
    """A squad of an organ."""

    __tablename__ = "squads"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    organ: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str | None] = mapped_column(String(40))


class GridRow(Base):
    """A unit of the city's grid, its outline (lon, lat) and the squad that looks after it."""

    __tablename__ = "grids"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    squad: Mapped[str] = mapped_column(String(80))
    outline: Mapped[Any] = mapped_column(Json)
