"""Packages on their way from the machine that sealed to a store: one tar stream, resumable, idempotent by seal hash."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evidence.bag import write_new
from evidence.checks import MOST_FILES, fixity, may_hold
from evidence.entry import seal_number
from evidence.store import EvidenceStore
from evidence.trust import CheckFailed
from records import BadInput, Refused

LONGEST_PACKAGE = 4 << 30


@dataclass(frozen=True, slots=True)
class Received:
    """How far a package has come in: bytes kept, and whether it lies in the store now."""

    next_offset: int
    complete: bool


def pack(path: Path, to: BinaryIO) -> None:
    """Write the package as a tar stream; the same package gives the same bytes, so an upload can go on anywhere."""
    with tarfile.open(fileobj=to, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file in sorted(one for one in path.rglob("*") if one.is_file()):
            member = tarfile.TarInfo(file.relative_to(path).as_posix())
            member.size, member.mode = file.stat().st_size, 0o444
            with file.open("rb") as data:
                archive.addfile(member, data)


def receive(
    store: EvidenceStore,
    package_id: str,
    seal_sha256: str,
    chunk: bytes,
    *,
    offset: int = 0,
    total: int,
    machine: str | None = None,
) -> Received:
    """Take `chunk`, the bytes from `offset` of a tar stream of `total` bytes.

    A chunk that does not begin where the store stands is not taken: send again from `next_offset`. Once all is there
    the package is checked and placed; with `machine`, only what that machine sealed. A package that is there already
    with the same seal is complete at once.
    Raises Refused where another seal is there, BadInput where what came is no whole package of that id and seal.
    """
    final = store.place_of(package_id)
    if final.is_dir():
        found = seal_number(final)
        if found != seal_sha256:
            raise Refused("E_SEAL_DIFFERS", f"{package_id}: expected seal {found}, found {seal_sha256}", "look into it")
        return Received(total, complete=True)
    if not 0 < total <= LONGEST_PACKAGE or offset + len(chunk) > total:
        raise BadInput("E_PACKAGE_SIZE", f"{package_id}: {offset}+{len(chunk)} of {total} bytes", "send one package")
    part = store.root / f".part-{package_id}-{hashlib.sha256(seal_sha256.encode()).hexdigest()[:16]}"
    with part.open("ab") as file, _alone(package_id, file):
        there = part.stat().st_size
        if offset != there:
            return Received(there, complete=False)
        file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
        if there + len(chunk) < total:
            return Received(there + len(chunk), complete=False)
        try:
            _unpack(store, package_id, seal_sha256, part, machine)
        finally:
            part.unlink()
    return Received(total, complete=True)


@contextmanager
def _alone(package_id: str, part: BinaryIO) -> Iterator[None]:
    """While nobody else takes in the same package, in this process or another; a lock goes with whoever held it."""
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.fstat(part.fileno()).st_nlink:  # whoever held it has just come to an end with it
            raise BlockingIOError
    except BlockingIOError as error:
        raise Refused("E_PACKAGE_BUSY", f"{package_id}: is being received", "try again later") from error
    yield


def _unpack(store: EvidenceStore, package_id: str, seal_sha256: str, part: Path, machine: str | None) -> None:
    building = store.building(package_id)
    store.discard(package_id)  # what a process left that died on the way
    try:
        building.mkdir()
        with tarfile.open(part, mode="r:") as archive:
            for count, member in enumerate(archive):
                # a sparse member says how long it is without being so
                plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()
                source = archive.extractfile(member) if plain and may_hold(member.name) else None
                if source is None or count > MOST_FILES:
                    raise CheckFailed(f"{member.name!r}: not a file that a package may hold")
                path = building / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                write_new(path, source.read())
        package = fixity(building)
        found = seal_number(building)
        sealed_by = package.record()["log"]["machine"] if machine is not None else None
        for what, expected, there in (
            ("seal", seal_sha256, found),
            ("package", package_id, package.info.get("External-Identifier")),
            ("machine", machine, sealed_by),
        ):
            if expected != there:
                raise CheckFailed(f"{what}: expected {expected}, found {there}")
        store.place(package_id)
    except (CheckFailed, tarfile.TarError, OSError, ValueError, KeyError, TypeError) as error:
        store.discard(package_id)
        raise BadInput("E_PACKAGE_BROKEN", f"{package_id}: {error}", "send the package again") from error
