"""What the console is handed by whoever composes the program."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from records import Clock, Database, SystemClock

if TYPE_CHECKING:
    from evidence import EvidenceStore
    from geofence import Street
    from notify import Chain
    from streams import Bus


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """Values that change from one installation to the next."""

    organ: str = "演示区城市管理行政执法局"  # shown in every header
    default_language: str = "zh-CN"
    session_hours: float = 12.0  # a shift; after it people sign in anew
    secure_cookies: bool = False  # true behind TLS
    ca_file: Path | None = None  # root of the sealing certificates
    tsa_ca_file: Path | None = None  # root of the time authority
    payment_secret: bytes = b""  # HMAC key shared with the payment gateway; empty refuses every call
    sms_secret: bytes = b""  # the same for delivery reports
    machine_tokens: Mapping[str, str] = field(default_factory=dict)  # sealing machine -> bearer token for uploads
    tile_url: str | None = None  # optional raster tiles, `https://host/{z}/{x}/{y}.png`; none is asked for by default
    tile_credit: str = ""
    upload_limit_mb: int = 512
    demonstration: bool = False  # marks every page as showing demo data


@dataclass(frozen=True, slots=True)
class Services:
    """The parts behind the pages. `real_clock` times sessions and locks: `clock` may be moved by a demonstration."""

    chain: "Chain"
    database: Database
    clock: Clock
    bus: "Bus"
    evidence: "EvidenceStore"
    street: "Street"
    settings: ConsoleSettings = field(default_factory=ConsoleSettings)
    real_clock: Clock = field(default_factory=SystemClock)
