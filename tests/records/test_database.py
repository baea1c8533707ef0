import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from nonsite.tables import load_tables
from records import BadInput, Base, Database, FrozenClock, append, outbox_put
from records.chain import LogRow

NOON = FrozenClock(datetime(2026, 5, 6, 4, 0, tzinfo=UTC))


def test_the_migrations_make_exactly_the_declared_tables(database):
    load_tables()
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_upgrading_again_changes_nothing(database):
    before = database.tables()
    database.upgrade()
    assert database.tables() == before


def test_processes_that_start_together_upgrade_once(url, opened):
    command = [sys.executable, "-c", "import sys, records; records.Database(sys.argv[1]).upgrade()", url]
    starters = [subprocess.Popen(command) for _ in range(3)]
    assert [starter.wait() for starter in starters] == [0, 0, 0]
    assert "log" in opened().tables()


def test_times_go_in_with_any_zone_and_come_out_in_utc(database):
    shanghai = datetime(2026, 5, 6, 12, 0, tzinfo=timezone(timedelta(hours=8)))
    with database.session() as session:
        append(session, "c", "k", "s", {"名": ["证据", 1.5, None]}, FrozenClock(shanghai))
    with database.read() as session:
        row = session.get_one(LogRow, 1)
    assert row.at == shanghai
    assert row.at.tzinfo is UTC
    assert row.body == {"名": ["证据", 1.5, None]}


def test_a_look_never_writes(database):
    with database.read() as session:
        outbox_put(session, "nonsite.cases", "c", {})
        session.flush()
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM outbox")) == 0


def test_a_unit_of_work_sees_what_another_committed_while_it_waited(opened, database):
    """Each reads a count and writes it on; with nothing lost, they are all different."""

    def write(_number):
        mine = opened()
        for _ in range(5):
            with mine.session() as session:
                append(session, "count", "k", "s", {}, NOON)

    with ThreadPoolExecutor(3) as writers:
        list(writers.map(write, range(3)))
    with database.read() as session:
        numbers = list(session.scalars(text("SELECT seq FROM log WHERE chain = 'count' ORDER BY seq")))
    assert numbers == list(range(1, 16))


def test_threads_of_one_process_take_turns_and_none_is_turned_away(tmp_path):
    database = Database(tmp_path / "records.db")
    database.upgrade()
    database.close()  # connections made from here on do not wait for SQLite's lock at all

    @event.listens_for(database.engine, "connect")
    def _impatient(connection, _record):
        connection.execute("PRAGMA busy_timeout=0")

    def write(_number):
        for _ in range(5):
            with database.session() as session:
                append(session, "count", "k", "s", {}, NOON)

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(write, range(8)))
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM log WHERE chain = 'count'")) == 40
    database.close()


def test_a_database_of_a_newer_program_is_refused(database):
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadInput, match="E_DATABASE"):
        database.upgrade()


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("postgresql+psycopg://nonsite:hunter2@127.0.0.1:1/x", "127.0.0.1:1"),  # nobody answers
        ("oracle9://nonsite:hunter2@host/x", "oracle9"),  # no such kind
        ("://nonsite:hunter2@host", "E_DATABASE"),  # no address at all
    ],
)
def test_an_unusable_address_is_refused_without_its_password(url, names):
    with pytest.raises(BadInput, match="E_DATABASE") as caught:
        Database(url).upgrade()
    assert names in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="E_DATABASE"):
        Database(tmp_path / "file" / "records.db")
