from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from records import FrozenClock, LogRow, SystemClock, append, row_hash, verify_chain


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


def test_rows_moved_into_the_body_of_another_are_not_taken_for_rows(log):
    with log.read() as session:
        query = "SELECT seq, at, body, prev, hash FROM log WHERE chain = 'machine-1' AND seq IN (2, 3) ORDER BY seq"
        (_, _, body, _, _), (_, at, gone, prev, own) = session.execute(text(query)).all()
    when = str(at)[:19].replace(" ", "T")
    last = '"chain":"machine-1","kind":"sealed","seq":3,"subject":"package-2"}'
    row = f'{own}{prev}{{"at":"{when}.000Z","body":{gone},{last}'
    tamper(log, "DELETE FROM log WHERE chain = 'machine-1' AND seq = 3")
    with log.session() as session:
        tail = ',"chain":"machine-1","kind":"sealed","seq":2,"subject":"package-1"}'
        forged = {"body": f"{body}{tail}\n{row[:-1]}"}
        session.execute(text("UPDATE log SET body = :body WHERE chain = 'machine-1' AND seq = 2"), forged)
    assert (report(log).ok, report(log).first_bad) in ((False, 1), (False, 2))


@pytest.mark.parametrize("column", ["hash", "prev"])
@pytest.mark.parametrize("value", ["", "é" * 40, "0" * 64])
def test_a_hash_that_is_none_breaks_the_chain_and_nothing_else(log, column, value):
    tamper(log, f"UPDATE log SET {column} = '{value}' WHERE chain = 'machine-1' AND seq = 3")
    assert (report(log).ok, report(log).first_bad) == (False, 3)


@pytest.mark.parametrize("subject", ["tab\there", "line\nbreak", 'quote"d', "back\\slash", "证据", "\u007f", "é"])
def test_whatever_a_row_says_its_chain_holds_on_both_databases(log, subject):
    with log.session() as session:
        for body in ({"text": subject, "n": 1, "f": 0.1, "none": None, "é": [True]}, {"big": "x" * 9000}):
            append(session, "machine-1", subject, subject, body, SystemClock())
        row = session.scalars(select(LogRow).where(LogRow.chain == "machine-1").order_by(LogRow.seq.desc())).first()
        assert row.hash == row_hash(row) and row.subject == subject
    assert report(log).ok and report(log).rows == 7


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
