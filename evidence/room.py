"""Room on the disk, in two budgets: footage that waits may be given up, held evidence never is."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class RoomState(StrEnum):
    """How full the disk is: OK; HIGH, the operator is told; FULL, no new footage is kept and nothing new is sealed."""

    OK = "ok"
    HIGH = "high"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Room:
    """The two budgets of one disk: footage that may be given up (`ring_bytes`), and held evidence that never is."""

    state: RoomState
    free_bytes: int
    ring_bytes: int
    held_bytes: int


@dataclass(frozen=True, slots=True)
class Budget:
    """`ring_bytes` bounds footage that waits beside the evidence; below `high_free_bytes` the operator is told, below
    `full_free_bytes` nothing new is written. Held evidence has no bound but the disk: it is never deleted for room."""

    ring_bytes: int = 8 << 30
    high_free_bytes: int = 10 << 30
    full_free_bytes: int = 256 << 20

    def room(self, evidence: Path, ring: Path) -> Room:
        """How full the disk of `evidence` is."""
        free = shutil.disk_usage(evidence).free
        used = _size(ring)
        full = free < self.full_free_bytes
        high = free < self.high_free_bytes or used > self.ring_bytes
        state = RoomState.FULL if full else RoomState.HIGH if high else RoomState.OK
        return Room(state, free, used, _size(evidence))

    def make_room(self, ring: Path) -> list[Path]:
        """Give up footage that waits, oldest first, until it fits its budget; never anything of the evidence."""
        files = sorted((path for path in ring.rglob("*.gop")), key=lambda path: path.stat().st_mtime)
        used, gone = sum(path.stat().st_size for path in files), []
        for path in files:
            if used <= self.ring_bytes:
                break
            used -= path.stat().st_size
            path.unlink()
            gone.append(path)
        return gone


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
