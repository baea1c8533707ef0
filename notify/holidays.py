"""Years of the published holiday table that an administrator loads, beyond what chinesecalendar knows.

A file is YAML: `year`, `source` (the notice of the State Council that says so), `holidays` and `workdays` (make-up days
on weekends), each a list of dates of that year. Every other day is a working day from Monday to Friday.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records import BadInput, Base, Clock, Json, UtcDateTime


class HolidayYearRow(Base):
    """One loaded year: its holidays and make-up days as ISO dates."""

    __tablename__ = "holiday_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(200))
    holidays: Mapped[Any] = mapped_column(Json)
    workdays: Mapped[Any] = mapped_column(Json)
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HolidayFile(BaseModel):
    """The document that a year is loaded from."""

    model_config = ConfigDict(extra="forbid")

    year: int = Field(ge=2020, le=2100)
    source: str = Field(min_length=1)
    holidays: list[date] = Field(min_length=1)
    workdays: list[date] = Field(default_factory=list)


def load_holidays(session: Session, source: Path | dict[str, Any], clock: Clock) -> int:
    """Write one year over what is there; the year. Raises BadInput `E_CALENDAR_FILE` naming the fault."""
    name = str(source) if isinstance(source, Path) else "calendar"
    try:
        data = yaml.safe_load(source.read_text(encoding="utf-8")) if isinstance(source, Path) else source
        parsed = HolidayFile.model_validate(data)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BadInput("E_CALENDAR_FILE", f"{name}: {' '.join(str(error).split())[:300]}") from error
    for day in (*parsed.holidays, *parsed.workdays):
        if day.year != parsed.year:
            raise BadInput("E_CALENDAR_FILE", f"{name}: {day} is not in {parsed.year}")
    weekdays = [day for day in parsed.workdays if day.weekday() < 5]
    both = set(parsed.holidays) & set(parsed.workdays)
    if weekdays or both:
        wrong = min([*weekdays, *both])
        raise BadInput("E_CALENDAR_FILE", f"{name}: {wrong} is no make-up day", "a make-up day is a weekend day")
    session.merge(
        HolidayYearRow(
            year=parsed.year,
            source=parsed.source,
            holidays=sorted(day.isoformat() for day in parsed.holidays),
            workdays=sorted(day.isoformat() for day in parsed.workdays),
            loaded_at=clock.now(),
        )
    )
    return parsed.year


def loaded_days(session: Session) -> dict[date, bool]:
    """Every day of the loaded years, and whether it is a working day."""
    days: dict[date, bool] = {}
    for row in session.scalars(select(HolidayYearRow)):
        off = {date.fromisoformat(text) for text in row.holidays}
        on = {date.fromisoformat(text) for text in row.workdays}
        day = date(row.year, 1, 1)
        while day.year == row.year:
            days[day] = day in on or (day.weekday() < 5 and day not in off)
            day += timedelta(days=1)
    return days
