"""Log and counts are entered last in a unit of work, in order, and not at all where it is given up."""

from datetime import date

import pytest
from sqlalchemy import select

from notify.books import count, enter
from notify.tables_desk import SumRow
from records import verify_chain
from records.chain import LogRow

DAY = date(2026, 6, 3)


def entries(world) -> tuple[list[str], dict[str, int]]:
    with world.database.read() as session:
        kinds = list(session.scalars(select(LogRow.kind).where(LogRow.subject == "x").order_by(LogRow.seq)))
        sums = session.scalars(select(SumRow).where(SumRow.measure == "tried"))
        assert verify_chain(session, "audit").ok
        return kinds, {row.period: row.value for row in sums}


def test_what_is_given_up_leaves_no_entry(world):
    with pytest.raises(RuntimeError), world.database.session() as session:
        enter(session, "first", "x", {}, world.clock)
        count(session, DAY, "tried", 1, "", "")
        raise RuntimeError
    assert entries(world) == ([], {})


def test_entries_are_made_at_the_end_in_the_order_of_their_telling_and_counts_add_up(world):
    with world.database.session() as session:
        enter(session, "first", "x", {}, world.clock)
        count(session, DAY, "tried", 2, "", "")
        enter(session, "second", "x", {}, world.clock)
        count(session, DAY, "tried", 3, "", "")
        assert session.scalar(select(LogRow.seq).where(LogRow.subject == "x")) is None
    assert entries(world) == (["first", "second"], {"2026-06-03": 5, "2026-06": 5})


def test_a_count_that_was_taken_back_within_the_unit_of_work_is_not_written(world):
    with world.database.session() as session:
        count(session, DAY, "tried", 1, "", "")
        count(session, DAY, "tried", -1, "", "")
    assert entries(world) == ([], {})
