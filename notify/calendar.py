"""Legal time: working days, calendar days and months, and the local day in which a period ends.

The start day is not counted. Working days are those of the published holiday table (chinesecalendar, to the end of
2026) and of what an administrator loads. A period that binds the agency is never rolled forward; one that binds the
party rolls to the next working day (CPL 85 by analogy; ARL 88). Past the table a period
still starts: its end is provisional.
"""

import calendar as month_calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import chinese_calendar

from notify.refusals import Barred


class Unit(StrEnum):
    """How a period is counted."""

    WORKING_DAYS = "wd"
    DAYS = "cd"
    MONTHS = "months"
    YEARS = "years"
    HOURS = "hours"
    MINUTES = "minutes"


class Binds(StrEnum):
    """Whom a period binds; it decides whether its end rolls off a holiday."""

    AGENCY = "agency"
    PARTY = "party"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Period:
    """A counted period: its last local day, the instant (UTC) at which it is over, whether that may still move."""

    last_day: date
    ends_at: datetime
    provisional: bool


@dataclass(frozen=True)
class LegalCalendar:
    """The working days of one place. `loaded` (date: is it a working day) comes before the built-in table."""

    timezone: str = "Asia/Shanghai"
    loaded: Mapping[date, bool] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def today(self, now: datetime) -> date:
        """The local day of an instant."""
        return now.astimezone(self.zone).date()

    def is_known(self, day: date) -> bool:
        """Whether the tables say if `day` is a working day."""
        if day in self.loaded:
            return True
        try:
            chinese_calendar.is_workday(day)
        except NotImplementedError:
            return False
        return True

    def is_workday(self, day: date) -> bool:
        """Whether `day` is a working day. Raises Barred `E_CALENDAR` beyond the tables."""
        if day in self.loaded:
            return self.loaded[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            raise Barred(
                "E_CALENDAR",
                f"节假日表没有{day.isoformat()}",
                f"no holiday table holds {day.isoformat()}",
                "load the published holidays of that year",
            ) from None

    def midnight_after(self, day: date) -> datetime:
        """The instant (UTC) at which a local day is over."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)

    def period(self, start: datetime, length: int, unit: Unit, binds: Binds) -> Period:
        """The period of `length` units that `start` sets off. Never refuses; beyond the tables it is provisional."""
        if unit in (Unit.MINUTES, Unit.HOURS):
            end = start + (timedelta(minutes=length) if unit is Unit.MINUTES else timedelta(hours=length))
            return Period(self.today(end), end, False)
        day = self.today(start)
        if unit is Unit.WORKING_DAYS:
            last, provisional = self._working(day, length)
        else:
            last, provisional = self._rolled(self._plain(day, length, unit), binds)
        return Period(last, self.midnight_after(last), provisional)

    def months_after(self, day: date, months: int) -> date:
        """The day that lies whole months after `day`; the last of the month where there is no such day."""
        return self._plain(day, months, Unit.MONTHS)

    def back_working(self, day: date, length: int) -> date:
        """The day that lies `length` whole working days before `day`, both excluded (for "at least 7 days ahead")."""
        left, at = length, day
        while left:
            at -= timedelta(days=1)
            left -= self.is_workday(at)
        return at - timedelta(days=1)

    def _plain(self, day: date, length: int, unit: Unit) -> date:
        if unit is Unit.DAYS:
            return day + timedelta(days=length)
        months = length * (12 if unit is Unit.YEARS else 1)
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        return date(year, month + 1, min(day.day, month_calendar.monthrange(year, month + 1)[1]))

    def _working(self, day: date, length: int) -> tuple[date, bool]:
        left, provisional = length, False
        while left:
            day += timedelta(days=1)
            known = self.is_known(day)
            provisional |= not known
            left -= self.is_workday(day) if known else day.weekday() < 5
        return day, provisional

    def _rolled(self, day: date, binds: Binds) -> tuple[date, bool]:
        if binds is not Binds.PARTY:
            return day, False
        while self.is_known(day):
            if self.is_workday(day):
                return day, False
            day += timedelta(days=1)
        return day, True
