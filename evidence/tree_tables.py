"""The tables of the tree over all logs and of its checkpoints. Rows are only ever added: an application role needs, and
has, no right to change one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from records import Base, UtcDateTime


class TileRow(Base):
    """256 hashes of one level, and the hash over them: level 0 holds leaves, each level above the roots of full tiles.

    What fills no tile yet is read from the log, or from the level below.
    """

    __tablename__ = "log_tiles"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
    root: Mapped[bytes] = mapped_column(LargeBinary)


class SpanRow(Base):
    """Leaves from `first` on are `count` rows of a chain from number `first_seq` on."""

    __tablename__ = "log_spans"

    first: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chain: Mapped[str] = mapped_column(String(80), index=True)
    first_seq: Mapped[int]
    count: Mapped[int]


class CheckpointRow(Base):
    """A signed statement of the tree's size and root."""

    __tablename__ = "log_checkpoints"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text)
    p7s: Mapped[bytes] = mapped_column(LargeBinary)


class CheckpointReplyRow(Base):
    """The time authority's reply over a checkpoint's signature, as received."""

    __tablename__ = "log_checkpoint_replies"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    authority: Mapped[str] = mapped_column(String(400))
    reply: Mapped[bytes] = mapped_column(LargeBinary)


class DeliveryRow(Base):
    """A checkpoint lies at an outside place, with its time stamp or still without."""

    __tablename__ = "log_deliveries"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[str] = mapped_column(String(200), primary_key=True)
    stamped: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
