"""The tables of `evidence`: the queue and index of sealed packages, replies of time authorities, erasable text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from evidence.messages import EvidenceMessage, Status
from records import Base, UtcDateTime


class PackageRow(Base):
    """One sealed package, and how far its time stamp is: the durable queue of the Stamper."""

    __tablename__ = "evidence_packages"
    __table_args__ = (
        Index("ix_evidence_packages_alert", "machine", "alert_id", "stage"),
        Index("ix_evidence_packages_queue", "status", "package_id"),
        Index("ix_evidence_packages_device", "machine", "device_id", "intent_seq"),
    )

    package_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    machine: Mapped[str] = mapped_column(String(80))
    alert_id: Mapped[str] = mapped_column(String(80))
    stage: Mapped[str] = mapped_column(String(40))
    device_id: Mapped[str] = mapped_column(String(80))
    intent_seq: Mapped[int]
    path: Mapped[str] = mapped_column(String(200))
    seal_sha256: Mapped[str] = mapped_column(String(64))
    tagmanifest_sha256: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    clock_suspect: Mapped[bool]
    status: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(default=0)
    stamped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    authority: Mapped[str | None] = mapped_column(String(400))
    last_error: Mapped[str | None] = mapped_column(Text)
    anchored_size: Mapped[int | None] = mapped_column()
    """Size of the checkpoint whose proof lies in the package; None before its first."""

    def message(self) -> EvidenceMessage:
        """The row as it is told on the bus."""
        return EvidenceMessage(
            event_id=f"{self.package_id}:{self.status}",
            package_id=self.package_id,
            alert_id=self.alert_id,
            stage=self.stage,
            machine=self.machine,
            device_id=self.device_id,
            seal_sha256=self.seal_sha256,
            tagmanifest_sha256=self.tagmanifest_sha256,
            sealed_at=self.sealed_at,
            status=Status(self.status),
            stamped_at=self.stamped_at,
            authority=self.authority,
            clock_suspect=self.clock_suspect,
            path=self.path,
        )


class RefusedReplyRow(Base):
    """A time authority's reply that was not accepted, kept as received for whoever has to argue with it."""

    __tablename__ = "evidence_refused_replies"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    package_id: Mapped[str] = mapped_column(String(36), index=True)
    url: Mapped[str] = mapped_column(String(400))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    reply: Mapped[bytes] = mapped_column(LargeBinary)


class RetentionRow(Base):
    """How long a package is kept: by its class, and longer while a legal hold lies on it."""

    __tablename__ = "evidence_retention"
    __table_args__ = (Index("ix_evidence_retention_due", "deleted_at", "keep_until"),)

    package_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    retention_class: Mapped[str] = mapped_column(String(20))
    keep_until: Mapped[datetime] = mapped_column(UtcDateTime)
    held_by: Mapped[str | None] = mapped_column(String(80))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    scrubbed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fault: Mapped[str | None] = mapped_column(Text)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CustodyNoteRow(Base):
    """Free text beside a custody event: encrypted and erasable, as the log row itself never is."""

    __tablename__ = "evidence_custody_notes"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    package_id: Mapped[str] = mapped_column(String(36), index=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_text: Mapped[bytes] = mapped_column(LargeBinary)
