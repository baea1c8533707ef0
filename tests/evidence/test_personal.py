"""What names a person is found by its keyed hash, read with the key alone, and can be erased for good."""

import sqlite3

import pytest
from sqlalchemy import update

from evidence import PersonalBook
from evidence.tables import PersonalRow
from records import BadInput, NonsiteError

KEY = bytes(range(32))
PARTY = {"name": "张三", "phone": "13800000000", "id_number": "110101199001011234"}


@pytest.fixture
def book(site) -> PersonalBook:
    return PersonalBook(site.database, site.clock, KEY)


def test_what_was_put_is_read_and_found_again(book):
    ids = book.put("case-1", PARTY)
    assert {kind: book.get(one) for kind, one in ids.items()} == PARTY
    assert book.find("phone", " 138 0000 0000") == ["case-1"]
    assert book.find("phone", "１３８００００００００") == ["case-1"], "full-width digits are the same digits"
    assert book.find("name", "13800000000") == []


def test_the_file_holds_no_word_of_it(site, book):
    book.put("case-1", PARTY)
    site.database.engine.dispose()
    with sqlite3.connect(site.folder / "machine.sqlite") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = b"".join(path.read_bytes() for path in site.folder.glob("machine.sqlite*"))
    assert not [value for value in PARTY.values() if value.encode() in data]


def test_without_the_key_nobody_can_try_numbers(site, book):
    book.put("case-1", PARTY)
    other = PersonalBook(site.database, site.clock, bytes(32))
    assert other.find("phone", PARTY["phone"]) == []
    with pytest.raises(NonsiteError, match="E_PERSONAL"):
        other.get(book.put("case-2", {"name": "李四"})["name"])


def test_erased_is_erased_and_only_of_that_subject(book):
    ids = book.put("case-1", PARTY)
    kept = book.put("case-2", {"phone": PARTY["phone"]})
    assert book.erase("case-1") == 3
    assert [book.get(one) for one in ids.values()] == [None, None, None]
    assert book.find("phone", PARTY["phone"]) == ["case-2"]
    assert book.get(kept["phone"]) == PARTY["phone"]


def test_a_text_moved_to_another_subject_is_noticed(site, book):
    [row_id] = book.put("case-1", {"name": "张三"}).values()
    with site.database.session() as session:
        session.execute(update(PersonalRow).where(PersonalRow.id == row_id).values(subject="case-9"))
    with pytest.raises(NonsiteError, match="altered"):
        book.get(row_id)


def test_a_short_key_is_refused_here_too(site):
    with pytest.raises(BadInput, match="32 random bytes"):
        PersonalBook(site.database, site.clock, b"short")
