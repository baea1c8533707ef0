"""Room on the disk, in two budgets: footage that waits may be given up, held evidence never is."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class RoomState(StrEnum):
    """How full the disk is: OK; HIGH, the operator is told; FULL, no more footage is kept."""

    OK = "ok"
    HIGH = "high"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Room:
    """How it stands with one disk: what is free, and what waits in the ring."""

    state: RoomState
    free_bytes: int
    ring_bytes: int


@dataclass(frozen=True, slots=True)
class Budget:
    """`ring_bytes` bounds footage that waits beside the evidence. Below `high_free_bytes` on the disk the operator is
    told; below `full_free_bytes` footage that waits is given up and none is kept. Held evidence has no bound but the
    disk: nothing of it is ever deleted for room, and its own reserve lies below (`SealProfile.min_free_bytes`)."""

    ring_bytes: int = 8 << 30
    high_free_bytes: int = 10 << 30
    full_free_bytes: int = 1 << 30

    def room(self, ring: Path) -> Room:
        """How full the disk of `ring` is."""
        free, used = _free(ring), sum(one.bytes for one in _footage(ring))
        high = free < self.high_free_bytes or used > self.ring_bytes
        state = RoomState.FULL if free < self.full_free_bytes else RoomState.HIGH if high else RoomState.OK
        return Room(state, free, used)

    def make_room(self, ring: Path, size: int = 0, spare: Callable[[Path], bool] = lambda _path: False) -> list[Path]:
        """Give up footage that waits until `size` more bytes fit both budgets; what was given up.

        The oldest goes first, what first showed an incident last; what `spare` names, and all evidence, never.
        """
        files = _footage(ring)
        firsts: dict[Path, Path] = {}
        for path in sorted((one.path for one in files), reverse=True):
            firsts[path.parent] = path
        used, free, gone = sum(one.bytes for one in files), _free(ring), []
        for one in sorted(files, key=lambda one: (one.path == firsts[one.path.parent], one.written_s, one.path)):
            if used + size <= self.ring_bytes and free - size >= self.full_free_bytes:
                break
            if spare(one.path):
                continue
            used, free = used - one.bytes, free + one.bytes
            one.path.unlink(missing_ok=True)
            gone.append(one.path)
        return gone


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    bytes: int
    written_s: float


def _footage(ring: Path) -> list[_File]:
    """The footage that waits; what is sealed or comes to nothing meanwhile is left out."""
    found = []
    for folder, _, names in os.walk(ring):
        for path in (Path(folder, name) for name in names if name.endswith(".gop")):
            try:
                about = path.lstat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(about.st_mode):
                found.append(_File(path, about.st_size, about.st_mtime))
    return found


def _free(folder: Path) -> int:
    return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
