"""Sealing: intent in the log, package built and signed aside, renamed into the store, sealed row in the log.

Needs no hub, bus or time authority. Whatever instant the process dies at, no half package bears a final name and the
log shows what was meant; `recover` closes it at the next start.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from evidence import cms
from evidence.bag import SEAL, TAGMANIFEST, write_new
from evidence.checks import fixity
from evidence.entry import entry_of
from evidence.facts import SealProfile, SealRequest
from evidence.log import ABORTED, INTENT, RECOVERED, SEALED, UNSIGNED, enter
from evidence.messages import TOPIC, Status
from evidence.names import P7S, chain_name
from evidence.national import NationalSigner, seal_files
from evidence.package import build
from evidence.record import Origin
from evidence.signer import check_validity
from evidence.store import EvidenceStore
from evidence.tables import PackageRow
from evidence.trust import CheckFailed
from records import Clock, Database, LogRow, NonsiteError, iso, outbox_put, uuid7


class SealFailed(NonsiteError):
    """The package could not be built or placed; nothing is left of it but its rows in the log."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed package in the store. `seal_sha256` is the strict name, `tagmanifest_sha256` that of the content."""

    package_id: str
    alert_id: str
    stage: str
    path: Path
    tagmanifest_sha256: str
    seal_sha256: str
    sealed_at: datetime
    status: Status
    clock_suspect: bool


