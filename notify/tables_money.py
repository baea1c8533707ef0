"""The tables of what a decision leads to: what is owed, what was paid, what the public reads. Amounts are whole fen."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from notify.table_words import ID
from records import Base, Json, UtcDateTime


class OrderRow(Base):
    """What a decided case owes, under one payment code.

    `due_on` is the day that holds now, `first_due` the one of the decision, from which a surcharge is counted; `plan`
    are approved instalments [{due_on, amount_fen}] (APL 66).
    """

    __tablename__ = "payment_orders"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ID, index=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    principal_fen: Mapped[int] = mapped_column(BigInteger)
    due_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12))
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    pushed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    overpaid_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    first_due: Mapped[date | None] = mapped_column(Date)
    plan: Mapped[Any | None] = mapped_column(Json)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PaymentRow(Base):
    """One payment that the collecting agent told of; told twice, it is one row."""

    __tablename__ = "payments"

    txn_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    order_id: Mapped[str] = mapped_column(ID, ForeignKey("payment_orders.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    paid_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    channel: Mapped[str] = mapped_column(String(24))
    receipt_number: Mapped[str | None] = mapped_column(String(64))


class PublicationRow(Base):
    """The masked public record of a decision, with its credit class and days (the last day it may be shown)."""

    __tablename__ = "publications"
    __table_args__ = (Index("ix_publications_shown", "withdrawn_at", "published_at"),)

    case_id: Mapped[str] = mapped_column(ID, primary_key=True)
    body: Mapped[Any] = mapped_column(Json)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    credit_class: Mapped[str | None] = mapped_column(String(12))
    earliest_repair: Mapped[date | None] = mapped_column(Date)
    latest_end: Mapped[date | None] = mapped_column(Date)
    repaired_on: Mapped[date | None] = mapped_column(Date)
