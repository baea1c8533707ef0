"""The hub's duty towards its logs: every hour a checkpoint, signed, stamped and left at places outside.

Once a row stands under a checkpoint that lies outside, nobody who owns the database can alter, drop, reorder or
back-date it unseen. What is younger than the last checkpoint is covered by the sealing machine's own chain and token
where it is a seal, and by nothing where it is a row of the hub's own: that window is as long as `every_s`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evidence import cms, tree
from evidence.checkpoint import Checkpoint, Proof, consistency_text
from evidence.log import RECOVERED, SEALED
from evidence.names import chain_name
from evidence.places import Place, PlaceDown
from evidence.store import EvidenceStore
from evidence.tables import PackageRow
from evidence.tokens import AuthorityDown, Token, TsaClient, check_reply
from evidence.tree_tables import CheckpointReplyRow, CheckpointRow, DeliveryRow
from evidence.trust import CheckFailed, Trust
from records import Clock, Database, LogRow, NonsiteError, canonical_row, iso

EVERY_S = 3600.0
AT_ONCE = 500
REST_S = 30.0
ROUND_S = 5.0


@dataclass(frozen=True, slots=True)
class StampBy:
    """Who stamps, and who is believed to stamp. `tolerance_s` is how far the authority's clock may lie from ours."""

    clients: Sequence[TsaClient]
    trust: Trust
    certificates: Sequence[x509.Certificate] = ()
    tolerance_s: float = 1.0


@dataclass(slots=True)
class AnchorReport:
    """What one round did: size of a new checkpoint, sizes stamped, files left outside, packages given their proof, and
    what went wrong by place or authority."""

    made: int | None = None
    stamped: list[int] = field(default_factory=list)
    delivered: int = 0
    proved: list[str] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)


