"""Custody: every touch is a row that stays, free text is text that can go."""

import json
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from evidence import Action, CustodyBook, CustodyEntry, Purpose
from evidence.custody import CHAIN
from evidence.tables import CustodyNoteRow
from records import BadInput, LogRow, NonsiteError, Refused, verify_chain

KEY = bytes(range(32))
PACKAGE = "0199f3c2-0000-7000-8000-00000000000a"


@pytest.fixture
def book(site: Any) -> CustodyBook:
    return CustodyBook(site.database, site.clock, KEY)


def entry(action: Action, purpose: Purpose | None = Purpose.CASE, reason: str = "") -> CustodyEntry:
    return CustodyEntry(PACKAGE, "ab" * 32, action, "user-17", "unit-3", purpose, reason)


def test_events_are_told_in_order_with_who_when_and_why(site: Any, book: CustodyBook) -> None:
    book.note(entry(Action.VIEW, None))
    site.clock.advance(5)
    book.note(entry(Action.CONFIRM, Purpose.REVIEW, "四项齐备"))
    first, second = book.history(PACKAGE)
    assert (first["action"], first["who"], first["purpose"]) == ("view", "user-17", None)
    assert (second["action"], second["reason"]) == ("confirm", "四项齐备")
    assert first["at"] < second["at"]
    with site.database.read() as session:
        assert verify_chain(session, CHAIN).ok


@pytest.mark.parametrize("action", [Action.VIEW_UNMASKED, Action.EXPORT])
def test_unmasked_eyes_need_a_purpose(book: CustodyBook, action: Action) -> None:
    with pytest.raises(Refused, match="E_NO_REASON"):
        book.note(entry(action, None))
    assert book.history(PACKAGE) == []


def test_the_log_never_holds_the_free_text(site: Any, book: CustodyBook) -> None:
    book.note(entry(Action.REJECT, reason="张三 13800001234 not the vendor"))
    with site.database.read() as session:
        rows = json.dumps([row.body for row in session.scalars(select(LogRow))], ensure_ascii=False)
        [note] = session.scalars(select(CustodyNoteRow))
    assert "张三" not in rows
    assert "13800001234" not in rows
    assert "张三".encode() not in note.sealed_text


def test_erased_text_is_gone_and_the_chain_still_holds(site: Any, book: CustodyBook) -> None:
    book.note(entry(Action.REJECT, reason="a name"))
    assert book.erase(PACKAGE) == 1
    [event] = book.history(PACKAGE)
    assert event["reason"] is None
    assert len(event["note_sha256"]) == 64
    with site.database.read() as session:
        assert verify_chain(session, CHAIN).ok


def test_altered_text_is_noticed(site: Any, book: CustodyBook) -> None:
    book.note(entry(Action.REJECT, reason="a name"))
    with site.database.session() as session:
        session.execute(update(CustodyNoteRow).values(sealed_text=bytes(40)))
    with pytest.raises(NonsiteError, match="E_CUSTODY_NOTE"):
        book.history(PACKAGE)


def test_the_same_text_twice_has_two_hashes(book: CustodyBook) -> None:
    book.note(entry(Action.REJECT, reason="same"))
    book.note(entry(Action.REJECT, reason="same"))
    first, second = book.history(PACKAGE)
    assert first["note_sha256"] != second["note_sha256"]


def test_rows_cannot_be_changed_or_deleted(site: Any, book: CustodyBook) -> None:
    book.note(entry(Action.VIEW))
    with pytest.raises(DatabaseError, match="append-only"), site.database.session() as session:
        session.execute(update(LogRow).values(subject="another"))
    assert len(book.history(PACKAGE)) == 1


def test_a_row_and_its_note_go_with_the_callers_unit_of_work(site: Any, book: CustodyBook) -> None:
    with pytest.raises(ZeroDivisionError), site.database.session() as session:
        book.note(entry(Action.VIEW, reason="looked"), session)
        _ = 1 / 0
    assert book.history(PACKAGE) == []


def test_an_event_about_a_package_names_its_seal(site: Any, book: CustodyBook, request_of: Any) -> None:
    sealed = site.sealer.seal(request_of())
    about = CustodyEntry.about(sealed.path, Action.MASK, "user-1", "unit-1", None, derived_sha256="0" * 64)
    book.note(about)
    [event] = book.history(sealed.package_id)
    assert event["seal_sha256"] == sealed.seal_sha256
    assert event["facts"] == {"derived_sha256": "0" * 64}


def test_a_short_key_is_refused(site: Any) -> None:
    with pytest.raises(BadInput, match="E_CUSTODY_KEY"):
        CustodyBook(site.database, site.clock, b"short")
