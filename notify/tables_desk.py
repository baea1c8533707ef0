"""The tables of the desk: places for searching, kept sums, complaints, refunds, statements, disclosure, news.

Amounts are whole fen. Times are aware UTC, days are local.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notify.tables import ID
from records import Base, Json, Personal, UtcDateTime


class PlaceRow(Base):
    """A place in words, once however many leads name it: searching looks through these and not through the leads."""

    __tablename__ = "places"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    text: Mapped[str] = mapped_column(String(200))


class SumRow(Base):
    """How much of a measure a period saw. `period` is a local day (2026-06-03) or month (2026-06).

    Kept in the unit of work that changed what is counted.
    """

    __tablename__ = "sums"

    measure: Mapped[str] = mapped_column(String(32), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    unit: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class ComplaintRow(Base):
    """A complaint (诉件) from a hotline or another platform, and what became of it. Who complained stays there."""

    __tablename__ = "complaints"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_complaints_received", "received_at", "id"),
        Index("ix_complaints_state", "state", "received_at"),
        Index("ix_complaints_spot", "spot", "kind", "received_at"),
        Index("ix_complaints_lead", "lead_id"),
        Index("ix_complaints_case", "case_id"),
        Index("ix_complaints_external", "external_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    source: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str | None] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Personal)
    place: Mapped[str] = mapped_column(String(200))
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    spot: Mapped[str] = mapped_column(String(64))
    repeats: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    assigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    substantiated: Mapped[bool | None]
    within_power: Mapped[bool | None]
    moved_to: Mapped[str | None] = mapped_column(String(120))
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply: Mapped[str | None] = mapped_column(Personal)
    lead_id: Mapped[str | None] = mapped_column(ID)
    case_id: Mapped[str | None] = mapped_column(ID)
    urged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)


class SurveyRow(Base):
    """What whoever complained answered when asked (two of the five rates)."""

    __tablename__ = "surveys"

    complaint_id: Mapped[str] = mapped_column(ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    result_satisfied: Mapped[bool]
    attitude_satisfied: Mapped[bool]


class RefundRow(Base):
    """Money to be paid back: paid too much, paid twice, or paid under a decision that fell."""

    __tablename__ = "refunds"
    __table_args__ = (Index("ix_refunds_state", "state", "id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    order_id: Mapped[str] = mapped_column(ID, index=True)
    case_id: Mapped[str] = mapped_column(ID, index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(12))
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    ordered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reference: Mapped[str | None] = mapped_column(String(80))


class ReconciliationRow(Base):
    """One statement of the collecting agent, held against what was told before, and what differed."""

    __tablename__ = "reconciliations"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    body: Mapped[Any] = mapped_column(Json)


class DisclosureRow(Base):
    """One version of the public disclosure page (powers, basis, standards, procedure, cameras, remedies)."""

    __tablename__ = "disclosures"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[Any] = mapped_column(Json)


class StaffNewsRow(Base):
    """A short message to the people of a role: number, state and link of a record, nothing of any person."""

    __tablename__ = "staff_news"
    __table_args__ = (Index("ix_staff_news_waiting", "sent_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    role: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[str] = mapped_column(ID)
    text: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