class Anchor:
    """Makes, stamps and hands out the checkpoints of one database.

    `packages` is where the queue of sealed packages lies: the hub's own database, or the machine's where one process
    does all.
    """

    def __init__(
        self,
        database: Database,
        packages: Database,
        store: EvidenceStore,
        origin: str,
        signer: cms.Signer,
        clock: Clock,
        stamp_by: StampBy | None = None,
        places: Sequence[Place] = (),
        every_s: float = EVERY_S,
    ) -> None:
        self._database, self._packages, self._store = database, packages, store
        self._origin, self._signer, self._clock = f"nonsite/{origin}", signer, clock
        self._stamp_by, self._places, self._every_s = stamp_by, tuple(places), every_s
        self._due_s: float | None = None
        self._round_s = float("-inf")
        self._proved_to, self._after = 0, ""
        self._rest: dict[str, float] = {}
        self.faults: dict[str, str] = {}

    def tick(self) -> AnchorReport:
        """A checkpoint where one is due; every few seconds, what waits to be stamped, delivered, put into packages.

        Raises LogBroken where the log or the tree does not hold: nothing is signed then.
        """
        report = AnchorReport()
        if self._is_due():
            report.made = self.checkpoint()
        elif self._clock.monotonic() < self._round_s:
            return report
        self._round_s = self._clock.monotonic() + ROUND_S
        self._stamp(report)
        self._deliver(report)
        self._prove(report)
        self.faults = report.faults
        return report

    def checkpoint(self) -> int | None:
        """Make a checkpoint now; its size, None where nothing was added since the last. Raises LogBroken."""
        self._due_s = self._clock.monotonic() + REST_S  # where it fails
        size = self._make()
        self._due_s = self._clock.monotonic() + self._every_s
        return size

    def _make(self) -> int | None:
        with self._database.session() as session:
            last = session.scalars(select(CheckpointRow).order_by(CheckpointRow.size.desc()).limit(1)).first()
            size = tree.grow(session)
            before = Checkpoint.parse(last.note) if last else None
            self._compare_outside(size)
            if before is not None and tree.root(session, min(before.size, size)) != before.root:
                raise tree.LogBroken(
                    "E_LOG_BROKEN",
                    f"the first {before.size} rows are no longer what checkpoint {before.size} says",
                    "compare the log with its last good copy",
                )
            if size == (before.size if before else 0):
                return None
            now = self._clock.now()
            made = Checkpoint(
                self._origin,
                size,
                tree.root(session, size),
                now,
                before.sha256 if before else "",
                tuple(tree.heads_of(session)),
            )
            p7s = cms.sign(made.note().encode(), self._signer, now)
            session.add(CheckpointRow(size=size, at=now, note=made.note(), p7s=p7s))
        return size

    def _is_due(self) -> bool:
        if self._due_s is None:
            with self._database.read() as session:
                at = session.scalar(select(CheckpointRow.at).order_by(CheckpointRow.size.desc()).limit(1))
            passed_s = self._every_s if at is None else (self._clock.now() - at).total_seconds()
            self._due_s = self._clock.monotonic() + max(0.0, min(self._every_s, self._every_s - passed_s))
        return self._clock.monotonic() >= self._due_s

    def _compare_outside(self, size: int) -> None:
        """Refuse to go on from a tree smaller than one that was told outside: the log was cut, or an old copy runs."""
        for place in self._places:
            newest = next(iter(place.checkpoints()), None)
            if newest is not None and newest[0] > size:
                raise tree.LogBroken(
                    "E_LOG_BROKEN",
                    f"{place.name} holds a checkpoint of {newest[0]} rows, the log has {size}: it was cut",
                    "bring back the log from its copy",
                )

    def _stamp(self, report: AnchorReport) -> None:
        if self._stamp_by is None:
            return
        with self._database.read() as session:
            stamped = select(CheckpointReplyRow.size)
            query = select(CheckpointRow).where(CheckpointRow.size.not_in(stamped)).order_by(CheckpointRow.size)
            waiting = list(session.scalars(query.limit(AT_ONCE)))
        for row in waiting:
            got = self._ask(row, report)
            if got is None:
                return
            reply, token = got
            with self._database.session() as session:
                session.add(
                    CheckpointReplyRow(size=row.size, at=token.gen_time, authority=token.authority, reply=reply)
                )
            report.stamped.append(row.size)

    def _ask(self, row: CheckpointRow, report: AnchorReport) -> tuple[bytes, Token] | None:
        assert self._stamp_by is not None
        by = self._stamp_by
        for client in by.clients:
            started_s = self._clock.monotonic()
            if started_s < self._rest.get(client.url, started_s):
                continue
            try:
                reply, nonce = client.stamp(row.p7s)
                token = check_reply(reply, row.p7s, by.trust, nonce=nonce, extra=by.certificates)
                round_trip_s = self._clock.monotonic() - started_s
                apart_s = abs((token.gen_time - self._clock.now()).total_seconds())
                if apart_s > by.tolerance_s + token.accuracy_s + round_trip_s:
                    raise CheckFailed(f"genTime {iso(token.gen_time)} lies {apart_s:.1f} s from our clock")
            except (AuthorityDown, CheckFailed) as error:
                self._rest[client.url] = self._clock.monotonic() + REST_S
                report.faults[client.url] = str(error)
                continue
            return reply, token
        return None

    def _deliver(self, report: AnchorReport) -> None:
        for place in self._places:
            if self._clock.monotonic() < self._rest.get(place.name, float("-inf")):
                continue
            try:
                for size, stamped in self._missing_at(place):
                    with self._database.read() as session:
                        files = checkpoint_files(session, size)
                    for name, data in files.items():
                        place.put(name, data)
                    with self._database.session() as session:
                        session.add(DeliveryRow(size=size, place=place.name, stamped=stamped, at=self._clock.now()))
                    report.delivered += 1
            except (PlaceDown, NonsiteError) as error:
                self._rest[place.name] = self._clock.monotonic() + REST_S
                report.faults[place.name] = str(error)

    def _missing_at(self, place: Place) -> list[tuple[int, bool]]:
        """Checkpoints that the place has not, or has without their stamp; whether they are stamped now."""
        with self._database.read() as session:
            stamped = set(session.scalars(select(CheckpointReplyRow.size)))
            there = {
                (size, with_stamp)
                for size, with_stamp in session.execute(
                    select(DeliveryRow.size, DeliveryRow.stamped).where(DeliveryRow.place == place.name)
                )
            }
            sizes = session.scalars(select(CheckpointRow.size).order_by(CheckpointRow.size)).all()
        wanted = [(size, size in stamped) for size in sizes]
        return [one for one in wanted if one not in there and (one[0], True) not in there]

    def _prove(self, report: AnchorReport) -> None:
        """Put proof and checkpoint into packages that have none yet, as soon as there is a newer checkpoint."""
        with self._database.read() as session:
            column = CheckpointReplyRow.size if self._stamp_by is not None else CheckpointRow.size
            newest = session.scalar(select(func.max(column))) or 0
        if newest == self._proved_to:
            return
        with self._packages.read() as session:
            query = select(PackageRow).where(PackageRow.anchored_size.is_(None), PackageRow.package_id > self._after)
            waiting = list(session.scalars(query.order_by(PackageRow.package_id).limit(AT_ONCE)))
        for row in waiting:
            try:
                with self._database.read() as session:
                    files = proof_files(session, row.machine, row.package_id, stamped=self._stamp_by is not None)
                if files is None:
                    continue
                size, named = files
                for name, data in named.items():
                    try:
                        self._store.add_seal_file(row.package_id, name, data)
                    except FileExistsError:  # left by a round that did not come to its end
                        continue
            except (NonsiteError, OSError) as error:
                report.faults[row.package_id] = str(error)
                continue
            with self._packages.session() as session:
                session.get_one(PackageRow, row.package_id).anchored_size = size
            report.proved.append(row.package_id)
        self._after = waiting[-1].package_id if len(waiting) == AT_ONCE else ""
        if not self._after:
            self._proved_to = newest


