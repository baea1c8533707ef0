"""What the chain looks at and reaches out through: the evidence store, the street's layers, the gateways."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

import httpx

from evidence import EvidenceStore, Trust, Verification, show_package, verify
from geofence import GroundFacts, Street, StreetIndex, current, version
from notify import EvidenceStatus, GroundVerdict
from notify.signing import HEADER, sign
from records import BadInput, Clock, Database, NonsiteError, parse_iso


class StoredEvidence:
    """An `EvidenceGate` over a store that this process can read."""

    def __init__(self, store: EvidenceStore, ca: Trust, tsa_ca: Trust, log: Database | None) -> None:
        self._store, self._ca, self._tsa_ca, self._log = store, ca, tsa_ca, log

    def verification(self, package_id: str) -> Verification:
        """All checks on one package; raises BadInput where it is not in the store."""
        return verify(self._store.path(package_id), self._ca, self._tsa_ca, self._log, expected_package=package_id)

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


class StreetGround:
    """A `Ground` over the published layers: the alert's facts looked up in the layers of the act and of now."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._indexes: dict[str, StreetIndex] = {}
        self._lock = Lock()

    def verdict(self, alert: Mapping[str, Any]) -> GroundVerdict:
        with self._database.read() as session:
            then = version(session, str(alert["layer_version"]))
            now = current(session, at=self._clock.now())
        if now is None:
            raise BadInput("E_STREET", "no street layers are published", "`nonsite street import`")
        before, after = self._decide(then, alert), self._decide(now, alert)
        stated = (sorted(alert.get("zone_ids") or ()), alert.get("phase"))
        difference = ""
        if before != stated:
            difference = f"{alert['layer_version']}: {_words(stated)} ≠ {_words(before)}"
        elif after != before:
            difference = f"{then.version}: {_words(before)} → {now.version}: {_words(after)}"
        return GroundVerdict(before[1], then.version, now.version, difference, self._inside_published_area(then, alert))

    def _decide(self, street: Street, alert: Mapping[str, Any]) -> tuple[list[str], str | None]:
        """The zones (or the front line) that make the place forbidden at the time of the act, and their phase."""
        facts = self._facts(street, alert)
        if alert["kind"] == "OUT_OF_STORE":
            shop = alert.get("shop_id")
            lines = [line for line in self._index(street).frontages() if line.shop_id == shop]
            return sorted(line.id for line in lines), lines[0].phase.value if lines else None
        ruling = {"STALL": facts.vending, "BIKE_CLUTTER": facts.bikes, "OUTDOOR_AD": facts.ads}[str(alert["kind"])]
        return sorted(zone.id for zone in ruling.zones), ruling.phase.value if ruling.phase else None

    def _facts(self, street: Street, alert: Mapping[str, Any]) -> GroundFacts:
        place = street.plane.to_xy([[float(alert["lon"]), float(alert["lat"])]])
        at = parse_iso(str(alert["raised"]))
        return self._index(street).facts(place[0], at, float(alert["accuracy_m"]))

    def _index(self, street: Street) -> StreetIndex:
        with self._lock:
            return self._indexes.setdefault(street.version, StreetIndex(street))

    def _inside_published_area(self, street: Street, alert: Mapping[str, Any]) -> bool | None:
        """Whether the place lies in a published area of its device; None where none is drawn for it."""
        device = str(alert["source_id"])
        areas = [
            area.id
            for area in street.layers["monitored_area"]
            if getattr(area.properties, "device", None) in (None, device)
        ]
        return any(area in self._facts(street, alert).monitored for area in areas) if areas else None


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


def _words(decision: tuple[list[str], str | None]) -> str:
    zones, phase = decision
    """Ids and phase only, so that it reads alike in both languages."""
    return f"{', '.join(zones) or '-'} [{phase or '-'}]"
