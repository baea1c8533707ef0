"""Statutory periods against ends counted by hand over the holidays and make-up days of 2024 to 2026.

Counted from the notices of the General Office of the State Council. Off: 2024 1-1, 2-10…17, 4-4…6, 5-1…5, 6-8…10,
9-15…17, 10-1…7; at work on weekends 2-4, 2-18, 4-7, 4-28, 5-11, 9-14, 9-29, 10-12. 2025 off: 1-1, 1-28…2-4, 4-4…6,
5-1…5, 5-31…6-2, 10-1…8; at work 1-26, 2-8, 4-27, 9-28, 10-11. 2026 off: 1-1…3, 2-15…23, 4-4…6, 5-1…5, 6-19…21,
9-25…27, 10-1…7; at work 1-4, 2-14, 2-28, 5-9, 9-20, 10-10.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from notify import Binds, LegalCalendar, Unit

ZONE = ZoneInfo("Asia/Shanghai")
WD, CD, MONTHS, YEARS = Unit.WORKING_DAYS, Unit.DAYS, Unit.MONTHS, Unit.YEARS
AGENCY, PARTY = Binds.AGENCY, Binds.PARTY

WORKED = [
    # 2024: Spring Festival with its two Sundays at work
    ("2024-02-05", 5, WD, PARTY, "2024-02-18"),  # 6, 7, 8, 9, then the Sunday 18
    ("2024-02-09", 3, WD, AGENCY, "2024-02-20"),  # Sun 18, 19, 20
    ("2024-02-01", 2, WD, AGENCY, "2024-02-04"),  # Fri 2, Sun 4 at work
    ("2024-01-27", 15, CD, PARTY, "2024-02-18"),  # 11 February is in the holiday: to the Sunday at work
    ("2024-01-27", 15, CD, AGENCY, "2024-02-11"),  # what binds the agency never rolls
    # Qingming: Sunday 7 April at work
    ("2024-04-02", 3, WD, PARTY, "2024-04-08"),  # 3, Sun 7, 8
    ("2024-04-03", 5, WD, PARTY, "2024-04-11"),  # Sun 7, 8, 9, 10, 11
    # Labour Day: Sunday 28 April and Saturday 11 May at work
    ("2024-04-26", 5, WD, PARTY, "2024-05-07"),  # Sun 28, 29, 30, 6, 7
    ("2024-04-30", 7, WD, AGENCY, "2024-05-13"),  # 6, 7, 8, 9, 10, Sat 11, 13
    ("2024-04-17", 15, CD, PARTY, "2024-05-06"),  # 2 May: to Monday 6
    # Dragon Boat: Monday 10 June off
    ("2024-06-06", 2, WD, PARTY, "2024-06-11"),  # Fri 7, Tue 11
    ("2024-05-26", 15, CD, PARTY, "2024-06-11"),  # 10 June: to Tuesday
    # Mid-Autumn and National Day
    ("2024-09-12", 5, WD, PARTY, "2024-09-20"),  # 13, Sat 14, 18, 19, 20
    ("2024-09-27", 10, WD, PARTY, "2024-10-16"),  # Sun 29, 30, 8, 9, 10, 11, Sat 12, 14, 15, 16
    ("2024-09-20", 15, CD, PARTY, "2024-10-08"),  # 5 October: to the 8th
    ("2024-08-05", 60, CD, PARTY, "2024-10-08"),  # 4 October: to the 8th
    ("2024-07-08", 90, CD, AGENCY, "2024-10-06"),
    ("2024-08-31", 6, MONTHS, PARTY, "2025-02-28"),  # no 31 February
    ("2024-02-29", 2, YEARS, AGENCY, "2026-02-28"),
    # 2025: New Year and Spring Festival
    ("2024-12-30", 2, WD, PARTY, "2025-01-02"),  # 31, 2
    ("2025-01-24", 5, WD, PARTY, "2025-02-07"),  # Sun 26, 27, 5, 6, 7
    ("2025-01-27", 7, WD, AGENCY, "2025-02-12"),  # 5, 6, 7, Sat 8, 10, 11, 12
    ("2025-01-16", 15, CD, PARTY, "2025-02-05"),  # 31 January: to 5 February
    ("2024-08-01", 6, MONTHS, PARTY, "2025-02-05"),  # 1 February: to the 5th
    ("2025-04-03", 3, WD, PARTY, "2025-04-09"),  # 7, 8, 9
    ("2025-04-25", 5, WD, PARTY, "2025-05-06"),  # Sun 27, 28, 29, 30, 6
    ("2025-05-30", 2, WD, PARTY, "2025-06-04"),  # 3, 4
    ("2025-05-17", 15, CD, PARTY, "2025-06-03"),  # 1 June: to the 3rd
    ("2025-09-26", 5, WD, PARTY, "2025-10-10"),  # Sun 28, 29, 30, 9, 10
    ("2025-09-30", 10, WD, PARTY, "2025-10-21"),  # 9, 10, Sat 11, 13, 14, 15, 16, 17, 20, 21
    ("2025-09-18", 15, CD, PARTY, "2025-10-09"),  # 3 October: to the 9th
    ("2025-07-05", 90, CD, AGENCY, "2025-10-03"),
    # 2026: the test vectors of the specification among them
    ("2025-12-31", 5, WD, PARTY, "2026-01-08"),  # Sun 4, 5, 6, 7, 8
    ("2026-02-12", 5, WD, PARTY, "2026-02-26"),  # 13, Sat 14, 24, 25, 26
    ("2026-02-13", 7, WD, AGENCY, "2026-03-02"),  # Sat 14, 24, 25, 26, 27, Sat 28, 2
    ("2026-02-05", 15, CD, PARTY, "2026-02-24"),  # 20 February: to the 24th
    ("2026-04-03", 2, WD, PARTY, "2026-04-08"),  # 7, 8
    ("2026-04-30", 5, WD, PARTY, "2026-05-11"),  # 6, 7, 8, Sat 9, Mon 11
    ("2026-06-18", 3, WD, PARTY, "2026-06-24"),  # 22, 23, 24
    ("2026-09-18", 5, WD, PARTY, "2026-09-24"),  # Sun 20, 21, 22, 23, 24
    ("2026-09-29", 5, WD, PARTY, "2026-10-12"),  # 30, 8, 9, Sat 10, Mon 12
    ("2026-07-06", 90, CD, AGENCY, "2026-10-04"),
    ("2026-09-28", 7, WD, AGENCY, "2026-10-13"),  # 29, 30, 8, 9, Sat 10, 12, 13
    ("2026-09-22", 15, CD, PARTY, "2026-10-08"),
    ("2026-09-18", 60, CD, PARTY, "2026-11-17"),
    ("2026-09-22", 10, WD, PARTY, "2026-10-13"),  # 23, 24, 28, 29, 30, 8, 9, Sat 10, 12, 13
    ("2026-09-30", 3, WD, AGENCY, "2026-10-10"),  # 8, 9, Sat 10
    ("2026-08-31", 30, CD, Binds.NOBODY, "2026-09-30"),
    ("2026-08-31", 60, CD, Binds.NOBODY, "2026-10-30"),
]


@pytest.mark.parametrize(("start", "length", "unit", "binds", "last"), WORKED)
def test_a_period_ends_on_the_day_that_was_counted_by_hand(start, length, unit, binds, last):
    calendar, at = LegalCalendar(), datetime.combine(date.fromisoformat(start), time(16, 30), ZONE)
    period = calendar.period(at, length, unit, binds)
    assert period.last_day == date.fromisoformat(last)
    assert period.ends_at.astimezone(ZONE).time() == time() and not period.provisional


@pytest.mark.parametrize(
    ("held_on", "latest"),
    [
        ("2026-06-30", "2026-06-17"),  # 29, 26, 25, 24, 23, 22 and 18 lie between
        ("2024-10-15", "2024-09-29"),  # 14, Sat 12, 11, 10, 9, 8 and 30
        ("2025-10-16", "2025-09-29"),  # 15, 14, 13, Sat 11, 10, 9 and 30
    ],
)
def test_a_summons_has_seven_whole_working_days_between_it_and_the_hearing(held_on, latest):
    assert LegalCalendar().back_working(date.fromisoformat(held_on), 7) == date.fromisoformat(latest)
