"""Credit classes of a published penalty: how long it is shown, from when its repair may be asked for (NDRC36)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from notify.calendar import Binds, Unit
from notify.moment import Moment

CLASSES = {"slight": "轻微", "general": "一般", "serious": "严重"}


@dataclass(frozen=True, slots=True)
class CreditDays:
    """A class on a day of publication: the first day on which repair may be asked for (None: it needs none), and the
    last day on which the record may be shown."""

    credit_class: str
    earliest_repair: date | None
    latest_end: date


def credit_days(m: Moment, credit_class: str, published_on: date) -> CreditDays:
    """The days of a class, counted in months from the day of publication."""
    key = f"credit.{credit_class}"
    least = m.profile.known(f"{key}.min_months", published_on)
    repair = _after(m, published_on, int(m.law(f"{key}.min_months", published_on))) if least else None
    return CreditDays(credit_class, repair, _after(m, published_on, int(m.law(f"{key}.max_months", published_on))))


def _after(m: Moment, day: date, months: int) -> date:
    start = datetime.combine(day, time(12), m.calendar.zone).astimezone(UTC)
    return m.calendar.period(start, months, Unit.MONTHS, Binds.NOBODY).last_day


def credit_letter(m: Moment, credit_class: str = "general") -> dict[str, Any]:
    """What the notice of credit repair must tell: class, days, where, with what (NDRC36)."""
    key = f"credit.{credit_class}"
    shown = f"自公示之日起最短{int(m.law(f'{key}.min_months'))}个月、最长{int(m.law(f'{key}.max_months'))}个月"
    return {
        "class": f"{CLASSES[credit_class]}失信信息",
        "period": shown,
        "earliest": f"公示满{int(m.law(f'{key}.min_months'))}个月，且已履行处罚决定、改正违法行为",
        "where": str(m.law("credit.where")),
        "materials": "、".join(m.law("credit.materials")),
    }
