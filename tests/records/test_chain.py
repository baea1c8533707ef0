from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from records import FrozenClock, SystemClock, append, verify_chain


@pytest.fixture
def log(database):
    clock = FrozenClock(datetime(2026, 5, 6, tzinfo=UTC))
    with database.session() as session:
        for number in range(5):
            append(session, "machine-1", "sealed", f"package-{number}", {"n": number, "名": "证据"}, clock)
            append(session, "machine-2", "sealed", f"other-{number}", {}, clock)
    return database


def report(database):
    with database.read() as session:
        return verify_chain(session, "machine-1")


def tamper(database, statement):
    """Do what only the owner of the database can: lift the triggers and write."""
    sqlite = ("DROP TRIGGER log_no_update", "DROP TRIGGER log_no_delete")
    with database.session() as session:
        for lift in sqlite if database.is_sqlite else ("DROP TRIGGER log_no_change ON log",):
            session.execute(text(lift))
        session.execute(text(statement))


def test_an_untouched_chain_verifies(log):
    assert report(log).ok
    assert report(log).rows == 5


@pytest.mark.parametrize("verb", ["UPDATE log SET kind = 'x'", "DELETE FROM log"])
def test_the_log_refuses_change(log, verb):
    with pytest.raises(DBAPIError, match="append-only"), log.session() as session:
        session.execute(text(verb))
    assert report(log).ok


def test_an_edited_row_is_named(log):
    tamper(log, "UPDATE log SET body = '{}' WHERE chain = 'machine-1' AND seq = 3")
    assert (report(log).ok, report(log).first_bad) == (False, 3)
    assert "altered" in report(log).reason


def test_a_deleted_row_is_named(log):
    tamper(log, "DELETE FROM log WHERE chain = 'machine-1' AND seq = 2")
    assert (report(log).ok, report(log).first_bad) == (False, 2)
    assert "missing" in report(log).reason


def test_a_failed_unit_of_work_leaves_no_row(log):
    with pytest.raises(RuntimeError), log.session() as session:
        append(session, "machine-1", "sealed", "late", {}, FrozenClock(datetime(2026, 5, 6, tzinfo=UTC)))
        raise RuntimeError("power cut")
    assert report(log).rows == 5


def test_writers_at_the_same_time_make_one_whole_chain(opened, log):
    def write(number):
        mine = opened()
        for _ in range(5):
            with mine.session() as session:
                append(session, "machine-1", "sealed", f"writer-{number}", {}, SystemClock())

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(4)))
    assert report(log).ok
    assert report(log).rows == 5 + 4 * 5
