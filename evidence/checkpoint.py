"""Checkpoints: what the tree over the logs was at a time, as text that anybody can read, and proofs that lead to it.

The first three lines are those of a C2SP tlog-checkpoint (origin, size, root in base64), so that a witness can take
them; the signature is a CMS file of its own beside it, as with a package.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence import merkle
from evidence.tree import ChainHead
from evidence.trust import CheckFailed
from records import iso, parse_iso

_ORIGIN = re.compile(r"nonsite/[!-~]+")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree of `size` leaves had `root`; `heads` are the newest rows of its chains, `previous` the SHA-256 (hex) of
    the checkpoint before, empty for the first."""

    origin: str
    size: int
    root: bytes
    at: datetime
    previous: str
    heads: tuple[ChainHead, ...]

    def note(self) -> str:
        """The text that is signed."""
        return "".join(
            f"{line}\n"
            for line in (
                self.origin,
                self.size,
                base64.b64encode(self.root).decode(),
                f"time {iso(self.at)}",
                f"previous {self.previous or '-'}",
                *(f"chain {head.chain} {head.seq} {head.hash}" for head in self.heads),
            )
        )

    @property
    def sha256(self) -> str:
        """What the next checkpoint calls this one."""
        return hashlib.sha256(self.note().encode()).hexdigest()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """A checkpoint from its text; raises CheckFailed where it is none, or not exactly as it is written."""
        lines = text.split("\n")
        try:
            origin, size, root, time, previous, *rest = lines[:-1]
            heads = []
            for line in rest:
                word, chain, seq, row_hash = line.split(" ")
                if word != "chain" or not _HASH.fullmatch(row_hash):
                    raise ValueError(line)
                heads.append(ChainHead(chain, int(seq), row_hash))
            before = previous.removeprefix("previous ")
            found = cls(
                origin,
                int(size),
                base64.b64decode(root, validate=True),
                parse_iso(time.removeprefix("time ")),
                "" if before == "-" else before,
                tuple(heads),
            )
        except (ValueError, binascii.Error) as error:
            raise CheckFailed(f"not a checkpoint: {error}") from error
        if found.note() != text or not _ORIGIN.fullmatch(origin) or len(found.root) != 32:
            raise CheckFailed("not a checkpoint in the form in which nonsite writes them")
        return found


@dataclass(frozen=True, slots=True)
class Proof:
    """That one row of a log is in the tree of a checkpoint: the row as it was hashed, and its path to the root."""

    origin: str
    size: int
    leaf: int
    row: bytes
    prev: str
    path: tuple[bytes, ...]

    def text(self) -> str:
        """The file `inclusion-<size>.txt`."""
        head = f"log {self.origin}\nsize {self.size}\nleaf {self.leaf}\nprev {self.prev}\n"
        return head + f"row {self.row.decode()}\n" + "".join(f"path {step.hex()}\n" for step in self.path)

    @classmethod
    def parse(cls, text: str) -> Proof:
        """A proof from its file; raises CheckFailed."""
        try:
            log, size, leaf, prev, row, *path = text.split("\n")[:-1]
            words = [line.split(" ", 1) for line in (log, size, leaf, prev, row, *path)]
            if [word for word, _ in words] != ["log", "size", "leaf", "prev", "row", *["path"] * len(path)]:
                raise ValueError("lines are missing or in another order")
            values = [value for _, value in words]
            steps = tuple(bytes.fromhex(step) for step in values[5:])
            if not _HASH.fullmatch(values[3]) or any(len(step) != 32 for step in steps) or len(steps) > 64:
                raise ValueError("a hash has another length")
            return cls(values[0], int(values[1]), int(values[2]), values[4].encode(), values[3], steps)
        except ValueError as error:
            raise CheckFailed(f"not an inclusion proof: {error}") from error

    @property
    def facts(self) -> dict[str, Any]:
        """The row as JSON; raises CheckFailed."""
        try:
            found = json.loads(self.row)
        except ValueError as error:
            raise CheckFailed(f"the row is not JSON: {error}") from error
        if not isinstance(found, dict):
            raise CheckFailed("the row is no JSON object")
        return found

    @property
    def root(self) -> bytes:
        """The root that row and path lead to; raises CheckFailed where the path does not fit its place."""
        row_hash = hashlib.sha256(self.prev.encode() + self.row).digest()
        try:
            return merkle.root_from_inclusion(merkle.leaf_hash(row_hash), self.leaf, self.size, self.path)
        except ValueError as error:
            raise CheckFailed(f"the proof does not fit: {error}") from error


def consistency_text(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> str:
    """The file `consistency-<old>-<new>.txt`: that the new tree only added to the old one."""
    head = f"log {new.origin}\nold {old.size}\nsize {new.size}\n"
    return head + "".join(f"path {step.hex()}\n" for step in proof)


def check_consistency(old: Checkpoint, new: Checkpoint, text: str) -> None:
    """Whether the file shows that `new` only added to `old`; raises CheckFailed."""
    try:
        steps = [bytes.fromhex(line.removeprefix("path ")) for line in text.split("\n")[3:-1]]
    except ValueError as error:
        raise CheckFailed(f"not a consistency proof: {error}") from error
    if old.origin != new.origin:
        raise CheckFailed(f"two logs: expected {old.origin}, found {new.origin}")
    if not merkle.check_consistency(old.size, old.root, new.size, new.root, steps):
        raise CheckFailed(
            f"the tree of {new.size} rows does not begin with that of {old.size}: the log was rewritten in between"
        )
