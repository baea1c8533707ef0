"""Columns that name a person: encrypted where the database has a key, and so kept that they can be erased for good.

The key belongs to one database's engine. Without one (tests, tools that touch no such column) text is kept as it is;
with one, what was kept before is still read. A value that is looked up is encrypted to the same text each time, which
is at once its keyed look-up hash: who holds the database without the key cannot try numbers against it (AES-SIV,
RFC 5297).
"""

import base64
import json
import secrets
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, Dialect, Text, TypeDecorator, text

from records.errors import BadInput, NonsiteError

MARK = "\x02nonsite:1:"
_NONCE = 16


class PersonalKey:
    """The key of one installation's personal data; 32 random bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise BadInput("E_PERSONAL_KEY", f"the key has {len(key)} bytes", "give 32 random bytes")
        self._cipher = AESSIV(HKDF(SHA256(), 64, None, b"nonsite personal data").derive(key))

    def seal(self, value: str, looked_up_as: str = "") -> str:
        """The value as it is kept; the same each time where it is looked up."""
        nonce = b"" if looked_up_as else secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(value.encode() or b"\0", [looked_up_as.encode(), nonce])
        return MARK + base64.b64encode(nonce + sealed).decode()

    def open(self, kept: str, looked_up_as: str = "") -> str:
        """The value that was kept. Raises NonsiteError E_PERSONAL where it was altered, or by another key."""
        data = base64.b64decode(kept.removeprefix(MARK))
        nonce, sealed = (b"", data) if looked_up_as else (data[:_NONCE], data[_NONCE:])
        try:
            plain = self._cipher.decrypt(sealed, [looked_up_as.encode(), nonce])
        except (InvalidTag, ValueError) as error:
            raise NonsiteError("E_PERSONAL", "personal data: altered, or another key", "check the key file") from error
        return "" if plain == b"\0" else plain.decode()


_KEYS: WeakKeyDictionary[Dialect, PersonalKey] = WeakKeyDictionary()


def give_key(dialect: Dialect, key: bytes) -> None:
    """Let an engine's dialect read and write personal columns under `key`."""
    _KEYS[dialect] = PersonalKey(key)


class Personal(TypeDecorator[str]):
    """Text about a person. `looked_up_as` names what equal values may be found by; it is part of what is encrypted."""

    impl = Text
    cache_ok = True

    def __init__(self, looked_up_as: str = "") -> None:
        super().__init__()
        self.looked_up_as = looked_up_as

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        key = _KEYS.get(dialect)
        return value if value is None or key is None else key.seal(value, self.looked_up_as)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None or not value.startswith(MARK):
            return value
        key = _KEYS.get(dialect)
        if key is None:
            raise NonsiteError("E_PERSONAL", "personal data is encrypted and no key is at hand", "name the key file")
        return key.open(value, self.looked_up_as)


class PersonalJson(Personal):
    """A JSON value about a person, its text as `Json` writes it."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return super().process_bind_param(plain, dialect)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        plain = super().process_result_value(value, dialect)
        return None if plain is None else json.loads(plain)


def seal_standing(
    connection: Connection, table: str, key: str, columns: Sequence[str], looked_up: Sequence[str]
) -> int:
    """Encrypt what stands in plain text in columns of a table, a thousand rows at a time; how many rows.

    `looked_up` are those columns that are found by value. Raises BadInput E_PERSONAL_KEY where something stands there
    and no key is at hand: it would stay in plain text for good.
    """
    cipher = _KEYS.get(connection.dialect)
    quoted = connection.dialect.identifier_preparer.quote
    names = [quoted(name) for name in columns]
    read = text(f"SELECT {key}, {', '.join(names)} FROM {table} WHERE {key} > :after ORDER BY {key} LIMIT 1000")  # noqa: S608
    sets = ", ".join(f"{name} = :c{n}" for n, name in enumerate(names))
    write = text(f"UPDATE {table} SET {sets} WHERE {key} = :key")  # noqa: S608
    kinds = [f"{table}.{name}" if name in looked_up else "" for name in columns]
    first = connection.execute(text(f"SELECT min({key}) FROM {table}")).scalar()  # noqa: S608
    if first is None:
        return 0
    if cipher is None:
        raise BadInput(
            "E_PERSONAL_KEY", f"{table}: persons stand in it and no key is at hand", "name the hub's data folder"
        )
    count, after = 0, "" if isinstance(first, str) else first - 1
    while rows := connection.execute(read, {"after": after}).all():
        after = rows[-1][0]
        changed = []
        for row in rows:
            values = [
                cipher.seal(value, kind) if value is not None and not value.startswith(MARK) else value
                for value, kind in zip(row[1:], kinds, strict=True)
            ]
            if values != list(row[1:]):
                changed.append({"key": row[0], **{f"c{n}": value for n, value in enumerate(values)}})
        if changed:
            connection.execute(write, changed)
        count += len(changed)
    return count
