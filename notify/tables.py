"""The tables of the chain: leads and cases, what was done to them, papers, messages, money and terms.

Amounts are whole fen. Times are aware UTC. `owner_id` names a lead or a case.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from notify.states import ENDS, State
from notify.table_words import ID as ID
from notify.table_words import NEVER as NEVER
from notify.tables_links import LinkRow as LinkRow
from notify.tables_money import OrderRow as OrderRow
from notify.tables_money import PaymentRow as PaymentRow
from notify.tables_money import PublicationRow as PublicationRow
from notify.tables_once import NumberRow as NumberRow
from notify.tables_once import SeenRow as SeenRow
from records import Base, Json, Personal, PersonalJson, UtcDateTime


class LeadRow(Base):
    """An alert as the hub keeps it (states A0-A10); `message` is the detector's own, whole."""

    __tablename__ = "leads"
    __table_args__ = (
        Index("ix_leads_state", "state", "raised", "id"),
        Index("ix_leads_kind", "kind", "raised", "id"),
        Index("ix_leads_due", "next_due", "id"),
        Index("ix_leads_seen", "kind", "last_seen"),
        Index("ix_leads_waiting", "state", "since"),
        Index("ix_leads_raised", "raised", "id"),
        Index("ix_leads_subject", "subject_id", "matter"),
        Index("ix_leads_place", "place_id", "raised"),
        Index("ix_leads_source", "source_id", "raised"),
        Index("ix_leads_merged", "merged_into", "opened"),
        Index("ix_leads_open", "is_open", "next_due", "id"),
        Index("ix_leads_open_kind", "is_open", "kind", "next_due", "id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    subkind: Mapped[str | None] = mapped_column(String(40))
    matter: Mapped[str | None] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(24))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    source_id: Mapped[str] = mapped_column(String(80))
    lon: Mapped[float]
    lat: Mapped[float]
    opened: Mapped[datetime] = mapped_column(UtcDateTime)
    raised: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    shop_id: Mapped[str | None] = mapped_column(String(80), index=True)
    address: Mapped[str | None] = mapped_column(String(200))
    phase: Mapped[str | None] = mapped_column(String(10))
    message: Mapped[Any] = mapped_column(Json)
    subject_id: Mapped[str | None] = mapped_column(ID)
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recheck_due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recheck: Mapped[Any | None] = mapped_column(Json)
    merged_into: Mapped[str | None] = mapped_column(ID)
    case_id: Mapped[str | None] = mapped_column(ID)
    next_due: Mapped[datetime] = mapped_column(UtcDateTime, default=NEVER)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)
    is_open: Mapped[bool] = mapped_column(default=True)
    place_id: Mapped[str | None] = mapped_column(String(32))
    accepted_on: Mapped[date | None] = mapped_column(Date)
    late: Mapped[bool] = mapped_column(default=False)

    @validates("state")
    def _note_open(self, _key: str, state: str) -> str:
        self.is_open = State(state) not in ENDS
        return state


class PackageRow(Base):
    """A sealed evidence package of a lead. `used`: the case stands on it (a merged duplicate is only attached)."""

    __tablename__ = "lead_packages"

    package_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    lead_id: Mapped[str] = mapped_column(ID, index=True)
    alert_id: Mapped[str] = mapped_column(ID)
    stage: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(24))
    seal_sha256: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stamped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used: Mapped[bool]
    unusable: Mapped[str | None] = mapped_column(Text)
    review: Mapped[Any | None] = mapped_column(Json)
    message: Mapped[Any] = mapped_column(Json)


