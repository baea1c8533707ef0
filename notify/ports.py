"""What the chain is handed: looks at evidence and at the ground, and ways to reach a party and the collecting bank."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class EvidenceStatus:
    """What is known of a sealed package now: `intact` (every check made holds) and `stamped` (a good time token).

    `found` False: it could not be looked at, which stops a step but says nothing against the package.
    """

    package_id: str
    intact: bool
    stamped: bool
    reason: str = ""
    found: bool = True
    clock_error_s: float | None = None


class EvidenceGate(Protocol):
    """The evidence store's answer about one package; a missing package is not intact."""

    def status(self, package_id: str) -> EvidenceStatus: ...


@dataclass(frozen=True, slots=True)
class GroundVerdict:
    """The street's facts about an alert, looked up again: in the layers of the act and in those of now.

    `phase` is that of the act: `warn` where any layers that were in force during it said so. `difference` says what
    deciding fact is no longer as the alert says (empty: none). `published_area`: the place lay inside the published
    monitored area of its device, None where none is drawn for it. `then` and `now` are the deciding facts in words that
    read alike in both languages, `facts_sha` stands for them: an officer's answer holds for these and no others.
    """

    phase: str | None
    layer_then: str
    layer_now: str
    difference: str
    published_area: bool | None = None
    then: str = ""
    now: str = ""
    facts_sha: str = ""

    def to_json(self) -> dict[str, Any]:
        """What a step's record keeps of the look at the ground."""
        return asdict(self)


class Ground(Protocol):
    """The street layers' answer about one alert (the detector's message)."""

    def verdict(self, alert: Mapping[str, Any]) -> GroundVerdict: ...


class Gateway(Protocol):
    """The way out to phones and to the collecting bank; `secret` signs what it calls back.

    All calls are idempotent by their id. They raise OSError where the gateway does not take them, ConnectionError
    where it cannot be reached at all.
    """

    @property
    def secret(self) -> bytes: ...

    def send_sms(self, message_id: str, phone: str, text: str) -> None: ...

    def place_order(self, order_id: str, code: str, payer: str, amount_fen: int, due_on: date) -> None: ...

    def cancel_order(self, code: str) -> None: ...

    def refund(self, refund_id: str, code: str, amount_fen: int, reason: str) -> None: ...


class StaffChannel(Protocol):
    """The way to the people of a role (WeCom, DingTalk, Feishu, e-mail, webhook).

    What goes out names records by number and state; never a person. Raises OSError where no channel takes it.
    """

    @property
    def roles(self) -> frozenset[str]:
        """Roles that have a channel."""
        ...

    def tell(self, role: str, title: str, text: str) -> None: ...
