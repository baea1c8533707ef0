"""Gap-free numbers, one series per organ, kind of paper and year, given in the unit of work that uses them."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from notify.tables import NumberRow


def next_number(session: Session, organ: str, series: str, year: int) -> int:
    """The next number of a series, from 1. It is given back if the unit of work does not happen."""
    make: Any = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    first = make(NumberRow).values(organ=organ, series=series, year=year, last=1)
    key = [NumberRow.organ, NumberRow.series, NumberRow.year]
    one_more = first.on_conflict_do_update(index_elements=key, set_={"last": NumberRow.last + 1})
    return int(session.execute(one_more.returning(NumberRow.last)).scalar_one())  # the row stays locked to the end


def document_number(organ_abbr: str, series: str, year: int, seq: int) -> str:
    """A document number as papers carry it, such as 沪浦城管罚决字〔2026〕000123号."""
    return f"{organ_abbr}{series}字〔{year}〕{seq:06d}号"


def case_number(organ: str, year: int, matter: str, seq: int) -> str:
    """A case code: organ, year, matter and number."""
    return f"{organ}-{year}-{matter.split('.')[0]}-{seq:06d}"
