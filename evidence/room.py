"""Room on the disk, in two budgets: footage that waits may be given up, held evidence never is."""

from __future__ import annotations

import shutil
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
        free, used = _free(ring), sum(path.stat().st_size for path in _footage(ring))
        high = free < self.high_free_bytes or used > self.ring_bytes
        state = RoomState.FULL if free < self.full_free_bytes else RoomState.HIGH if high else RoomState.OK
        return Room(state, free, used)

    def make_room(self, ring: Path, size: int = 0, spare: Callable[[Path], bool] = lambda _path: False) -> list[Path]:
        """Give up footage that waits until `size` more bytes fit both budgets; what was given up.

        The oldest goes first, what first showed an incident last; what `spare` names, and all evidence, never.
        """
        files = _footage(ring)
        firsts = {folder: min(path for path in files if path.parent == folder) for folder in {f.parent for f in files}}
        used, free, gone = sum(path.stat().st_size for path in files), _free(ring), []
        for path in sorted(files, key=lambda one: (one == firsts[one.parent], one.stat().st_mtime, one)):
            if used + size <= self.ring_bytes and free - size >= self.full_free_bytes:
                break
            if spare(path):
                continue
            bytes_of = path.stat().st_size
            used, free = used - bytes_of, free + bytes_of
            path.unlink()
            gone.append(path)
        return gone


def _footage(ring: Path) -> list[Path]:
    return [path for path in ring.rglob("*.gop") if path.is_file() and not path.is_symlink()]


def _free(folder: Path) -> int:
    return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
