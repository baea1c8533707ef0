"""The whole log held against the checkpoints outside: for whoever trusts neither the database nor us."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evidence import merkle, tree
from evidence.checkpoint import Checkpoint, check_consistency
from evidence.checks_log import check_signed
from evidence.trust import CheckFailed, Trust
from records import BadInput, Database, LogRow, UtcDateTime, chains, iso, verify_chain

CLOCK_S = 1.0
"""How far a disciplined clock may be corrected backwards (GA/T 832)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was held against another; `layer` is `chain`, `time`, `tree`, `checkpoint`, `copy` or `window`.

    `ok` is None where nothing vouches for it."""

    layer: str
    name: str
    ok: bool | None
    detail: str

    def __str__(self) -> str:
        word = {True: "ok", False: "FAILED", None: "not vouched for"}[self.ok]
        return f"{self.layer} {self.name}: {word} ({self.detail})"


def audit(
    database: Database,
    checkpoints: Path | None = None,
    trust: Trust | None = None,
    tsa_trust: Trust | None = None,
    machine_log: Database | None = None,
) -> list[Finding]:
    """Every chain row by row; the tree rebuilt from the rows and held against every checkpoint in the folder.

    Trees are built from log rows, never from stored nodes. With `machine_log`, the hub's copy of each machine's log is
    held against the machine's own. What is younger than the newest checkpoint is said to be vouched for by nothing
    outside. Raises BadInput where the folder holds no checkpoint.
    """
    found: list[Finding] = []
    with database.read() as session:
        for chain in chains(session):
            report = verify_chain(session, chain)
            found.append(Finding("chain", chain, report.ok, report.reason or f"{report.rows} rows"))
            found.extend(_back_dated(session, chain))
        if checkpoints is not None:
            assert trust is not None and tsa_trust is not None, "who signs and who stamps is told from outside"
            found.extend(_against(session, checkpoints, trust, tsa_trust))
        if machine_log is not None:
            found.extend(_copies(session, machine_log))
    return found


def _back_dated(session: Session, chain: str) -> Iterator[Finding]:
    """Rows dated before the one that they follow: written later than they say, or by a clock that was set back."""
    before = func.lag(LogRow.at, type_=UtcDateTime()).over(order_by=LogRow.seq).label("before")
    rows = select(LogRow.seq, LogRow.at, before).where(LogRow.chain == chain).subquery()
    query = select(rows).where(rows.c.at < rows.c.before).order_by(rows.c.seq)
    late = [(seq, at, last) for seq, at, last in session.execute(query) if (last - at).total_seconds() > CLOCK_S]
    if late:
        seq, at, last = late[0]
        told = f"row {seq} is dated {iso(at)} and follows one of {iso(last)}; {len(late)} such rows"
        yield Finding("time", chain, None, told)


def _against(session: Session, folder: Path, trust: Trust, tsa_trust: Trust) -> Iterator[Finding]:
    sizes = sorted(int(one.name[11:]) for one in folder.glob("checkpoint-*") if one.name[11:].isdecimal())
    if not sizes:
        raise BadInput("E_CHECKPOINTS", f"{folder}: no checkpoints", "give the folder to which they were told")
    notes: dict[int, Checkpoint] = {}
    for size in sizes:
        try:
            notes[size] = _read(folder, size, notes, trust, tsa_trust)
        except (CheckFailed, OSError, UnicodeDecodeError) as error:
            yield Finding("checkpoint", str(size), False, str(error))
    try:
        roots = dict(_roots(tree.leaf_rows(session, 0, max(sizes)), set(notes)))
    except tree.LogBroken as error:
        yield Finding("tree", "rows", False, str(error))
        roots = {}
    there = tree.size_of(session)
    for size, note in notes.items():
        if size > there:
            yield Finding("tree", str(size), False, f"the log was cut: expected at least {size} rows, found {there}")
        elif roots.get(size) != note.root:
            rebuilt = roots[size].hex() if size in roots else "no root"
            where = _first_wrong_head(session, note)
            yield Finding("tree", str(size), False, f"expected root {note.root.hex()}, found {rebuilt}{where}")
        else:
            yield Finding("tree", str(size), True, f"root {note.root.hex()}")
    yield from _window(session, max(notes, default=0), notes)


def _read(folder: Path, size: int, before: dict[int, Checkpoint], trust: Trust, tsa_trust: Trust) -> Checkpoint:
    text = (folder / f"checkpoint-{size}").read_text()
    note = Checkpoint.parse(text)
    if note.size != size:
        raise CheckFailed(f"the file is named {size} and speaks of {note.size} rows")
    p7s, tsr = folder / f"checkpoint-{size}.p7s", folder / f"checkpoint-{size}.p7s.tsr"
    check_signed(text.encode(), p7s.read_bytes(), tsr.read_bytes() if tsr.exists() else None, trust, tsa_trust)
    last = before[max(before)] if before else None
    if last is not None and note.previous != last.sha256:
        raise CheckFailed(f"expected the checkpoint after {last.sha256}, found one after {note.previous or 'none'}")
    if last is not None:
        check_consistency(last, note, (folder / f"consistency-{last.size}-{size}.txt").read_text())
    return note


def _roots(rows: Iterable[str], sizes: set[int]) -> Iterator[tuple[int, bytes]]:
    """The roots of the wanted sizes, in one pass: the whole subtrees from the left are enough to go on."""
    stack: list[bytes] = []
    for n, row in enumerate(rows, 1):
        found = merkle.leaf_hash(bytes.fromhex(row))
        bits = n
        while not bits & 1:
            found, bits = merkle.node_hash(stack.pop(), found), bits >> 1
        stack.append(found)
        if n in sizes:
            top = stack[-1]
            for left in stack[-2::-1]:
                top = merkle.node_hash(left, top)
            yield n, top


def _first_wrong_head(session: Session, note: Checkpoint) -> str:
    for head in note.heads:
        query = select(LogRow.hash).where(LogRow.chain == head.chain, LogRow.seq == head.seq)
        found = session.scalar(query)
        if found != head.hash:
            return f"; {head.chain}: row {head.seq} was {head.hash}, is {found or 'gone'}"
    return ""


def _window(session: Session, anchored: int, notes: dict[int, Checkpoint]) -> Iterator[Finding]:
    """Rows that no checkpoint outside vouches for yet."""
    heads = {head.chain: head.seq for head in notes[anchored].heads} if anchored in notes else {}
    for chain, last in session.execute(select(LogRow.chain, func.max(LogRow.seq)).group_by(LogRow.chain)).all():
        young = last - heads.get(chain, 0)
        if young > 0:
            yield Finding("window", chain, None, f"{young} rows are younger than the newest checkpoint outside")


def _copies(session: Session, machine_log: Database) -> Iterator[Finding]:
    """What the hub holds of each machine's log is what the machine has."""
    with machine_log.read() as machine:
        for chain in chains(machine):
            if not chain.startswith("machine:"):
                continue
            columns = select(LogRow.seq, LogRow.hash).where(LogRow.chain == chain).order_by(LogRow.seq)
            own = dict(machine.execute(columns).all())
            held = dict(session.execute(columns).all())
            wrong = next(
                (seq for seq in sorted(own.keys() | held) if held.get(seq, own.get(seq)) != own.get(seq)), None
            )
            if wrong is None:
                yield Finding("copy", chain, True, f"{len(held)} of {len(own)} rows are at the hub")
            else:
                detail = f"row {wrong}: the machine has {own.get(wrong, 'none')}, the hub holds {held.get(wrong)}"
                yield Finding("copy", chain, False, detail)
