"""The registers that the chain looks things up in: organs, officers, devices, matters, subjects, shops, bike operators.

They are loaded from one YAML or JSON document (see `RegisterFile`) or row by row; they decide what may be done.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Date, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from notify.identifiers import is_credit_code, is_resident_id
from notify.refusals import Barred
from notify.tables import ID
from records import BadInput, Base, Json


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
    name: Mapped[str] = mapped_column(String(120))
    id_number: Mapped[str | None] = mapped_column(String(32), index=True)
    address: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(32))
    representative: Mapped[str | None] = mapped_column(String(80))
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


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OrganEntry(_Entry):
    code: str
    name: str
    abbr: str
    level: str
    address: str
    phone: str
    seal: str | None = None
    seal_number: str | None = None


class OfficerEntry(_Entry):
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


class DeviceEntry(_Entry):
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


class MatterEntry(_Entry):
    matter: str
    listed_from: date
    listed_to: date | None = None
    version: str


class SubjectEntry(_Entry):
    id: str
    kind: Literal["person", "business", "org"]
    name: str
    id_number: str | None = None
    address: str | None = None
    phone: str | None = None
    representative: str | None = None
    authority: str = "business_licence"


class ShopEntry(_Entry):
    id: str
    name: str
    address: str
    subject_id: str | None = None


class BikeOperatorEntry(_Entry):
    id: str
    name: str
    subject_id: str


class RegisterFile(_Entry):
    """The document that registers are loaded from."""

    organs: list[OrganEntry] = Field(default_factory=list)
    officers: list[OfficerEntry] = Field(default_factory=list)
    devices: list[DeviceEntry] = Field(default_factory=list)
    matters: list[MatterEntry] = Field(default_factory=list)
    subjects: list[SubjectEntry] = Field(default_factory=list)
    shops: list[ShopEntry] = Field(default_factory=list)
    bike_operators: list[BikeOperatorEntry] = Field(default_factory=list)


_ROWS: tuple[tuple[str, type[Base]], ...] = (
    ("organs", OrganRow),
    ("officers", OfficerRow),
    ("devices", DeviceRow),
    ("matters", MatterRow),
    ("subjects", SubjectRow),
    ("shops", ShopRow),
    ("bike_operators", BikeOperatorRow),
)


def load_registers(session: Session, source: Path | dict[str, Any]) -> int:
    """Write the entries of a register document over what is there; the count written. Raises BadInput."""
    name = str(source) if isinstance(source, Path) else "registers"
    try:
        data = yaml.safe_load(source.read_text(encoding="utf-8")) if isinstance(source, Path) else source
        parsed = RegisterFile.model_validate(data)
    except OSError as error:
        raise BadInput("E_REGISTER", f"{name}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise BadInput("E_REGISTER", f"{name}: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput("E_REGISTER", f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    for entry in parsed.subjects:
        check_identity_number(entry.kind, entry.id_number, f"{name}: subject {entry.id}")
    count = 0
    for part, row in _ROWS:
        for entry in getattr(parsed, part):
            session.merge(row(**entry.model_dump()))
            count += 1
    return count


def check_identity_number(kind: str, number: str | None, where: str) -> None:
    """Refuse a credit code or resident ID whose check digit is wrong (GB 32100, GB 11643)."""
    if number is None:
        return
    good = is_resident_id(number) if kind == "person" else is_credit_code(number)
    if not good:
        raise BadInput(
            "E_IDENTITY_NUMBER", f"{where}: the identity number does not check", "compare it with the licence"
        )


@dataclass(frozen=True, slots=True)
class Registers:
    """Look-ups within one unit of work."""

    session: Session

    def organ(self, code: str) -> OrganRow:
        found = self.session.get(OrganRow, code)
        if found is None:
            raise Barred(
                "E_ORGAN_UNKNOWN", f"登记簿没有机关{code}", f"no organ {code} in the register", "load the registers"
            )
        return found

    def officer(self, person_id: str) -> OfficerRow | None:
        return self.session.get(OfficerRow, person_id)

    def officers(self, day: date) -> list[OfficerRow]:
        """Those whose certificate counts on a day, by name."""
        query = select(OfficerRow).where(OfficerRow.kind == "officer").order_by(OfficerRow.name)
        return [row for row in self.session.scalars(query) if certified(row, day)]

    def device(self, device_id: str) -> DeviceRow | None:
        return self.session.get(DeviceRow, device_id)

    def subject(self, subject_id: str | None) -> SubjectRow | None:
        return self.session.get(SubjectRow, subject_id) if subject_id else None

    def shop(self, shop_id: str | None) -> ShopRow | None:
        return self.session.get(ShopRow, shop_id) if shop_id else None

    def bike_operators(self) -> list[BikeOperatorRow]:
        return list(self.session.scalars(select(BikeOperatorRow).order_by(BikeOperatorRow.id)))

    def listed(self, matter: str, day: date) -> bool:
        """Whether a matter stood on the published list on a day (PD 4)."""
        rows = self.session.scalars(select(MatterRow).where(MatterRow.matter == matter))
        return any(row.listed_from <= day and (row.listed_to is None or day <= row.listed_to) for row in rows)


def certified(officer: OfficerRow | None, day: date) -> bool:
    """Whether somebody may count as an enforcement officer on a day (APL 42)."""
    if officer is None or officer.kind != "officer" or not officer.certificate:
        return False
    if officer.valid_from is None or officer.valid_to is None:
        return False
    return officer.valid_from <= day <= officer.valid_to
