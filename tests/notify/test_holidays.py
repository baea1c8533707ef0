"""Years of the holiday table that an administrator loads: ends become firm, also in a chain that runs already."""

import pytest

from notify import load_holidays
from records import BadInput
from tests.notify.people import OFFICER
from tests.notify.refusing import day


def test_a_loaded_year_makes_a_provisional_end_firm_in_a_running_chain(world):
    case = world.decided()
    world.day("2026-12-28")
    world.take(OFFICER, case, "serve_decision", method="direct", proof="签收")
    term = next(one for one in world.chain.deadlines(case) if one.code == "DPAY15")
    assert term.last_day == day("2027-01-12")
    with world.database.session() as session:
        holidays = [f"2027-01-{number:02d}" for number in range(8, 15)]
        load_holidays(session, {"year": 2027, "source": "test", "holidays": holidays}, world.clock)
    world.chain.tick()
    term = next(one for one in world.chain.deadlines(case) if one.code == "DPAY15")
    assert term.last_day == day("2027-01-15")
    world.clock.set(term.due)
    world.chain.tick()
    assert world.state(case) == "B13"


@pytest.mark.parametrize(
    "wrong",
    [
        {"holidays": []},
        {"holidays": ["2026-01-01"]},
        {"holidays": ["2027-01-01"], "workdays": ["2027-01-04"]},  # a Monday is no make-up day
        {"holidays": ["2027-01-02"], "workdays": ["2027-01-02"]},
        {"holidays": ["2027-01-01"], "source": ""},
    ],
)
def test_a_faulty_table_is_refused_naming_its_fault(world, wrong):
    with pytest.raises(BadInput, match="E_CALENDAR_FILE"), world.database.session() as session:
        load_holidays(session, {"year": 2027, "source": "test", **wrong}, world.clock)
