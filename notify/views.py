"""Read models of the chain: leads, cases, their packages, papers, terms and history. Frozen, nothing to write back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from notify.states import State

T = TypeVar("T")


class Order(StrEnum):
    """How a list is sorted: what came last first, or what is due soonest first."""

    NEWEST = "newest"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is cut down to; empty means all. `colour` is of the three-colour warning.

    `since` and `until` bound when a lead was raised or a case was filed (the end excluded), `entered` since when it is
    in its state. `counted` False: nobody asks how long the whole is, `total` is what is on the page.
    """

    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    source_id: str | None = None
    colour: str | None = None
    text: str = ""
    sealed_only: bool = False
    order: Order = Order.NEWEST
    limit: int = 50
    offset: int = 0
    since: datetime | None = None
    until: datetime | None = None
    entered: datetime | None = None
    counted: bool = True


MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list, and how long the whole is: `total` is counted up to 10,000, `more` says that there are more."""

    items: tuple[T, ...]
    total: int
    limit: int
    offset: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class PackageView:
    """An evidence package of a lead; `verified` is the last finding, None before the first."""

    package_id: str
    lead_id: str
    stage: str
    status: str
    verified: bool | None
    unusable: str | None
    used: bool
    seal_sha256: str
    sealed_at: datetime
    stamped_at: datetime | None
    review: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A term. `state`: open, over (ran out), done or gone; `colour` only while open."""

    owner_id: str
    code: str
    title_zh: str
    title_en: str
    starts: datetime
    due: datetime
    last_day: date
    binds: str
    source: str
    state: str
    provisional: bool
    late: bool
    colour: str | None


@dataclass(frozen=True, slots=True)
class EventView:
    """One step of the history."""

    at: datetime
    actor_id: str
    actor: str
    role: str
    step: str
    title_zh: str
    title_en: str
    source: str
    target: str
    note: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A paper; its PDF comes by id. `source`, with all that it says of the party, only where one paper is asked for."""

    id: str
    owner_id: str
    number: str
    kind: str
    title_zh: str
    title_en: str
    issued_at: datetime
    sha256: str
    source: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service of papers on the party."""

    id: str
    purpose: str
    method: str
    method_zh: str
    recipient: str
    documents: tuple[str, ...]
    sent_at: datetime
    served_at: datetime | None
    failed: str | None


@dataclass(frozen=True, slots=True)
class SubjectView:
    """The party as the desk sees it: number and phone masked."""

    id: str
    kind: str
    name: str
    id_number: str | None
    phone: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """What is owed and what was paid, in fen. `state`: open, paid, over or void."""

    order_id: str
    code: str
    state: str
    principal_fen: int
    surcharge_fen: int
    paid_fen: int
    balance_fen: int
    overpaid_fen: int
    due_on: date | None
    plan: tuple[Mapping[str, Any], ...] = ()
    refunds: tuple[Mapping[str, Any], ...] = ()
    receipts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeadView:
    """A lead. In lists `timeline`, `documents` and `services` are empty."""

    id: str
    number: str
    kind: str
    subkind: str | None
    matter: str | None
    state: str
    state_zh: str
    state_en: str
    is_end: bool
    since: datetime
    source_id: str
    lon: float
    lat: float
    accuracy_m: float | None
    footprint: tuple[tuple[float, float], ...]
    opened: datetime
    raised: datetime
    last_seen: datetime
    dwell_s: float | None
    shop_id: str | None
    shop_name: str | None
    address: str | None
    phase: str | None
    layer_version: str | None
    reasons: tuple[Mapping[str, Any], ...]
    facts: Mapping[str, Any]
    boxes: tuple[Mapping[str, Any], ...]
    count: int | None
    subject: SubjectView | None
    received_at: datetime | None
    recheck_due: datetime | None
    recheck: Mapping[str, Any] | None
    merged_into: str | None
    case_id: str | None
    colour: str | None
    waiting_for: tuple[str, ...]
    packages: tuple[PackageView, ...]
    deadlines: tuple[DeadlineView, ...]
    timeline: tuple[EventView, ...] = ()
    documents: tuple[DocumentView, ...] = ()
    services: tuple[ServiceView, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case, with the lead that it grew from. In lists `timeline`, `documents`, `services` and `payment` are empty."""

    id: str
    number: str
    lead_id: str
    kind: str
    matter: str
    state: str
    state_zh: str
    state_en: str
    is_end: bool
    since: datetime
    organ: str
    place: str
    act_start: datetime
    act_end: datetime
    officers: tuple[str, ...]
    filed_at: datetime
    subject: SubjectView | None
    proposal: Mapping[str, Any] | None
    amount_fen: int | None
    decision_number: str | None
    decided_at: datetime | None
    served_at: datetime | None
    hearing_notified: bool
    colour: str | None
    waiting_for: tuple[str, ...]
    packages: tuple[PackageView, ...]
    deadlines: tuple[DeadlineView, ...]
    lead: LeadView | None = None
    timeline: tuple[EventView, ...] = ()
    documents: tuple[DocumentView, ...] = ()
    services: tuple[ServiceView, ...] = ()
    payment: PaymentView | None = None


def title(state: str) -> tuple[str, str]:
    """The words for a state code."""
    known = State(state)
    return known.zh, known.en
