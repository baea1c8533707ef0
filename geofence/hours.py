"""Weekly hours with dates, holidays and exceptions: when a zone forbids, when a permit allows.

A rule opens (or closes) a stretch of the day on certain days. A stretch may pass midnight; all of it then belongs to
the day on which it began, so that a Friday night that ends at 02:00 is Friday's, on New Year's Eve too. Opening is
inclusive, closing exclusive. A rule for given dates replaces the weekly rules on these dates; a closing rule wins over
an opening one of its kind; rules that only close leave the rest of the time open.

Times are local times of the street. China has no daylight-saving time; in a zone that has it, a stretch is read off
the wall clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import chinese_calendar

from records import BadInput

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALL = frozenset(range(7))
# Days that the calendar of the State Council decides: a workday may be a Sunday, a rest day a Tuesday.
_CALENDAR_DAYS = ("workdays", "restdays", "holidays")
_KEYS = {"days", "dates", "from", "to", "closed"}
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class HoursRule:
    """One rule: on these days, from one minute of the day to another (past 1,440: after midnight).

    Args:
        text: the rule in words, as explanations quote it.
        weekdays: 0 = Monday.
        calendar: "workdays", "restdays" or "holidays" of the Chinese calendar, else none.
        dates: first and last date of every stretch of dates; not empty = an exception to the weekly rules.
        closed: the rule closes whole days instead of opening.
    """

    text: str
    weekdays: frozenset[int]
    calendar: str | None
    dates: tuple[tuple[date, date], ...]
    start_min: int
    end_min: int
    closed: bool = False

    def matches(self, day: date) -> bool | None:
        """Whether the rule speaks of that day; none where the holiday table does not reach."""
        if self.dates:
            return any(first <= day <= last for first, last in self.dates)
        if self.calendar is None:
            return day.weekday() in self.weekdays
        try:
            if self.calendar == "workdays":
                return bool(chinese_calendar.is_workday(day))
            resting, holiday = chinese_calendar.get_holiday_detail(day)
            return bool(resting and (self.calendar == "restdays" or holiday is not None))
        except NotImplementedError:
            return None

    def to_dict(self) -> dict[str, Any]:
        """The rule as `WeeklyHours.parse` reads it."""
        if self.dates:
            settled: dict[str, Any] = {"dates": [_date_text(*stretch) for stretch in self.dates]}
        else:
            days = ",".join(_WEEKDAYS[day] for day in sorted(self.weekdays))
            settled = {"days": self.calendar or ("daily" if self.weekdays == _ALL else days)}
        if self.closed:
            return {**settled, "closed": True}
        end = self.end_min if self.end_min <= _DAY_MINUTES else self.end_min - _DAY_MINUTES
        return {**settled, "from": _clock(self.start_min), "to": _clock(end)}


@dataclass(frozen=True, slots=True)
class HoursDecision:
    """Whether it is open at one moment, and the rule that said so.

    Args:
        open: none where a holiday table would be needed that does not reach that day.
        rule: in words.
        day: the day that the moment belongs to (the day before, for the end of a night).
    """

    open: bool | None
    rule: str
    day: date


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """When something is open; without rules, always."""

    rules: tuple[HoursRule, ...] = ()

    @classmethod
    def parse(cls, rules: Sequence[Mapping[str, Any]]) -> WeeklyHours:
        """Read `[{days: "mon-fri,sun", from: "17:00", to: "02:00"}, {dates: "2026-05-01/2026-05-05", closed: true}]`.

        `days` are weekdays and stretches of them, "daily", or one of workdays, restdays (any day off) and holidays
        (statutory ones); `dates` is a date, a stretch `first/last`, or a list of these.

        Raises:
            BadInput: E_HOURS naming the rule and what is wrong in it.
        """
        return cls(tuple(_rule(rule, index) for index, rule in enumerate(rules)))

    def open_at(self, local: datetime) -> bool:
        """Whether it is open at a local time; what the holiday table does not know counts as closed."""
        return self.decide(local).open is True

    def decide(self, local: datetime) -> HoursDecision:
        """The decision at a local time with the rule that made it."""
        if not self.rules:
            return HoursDecision(True, "always", local.date())
        minute = local.hour * 60 + local.minute
        today = local.date()
        night = self._on(today - timedelta(days=1), minute + _DAY_MINUTES) if today > date.min else None
        if night is not None and night.open:
            return night
        now = self._on(today, minute)
        if now.open is False and night is not None and night.open is None:
            return night
        return now

    def decide_day(self, local: datetime) -> HoursDecision:
        """The decision of the local day's own rules, whatever began the night before."""
        return self._on(local.date(), local.hour * 60 + local.minute)

    def _on(self, day: date, minute: int) -> HoursDecision:
        """The decision of the rules of one day at a minute counted from that day's midnight."""
        special = [rule for rule in self.rules if rule.dates and rule.matches(day)]
        answers = [
            (rule, rule.matches(day))
            for rule in special or [rule for rule in self.rules if not rule.dates]
            if rule.closed or rule.start_min <= minute < rule.end_min
        ]

        def first(closed: bool, answer: bool | None) -> HoursRule | None:
            return next((rule for rule, given in answers if rule.closed is closed and given is answer), None)

        if shut := first(True, True):
            return HoursDecision(False, shut.text, day)
        opening = first(False, True)
        opens_by_default = all(rule.closed for rule in self.rules) and minute < _DAY_MINUTES
        opens = opening is not None or opens_by_default
        doubt = first(True, None) if opens else first(False, None)
        if doubt is not None:
            return HoursDecision(None, f"{doubt.text}: no holiday table for {day.year}", day)
        if opens:
            return HoursDecision(True, opening.text if opening else f"always but {self.text}", day)
        return HoursDecision(False, f"outside {self.text}", day)

    def to_list(self) -> list[dict[str, Any]]:
        """The rules in one settled form, which `parse` reads back to the same hours."""
        return [rule.to_dict() for rule in self.rules]

    @property
    def text(self) -> str:
        """All rules in words."""
        return "; ".join(rule.text for rule in self.rules) or "always"


