"""What a party sees and does through its signed link: its own matter and nothing else (APL 41; PD 11, 13).

The link opens with a code that goes to the telephone of record; `key` below is what a right code gave.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notify import queries
from notify.actors import Actor, Role
from notify.engine import Engine, Outcome
from notify.link_codes import behind
from notify.offers import StepOffer, offers
from notify.registers import Registers
from notify.tables import CaseRow
from notify.views import CaseView, DeadlineView, DocumentView, LeadView, PackageView, PaymentView

_FOR_PARTY = frozenset(
    {
        "ORDER",
        "PRIOR_NOTICE",
        "HEARING_NOTICE",
        "HEARING_SUMMONS",
        "STATEMENT_REVIEW",
        "DECISION",
        "NO_PENALTY",
        "CONSENT",
    }
    | {"PAYMENT", "CREDIT_REPAIR", "COMPLIANCE", "DUNNING", "REVOCATION", "TERMINATION", "DEFERRAL", "SUSPENSION"}
    | {"STATEMENT_RECORD", "HEARING_RECORD", "ANNOUNCEMENT", "CORRECTION", "ON_SPOT"}
)
PARTY_PAPERS = _FOR_PARTY
"""Kinds of papers that a party has a copy of; the others are the organ's own."""


@dataclass(frozen=True, slots=True)
class PartyView:
    """The party's own matter. Evidence is shown by `packages`, masked; internal papers and names are left out."""

    owner_id: str
    lead_id: str
    case_id: str | None
    number: str
    kind: str
    matter: str | None
    state: str
    state_zh: str
    state_en: str
    subject_name: str
    place: str | None
    opened: datetime
    raised: datetime
    demand: str | None
    reasons: tuple[Mapping[str, Any], ...]
    recheck_due: datetime | None
    recheck: Mapping[str, Any] | None
    packages: tuple[PackageView, ...]
    documents: tuple[DocumentView, ...]
    deadlines: tuple[DeadlineView, ...]
    amount_fen: int | None
    payment: PaymentView | None


def party(engine: Engine, key: str) -> Actor:
    """The actor behind a key. Raises Refused `E_LINK`, `E_CODE_NEEDED`."""
    owner_id, subject_id = behind(engine, key)
    with engine.database.read() as session:
        subject = Registers(session).subject(subject_id)
        name = subject.name if subject else "当事人"
    return Actor(f"party:{subject_id}", name, frozenset({Role.PARTY}), owner_id)


def view(engine: Engine, key: str) -> PartyView:
    """The matter behind a key."""
    actor = party(engine, key)
    assert actor.owner_id is not None
    with engine.database.read() as session:
        is_case = session.get(CaseRow, actor.owner_id) is not None
    case = queries.case(engine, actor.owner_id) if is_case else None
    lead = case.lead if case and case.lead else queries.lead(engine, actor.owner_id)
    return _party_view(engine, actor, lead, case)


def _party_view(engine: Engine, actor: Actor, lead: LeadView, case: CaseView | None) -> PartyView:
    shown: LeadView | CaseView = case or lead
    demand = f"matters.{lead.matter}.demand"
    papers = [*lead.documents, *(case.documents if case else ())]
    return PartyView(
        owner_id=shown.id,
        lead_id=lead.id,
        case_id=case.id if case else None,
        number=shown.number,
        kind=lead.kind,
        matter=lead.matter,
        state=shown.state,
        state_zh=shown.state_zh,
        state_en=shown.state_en,
        subject_name=actor.name,
        place=lead.address,
        opened=lead.opened,
        raised=lead.raised,
        demand=engine.profile.get(demand) if engine.profile.known(demand) else None,
        reasons=lead.reasons,
        recheck_due=lead.recheck_due,
        recheck=lead.recheck,
        packages=tuple(package for package in lead.packages if package.used),
        documents=tuple(paper for paper in papers if paper.kind in _FOR_PARTY),
        deadlines=tuple(term for term in shown.deadlines if term.binds == "party"),
        amount_fen=case.amount_fen if case else None,
        payment=case.payment if case and case.served_at else None,
    )


def steps(engine: Engine, key: str) -> list[StepOffer]:
    """What the party may do now."""
    actor = party(engine, key)
    assert actor.owner_id is not None
    return offers(engine, actor, actor.owner_id)


def take(engine: Engine, key: str, code: str, values: Mapping[str, Any]) -> Outcome:
    """A step of the party."""
    actor = party(engine, key)
    assert actor.owner_id is not None
    return engine.take(actor, actor.owner_id, code, values)
