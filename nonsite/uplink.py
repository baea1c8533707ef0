"""A machine's way to the hub over HTTP: alerts as events, packages as resumable uploads, until acknowledged."""

import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import httpx
import structlog
from sqlalchemy import select

from detectors import Suppression
from evidence import EvidenceStore, pack, seal_number
from records import BadInput, Clock, Database
from records.outbox import OutboxRow, Publish
from streams.topics import ALERTS, EVIDENCE, LOGS

log = structlog.get_logger("uplink")
CHUNK = 4 << 20
TIMEOUT_S = 30.0
AT_ONCE = 100


class HubRefused(Exception):
    """The hub has seen the message and will not take it: it stays here and is tried again, the others go on."""


class Uplink:
    """Sends what waits in a machine's outbox, oldest first.

    A message leaves the outbox only when the hub has answered that it holds it. The hub knows events and packages by
    their ids, so what is sent twice has one effect.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._refused: dict[int, str] = {}
        self._after = 0

    @classmethod
    def to(cls, url: str, token_file: Path) -> "Uplink":
        """An uplink to the console at `url`; BadInput where the token cannot be read."""
        try:
            token = token_file.read_text().strip()
        except OSError as error:
            raise BadInput("E_CONFIG", f"{token_file}: {error.strerror}", "hub_token names a file") from error
        if not url.startswith(("http://", "https://")):
            raise BadInput("E_CONFIG", f"hub_url {url}: not http:// or https://", "as in https://hub.example")
        headers = {"Authorization": f"Bearer {token}"}
        return cls(httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=TIMEOUT_S, trust_env=False))

    def close(self) -> None:
        self._client.close()

    def drain(self, machine: Database, store: EvidenceStore, clock: Clock, tell: Publish | None = None) -> int:
        """Send what waits; the count acknowledged. With `tell`, everything but packages goes that way instead.

        Raises OSError where the hub cannot be reached or is not ready.
        """
        with machine.read() as session:
            unsent = select(OutboxRow).where(OutboxRow.sent_at.is_(None), OutboxRow.id > self._after)
            waiting = list(session.scalars(unsent.order_by(OutboxRow.id).limit(AT_ONCE)))
        told = 0
        for row in waiting:
            try:
                if row.topic == EVIDENCE:  # the hub tells of a package itself, as soon as it holds it
                    self._upload(str(row.message["package_id"]), store)
                else:
                    (tell or self._post)(row.topic, row.key, row.message)
            except HubRefused as error:
                if self._refused.get(row.id) != str(error):
                    log.error("the hub refuses", topic=row.topic, key=row.key, reason=str(error))
                self._refused[row.id] = str(error)
                continue
            with machine.session() as session:
                session.get_one(OutboxRow, row.id).sent_at = clock.now()
            self._refused.pop(row.id, None)
            told += 1
        # Round by round, so that those the hub refuses never keep the ones behind them waiting.
        self._after = waiting[-1].id if len(waiting) == AT_ONCE else 0
        return told

    def silent(self) -> list[Suppression]:
        """The places where cameras are silent now, as the hub has them. Raises OSError as `drain`."""
        known = self._ask("GET", "/api/machine/suppressions")["suppressions"]
        return [Suppression.model_validate(one) for one in known]

    def _post(self, topic: str, key: str, message: dict[str, Any]) -> None:
        """Hand an alert, or a row of the log, to the hub. The state of open incidents is this machine's own."""
        if topic in (ALERTS, LOGS):
            self._ask("POST", "/api/machine/events", json={"topic": topic, "key": key, "message": message})

    def _upload(self, package_id: str, store: EvidenceStore) -> None:
        """Send a package, going on from where the hub stands."""
        path = store.path(package_id)
        with tempfile.TemporaryFile() as packed:
            pack(path, packed)
            total, offset, complete = packed.tell(), 0, False
            while not complete:
                chunk = _piece(packed, offset)
                headers = {
                    "X-Seal-SHA256": seal_number(path),
                    "Content-Range": f"bytes {offset}-{offset + len(chunk) - 1}/{total}",
                    "Content-Type": "application/x-tar",
                }
                answer = self._ask("PUT", f"/api/evidence/{package_id}", content=chunk, headers=headers)
                complete, last, offset = bool(answer["complete"]), offset, int(answer["next_offset"])
                if not complete and (offset == last or not 0 <= offset < total):
                    raise OSError(f"{package_id}: the hub stands still at byte {offset} of {total}")

    def _ask(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, **what)
        except httpx.TransportError as error:
            raise OSError(f"{self._client.base_url}: {error}") from error
        said = f"{path}: HTTP {answer.status_code}: {answer.text[:200]}"
        if answer.status_code in (400, 409, 413, 422):
            raise HubRefused(said)
        if not answer.is_success:
            raise OSError(said)  # not signed in, not there yet, busy or broken: all of it may be mended at the hub
        document: dict[str, Any] = answer.json()
        return document


def _piece(packed: BinaryIO, offset: int) -> bytes:
    packed.seek(offset)
    return packed.read(CHUNK)
