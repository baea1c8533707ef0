"""The tables that let things happen once: numbers that were given, events that were dealt with."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from records import Base, UtcDateTime


class NumberRow(Base):
    """The last number given in one series of one organ and year."""

    __tablename__ = "numbers"

    organ: Mapped[str] = mapped_column(String(40), primary_key=True)
    series: Mapped[str] = mapped_column(String(16), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class SeenRow(Base):
    """An event that a consumer of the chain has dealt with, so that it deals with it once."""

    __tablename__ = "seen_events"

    event_id: Mapped[str] = mapped_column(String(160), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
