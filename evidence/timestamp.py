"""Time stamps for seals, out of a durable queue: sealing never waits for an authority, and nothing issues unstamped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.bag import SEAL
from evidence.log import enter
from evidence.messages import TOPIC, Status
from evidence.names import P7S, TSR
from evidence.store import EvidenceStore
from evidence.tables import PackageRow, RefusedReplyRow
from evidence.tokens import AuthorityDown, Token, TsaClient, check_reply
from evidence.trust import CheckFailed, Trust
from records import Clock, Database, NonsiteError, append, iso, outbox_put

STAMPED, REFUSED = "evidence.stamped", "evidence.stamp_refused"
LONGEST_REST_S = 300.0
OVERDUE_S = 600.0


@dataclass(slots=True)
class DrainReport:
    """What one drain did: packages stamped, replies refused (package id to reason), and how many still wait."""

    stamped: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    waiting: int = 0


@dataclass(slots=True)
class _Rest:
    """How long an authority that failed is left alone: twice as long after every failure."""

    failures: int = 0
    until_s: float = float("-inf")

    def failed(self, now_s: float) -> None:
        self.failures += 1
        self.until_s = now_s + min(2.0 ** (self.failures - 1), LONGEST_REST_S)


class Stamper:
    """Asks one or more authorities, in order, for stamps over the seals that wait.

    A reply is stored as received once it verifies under `trust`, answers our request, and its genTime lies within
    `tolerance_s` + its accuracy + the round trip of our clock; else the reply is kept aside, the log says so, and the
    next authority is asked. `certificates` are pinned authority certificates for replies that carry none. Stamps are
    entered in the log named `log`: a hub names its own, a sealing machine leaves it out and writes its own.
    """

    def __init__(
        self,
        store: EvidenceStore,
        database: Database,
        clients: Sequence[TsaClient],
        trust: Trust,
        clock: Clock,
        tolerance_s: float = 1.0,
        certificates: Sequence[x509.Certificate] = (),
        log: str | None = None,
    ) -> None:
        self._store = store
        self._database = database
        self._clients = tuple(clients)
        self._trust = trust
        self._clock = clock
        self._tolerance_s = tolerance_s
        self._certificates = tuple(certificates)
        self._log = log
        self._rests = {client.url: _Rest() for client in self._clients}

    def drain(self, limit: int = 100) -> DrainReport:
        """Stamp what waits, oldest first, as far as an authority answers."""
        report = DrainReport()
        with self._database.read() as session:
            query = select(PackageRow).where(PackageRow.status == Status.PENDING).order_by(PackageRow.package_id)
            rows = list(session.scalars(query.limit(limit)))
        for row in rows:
            try:
                stamped = self._stamp(row, report)
            except (NonsiteError, OSError) as error:  # one broken package must not keep the others waiting
                self._note(row, str(error))
                report.refused[row.package_id] = str(error)
                continue
            if stamped:
                report.stamped.append(row.package_id)
            else:
                report.waiting += 1
        return report

    def _stamp(self, row: PackageRow, report: DrainReport) -> bool:
        folder = self._store.path(row.package_id) / SEAL
        seal = (folder / P7S).read_bytes()
        if (folder / TSR).exists():  # stored before a crash, not yet entered
            try:
                token = check_reply((folder / TSR).read_bytes(), seal, self._trust, extra=self._certificates)
            except CheckFailed as error:
                raise NonsiteError("E_TOKEN", f"{folder / TSR}: {error}", "compare with the second copy") from error
            self._enter(row, token)
            return True
        for client in self._clients:
            rest = self._rests[client.url]
            started_s = self._clock.monotonic()
            if started_s < rest.until_s:
                continue
            try:
                reply, nonce = client.stamp(seal)
            except AuthorityDown as error:
                rest.failed(self._clock.monotonic())
                self._note(row, str(error))
                continue
            round_trip_s = self._clock.monotonic() - started_s
            try:
                token = check_reply(reply, seal, self._trust, nonce=nonce, extra=self._certificates)
                self._compare_clocks(token, round_trip_s)
            except CheckFailed as error:
                rest.failed(self._clock.monotonic())
                self._refuse(row, client.url, reply, str(error))
                report.refused[row.package_id] = str(error)
                continue
            self._rests[client.url] = _Rest()
            self._store.add_seal_file(row.package_id, TSR, reply)
            self._enter(row, token)
            return True
        return False

    def _compare_clocks(self, token: Token, round_trip_s: float) -> None:
        now = self._clock.now()
        apart_s = abs((token.gen_time - now).total_seconds())
        allowed_s = self._tolerance_s + token.accuracy_s + round_trip_s
        if apart_s > allowed_s:
            raise CheckFailed(
                f"the authority's clock and ours disagree: genTime {iso(token.gen_time)}, ours {iso(now)}, "
                f"{apart_s:.1f} s apart, allowed {allowed_s:.1f} s"
            )

    def _enter(self, row: PackageRow, token: Token) -> None:
        body = {"gen_time": iso(token.gen_time), "authority": token.authority, "serial": str(token.serial)}
        with self._database.session() as session:
            fresh = session.get_one(PackageRow, row.package_id)
            if fresh.status == Status.STAMPED:
                return
            fresh.status = Status.STAMPED.value
            fresh.stamped_at = token.gen_time
            fresh.authority = token.authority
            fresh.last_error = None
            self._write(session, row, STAMPED, body)
            outbox_put(session, TOPIC, row.package_id, fresh.message().model_dump(mode="json"))

    def _refuse(self, row: PackageRow, url: str, reply: bytes, reason: str) -> None:
        with self._database.session() as session:
            session.add(
                RefusedReplyRow(package_id=row.package_id, url=url, at=self._clock.now(), reason=reason, reply=reply)
            )
            self._write(session, row, REFUSED, {"reason": reason})
        self._note(row, reason)

    def _write(self, session: Session, row: PackageRow, kind: str, body: dict[str, Any]) -> None:
        if self._log is None:
            enter(session, row.machine, kind, row.package_id, body, self._clock)
        else:
            append(session, self._log, kind, row.package_id, body, self._clock)

    def _note(self, row: PackageRow, reason: str) -> None:
        with self._database.session() as session:
            fresh = session.get_one(PackageRow, row.package_id)
            fresh.attempts += 1
            fresh.last_error = reason


def waiting_since(database: Database) -> datetime | None:
    """When the oldest unstamped package was sealed, for the alarm; None where none waits."""
    with database.read() as session:
        query = select(PackageRow.sealed_at).where(PackageRow.status == Status.PENDING).order_by(PackageRow.sealed_at)
        when = session.scalar(query.limit(1))
    return when.astimezone(UTC) if when else None


def overdue_s(database: Database, clock: Clock, after_s: float = OVERDUE_S) -> float:
    """For how many seconds a seal has waited beyond what an authority may take; 0 where none has."""
    since = waiting_since(database)
    waited_s = 0.0 if since is None else (clock.now() - since).total_seconds()
    return waited_s if waited_s > after_s else 0.0
