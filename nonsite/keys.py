"""The installation's own secret, the keys that are made of it, and the hub's database that needs one."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from sqlalchemy import select

from nonsite.settings import Settings
from notify.registers import SubjectRow
from records import BadInput, Database

SECRET = "secret.key"  # noqa: S105 - the name of a file


def key(settings: Settings, purpose: str) -> bytes:
    """A key for one purpose, derived from the secret in the data folder, which is made where there is none."""
    return hmac.digest(_secret(settings.data / SECRET), purpose.encode(), hashlib.sha256)


def hub_database(settings: Settings, *, make_key: bool = True) -> Database:
    """The hub's database, under the key of what it holds about persons.

    Without `make_key` there is one only where the data folder has the secret: another folder's must not be made for it.
    """
    there = make_key or (settings.data / SECRET).exists()
    return Database(settings.database_url, key(settings, "personal") if there else None)


def check_key(database: Database) -> Database:
    """The database, after one look: raises NonsiteError E_PERSONAL where it was written under another key."""
    with database.read() as session:
        session.execute(select(SubjectRow.name).limit(1)).first()
    return database


def _secret(path: Path) -> bytes:
    try:
        if not path.exists():  # whole or not at all, for several roles may start at once
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.{os.getpid()}")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(secrets.token_bytes(32))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        found = path.read_bytes()
    except OSError as error:
        raise BadInput("E_CONFIG", f"{path}: {error.strerror or error}", "the data folder must be writable") from error
    if len(found) < 32:
        raise BadInput("E_CONFIG", f"{path}: {len(found)} bytes, no key", "bring it back from the backup")
    return found
