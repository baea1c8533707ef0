"""Merkle trees as RFC 9162 has them (section 2.1): roots, inclusion proofs, consistency proofs, and their checks.

A tree is given by `Subtree`: the hash over the leaves [start, end), where the range is one that the tree's own split
makes. Whoever keeps leaves or nodes answers it; nothing here holds a tree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

Subtree = Callable[[int, int], bytes]
"""The hash over leaves [start, end) of a tree; never asked for an empty range."""
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than `size` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes that lie in memory, level by level."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        joined = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = joined + level[len(level) & ~1 :]
    return level[0]


def subtrees_of(leaves: Sequence[bytes]) -> Subtree:
    """Ranges of leaf hashes that lie in memory; for small trees and for tests."""
    return lambda start, end: root_of(leaves[start:end])


def inclusion(subtree: Subtree, n: int, size: int) -> list[bytes]:
    """The path from leaf `n` to the root of the tree of `size` leaves, nearest first. Raises ValueError."""
    if not 0 <= n < size:
        raise ValueError(f"leaf {n} is not among {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if n < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def root_from_inclusion(leaf: bytes, n: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a leaf's hash and its path lead to (RFC 9162 section 2.1.3.2). Raises ValueError."""
    if not 0 <= n < size:
        raise ValueError(f"leaf {n} is not among {size}")
    at, last, found = n, size - 1, leaf
    for step in path:
        if last == 0:
            raise ValueError("the path is too long")
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return found


def consistency(subtree: Subtree, old: int, size: int) -> list[bytes]:
    """What shows that the tree of `old` leaves begins that of `size` (RFC 9162 section 2.1.4.1). Raises ValueError."""
    if not 0 < old <= size:
        raise ValueError(f"a tree of {old} leaves cannot begin one of {size}")
    proof: list[bytes] = []
    start, end, whole = 0, size, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(start, middle))
            start, whole = middle, False
    return ([] if whole else [subtree(start, end)]) + proof[::-1]


def check_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof leads to both roots (RFC 9162 section 2.1.4.2)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, step)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == root
