"""What the chain looks at and reaches out through: the evidence store, the gateways (the street: `pinned`)."""

from datetime import date
from pathlib import Path
from typing import Any

import httpx

from evidence import EvidenceStore, Trust, Verification, show_package, verify
from notify import EvidenceStatus
from notify.signing import HEADER, sign
from records import Clock, Database, NonsiteError


class StoredEvidence:
    """An `EvidenceGate` over a store that this process can read; an `absorbed` log is the hub's copy of machines'."""

    def __init__(
        self, store: EvidenceStore, ca: Trust, tsa_ca: Trust, log: Database | None, *, absorbed: bool = False
    ) -> None:
        self._store, self._ca, self._tsa_ca, self._log, self._absorbed = store, ca, tsa_ca, log, absorbed

    def verification(self, package_id: str) -> Verification:
        """All checks on one package; raises BadInput where it is not in the store."""
        path = self._store.path(package_id)
        return verify(path, self._ca, self._tsa_ca, self._log, expected_package=package_id, absorbed=self._absorbed)

    def status(self, package_id: str) -> EvidenceStatus:
        try:
            found = self.verification(package_id)
        except NonsiteError as error:
            return EvidenceStatus(package_id, False, False, str(error), found=False)
        failed = [one for one in found.checks if one.ok is False]
        stamped = "token" not in found.failed
        intact = found.ok or found.pending
        record = show_package(self._store.path(package_id))["record"] if intact else {}
        offset_ms = record.get("clock", {}).get("offset_ms")
        return EvidenceStatus(
            package_id,
            intact,
            stamped,
            "; ".join(map(str, failed)),
            clock_error_s=None if offset_ms is None else abs(float(offset_ms)) / 1000,
        )


class HttpGateway:
    """A `Gateway` by signed HTTP calls. Without an address every call raises OSError: nothing is ever quietly sent
    nowhere."""

    def __init__(self, url: str | None, secret_file: Path | None, callback: str, clock: Clock) -> None:
        self._url, self._callback, self._clock = url, callback.rstrip("/"), clock
        self._secret = secret_file.read_bytes().strip() if secret_file else b""
        self._client = httpx.Client(timeout=10.0, trust_env=False)

    @property
    def secret(self) -> bytes:
        return self._secret

    def send_sms(self, message_id: str, phone: str, text: str) -> None:
        callback = f"{self._callback}/api/sms/callback"
        self._post("/messages", {"message_id": message_id, "phone": phone, "text": text, "callback": callback})

    def place_order(self, order_id: str, code: str, payer: str, amount_fen: int, due_on: date) -> None:
        self._post(
            "/orders",
            {
                "order_id": order_id,
                "code": code,
                "amount_fen": amount_fen,
                "title": "罚款",
                "payer": payer,
                "due_on": due_on.isoformat(),
                "callback": f"{self._callback}/api/payments/callback",
            },
        )

    def cancel_order(self, code: str) -> None:
        self._post(f"/orders/{code}/cancel", {})

    def refund(self, refund_id: str, code: str, amount_fen: int, reason: str) -> None:
        document = {"refund_id": refund_id, "code": code, "amount_fen": amount_fen, "reason": reason}
        self._post("/refunds", {**document, "callback": f"{self._callback}/api/refunds/callback"})

    def pay(self, code: str, amount_fen: int) -> None:
        """A party pays an order in the sandbox; a real platform has pages of its own for that."""
        self._post(f"/orders/{code}/pay", {"amount_fen": amount_fen, "channel": "portal"})

    def _post(self, path: str, document: dict[str, Any]) -> None:
        if not self._url:
            raise ConnectionError("no gateway is configured (gateway_url)")
        request = self._client.build_request("POST", self._url.rstrip("/") + path, json=document)
        request.headers[HEADER] = sign(self._secret, request.content, self._clock.now())
        try:
            answer = self._client.send(request)
        except httpx.TransportError as error:
            raise ConnectionError(f"{self._url}: {error}") from error
        if not answer.is_success:
            raise OSError(f"{self._url}{path}: HTTP {answer.status_code}: {answer.text[:200]}")
