"""Who touched which evidence, when and why: rows that can never be deleted, and free text that can.

A row holds ids, codes and a salted hash of the free text; the text itself lies encrypted in a table of its own, with
its salt. Erasing that leaves the row checkable and the text unrecoverable (PIPL art. 47).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from evidence.entry import seal_number
from evidence.package import record_of
from evidence.tables import CustodyNoteRow
from records import BadInput, Clock, Database, LogRow, NonsiteError, Refused, append, iso, uuid7

CHAIN = "custody"
_NONCE = 12


class Action(StrEnum):
    """What was done with a package."""

    VIEW = "view"
    VIEW_UNMASKED = "view_unmasked"
    CONFIRM = "confirm"
    REJECT = "reject"
    EXPORT = "export"
    MASK = "mask"
    REPLAY = "replay"


class Purpose(StrEnum):
    """Why; unmasked bystanders may be looked at for these purposes only (PIPL art. 26)."""

    REVIEW = "review"
    CASE = "case"
    PARTY = "party"
    LEGAL_REVIEW = "legal_review"
    RECONSIDERATION = "reconsideration"
    COURT = "court"
    SUPERVISION = "supervision"


@dataclass(frozen=True, slots=True)
class CustodyEntry:
    """One event. `who` and `unit` are ids, never names; `reason` is free text; `facts` are ids, hashes and counts."""

    package_id: str
    seal_sha256: str
    action: Action
    who: str
    unit: str
    purpose: Purpose | None
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def about(
        cls, path: Path, action: Action, who: str, unit: str, purpose: Purpose | None, reason: str = "", **facts: Any
    ) -> CustodyEntry:
        """An event about the package at `path`, named by its id and seal number."""
        return cls(record_of(path)["package_id"], seal_number(path), action, who, unit, purpose, reason, facts)


def note_act(session: Session, entry: CustodyEntry, clock: Clock) -> LogRow:
    """Write an event without free text, in the unit of work of the act itself: both happen, or neither does.

    Needs no key. Raises Refused E_NO_REASON where a purpose is needed and missing.
    """
    if entry.reason:
        raise ValueError("free text goes through a CustodyBook, which can erase it")
    return _append(session, entry, clock, {})


def _append(session: Session, entry: CustodyEntry, clock: Clock, kept: Mapping[str, str]) -> LogRow:
    if entry.purpose is None and entry.action in (Action.VIEW_UNMASKED, Action.EXPORT):
        raise Refused("E_NO_REASON", f"{entry.action} of {entry.package_id}: no purpose", "choose a purpose")
    body: dict[str, Any] = {
        "seal_sha256": entry.seal_sha256,
        "who": entry.who,
        "unit": entry.unit,
        "purpose": entry.purpose.value if entry.purpose else None,
        **({"facts": dict(entry.facts)} if entry.facts else {}),
        **kept,
    }
    return append(session, CHAIN, f"custody.{entry.action}", entry.package_id, body, clock)


class CustodyBook:
    """The custody chain in the hub's database. `key` (32 bytes) encrypts the free text."""

    def __init__(self, database: Database, clock: Clock, key: bytes) -> None:
        if len(key) != 32:
            raise BadInput("E_CUSTODY_KEY", f"the key has {len(key)} bytes", "give 32 random bytes")
        self._database = database
        self._clock = clock
        self._cipher = AESGCM(key)

    def note(self, entry: CustodyEntry, session: Session | None = None) -> LogRow:
        """Write one event, in the caller's unit of work where a session is given; before any byte is handed out.

        Raises Refused E_NO_REASON where a purpose is needed and missing.
        """
        with nullcontext(session) if session is not None else self._database.session() as within:
            kept = dict(zip(("note", "note_sha256"), self._keep(within, entry), strict=True)) if entry.reason else {}
            return _append(within, entry, self._clock, kept)

    def history(self, package_id: str) -> list[dict[str, Any]]:
        """Every event of a package, oldest first, as JSON; `reason` is None where it was erased."""
        with self._database.read() as session:
            query = select(LogRow).where(LogRow.chain == CHAIN, LogRow.subject == package_id).order_by(LogRow.seq)
            rows = list(session.scalars(query))
            return [
                {
                    "seq": row.seq,
                    "at": iso(row.at),
                    "action": row.kind.removeprefix("custody."),
                    **row.body,
                    "reason": self._reason(session, row),
                    "hash": row.hash,
                }
                for row in rows
            ]

    def erase(self, package_id: str) -> int:
        """Erase the free text beside a package's events; how many there were. The rows stay and stay checkable."""
        with self._database.session() as session:
            query = select(CustodyNoteRow.id).where(CustodyNoteRow.package_id == package_id)
            ids = list(session.scalars(query))
            session.execute(delete(CustodyNoteRow).where(CustodyNoteRow.id.in_(ids)))
        return len(ids)

    def _keep(self, session: Session, entry: CustodyEntry) -> tuple[str, str]:
        note_id, salt, nonce = uuid7(self._clock), secrets.token_bytes(32), secrets.token_bytes(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, entry.reason.encode(), note_id.encode())
        session.add(CustodyNoteRow(id=note_id, package_id=entry.package_id, salt=salt, sealed_text=sealed))
        return note_id, hashlib.sha256(salt + entry.reason.encode()).hexdigest()

    def _reason(self, session: Session, row: LogRow) -> str | None:
        note = session.get(CustodyNoteRow, row.body["note"]) if "note" in row.body else None
        if note is None:
            return None
        try:
            text = self._cipher.decrypt(note.sealed_text[:_NONCE], note.sealed_text[_NONCE:], note.id.encode())
        except InvalidTag as error:
            raise NonsiteError("E_CUSTODY_NOTE", f"note {note.id}: altered, or another key", "check the key") from error
        if hashlib.sha256(note.salt + text).hexdigest() != row.body["note_sha256"]:
            raise NonsiteError("E_CUSTODY_NOTE", f"note {note.id}: not the text that was logged", "look into it")
        return text.decode()
