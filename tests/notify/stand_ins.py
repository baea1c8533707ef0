"""Evidence, ground and gateway that do as the test tells them."""

import hashlib
import json
from datetime import date, datetime
from typing import Any

from notify import DocumentMaker, EvidenceStatus, GroundVerdict
from notify.documents.maker import Made


class Shelf:
    """An evidence gate whose packages are as good as the test says."""

    def __init__(self) -> None:
        self.broken: dict[str, str] = {}
        self.pending: set[str] = set()
        self.clock_error_s = 0.05

    def status(self, package_id: str) -> EvidenceStatus:
        reason = self.broken.get(package_id, "")
        return EvidenceStatus(
            package_id, not reason, package_id not in self.pending, reason, clock_error_s=self.clock_error_s
        )


class Layers:
    """A ground whose answer the test sets."""

    def __init__(self) -> None:
        self.answer = GroundVerdict("enforce", "v1", "v1", "", True)

    def verdict(self, alert: Any) -> GroundVerdict:
        return self.answer


class Draft(DocumentMaker):
    """Papers whose sources are checked and numbered as ever, without the ink: walks issue a hundred thousand."""

    def make(self, document_id: str, template: str, source: dict[str, Any], at: datetime) -> Made:
        text = json.dumps(source, ensure_ascii=False, sort_keys=True)
        return Made(hashlib.sha256(text.encode()).hexdigest(), self.path(document_id))


class Pigeons:
    """A gateway that keeps what it was given; `down` makes it unreachable."""

    secret = b"gateway secret"

    def __init__(self) -> None:
        self.texts: dict[str, tuple[str, str]] = {}
        self.orders: dict[str, tuple[str, int, date]] = {}
        self.cancelled: set[str] = set()
        self.refunds: dict[str, tuple[str, int, str]] = {}
        self.down = False

    def send_sms(self, message_id: str, phone: str, text: str) -> None:
        self._up()
        self.texts[message_id] = (phone, text)

    def place_order(self, order_id: str, code: str, payer: str, amount_fen: int, due_on: date) -> None:
        self._up()
        self.orders[order_id] = (code, amount_fen, due_on)

    def cancel_order(self, code: str) -> None:
        self._up()
        self.cancelled.add(code)

    def refund(self, refund_id: str, code: str, amount_fen: int, reason: str) -> None:
        self._up()
        self.refunds[refund_id] = (code, amount_fen, reason)

    def _up(self) -> None:
        if self.down:
            raise ConnectionError("gateway unreachable")
