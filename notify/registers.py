"""The registers that the chain looks things up in; they decide what may be done.

They are loaded from one YAML or JSON document (see `RegisterFile`), or row by row from tables (`notify.imports`).
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from shapely.geometry import Point, Polygon
from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.identifiers import is_credit_code, is_resident_id
from notify.refusals import Barred
from notify.register_file import ROWS, RegisterFile
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
from records import BadInput, Base

_Row = TypeVar("_Row", bound=Base)

__all__ = [
    "BikeOperatorRow",
    "DeviceRow",
    "GridRow",
    "MatterRow",
    "OfficerRow",
    "OrganRow",
    "PostingRow",
    "RegisterFile",
    "Registers",
    "ShopRow",
    "SquadRow",
    "SubjectRow",
    "certified",
    "check_identity_number",
    "load_registers",
]


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
    for part, row in ROWS:
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
    """Look-ups within one unit of work; what was found is kept for its length, so that it is read once."""

    session: Session
    _kept: dict[tuple[type[Any], str], Any] = field(default_factory=dict)
    _lent: dict[str, list[PostingRow]] = field(default_factory=dict)

    def _get(self, table: type[_Row], key: str) -> _Row | None:
        found: _Row | None = self._kept.get((table, key))
        if found is None:
            found = self.session.get(table, key)
            if found is not None:
                self._kept[table, key] = found
        return found

    def organ(self, code: str) -> OrganRow:
        found = self._get(OrganRow, code)
        if found is None:
            raise Barred(
                "E_ORGAN_UNKNOWN", f"登记簿没有机关{code}", f"no organ {code} in the register", "load the registers"
            )
        return found

    def officer(self, person_id: str) -> OfficerRow | None:
        return self._get(OfficerRow, person_id)

    def officers(self, day: date) -> list[OfficerRow]:
        """Those whose certificate counts on a day, by name."""
        query = select(OfficerRow).where(OfficerRow.kind == "officer").order_by(OfficerRow.name)
        return [row for row in self.session.scalars(query) if certified(row, day)]

    def organs(self) -> list[OrganRow]:
        return list(self.session.scalars(select(OrganRow).order_by(OrganRow.code)))

    def organ_on(self, officer: OfficerRow | None, day: date) -> str | None:
        """The organ that an officer signs for on a day: where he is lent to, else his own."""
        if officer is None:
            return None
        if officer.id not in self._lent:
            rows = self.session.scalars(select(PostingRow).where(PostingRow.officer == officer.id))
            self._lent[officer.id] = list(rows)
        lent = [row for row in self._lent[officer.id] if row.since <= day and (row.until is None or day <= row.until)]
        return max(lent, key=lambda row: row.since).organ if lent else officer.organ

    def squad_at(self, lon: float, lat: float) -> SquadRow | None:
        """The squad whose grid unit holds a place (degrees), None where no unit does."""
        for grid in self.session.scalars(select(GridRow).order_by(GridRow.id)):
            if Polygon(grid.outline).covers(Point(lon, lat)):
                return self.session.get(SquadRow, grid.squad)
        return None

    def device(self, device_id: str) -> DeviceRow | None:
        return self._get(DeviceRow, device_id)

    def subject(self, subject_id: str | None) -> SubjectRow | None:
        return self._get(SubjectRow, subject_id) if subject_id else None

    def shop(self, shop_id: str | None) -> ShopRow | None:
        return self._get(ShopRow, shop_id) if shop_id else None

    def shops_named(self) -> list[tuple[str, str, str]]:
        """(id, name, licensee) of every shop whose licensee is known."""
        query = select(ShopRow.id, ShopRow.name, ShopRow.subject_id).where(ShopRow.subject_id.is_not(None))
        return [(row[0], row[1], str(row[2])) for row in self.session.execute(query.order_by(ShopRow.id))]

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
