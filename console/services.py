"""What the console is handed by whoever composes the program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evidence import CustodyBook, EvidenceStore, Verification
from geofence import Street
from notify import Chain
from records import Clock, Database, SystemClock
from streams import Bus, Network


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """Values that change from one installation to the next."""

    organ: str = "城市管理行政执法局"  # shown in every header
    default_language: str = "zh-CN"
    session_hours: float = 12.0  # a shift; after it people sign in anew
    secure_cookies: bool = False  # true behind TLS
    machine_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)  # sealing machine -> token for uploads
    tile_url: str | None = None  # optional raster tiles, `https://host/{z}/{x}/{y}.png`; none is asked for by default
    tile_credit: str = ""
    upload_limit_mb: int = 512
    demonstration: bool = False  # marks every page as showing demo data


@dataclass(frozen=True, slots=True)
class Services:
    """The parts behind the pages.

    `verification` gives all checks on one package. `real_clock` times sessions and locks, since `clock` may be moved by
    a demonstration. `network` looks for people in pictures that were not analysed when they were taken; without it such
    pictures are not shown masked. `pay` pays an order (payment code, fen) at the collecting agent for the party at the
    portal; without it the portal shows the code only.
    """

    chain: Chain
    database: Database
    clock: Clock
    bus: Bus
    evidence: EvidenceStore
    street: Street
    custody: CustodyBook
    verification: Callable[[str], Verification]
    settings: ConsoleSettings = field(default_factory=ConsoleSettings)
    real_clock: Clock = field(default_factory=SystemClock)
    network: Network | None = None
    pay: Callable[[str, int], None] | None = None