class CaseRow(Base):
    """A case (states B0-B17) against one subject for one act."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_state", "state", "filed_at", "id"),
        Index("ix_cases_due", "next_due", "id"),
        Index("ix_cases_filed", "filed_at", "id"),
        Index("ix_cases_act", "subject_id", "matter", "act_start"),
        Index("ix_cases_kind", "kind", "filed_at", "id"),
        Index("ix_cases_place", "place_id", "filed_at"),
        Index("ix_cases_open", "is_open", "next_due", "id"),
        Index("ix_cases_open_kind", "is_open", "kind", "next_due", "id"),
        Index("ix_cases_yellow", "is_open", "yellow_from", "id"),
        Index("ix_cases_red", "is_open", "red_from", "yellow_from", "id"),
        Index("ix_cases_decision", "decision_number"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    lead_id: Mapped[str] = mapped_column(ID, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    matter: Mapped[str] = mapped_column(String(80))
    subject_id: Mapped[str] = mapped_column(ID)
    organ: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(24))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    before: Mapped[str | None] = mapped_column(String(24))
    place: Mapped[str] = mapped_column(String(200))
    act_start: Mapped[datetime] = mapped_column(UtcDateTime)
    act_end: Mapped[datetime] = mapped_column(UtcDateTime)
    officers: Mapped[Any] = mapped_column(Json)
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposal: Mapped[Any | None] = mapped_column(Json)
    notified_fen: Mapped[int | None] = mapped_column(BigInteger)
    notice_served_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hearing_notified: Mapped[bool] = mapped_column(default=False)
    decision_fen: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision_number: Mapped[str | None] = mapped_column(String(80))
    served_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_due: Mapped[datetime] = mapped_column(UtcDateTime, default=NEVER)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)
    is_open: Mapped[bool] = mapped_column(default=True)
    place_id: Mapped[str | None] = mapped_column(String(32))
    yellow_from: Mapped[datetime] = mapped_column(UtcDateTime, default=NEVER)
    red_from: Mapped[datetime] = mapped_column(UtcDateTime, default=NEVER)

    @validates("state")
    def _note_open(self, _key: str, state: str) -> str:
        self.is_open = State(state) not in ENDS
        return state


class StepRecord(Base):
    """One step that was taken: by whom, in which role, from where to where, with which values."""

    __tablename__ = "steps"
    __table_args__ = (Index("ix_steps_owner", "owner_id", "seq"), Index("ix_steps_step", "owner_id", "step"))

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    owner_id: Mapped[str] = mapped_column(ID)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    step: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[str] = mapped_column(String(80))
    actor_name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(24))
    target: Mapped[str] = mapped_column(String(24))
    body: Mapped[Any] = mapped_column("values", PersonalJson)
    note: Mapped[str] = mapped_column(Personal, default="")


class DocumentRow(Base):
    """A numbered paper: its JSON source, and the SHA-256 of the PDF made from it."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("organ", "series", "year", "seq"),
        Index("ix_documents_issued", "issued_at", "id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner_id: Mapped[str] = mapped_column(ID, index=True)
    kind: Mapped[str] = mapped_column(String(32))
    organ: Mapped[str] = mapped_column(String(40))
    series: Mapped[str] = mapped_column(String(16))
    year: Mapped[int]
    seq: Mapped[int]
    number: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(80))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    position: Mapped[int]
    source: Mapped[Any] = mapped_column(PersonalJson)
    sha256: Mapped[str] = mapped_column(String(64))
    void_reason: Mapped[str | None] = mapped_column(Text)


class ServiceRow(Base):
    """One service of one or more documents on a party, with its proof."""

    __tablename__ = "services"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner_id: Mapped[str] = mapped_column(ID, index=True)
    purpose: Mapped[str] = mapped_column(String(24))
    documents: Mapped[Any] = mapped_column(Json)
    method: Mapped[str] = mapped_column(String(24))
    recipient: Mapped[str] = mapped_column(Personal)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    served_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed: Mapped[str | None] = mapped_column(Text)
    proof: Mapped[Any] = mapped_column(PersonalJson)


class MessageRow(Base):
    """A text message to a party, from queue to delivery report."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_state", "state", "id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner_id: Mapped[str] = mapped_column(ID, index=True)
    service_id: Mapped[str | None] = mapped_column(ID)
    phone: Mapped[str] = mapped_column(Personal)
    text: Mapped[str] = mapped_column(Personal)
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(default=0)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)


class ConsentRow(Base):
    """A signed confirmation of electronic service: which channel, for which papers (APL 61(2))."""

    __tablename__ = "consents"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ID, index=True)
    subject_id: Mapped[str] = mapped_column(ID)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(Personal)
    covers: Mapped[Any] = mapped_column(Json)
    signed_name: Mapped[str] = mapped_column(Personal)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeadlineRow(Base):
    """A running or ended term; the legal record of when something is due."""

    __tablename__ = "deadlines"
    __table_args__ = (Index("ix_deadlines_due", "state", "ends_at"), Index("ix_deadlines_owner", "owner_id", "code"))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner_id: Mapped[str] = mapped_column(ID)
    code: Mapped[str] = mapped_column(String(16))
    starts: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_day: Mapped[date] = mapped_column(Date)
    length: Mapped[int]
    unit: Mapped[str] = mapped_column(String(8))
    binds: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(200))
    provisional: Mapped[bool]
    state: Mapped[str] = mapped_column(String(8))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    late: Mapped[bool] = mapped_column(default=False)
    yellow_from: Mapped[datetime] = mapped_column(UtcDateTime, default=NEVER)
    red_from: Mapped[datetime] = mapped_column(UtcDateTime, default=NEVER)


class RecusalRow(Base):
    """A request that an officer step back, and the head's ruling (APL 43)."""

    __tablename__ = "recusals"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ID, index=True)
    person_id: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Personal)
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ruling: Mapped[str | None] = mapped_column(String(12))
    ruled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
