"""What the desk's migration makes of a database that has records already."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic import command
from sqlalchemy import text

from notify.tables import NEVER, CaseRow, DeadlineRow, LeadRow
from notify.tables_desk import PlaceRow
from records import Database
from records.database import _alembic

DAY = datetime(2026, 6, 1, tzinfo=UTC)


def before(path: Path) -> Database:
    """A database of the migration before, with an ended and an open lead, a case and its term."""
    database = Database(path)
    with database.engine.connect() as connection:
        command.upgrade(_alembic(connection), "0002")
        now, columns = (
            "2026-06-01 00:00:00.000000",
            "id, number, kind, state, since, source_id, lon, lat, opened, raised",
        )
        for n, state in enumerate(("A7", "A1")):
            connection.execute(
                text(
                    f"INSERT INTO leads ({columns}, last_seen, address, message, next_due, updated) VALUES "
                    f"('l{n}', 'XS{n}', 'STALL', '{state}', '{now}', 'cam', 1, 2, '{now}', '{now}', '{now}', "
                    f"'示范路8号附近（约{n + 3}米）', '{{}}', '{now}', '{now}')"
                )
            )
        connection.execute(
            text(
                "INSERT INTO cases (id, number, lead_id, kind, matter, subject_id, organ, state, since, place,"
                " act_start, act_end, officers, filed_at, hearing_notified, next_due, updated)"
                " VALUES ('c', 'n', 'l0', 'STALL',"
                f" 'STALL', 's', 'o', 'B1', '{now}', 'p', '{now}', '{now}', '[]', '{now}', 0, '{now}', '{now}')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO deadlines (id, owner_id, code, starts, ends_at, last_day, length, unit, binds, source,"
                f" provisional, state, late) VALUES ('d', 'c', 'D90', '{now}', '2026-08-30 00:00:00.000000',"
                " '2026-08-29', 90, 'cd', 'agency', 'APL 60', 0, 'open', 0)"
            )
        )
        connection.commit()
    return database


def test_records_that_were_there_get_their_place_their_colour_and_whether_they_are_open(tmp_path):
    database = before(tmp_path / "old.db")
    database.upgrade()
    with database.read() as session:
        ended, is_open = session.get(LeadRow, "l0"), session.get(LeadRow, "l1")
        assert (ended.is_open, is_open.is_open) == (False, True)
        assert session.query(PlaceRow).one().text == "示范路8号附近"
        case, term = session.get(CaseRow, "c"), session.get(DeadlineRow, "d")
        assert case.is_open and case.place_id == ended.place_id == is_open.place_id is not None
        assert case.yellow_from == term.yellow_from == DAY + timedelta(days=90 * 0.6)
        assert case.red_from == term.red_from == DAY + timedelta(days=90 * 0.85)
        assert case.red_from < NEVER and not ended.late


def test_an_empty_database_of_the_migration_before_is_brought_up(tmp_path):
    database = Database(tmp_path / "empty.db")
    with database.engine.connect() as connection:
        command.upgrade(_alembic(connection), "0002")
        connection.commit()
    database.upgrade()
    assert "complaints" in database.tables()