def checkpoint_files(session: Session, size: int) -> dict[str, bytes]:
    """A checkpoint's files by name: text, signature, stamp where it has come, how it follows from the one before."""
    row = session.get_one(CheckpointRow, size)
    files = {f"checkpoint-{size}": row.note.encode(), f"checkpoint-{size}.p7s": row.p7s}
    reply = session.get(CheckpointReplyRow, size)
    if reply is not None:
        files[f"checkpoint-{size}.p7s.tsr"] = reply.reply
    query = select(CheckpointRow).where(CheckpointRow.size < size).order_by(CheckpointRow.size.desc()).limit(1)
    before = session.scalars(query).first()
    if before is not None:
        old, new = Checkpoint.parse(before.note), Checkpoint.parse(row.note)
        proof = tree.consistency(session, old.size, new.size)
        files[f"consistency-{old.size}-{new.size}.txt"] = consistency_text(old, new, proof).encode()
    return files


def proof_files(
    session: Session, machine: str, package_id: str, *, stamped: bool
) -> tuple[int, dict[str, bytes]] | None:
    """(size, files) for `seal/` that show a package's sealed row under the first checkpoint over it; None where it
    stands under none yet. With `stamped`, checkpoints without a time stamp do not count."""
    query = select(LogRow).where(
        LogRow.subject == package_id, LogRow.chain == chain_name(machine), LogRow.kind.in_((SEALED, RECOVERED))
    )
    row = session.scalars(query.order_by(LogRow.seq).limit(1)).first()
    leaf = None if row is None else tree.leaf_of(session, row.chain, row.seq)
    if row is None or leaf is None:
        return None
    sizes = select(CheckpointReplyRow.size if stamped else CheckpointRow.size)
    over = CheckpointReplyRow.size > leaf if stamped else CheckpointRow.size > leaf
    size = session.scalar(sizes.where(over).order_by(sizes.selected_columns[0]).limit(1))
    if size is None:
        return None
    note = Checkpoint.parse(session.get_one(CheckpointRow, size).note)
    proof = Proof(note.origin, size, leaf, canonical_row(row), row.prev, tuple(tree.inclusion(session, leaf, size)))
    files = {name: data for name, data in checkpoint_files(session, size).items() if name.startswith("checkpoint-")}
    return size, files | {f"inclusion-{size}.txt": proof.text().encode()}
