"""Gap-free numbers, one series per organ, kind of paper and year, given in the unit of work that uses them."""

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from notify.tables import NumberRow


def next_number(session: Session, organ: str, series: str, year: int) -> int:
    """The next number of a series, from 1. It is given back if the unit of work does not happen."""
    here = (NumberRow.organ == organ, NumberRow.series == series, NumberRow.year == year)
    if session.get_bind().dialect.name == "postgresql":
        first = pg_insert(NumberRow).values(organ=organ, series=series, year=year, last=0).on_conflict_do_nothing()
        session.execute(first)
    elif session.scalar(select(NumberRow.last).where(*here)) is None:
        session.execute(insert(NumberRow).values(organ=organ, series=series, year=year, last=0))
    session.execute(update(NumberRow).where(*here).values(last=NumberRow.last + 1))  # the row stays locked to the end
    last = session.scalar(select(NumberRow.last).where(*here))
    assert last is not None
    return last


def document_number(organ_abbr: str, series: str, year: int, seq: int) -> str:
    """A document number as papers carry it, such as 沪浦城管罚决字〔2026〕000123号."""
    return f"{organ_abbr}{series}字〔{year}〕{seq:06d}号"


def case_number(organ: str, year: int, matter: str, seq: int) -> str:
    """A case code: organ, year, matter and number."""
    return f"{organ}-{year}-{matter.split('.')[0]}-{seq:06d}"
