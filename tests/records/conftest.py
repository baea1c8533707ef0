"""Databases of both kinds: what is promised of records holds on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from records import Database
from tests.services.postgres import PostgresServer, Unavailable

_number = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real server; without one the tests that need it fail on CI and say so elsewhere."""
    try:
        server = PostgresServer()
        server.start()
    except Unavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    yield server
    server.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create(f"test_{next(_number)}")


@pytest.fixture
def opened(url: str) -> Iterator[Callable[[], Database]]:
    """Opens the test's database, again and again if wanted, each time as another process would."""
    databases: list[Database] = []

    def one() -> Database:
        databases.append(Database(url))
        return databases[-1]

    yield one
    for database in databases:
        database.close()


@pytest.fixture
def database(opened: Callable[[], Database]) -> Database:
    """The test's database at this version's schema."""
    database = opened()
    database.upgrade()
    return database
