"""Database, machine log and evidence, copied and checked together."""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from evidence import EvidenceStore
from nonsite.keys import SECRET, hub_database
from nonsite.settings import Settings
from records import BadInput, Database, LogRow, NonsiteError, chains, verify_chain

MACHINE_LOG = "machine.db"
EVIDENCE = "evidence"
HUB_SQLITE, HUB_POSTGRESQL = "nonsite.db", "nonsite.sql"


def check(settings: Settings) -> list[str]:
    """What does not hold: broken log chains, sealed packages that are not there, packages that no log knows."""
    findings: list[str] = []
    store = EvidenceStore.open(settings.data / EVIDENCE)
    machine = Database(settings.data / MACHINE_LOG)
    for name, database in (("hub", hub_database(settings, make_key=False)), ("machine", machine)):
        database.upgrade()
        findings += [f"{name} database: {finding}" for finding in _broken_chains(database)]
    logged = set(_sealed(machine)) - set(_deleted(Database(settings.database_url)))
    there = set(store.list())
    findings += [f"evidence {package}: sealed in the log, missing in the store" for package in sorted(logged - there)]
    findings += [f"evidence {package}: in the store, unknown to the log" for package in sorted(there - logged)]
    return findings


def backup(settings: Settings, to: Path) -> None:
    """Copy everything into `to`, which must not exist; the database first, so that every package it names is copied.

    The copy is built beside its final name and renamed, so a stopped backup is never mistaken for a whole one.
    """
    if to.exists():
        raise BadInput("E_BACKUP", f"{to}: exists already", "name a folder that does not exist yet")
    building = to.with_name(f".{to.name}.partial")
    try:
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        _dump_hub(settings, building)
        _copy_sqlite(settings.data / MACHINE_LOG, building / MACHINE_LOG)
        for folder in (EVIDENCE, "authority", "documents"):
            if (settings.data / folder).is_dir():
                shutil.copytree(settings.data / folder, building / folder, symlinks=True)
        if (settings.data / SECRET).is_file():  # without it nobody can read what the database says of persons
            shutil.copy2(settings.data / SECRET, building / SECRET)
        building.rename(to)
    except OSError as error:
        shutil.rmtree(building, ignore_errors=True)
        raise BadInput("E_BACKUP", f"{to}: {error}", "give a folder with room that can be written") from error


def restore(settings: Settings, source: Path) -> None:
    """Bring a backup into `settings.data`, which must be empty or not there."""
    if not (source / MACHINE_LOG).exists():
        raise BadInput("E_BACKUP", f"{source}: no backup lies here", "name a folder that `nonsite db backup` made")
    if settings.data.exists() and any(settings.data.iterdir()):
        raise BadInput("E_BACKUP", f"{settings.data}: is not empty", "restore into an empty data folder")
    settings.data.mkdir(parents=True, exist_ok=True)
    for part in source.iterdir():
        if part.name == HUB_POSTGRESQL:
            _run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(part), _libpq(settings.database_url)])
        elif part.is_dir():
            shutil.copytree(part, settings.data / part.name, symlinks=True)
        else:
            shutil.copy2(part, settings.data / part.name)


def _broken_chains(database: Database) -> Iterator[str]:
    with database.read() as session:
        for chain in chains(session):
            report = verify_chain(session, chain)
            if not report.ok:
                yield f"log {chain}: {report.reason}"


def _sealed(machine: Database) -> list[str]:
    query = select(LogRow.subject).where(LogRow.kind.in_(("evidence.sealed", "evidence.recovered")))
    with machine.read() as session:
        return list(session.scalars(query))


def _deleted(hub: Database) -> list[str]:
    """Packages that were deleted at their term, with a record."""
    with hub.read() as session:
        return list(session.scalars(select(LogRow.subject).where(LogRow.kind == "evidence.deleted")))


def _dump_hub(settings: Settings, to: Path) -> None:
    database = Database(settings.database_url)
    if database.is_sqlite:
        _copy_sqlite(Path(database.url.database or ""), to / HUB_SQLITE)
    else:
        _run(["pg_dump", "-f", str(to / HUB_POSTGRESQL), _libpq(settings.database_url)])


def _copy_sqlite(source: Path, to: Path) -> None:
    """A consistent copy of a database that may be in use."""
    if not source.exists():
        raise BadInput("E_BACKUP", f"{source}: no database", "start nonsite once, or mend `data` in the settings")
    with sqlite3.connect(source) as here, sqlite3.connect(to) as there:
        here.backup(there)


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise BadInput("E_BACKUP", f"{command[0]} is not installed", "install the PostgreSQL client") from error
    except subprocess.CalledProcessError as error:
        raise NonsiteError("E_BACKUP", f"{command[0]}: {error.stderr.strip().splitlines()[-1]}") from error
