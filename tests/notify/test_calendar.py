"""Statutory arithmetic against dates counted by hand from the published holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest

from notify.calendar import Binds, LegalCalendar, Unit
from records import Refused

CALENDAR = LegalCalendar()


def at(text: str, hour: int = 10) -> datetime:
    """A local hour of a day in Shanghai, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(hours=hour - 8)


@pytest.mark.parametrize(
    ("start", "length", "unit", "binds", "last"),
    [
        # 2026: holidays 9-25…27 and 10-1…7, made up for on 9-20 and 10-10
        ("2026-09-18", 5, Unit.WORKING_DAYS, Binds.PARTY, "2026-09-24"),  # statement window; 20 Sep (Sunday) counts
        ("2026-09-29", 5, Unit.WORKING_DAYS, Binds.PARTY, "2026-10-12"),  # hearing request over the long holiday
        ("2026-07-06", 90, Unit.DAYS, Binds.AGENCY, "2026-10-04"),  # D90 ends inside the holiday: not rolled
        ("2026-09-28", 7, Unit.WORKING_DAYS, Binds.AGENCY, "2026-10-13"),  # serve the decision
        ("2026-09-22", 15, Unit.DAYS, Binds.PARTY, "2026-10-08"),  # pay: 7 Oct is a holiday, rolls
        ("2026-09-18", 60, Unit.DAYS, Binds.PARTY, "2026-11-17"),  # reconsideration
        ("2026-09-22", 10, Unit.WORKING_DAYS, Binds.PARTY, "2026-10-13"),  # dunning
        ("2026-09-30", 3, Unit.WORKING_DAYS, Binds.AGENCY, "2026-10-10"),  # retract a publication
        ("2026-08-31", 30, Unit.DAYS, Binds.NOBODY, "2026-09-30"),  # public notice, national
        ("2026-08-31", 60, Unit.DAYS, Binds.NOBODY, "2026-10-30"),  # public notice, Shanghai
        # 2025: holidays 1-28…2-4 (work on 1-26 and 2-8), 5-1…5 (work on 4-27), 10-1…8 (work on 9-28 and 10-11)
        ("2025-01-24", 5, Unit.WORKING_DAYS, Binds.PARTY, "2025-02-07"),  # 26, 27 Jan, 5, 6, 7 Feb
        ("2025-04-30", 3, Unit.WORKING_DAYS, Binds.AGENCY, "2025-05-08"),
        ("2025-09-26", 5, Unit.WORKING_DAYS, Binds.PARTY, "2025-10-10"),  # 28 (a Sunday at work), 29, 30 Sep, 9, 10 Oct
        # 2024: holidays 2-10…17 (work on 2-4 and 2-18), 10-1…7 (work on 9-29 and 10-12)
        ("2024-02-08", 5, Unit.WORKING_DAYS, Binds.PARTY, "2024-02-21"),  # 9 (a Friday at work), 18, 19, 20, 21 Feb
        ("2024-08-31", 6, Unit.MONTHS, Binds.NOBODY, "2025-02-28"),  # the month has no 31st
        ("2024-02-29", 2, Unit.YEARS, Binds.AGENCY, "2026-02-28"),
    ],
)
def test_a_period_ends_on_the_day_counted_by_hand(start, length, unit, binds, last):
    period = CALENDAR.period(at(start), length, unit, binds)
    assert (period.last_day.isoformat(), period.provisional) == (last, False)


def test_a_period_has_ended_at_the_local_midnight_after_its_last_day():
    period = CALENDAR.period(at("2026-09-18"), 5, Unit.WORKING_DAYS, Binds.PARTY)
    assert period.ends_at == datetime(2026, 9, 24, 16, tzinfo=UTC)  # 2026-09-25 00:00 in Shanghai


def test_the_local_day_starts_a_period_even_when_it_is_yesterday_in_utc():
    just_after_midnight = datetime(2026, 9, 17, 16, 30, tzinfo=UTC)  # 18 September 00:30 in Shanghai
    assert CALENDAR.period(just_after_midnight, 5, Unit.WORKING_DAYS, Binds.PARTY).last_day == date(2026, 9, 24)


def test_minutes_run_from_the_instant_itself():
    start = at("2026-06-03") + timedelta(seconds=7)
    assert CALENDAR.period(start, 120, Unit.MINUTES, Binds.PARTY).ends_at == start + timedelta(hours=2)


def test_beyond_the_table_a_period_starts_with_a_provisional_end_and_a_question_is_refused():
    period = CALENDAR.period(at("2026-12-30"), 5, Unit.WORKING_DAYS, Binds.PARTY)
    assert period.provisional and period.last_day == date(2027, 1, 6)
    with pytest.raises(Refused, match="E_CALENDAR"):
        CALENDAR.is_workday(date(2027, 1, 4))


def test_a_loaded_table_makes_the_end_firm():
    year = {
        date(2027, 1, 1) + timedelta(days=n): n >= 3 and (date(2027, 1, 1) + timedelta(days=n)).weekday() < 5
        for n in range(31)
    }
    loaded = LegalCalendar(loaded=year)
    period = loaded.period(at("2026-12-30"), 5, Unit.WORKING_DAYS, Binds.PARTY)
    assert (period.last_day, period.provisional) == (date(2027, 1, 7), False)  # 31 Dec, then 4, 5, 6, 7 January


def test_at_least_seven_working_days_ahead_is_counted_between_the_two_days():
    # hearing on 13 Oct 2026: 12, 10, 9, 8 Oct and 30, 29, 28 Sep lie between; the notice must be served by 27 Sep
    assert CALENDAR.back_working(date(2026, 10, 13), 7) == date(2026, 9, 27)