ALWAYS = WeeklyHours()


def _rule(raw: Mapping[str, Any], index: int) -> HoursRule:
    where = f"hours rule {index + 1}"
    if not isinstance(raw, Mapping):
        raise BadInput("E_HOURS", f"{where}: {raw!r} is no rule", 'write {days: "mon-fri", from: "17:00", to: "22:00"}')
    unknown = sorted(str(key) for key in set(raw) - _KEYS)
    if unknown:
        raise BadInput("E_HOURS", f"{where}: unknown key {unknown[0]}", f"known are {', '.join(sorted(_KEYS))}")
    if ("days" in raw) == ("dates" in raw):
        raise BadInput("E_HOURS", f"{where}: needs either days or dates", "say on which days it holds")
    dates = _dates(raw["dates"], where) if "dates" in raw else ()
    weekdays, calendar = _days(raw["days"], where) if "days" in raw else (_ALL, None)
    label = str(raw["days"]) if "days" in raw else ",".join(_date_text(*stretch) for stretch in dates)
    if raw.get("closed", False):
        if raw["closed"] is not True or "from" in raw or "to" in raw:
            raise BadInput("E_HOURS", f"{where}: closed: true closes whole days", "leave out from and to")
        return HoursRule(f"{label} closed", weekdays, calendar, dates, 0, _DAY_MINUTES, closed=True)
    for key in ("from", "to"):
        if key not in raw:
            raise BadInput("E_HOURS", f"{where}: {key} is missing", 'write it like "17:00"')
    start, end = _minute(raw["from"], f"{where}: from"), _minute(raw["to"], f"{where}: to")
    if start in (end, _DAY_MINUTES):
        raise BadInput(
            "E_HOURS", f"{where}: from {raw['from']} to {raw['to']} is no stretch", "for whole days: 00:00 to 24:00"
        )
    text = f"{label} {_clock(start)}-{_clock(end)}"
    return HoursRule(text, weekdays, calendar, dates, start, end if end > start else end + _DAY_MINUTES)


def _days(raw: Any, where: str) -> tuple[frozenset[int], str | None]:
    if raw in _CALENDAR_DAYS:
        return _ALL, str(raw)
    if raw == "daily":
        return _ALL, None
    found: set[int] = set()
    for part in str(raw).lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        last = last or first
        if first not in _WEEKDAYS or last not in _WEEKDAYS:
            raise BadInput(
                "E_HOURS",
                f"{where}: days {raw!r} is not understood",
                'write "mon-fri,sun", "daily", "workdays", "restdays" or "holidays"',
            )
        begin, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last)
        found |= {day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1)}
    return frozenset(found), None


def _dates(raw: Any, where: str) -> tuple[tuple[date, date], ...]:
    stretches = []
    for item in raw if isinstance(raw, list) and raw else [raw]:
        first, _, last = str(item).partition("/")
        try:
            stretch = date.fromisoformat(first), date.fromisoformat(last or first)
        except ValueError as error:
            raise BadInput(
                "E_HOURS", f"{where}: dates {item!r} is not understood", 'write "2026-05-01" or "2026-05-01/2026-05-05"'
            ) from error
        if stretch[1] < stretch[0]:
            raise BadInput("E_HOURS", f"{where}: dates {item} end before they begin", "give the first date first")
        stretches.append(stretch)
    return tuple(stretches)


def _minute(raw: Any, where: str) -> int:
    """Minute of the day; YAML reads an unquoted 17:00 as the number 1020, which is just that."""
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= _DAY_MINUTES:
        return raw
    if isinstance(raw, time):
        return raw.hour * 60 + raw.minute
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", str(raw))
    if match is None or int(match[2]) > 59 or int(match[1]) * 60 + int(match[2]) > _DAY_MINUTES:
        raise BadInput("E_HOURS", f"{where} {raw!r} is no time of day", 'write it like "17:00"')
    return int(match[1]) * 60 + int(match[2])


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _date_text(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"
