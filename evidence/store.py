"""The evidence store on a filesystem: ROOT/YYYY/MM/DD/<package_id>, write-once."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evidence.bag import SEAL, flush, flush_tree, folders, write_new
from records import BadInput, Refused

_TMP, _UNSIGNED, _QUARANTINE = ".tmp-", ".unsigned-", ".quarantine"
_READ_ONLY_FOLDER = 0o555


@dataclass(frozen=True, slots=True)
class EvidenceStore:
    """A folder of packages. Its day folders follow from the time inside each package's UUIDv7."""

    root: Path

    @classmethod
    def open(cls, root: Path | str) -> EvidenceStore:
        """The store at `root`, made where it is not there; raises BadInput where it cannot be written."""
        store = cls(Path(root))
        try:
            store.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput("E_STORE", f"{root}: {error}", "give a folder that can be written") from error
        if not os.access(store.root, os.W_OK | os.X_OK):
            raise BadInput("E_STORE", f"{root}: cannot be written", "give a folder that can be written")
        return store

    def place_of(self, package_id: str) -> Path:
        """Where a package lies or will lie; raises BadInput where the id is no UUIDv7."""
        return self.root / day_of(package_id) / package_id

    def relative(self, package_id: str) -> str:
        """The package's folder relative to the root, as messages name it."""
        return self.place_of(package_id).relative_to(self.root).as_posix()

    def path(self, package_id: str) -> Path:
        """The folder of a package that is there; raises BadInput."""
        path = self.place_of(package_id)
        if not path.is_dir():
            raise _unknown(package_id)
        return path

    def list(self) -> Iterator[str]:
        """The ids of all packages, oldest day first."""
        for day in sorted(self.root.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]")):
            yield from sorted(path.name for path in day.iterdir() if not path.name.startswith("."))

    def building(self, package_id: str) -> Path:
        """Where a package is built before it has its final name; on the same filesystem."""
        return self.root / f"{_TMP}{package_id}"

    def place(self, package_id: str, fresh: str | None = None) -> Path:
        """Give a finished package its final name: flush, make read-only, rename, flush. Crash-safe at every step.

        `fresh` names the one folder whose files are not on the disk yet, where it is known.
        """
        building, final = self.building(package_id), self.place_of(package_id)
        for folder in folders(building):
            if folder != building and folder.name != SEAL:
                folder.chmod(_READ_ONLY_FOLDER)
        flush_tree(building, building / fresh if fresh else None)
        self._make_day(final.parent)
        if final.exists():
            raise Refused("E_PACKAGE_EXISTS", f"{final}: is there already", "a sealed package is never written over")
        building.rename(final)
        flush(final.parent)
        flush(self.root)
        final.chmod(_READ_ONLY_FOLDER)  # after the rename: moving a folder needs the right to write it
        return final

    def orphans(self) -> tuple[str, ...]:
        """Ids of packages that were being built when their process died."""
        return tuple(sorted(path.name.removeprefix(_TMP) for path in self.root.glob(f"{_TMP}*")))

    def quarantine(self, package_id: str) -> Path | None:
        """Put a half-built package aside, kept for whoever looks into the crash; None where there is none."""
        building, aside = self.building(package_id), self.root / _QUARANTINE / package_id
        if not building.exists():
            return None
        aside.parent.mkdir(exist_ok=True)
        building.rename(aside)
        flush(aside.parent)
        return aside

    def set_aside(self, package_id: str) -> None:
        """Keep a package that is built and not signed, until the key can be used again."""
        building = self.building(package_id)
        flush_tree(building)
        building.rename(self.unsigned(package_id))
        flush(self.root)

    def unsigned(self, package_id: str) -> Path:
        """Where a package waits for its signature."""
        return self.root / f"{_UNSIGNED}{package_id}"

    def take_up(self, package_id: str) -> Path:
        """Go on building a package that waited for its signature."""
        building = self.building(package_id)
        self.unsigned(package_id).rename(building)
        return building

    def discard(self, package_id: str) -> None:
        """Remove what a failed build left; never a package under its final name."""
        building = self.building(package_id)
        for folder in tuple(folders(building)):
            folder.chmod(0o755)
        shutil.rmtree(building, ignore_errors=True)

    def put_damaged_aside(self, package_id: str, now: datetime) -> Path | None:
        """Make room for a package's good copy; the damaged one is kept to be looked into. None where there is none."""
        path = self.place_of(package_id)
        if not path.exists():
            return None
        aside = self.root / _QUARANTINE / f"{package_id}-damaged-{now:%Y%m%dT%H%M%S}"
        aside.parent.mkdir(exist_ok=True)
        path.chmod(0o755)  # moving a folder needs the right to write it
        path.rename(aside)
        flush(aside.parent)
        flush(path.parent)
        return aside

    def remove(self, package_id: str) -> None:
        """Delete a package at the end of its term; whoever calls has written the record. Gone already is no fault."""
        path = self.place_of(package_id)
        if not path.is_dir():
            return
        for folder in tuple(folders(path)):
            folder.chmod(0o755)
        shutil.rmtree(path)
        flush(path.parent)

    def add_seal_file(self, package_id: str, name: str, data: bytes) -> Path:
        """Add a file to `seal/`, whole or not at all; an existing one is never changed (FileExistsError)."""
        seal = self.path(package_id) / SEAL
        fresh = self.root / f".seal-{package_id}-{name}"
        fresh.unlink(missing_ok=True)
        write_new(fresh, data)
        flush(fresh)
        try:
            os.link(fresh, seal / name)
            flush(seal)
        finally:
            fresh.unlink()
        return seal / name

    def check_room(self, min_free_bytes: int) -> None:
        """Refuse before anything is written where the disk runs full; sealed evidence is never deleted for room."""
        free = shutil.disk_usage(self.root).free
        if free < min_free_bytes:
            raise Refused(
                "E_DISK_FULL",
                f"{self.root}: {free} bytes free, {min_free_bytes} kept in reserve",
                "make room beside the evidence, or add a disk",
            )

    def _make_day(self, day: Path) -> None:
        if day.is_dir():
            return
        self._make_day(day.parent)
        day.mkdir(exist_ok=True)
        flush(day.parent)


def day_of(package_id: str) -> str:
    """`YYYY/MM/DD` of the time inside a package's UUIDv7; raises BadInput where the id is none."""
    try:
        value = uuid.UUID(package_id)
        day = f"{datetime.fromtimestamp((value.int >> 80) / 1000, UTC):%Y/%m/%d}"
    except ValueError as error:
        raise _unknown(package_id) from error
    if value.version != 7 or str(value) != package_id:
        raise _unknown(package_id)
    return day


def _unknown(package_id: str) -> BadInput:
    return BadInput("E_PACKAGE_UNKNOWN", f"no evidence package {package_id!r}", "`nonsite evidence list` shows all")
