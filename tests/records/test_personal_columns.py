"""What names a person is encrypted on the disk, found by what it is, read with the key alone, and moved by nobody."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select, text

from nonsite.tables import load_tables
from notify.register_rows import SubjectRow
from notify.search import _parties
from notify.tables import StepRecord
from records import BadInput, Database, NonsiteError
from records.database import _alembic
from records.personal import MARK, PersonalKey

load_tables()
KEY, OTHER = bytes(range(32)), bytes(32)
DAY = datetime(2026, 5, 6, tzinfo=UTC)
NUMBER, WORDS = "11010119900101123X", "张三说13800001234不是他的"


def subject(key: str, name: str = "张三", number: str | None = NUMBER) -> SubjectRow:
    return SubjectRow(
        id=key, kind="person", name=name, id_number=number, address="人民路8号", phone="13800001234",
        representative=None, authority="officer_inquiry",
    )  # fmt: skip


def filled(path: Path, key: bytes | None) -> Database:
    database = Database(path, key)
    database.create_all()
    with database.session() as session:
        session.add(subject("s-1"))
        session.add(
            StepRecord(
                owner_id="l-1", at=DAY, step="reject", actor_id="u", actor_name="u", role="CLERK",
                source="A3", target="A8", body={"reason": WORDS}, note=WORDS,
            )
        )  # fmt: skip
    return database


def bytes_of(path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


def test_the_file_holds_no_word_of_a_party_and_the_program_all_of_it(tmp_path: Path) -> None:
    database = filled(tmp_path / "hub.db", KEY)
    with database.read() as session:
        row = session.scalars(select(SubjectRow)).one()
        assert (row.name, row.id_number, row.phone, row.representative) == ("张三", NUMBER, "13800001234", None)
        assert session.scalars(select(StepRecord)).one().body == {"reason": WORDS}
    database.close()
    data = bytes_of(tmp_path / "hub.db")
    assert [word for word in ("张三", NUMBER, "13800001234", "人民路") if word.encode() in data] == []


def test_a_number_is_found_by_its_keyed_hash_and_not_under_another_key(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    filled(path, KEY).close()
    wanted = select(SubjectRow.id).where(SubjectRow.id_number == NUMBER)
    for key, found in ((KEY, ["s-1"]), (OTHER, [])):
        with Database(path, key).read() as session:
            assert list(session.scalars(wanted)) == found


def test_the_same_phone_twice_does_not_look_the_same(tmp_path: Path) -> None:
    database = filled(tmp_path / "hub.db", KEY)
    with database.session() as session:
        session.add(subject("s-2", number=None))
    with database.read() as session:
        kept = session.execute(text("SELECT phone FROM subjects")).scalars().all()
    assert len(set(kept)) == 2 and all(one.startswith(MARK) for one in kept)


@pytest.mark.parametrize("key", [None, OTHER])
def test_without_the_right_key_reading_is_one_clear_refusal(tmp_path: Path, key: bytes | None) -> None:
    filled(tmp_path / "hub.db", KEY).close()
    with Database(tmp_path / "hub.db", key).read() as session, pytest.raises(NonsiteError, match="E_PERSONAL"):
        session.scalars(select(SubjectRow)).one()


def test_a_number_put_in_the_place_of_a_name_is_noticed(tmp_path: Path) -> None:
    database = filled(tmp_path / "hub.db", KEY)
    with database.session() as session:
        session.execute(text("UPDATE subjects SET name = id_number"))
    with database.read() as session, pytest.raises(NonsiteError, match="altered"):
        session.scalars(select(SubjectRow)).one()


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(BadInput, match="32 random bytes"):
        PersonalKey(b"short")


@pytest.mark.parametrize("value", ["", "a", "长" * 5000, "line\nbreak \x00 zero"])
def test_any_text_comes_back_as_it_was(value: str) -> None:
    key = PersonalKey(KEY)
    for looked_up_as in ("", "x"):
        assert key.open(key.seal(value, looked_up_as), looked_up_as) == value


def test_parties_are_found_by_part_of_their_name_few_or_many(url: str) -> None:
    database = Database(url, KEY)
    database.upgrade()
    with database.session() as session:
        session.add(subject("s-0", "示范面馆"))
        session.add_all([subject(f"m-{n}", f"多多{n}号店", None) for n in range(450)])
    with database.read() as session:
        for words, parties in (("面馆", 1), ("多多", 450), ("没有", 0)):
            found, many = _parties(session, words)
            assert many == (parties > 400)
            query = (
                select(func.count()).select_from(SubjectRow).where(SubjectRow.id.in_([] if found is None else found))
            )
            assert session.scalar(query) == parties
    database.close()


def test_what_stood_in_plain_text_is_encrypted_by_the_upgrade_and_still_read(url: str) -> None:
    plain = Database(url)
    with plain.engine.connect() as connection:
        command.upgrade(_alembic(connection), "0006")
        connection.execute(
            text(
                "INSERT INTO subjects (id, kind, name, id_number, phone, authority) VALUES "
                f"('s-1', 'person', '张三', '{NUMBER}', '13800001234', 'x'), ('s-2', 'person', '李四', NULL, NULL, 'x')"
            )
        )
        connection.commit()
    plain.close()
    database = Database(url, KEY)
    database.upgrade()
    with database.read() as session:
        kept = session.execute(text("SELECT name, id_number, phone FROM subjects ORDER BY id")).all()
        assert all(value is None or value.startswith(MARK) for row in kept for value in row)
        found = session.scalars(select(SubjectRow).where(SubjectRow.id_number == NUMBER)).one()
        assert (found.id, found.name, found.phone) == ("s-1", "张三", "13800001234")
    database.close()


def test_an_upgrade_without_the_key_leaves_nobody_in_plain_text(url: str) -> None:
    plain = Database(url)
    with plain.engine.connect() as connection:
        command.upgrade(_alembic(connection), "0006")
        values = "('s-1', 'person', '张三', 'x')"
        connection.execute(text(f"INSERT INTO subjects (id, kind, name, authority) VALUES {values}"))
        connection.commit()
    with pytest.raises(BadInput, match="E_PERSONAL_KEY"):
        plain.upgrade()
    plain.close()
    database = Database(url, KEY)
    database.upgrade()
    database.close()


def test_what_a_database_without_a_key_wrote_is_read_by_one_with_a_key(tmp_path: Path) -> None:
    filled(tmp_path / "hub.db", None).close()
    with Database(tmp_path / "hub.db", KEY).read() as session:
        assert session.scalars(select(SubjectRow)).one().name == "张三"
