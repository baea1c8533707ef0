"""The second copy of a store, on a system of its own: kept complete, compared at night, used to repair."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Protocol

from evidence.bag import SEAL
from evidence.checks import fixity
from evidence.store import EvidenceStore
from evidence.trust import CheckFailed
from records import NonsiteError


class CopyDown(NonsiteError):
    """The second copy cannot be reached now; it is tried again."""


class SecondCopy(Protocol):
    """Where packages lie a second time."""

    @property
    def name(self) -> str:
        """How records and alarms call it."""
        ...

    def put(self, package: Path, package_id: str, keep_until: datetime) -> None:
        """Copy a package there, or what it has gained since; what is there is never written over. Raises CopyDown."""
        ...

    def fetch(self, package_id: str, to: Path) -> bool:
        """Bring a package's files into the new folder `to`; False where it is not there. Raises CopyDown."""
        ...

    def extend(self, package_id: str, keep_until: datetime) -> None:
        """Lock it for longer, where the place locks; never for a shorter time. Raises CopyDown."""
        ...

    def hold(self, package_id: str, on: bool) -> None:
        """Put a legal hold on it, or take it off, where the place knows holds. Raises CopyDown."""
        ...

    def delete(self, package_id: str) -> None:
        """Remove it at the end of its term; a place that locks refuses before. Raises CopyDown."""
        ...


class FolderCopy:
    """A second store in a folder, best on another machine's disk. It locks nothing: its owner can delete."""

    def __init__(self, root: Path) -> None:
        self._store = EvidenceStore.open(root)

    @property
    def name(self) -> str:
        return str(self._store.root)

    def put(self, package: Path, package_id: str, keep_until: datetime) -> None:
        try:
            if not self._store.place_of(package_id).exists():
                building = self._store.building(package_id)
                self._store.discard(package_id)  # what an interrupted copy left
                shutil.copytree(package, building, symlinks=True)
                for folder in (building, *(path for path in building.rglob("*") if path.is_dir())):
                    folder.chmod(0o755)
                fixity(building)
                self._store.place(package_id)
                return
            there = self._store.path(package_id) / SEAL
            for file in sorted((package / SEAL).iterdir()):
                if not (there / file.name).exists():
                    self._store.add_seal_file(package_id, file.name, file.read_bytes())
        except (OSError, CheckFailed) as error:
            self._store.discard(package_id)
            raise CopyDown(
                "E_COPY", f"{self.name}: {package_id}: {error}", "is the disk there, and not full?"
            ) from error

    def fetch(self, package_id: str, to: Path) -> bool:
        path = self._store.place_of(package_id)
        if not path.is_dir():
            return False
        try:
            shutil.copytree(path, to, symlinks=True)
        except OSError as error:
            raise CopyDown("E_COPY", f"{self.name}: {package_id}: {error}") from error
        return True

    def extend(self, package_id: str, keep_until: datetime) -> None:
        return None

    def hold(self, package_id: str, on: bool) -> None:
        return None

    def delete(self, package_id: str) -> None:
        self._store.remove(package_id)


def copy_of(spec: str) -> SecondCopy:
    """The second copy that a setting names: a folder, or s3://bucket/prefix."""
    if spec.startswith("s3://"):
        from evidence.objects import BucketCopy  # brings boto3

        return BucketCopy(spec)
    return FolderCopy(Path(spec))