class Sealer:
    """Seals on one machine. The machine's log and queue live in `database`; one process seals per machine.

    With `national`, every package bears a second signature in national cryptography.

    Each sealed package is told as an EvidenceMessage through the outbox of `database`.
    """

    def __init__(
        self,
        store: EvidenceStore,
        database: Database,
        machine_id: str,
        signer: cms.Signer,
        clock: Clock,
        profile: SealProfile,
        national: NationalSigner | None = None,
    ) -> None:
        self.store = store
        self.machine_id = machine_id
        self._database = database
        self._signer = signer
        self._clock = clock
        self._profile = profile
        self._national = national
        self._newest: datetime | None = None
        self._time_lock = threading.Lock()
        self._device_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def seal(self, request: SealRequest) -> Sealed:
        """Seal one alert stage; the same alert and stage again gives back the package that is there.

        Raises Refused (certificate not in force, disk full) before anything is written, SealFailed after. Raises
        SignerDown where the key cannot be used: the package is built, logged by its content's hash, and `sign_waiting`
        seals it later.
        """
        check_validity(self._signer, self._clock.now())
        with self._device_locks[request.device.id]:  # the chain of previous seals runs per device
            if there := self._there(str(request.alert["id"]), request.stage):
                return there
            self.store.check_room(self._profile.min_free_bytes)
            request = replace(request, clock=replace(request.clock, set_back_ms=self._set_back_ms()))
            package_id = uuid7(self._clock)
            origin = self._intend(package_id, request)
            try:
                seal_sha256, tagmanifest_sha256, sealed_at = self._make(package_id, request, origin)
            except cms.SignerDown as error:
                self._wait_for_key(package_id, str(error))
                raise
            except Exception as error:
                self.store.discard(package_id)
                self._close(package_id, ABORTED, {"reason": type(error).__name__})
                if isinstance(error, NonsiteError):
                    raise
                raise SealFailed("E_SEAL_FAILED", f"{package_id}: {error}", "is the disk full or broken?") from error
            row = PackageRow(
                package_id=package_id,
                machine=self.machine_id,
                alert_id=str(request.alert["id"]),
                stage=request.stage,
                device_id=request.device.id,
                intent_seq=origin.intent_seq,
                path=self.store.relative(package_id),
                seal_sha256=seal_sha256,
                tagmanifest_sha256=tagmanifest_sha256,
                sealed_at=sealed_at,
                clock_suspect=request.clock.suspect,
                status=Status.PENDING,
            )
            self._enter(row, SEALED)
            return self._sealed(row)

    def sign_waiting(self) -> list[str]:
        """Seal what waits for the key, oldest first, as far as it can be used; the packages sealed.

        What was changed while it waited is not signed: its content is no longer what the log says.
        """
        done: list[str] = []
        for row in self._unsigned():
            package_id = row.subject
            try:
                folder = self.store.take_up(package_id)
                tagmanifest = (folder / TAGMANIFEST).read_bytes()
                if hashlib.sha256(tagmanifest).hexdigest() != row.body["tagmanifest_sha256"]:
                    raise CheckFailed("changed while it waited for its signature")
                self._sign(package_id, tagmanifest)
            except cms.SignerDown:
                self.store.set_aside(package_id)
                break
            except (CheckFailed, NonsiteError, OSError) as error:
                self.store.quarantine(package_id)
                self._close(package_id, ABORTED, {"reason": str(error)})
                continue
            self._enter(entry_of(self.store, package_id), SEALED)
            done.append(package_id)
        return done

    def recover(self) -> dict[str, str]:
        """Close what the last process left open, at start: package id to `recovered` or `aborted`."""
        closed = {}
        for intent in self._open_intents():
            package_id = intent.subject
            try:
                path = self.store.path(package_id)
                fixity(path)
            except (NonsiteError, CheckFailed, OSError):
                aside = self.store.quarantine(package_id)
                self._close(package_id, ABORTED, {"reason": "process died", "kept": bool(aside)})
                closed[package_id] = "aborted"
                continue
            path.chmod(0o555)
            self._enter(entry_of(self.store, package_id), RECOVERED)
            closed[package_id] = "recovered"
        for package_id in self.store.orphans():  # built without an intent of ours: another log's, or none
            self.store.quarantine(package_id)
        return closed

    def _set_back_ms(self) -> int:
        """How far the clock stands behind the newest time in our own log, which only a clock that was set back does.

        A time that lies more than a day ahead was itself wrong, and marks one package only.
        """
        with self._time_lock:
            if self._newest is None:
                query = select(func.max(LogRow.at)).where(LogRow.chain == chain_name(self.machine_id))
                with self._database.read() as session:
                    self._newest = session.scalar(query)
            now = self._clock.now()
            behind = self._newest - now if self._newest is not None else timedelta(0)
            if behind <= timedelta(0) or behind > timedelta(days=1):
                self._newest = now
        return max(0, round(behind.total_seconds() * 1000))

    def _there(self, alert_id: str, stage: str) -> Sealed | None:
        with self._database.read() as session:
            row = session.scalar(
                select(PackageRow)
                .where(
                    PackageRow.machine == self.machine_id, PackageRow.alert_id == alert_id, PackageRow.stage == stage
                )
                .order_by(PackageRow.intent_seq)
                .limit(1)
            )
        return self._sealed(row) if row else None

    def _intend(self, package_id: str, request: SealRequest) -> Origin:
        body = {
            "alert": str(request.alert["id"]),
            "stage": request.stage,
            "device": request.device.id,
            "kind": str(request.alert["kind"]),
            "clock_suspect": request.clock.suspect,
        }
        with self._database.session() as session:
            previous = session.scalar(
                select(PackageRow.seal_sha256)
                .where(PackageRow.machine == self.machine_id, PackageRow.device_id == request.device.id)
                .order_by(PackageRow.intent_seq.desc())
                .limit(1)
            )
            row = self._append(session, INTENT, package_id, body)
        return Origin(package_id, self.machine_id, row.seq, previous, self._clock.now(), self._profile)

    def _make(self, package_id: str, request: SealRequest, origin: Origin) -> tuple[str, str, datetime]:
        tagmanifest = build(self.store.building(package_id), request, origin)
        return self._sign(package_id, tagmanifest)

    def _sign(self, package_id: str, tagmanifest: bytes) -> tuple[str, str, datetime]:
        folder, sealed_at = self.store.building(package_id), self._clock.now()
        p7s = cms.sign(tagmanifest, self._signer, sealed_at)
        (folder / SEAL).mkdir(mode=0o755)
        write_new(folder / SEAL / P7S, p7s)
        if self._national is not None:
            payload = [path.relative_to(folder).as_posix() for path in (folder / "data").rglob("*") if path.is_file()]
            for name, data in seal_files(folder, payload, tagmanifest, self._national).items():
                write_new(folder / SEAL / name, data)
        fixity(folder)
        self.store.place(package_id, fresh=SEAL)  # the bag is on the disk since it was built or set aside
        return hashlib.sha256(p7s).hexdigest(), hashlib.sha256(tagmanifest).hexdigest(), sealed_at

    def _wait_for_key(self, package_id: str, reason: str) -> None:
        tagmanifest = (self.store.building(package_id) / TAGMANIFEST).read_bytes()
        shutil.rmtree(self.store.building(package_id) / SEAL, ignore_errors=True)
        self.store.set_aside(package_id)
        digest = hashlib.sha256(tagmanifest).hexdigest()
        self._close(package_id, UNSIGNED, {"tagmanifest_sha256": digest, "reason": reason})

    def _enter(self, row: PackageRow, kind: str) -> None:
        body = {
            "seal_sha256": row.seal_sha256,
            "tagmanifest_sha256": row.tagmanifest_sha256,
            "sealed_at": iso(row.sealed_at),
        }
        with self._database.session() as session:
            self._append(session, kind, row.package_id, body)
            session.add(row)
            session.flush()
            outbox_put(session, TOPIC, row.package_id, row.message().model_dump(mode="json"))

    def _close(self, package_id: str, kind: str, body: dict[str, Any]) -> None:
        with self._database.session() as session:
            self._append(session, kind, package_id, body)

    def _append(self, session: Session, kind: str, package_id: str, body: dict[str, Any]) -> LogRow:
        return enter(session, self.machine_id, kind, package_id, body, self._clock)

    def _open_intents(self) -> list[LogRow]:
        return self._open(INTENT, (SEALED, ABORTED, RECOVERED, UNSIGNED))

    def _unsigned(self) -> list[LogRow]:
        return self._open(UNSIGNED, (SEALED, ABORTED, RECOVERED))

    def _open(self, kind: str, answers: tuple[str, ...]) -> list[LogRow]:
        """Rows of a kind whose package has none of the answers yet."""
        later = aliased(LogRow)
        answered = exists().where(later.chain == LogRow.chain, later.subject == LogRow.subject, later.kind.in_(answers))
        query = select(LogRow).where(LogRow.chain == chain_name(self.machine_id), LogRow.kind == kind, ~answered)
        with self._database.read() as session:
            return list(session.scalars(query.order_by(LogRow.seq)))

    def _sealed(self, row: PackageRow) -> Sealed:
        return Sealed(
            package_id=row.package_id,
            alert_id=row.alert_id,
            stage=row.stage,
            path=self.store.root / row.path,
            tagmanifest_sha256=row.tagmanifest_sha256,
            seal_sha256=row.seal_sha256,
            sealed_at=row.sealed_at,
            status=Status(row.status),
            clock_suspect=row.clock_suspect,
        )
