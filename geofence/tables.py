"""What geofence keeps: every version of every street that was ever published, and every calibration of a camera."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from records import Base, Json, UtcDateTime


class StreetVersionRow(Base):
    """The content of one version, named by its hash; never changed."""

    __tablename__ = "street_versions"

    version: Mapped[str] = mapped_column(String(12), primary_key=True)
    street: Mapped[str] = mapped_column(String(200), index=True)
    geojson: Mapped[dict[str, Any]] = mapped_column(Json)


class StreetPublicationRow(Base):
    """One act of publishing a version; an old version may be published again."""

    __tablename__ = "street_publications"
    __table_args__ = (Index("ix_street_publications_street_at", "street", "published_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    street: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(ForeignKey("street_versions.version"))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    publisher: Mapped[str] = mapped_column(String(200))
    phase: Mapped[str | None] = mapped_column(String(10))


class StreetDraftRow(Base):
    """A version that one person proposed and another publishes or turns down; the content is never changed."""

    __tablename__ = "street_drafts"
    __table_args__ = (Index("ix_street_drafts_street_state", "street", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    street: Mapped[str] = mapped_column(String(200))
    base: Mapped[str | None] = mapped_column(String(12))
    version: Mapped[str] = mapped_column(String(12))
    geojson: Mapped[dict[str, Any]] = mapped_column(Json)
    author: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(2000))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(2000))


class CalibrationRow(Base):
    """A camera's calibration that one person proposed and another puts in force or turns down; never changed."""

    __tablename__ = "camera_calibrations"
    __table_args__ = (Index("ix_camera_calibrations_camera_state", "camera_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    camera_id: Mapped[str] = mapped_column(String(80))
    version: Mapped[str] = mapped_column(String(12))
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    picture: Mapped[bytes] = mapped_column(LargeBinary)
    picture_sha256: Mapped[str] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(2000))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(2000))
