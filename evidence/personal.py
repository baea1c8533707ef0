"""What names a person, apart from everything that can never be deleted: encrypted, erasable, found by a keyed hash.

Rows of the log hold ids and salted hashes; names, phones and numbers of documents lie here, under their id. Erasing
leaves the id pointing at nothing (PIPL art. 47). Who holds the database without the key learns neither text nor, by
trying numbers, whose row it is.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from evidence.tables import PersonalRow
from records import BadInput, Clock, Database, NonsiteError, uuid7

_NONCE = 12


class PersonalBook:
    """Personal data in one database. `key` (32 bytes) both encrypts and, apart, makes the look-up hashes."""

    def __init__(self, database: Database, clock: Clock, key: bytes) -> None:
        if len(key) != 32:
            raise BadInput("E_PERSONAL_KEY", f"the key has {len(key)} bytes", "give 32 random bytes")
        self._database, self._clock = database, clock
        self._cipher = AESGCM(hmac.digest(key, b"text", hashlib.sha256))
        self._lookup_key = hmac.digest(key, b"lookup", hashlib.sha256)

    def put(self, subject: str, values: Mapping[str, str], session: Session | None = None) -> dict[str, str]:
        """Keep values by kind (`name`, `phone`, …) of a subject (a case, a person's id); the ids to log, by kind."""
        if session is None:
            with self._database.session() as own:
                return self.put(subject, values, own)
        ids = {}
        for kind, value in values.items():
            row_id, nonce = uuid7(self._clock), secrets.token_bytes(_NONCE)
            sealed = nonce + self._cipher.encrypt(nonce, value.encode(), self._about(row_id, subject, kind))
            session.add(
                PersonalRow(id=row_id, subject=subject, kind=kind, lookup=self.lookup(kind, value), sealed_text=sealed)
            )
            ids[kind] = row_id
        session.flush()
        return ids

    def get(self, row_id: str) -> str | None:
        """The text behind an id; None where it was erased. Raises NonsiteError where it was altered or moved."""
        with self._database.read() as session:
            row = session.get(PersonalRow, row_id)
        if row is None:
            return None
        about = self._about(row.id, row.subject, row.kind)
        try:
            return self._cipher.decrypt(row.sealed_text[:_NONCE], row.sealed_text[_NONCE:], about).decode()
        except InvalidTag as error:
            raise NonsiteError("E_PERSONAL", f"{row_id}: altered, or another key", "check the key") from error

    def find(self, kind: str, value: str) -> list[str]:
        """The subjects of which exactly this value is kept, in the order in which they were."""
        query = select(PersonalRow.subject).where(
            PersonalRow.kind == kind, PersonalRow.lookup == self.lookup(kind, value)
        )
        with self._database.read() as session:
            return list(dict.fromkeys(session.scalars(query.order_by(PersonalRow.id))))

    def erase(self, subject: str) -> int:
        """Erase everything of a subject; how many values there were."""
        with self._database.session() as session:
            ids = list(session.scalars(select(PersonalRow.id).where(PersonalRow.subject == subject)))
            session.execute(delete(PersonalRow).where(PersonalRow.subject == subject))
        return len(ids)

    def lookup(self, kind: str, value: str) -> str:
        """The keyed hash under which a value is found; writing it with other widths or blanks finds it too."""
        plain = "".join(unicodedata.normalize("NFKC", value).split()).casefold()
        return hmac.new(self._lookup_key, f"{kind}\0{plain}".encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def _about(row_id: str, subject: str, kind: str) -> bytes:
        return f"{row_id}\0{subject}\0{kind}".encode()
