"""The tables of the links that parties open: the links, and the codes that open them."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notify.table_words import ID
from records import Base, UtcDateTime


class LinkRow(Base):
    """A signed link handed to a party; opening it counts as receipt of the service it came with."""

    __tablename__ = "links"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner_id: Mapped[str] = mapped_column(ID, index=True)
    subject_id: Mapped[str] = mapped_column(ID)
    service_id: Mapped[str | None] = mapped_column(ID)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    expires: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LinkCodeRow(Base):
    """A code sent to the telephone of record to open a link; what is kept tells the right one and does not name it."""

    __tablename__ = "link_codes"
    __table_args__ = (
        Index("ix_link_codes_link", "link_id", "sent_at"),
        Index("ix_link_codes_subject", "subject_id", "sent_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    link_id: Mapped[str] = mapped_column(ID)
    subject_id: Mapped[str] = mapped_column(ID)
    mac: Mapped[str] = mapped_column(String(16))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires: Mapped[datetime] = mapped_column(UtcDateTime)
    wrong: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undelivered: Mapped[bool] = mapped_column(default=False)
