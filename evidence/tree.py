"""One RFC 9162 tree over every log of a database: what one root vouches for, nobody rewrites unseen.

Each chain is append-only and without gaps, so what is not in the tree yet is what lies behind the last span of each
chain. Growing takes it in, chain after chain; leaves keep their numbers for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evidence import merkle
from evidence.tree_tables import SpanRow, TileRow
from records import GENESIS, ChainBreak, LogRow, NonsiteError, chains, walk

WIDTH = 256
_HASH = 32


class LogBroken(NonsiteError):
    """A log does not hold: nothing of it is vouched for until somebody has looked into it."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest row of a chain that is in the tree."""

    chain: str
    seq: int
    hash: str


def size_of(session: Session) -> int:
    """How many leaves the tree has."""
    last = session.scalars(select(SpanRow).order_by(SpanRow.first.desc()).limit(1)).first()
    return last.first + last.count if last else 0


def heads_of(session: Session) -> list[ChainHead]:
    """The newest row in the tree of every chain, by name."""
    ends = select(SpanRow.chain, func.max(SpanRow.first_seq + SpanRow.count - 1)).group_by(SpanRow.chain)
    heads = []
    for chain, seq in session.execute(ends.order_by(SpanRow.chain)).all():
        found = session.scalar(select(LogRow.hash).where(LogRow.chain == chain, LogRow.seq == seq))
        if found is None:
            raise LogBroken("E_LOG_BROKEN", f"{chain}: row {seq}, which the tree vouches for, is gone", "look into it")
        heads.append(ChainHead(chain, seq, found))
    return heads


def grow(session: Session) -> int:
    """Take in what the logs have gained; the tree's size. One caller at a time.

    Every row is checked before it becomes a leaf. Raises LogBroken where one does not hold.
    """
    known = {head.chain: head for head in heads_of(session)}
    size = size_of(session)
    tip = _Tip(session, size)
    for chain in chains(session):
        head = known.get(chain, ChainHead(chain, 0, GENESIS))
        count = 0
        try:
            for _, found in walk(session, chain, head.seq, head.hash):
                tip.add(merkle.leaf_hash(bytes.fromhex(found)))
                count += 1
        except ChainBreak as error:
            raise LogBroken("E_LOG_BROKEN", f"{chain}: {error}", "compare with the last good copy") from error
        if count:
            session.add(SpanRow(first=size, chain=chain, first_seq=head.seq + 1, count=count))
            size += count
    session.flush()
    return size


def leaf_of(session: Session, chain: str, seq: int) -> int | None:
    """The number of a row's leaf; None where it is not in the tree yet."""
    query = select(SpanRow).where(SpanRow.chain == chain, SpanRow.first_seq <= seq)
    span = session.scalars(query.order_by(SpanRow.first_seq.desc()).limit(1)).first()
    return None if span is None or seq >= span.first_seq + span.count else span.first + seq - span.first_seq


def root(session: Session, size: int) -> bytes:
    """The root over the first `size` leaves."""
    return Tiles(session).hash(0, size) if size else merkle.EMPTY_ROOT


def inclusion(session: Session, leaf: int, size: int) -> list[bytes]:
    """The path from a leaf to the root of the first `size` leaves."""
    return merkle.inclusion(Tiles(session).hash, leaf, size)


def consistency(session: Session, old: int, size: int) -> list[bytes]:
    """What shows that the first `old` leaves begin the first `size`."""
    return merkle.consistency(Tiles(session).hash, old, size)


class Tiles:
    """Hashes of subtrees, out of full tiles and what lies behind the last of them; each tile is read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def hash(self, start: int, end: int) -> bytes:
        """The hash over leaves [start, end), a range that the tree's own split makes."""
        size = end - start
        if size & (size - 1) == 0:
            level = (size.bit_length() - 1) // 8
            step = WIDTH**level
            place = start // step
            hashes = self._tile(level, place // WIDTH)
            return merkle.root_of(hashes[place % WIDTH : place % WIDTH + size // step])
        middle = start + merkle.split(size)
        return merkle.node_hash(self.hash(start, middle), self.hash(middle, end))

    def _tile(self, level: int, n: int) -> list[bytes]:
        if (level, n) not in self._read:
            row = self._session.get(TileRow, (level, n))
            if row is not None:
                found = [row.hashes[i : i + _HASH] for i in range(0, len(row.hashes), _HASH)]
            elif level:
                found = _roots(self._session, level - 1, n * WIDTH)
            else:
                found = list(_leaves(self._session, n * WIDTH))
            self._read[level, n] = found
        return self._read[level, n]


class _Tip:
    """What fills no tile yet, level by level, while leaves are added."""

    def __init__(self, session: Session, size: int) -> None:
        self._session = session
        self._next: list[int] = []
        self._open: list[list[bytes]] = []
        level, step = 0, 1
        while size >= step:
            n = size // step // WIDTH
            hashes = list(_leaves(session, n * WIDTH)) if level == 0 else _roots(session, level - 1, n * WIDTH)
            self._next.append(n)
            self._open.append(hashes)
            level, step = level + 1, step * WIDTH

    def add(self, found: bytes, level: int = 0) -> None:
        if level == len(self._open):
            self._open.append([])
            self._next.append(0)
        row = self._open[level]
        row.append(found)
        if len(row) == WIDTH:
            top = merkle.root_of(row)
            self._session.add(TileRow(level=level, n=self._next[level], hashes=b"".join(row), root=top))
            self._next[level] += 1
            row.clear()
            self.add(top, level + 1)


def _roots(session: Session, level: int, first: int) -> list[bytes]:
    """The roots of the tiles of a level from number `first` on, as far as one tile above takes them."""
    query = select(TileRow.root).where(TileRow.level == level, TileRow.n >= first, TileRow.n < first + WIDTH)
    return list(session.scalars(query.order_by(TileRow.n)))


def _leaves(session: Session, first: int) -> Iterator[bytes]:
    """The leaves from number `first` on that fill no tile yet, out of the log itself."""
    for hash_hex in leaf_rows(session, first, first + WIDTH):
        yield merkle.leaf_hash(bytes.fromhex(hash_hex))


def leaf_rows(session: Session, first: int, end: int) -> Iterator[str]:
    """The row hashes (hex) of the leaves [first, end), as far as there are any. Raises LogBroken where one is gone."""
    spans: Sequence[SpanRow] = session.scalars(
        select(SpanRow).where(SpanRow.first < end, SpanRow.first + SpanRow.count > first).order_by(SpanRow.first)
    ).all()
    for span in spans:
        lowest = span.first_seq + max(0, first - span.first)
        highest = span.first_seq + min(span.count, end - span.first)
        query = select(LogRow.hash).where(LogRow.chain == span.chain, LogRow.seq >= lowest, LogRow.seq < highest)
        found = session.scalars(query.order_by(LogRow.seq)).all()
        if len(found) != highest - lowest:
            raise LogBroken("E_LOG_BROKEN", f"{span.chain}: rows from {lowest} to {highest - 1} are not all there")
        yield from found
