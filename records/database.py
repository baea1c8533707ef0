"""The database engine and its unit of work: SQLite (embedded default) and PostgreSQL by one code path."""

import json
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import DateTime, Dialect, Engine, Text, TypeDecorator, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from records.clock import utc
from records.errors import BadInput
from records.personal import give_key

_CREDENTIALS = re.compile(r"://[^/@]*@")
_BUSY_S = 30
_UPGRADE_LOCK = 0x6E6F6E73697465  # "nonsite": the same number in every process


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC and given back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        when = utc(value)
        return when if dialect.name == "postgresql" else when.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value kept as text, so that both databases store the same bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """The one metadata on which every folder declares its tables."""


class Database:
    """An engine and its units of work.

    `url` is a SQLAlchemy URL or a path to an SQLite file. On SQLite every unit of work takes the write lock at its
    start (BEGIN IMMEDIATE), so that what it read is still true when it writes; on PostgreSQL rows that must not change
    underfoot are locked by whoever reads them (SELECT … FOR UPDATE). Threads of one process take turns before they ask
    SQLite, whose waiters poll and can starve: eight writing threads starved one of them for 30 s.

    Columns that name a person (`Personal`) are encrypted under `key`, 32 bytes; without one they are kept as they are.
    """

    def __init__(self, url: str | Path, key: bytes | None = None) -> None:
        text = str(url)
        if "://" not in text:
            _make_folder(Path(text).parent)
            text = f"sqlite:///{text}"
        try:
            self.url = make_url(text)
            self.engine = self._engine()
        except (ArgumentError, ImportError) as error:
            reason, where = str(error).splitlines()[0], _CREDENTIALS.sub("://***@", text)
            raise BadInput(
                "E_DATABASE", f"{where}: {reason}", "use sqlite:///FILE or postgresql+psycopg://…"
            ) from error
        if key is not None:
            give_key(self.engine.dialect, key)
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        self._turn: AbstractContextManager[Any] = threading.RLock() if self.is_sqlite else nullcontext()

    def _engine(self) -> Engine:
        if self.url.get_backend_name() != "sqlite":
            return create_engine(self.url, pool_pre_ping=True)
        engine = create_engine(self.url, connect_args={"timeout": _BUSY_S, "check_same_thread": False})

        @event.listens_for(engine, "connect")
        def _pragmas(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # BEGIN is ours, see below
            for pragma in (f"busy_timeout={_BUSY_S * 1000}", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            _write_ahead(connection)

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            read_only = connection.get_execution_options().get("read_only", False)
            connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

        return engine

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One unit of work: everything in it happens, or nothing does."""
        with self._turn, self._write() as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only look that takes no write lock; what is changed in it is thrown away."""
        with (
            self.engine.connect().execution_options(read_only=True) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            try:
                yield session
            finally:
                session.expunge_all()  # what was read stays readable after the look
                session.rollback()

    def create_all(self) -> None:
        """Make every declared table at once, for tests; a real database goes through `upgrade`."""
        Base.metadata.create_all(self.engine)

    def upgrade(self) -> None:
        """Bring the schema to the newest migration.

        Raises BadInput where the database cannot be reached or was written by a newer nonsite.
        """
        try:
            with self.engine.begin() as connection:  # all migrations, or none: left to itself Alembic commits each
                if not self.is_sqlite:  # several processes may start at once; on SQLite the write lock is held already
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
                command.upgrade(_alembic(connection), "head")
        except (SQLAlchemyError, CommandError) as error:
            reason = str(error).splitlines()[0]
            raise BadInput(
                "E_DATABASE",
                f"{self.url.render_as_string()}: {reason}",
                "is the server up, the path writable?",
            ) from error

    def tables(self) -> list[str]:
        return inspect(self.engine).get_table_names()

    def close(self) -> None:
        self.engine.dispose()


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn a file to write-ahead logging. Of several processes that open a fresh one at once SQLite refuses some at
    once, whatever their busy timeout: two that wait for each other's lock would wait for ever."""
    deadline = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput("E_DATABASE", f"{folder}: {error.strerror}", "name a folder that can be written") from error


def _alembic(connection: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
