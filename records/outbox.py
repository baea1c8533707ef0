"""The transactional outbox: what a unit of work wants told leaves only if the unit of work happened."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.clock import Clock
from records.database import Base, Database, Json, UtcDateTime
from records.errors import BadInput

log = logging.getLogger(__name__)
NEVER = "E_BUS_MESSAGE"  # what a bus says of a message that it will never take
Publish = Callable[[str, str, dict[str, Any]], None]


class OutboxRow(Base):
    """One message waiting for the bus, or told already."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_waiting", "sent_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    topic: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(200))
    message: Mapped[Any] = mapped_column(Json)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def outbox_put(session: Session, topic: str, key: str, message: dict[str, Any]) -> None:
    """Leave `message` (a JSON object with its own event id) to be published after this unit of work."""
    session.add(OutboxRow(topic=topic, key=key, message=message))


def drain_outbox(database: Database, publish: Publish, clock: Clock, limit: int = 500) -> int:
    """Publish what waits, in order, and mark it told; the count told.

    What the bus will never take (BadInput E_BUS_MESSAGE) is logged and left behind: it must not keep the rest waiting.
    A crash between publishing and marking tells a message twice, never not at all; consumers are idempotent by id.
    """
    with database.read() as session:
        query = select(OutboxRow).where(OutboxRow.sent_at.is_(None)).order_by(OutboxRow.id).limit(limit)
        waiting = list(session.scalars(query))
    told: list[int] = []
    try:
        for row in waiting:
            try:
                publish(row.topic, row.key, row.message)
            except BadInput as error:
                if error.code != NEVER:
                    raise
                log.error("never to be told: outbox %s, %s %s: %s", row.id, row.topic, row.key, error)
            told.append(row.id)
    finally:
        if told:
            with database.session() as session:
                for row in session.scalars(select(OutboxRow).where(OutboxRow.id.in_(told))):
                    row.sent_at = clock.now()
    return len(told)


def outbox_depth(database: Database) -> int:
    """How many messages wait."""
    with database.read() as session:
        return session.scalar(select(func.count()).where(OutboxRow.sent_at.is_(None))) or 0
