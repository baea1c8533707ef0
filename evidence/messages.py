"""What `evidence` says on the bus."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

TOPIC = "nonsite.evidence"
LOGS = "nonsite.logs"


class Status(StrEnum):
    """How far a package is anchored; nothing numbered issues before STAMPED."""

    PENDING = "SEALED_PENDING_TSA"
    STAMPED = "STAMPED"


class EvidenceMessage(BaseModel):
    """A package was sealed, or its time stamp came. Idempotent by `event_id`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = Field(default=1, description="Version of this message")
    event_id: str = Field(description="Package and status: the same event always bears the same id")
    package_id: str = Field(description="UUIDv7 of the package")
    alert_id: str = Field(description="The alert that the package is about")
    stage: str = Field(description="Evidence stage, e.g. first_seen or recheck")
    machine: str = Field(description="The machine that sealed, which is also the name of its log")
    device_id: str = Field(description="The camera or vehicle that saw")
    seal_sha256: str = Field(description="SHA-256 of the .p7s: the strict name, printed on documents")
    tagmanifest_sha256: str = Field(description="SHA-256 of the tag manifest: the stable name of the content")
    sealed_at: datetime = Field(description="signingTime, UTC")
    status: Status
    stamped_at: datetime | None = Field(default=None, description="genTime of the token, UTC")
    authority: str | None = Field(default=None, description="Subject of the authority's certificate")
    clock_suspect: bool = Field(
        default=False, description="The clock was off by more than 1.0 s: may not issue by itself"
    )
    path: str = Field(description="Folder of the package relative to the store's root")


class LogMessage(BaseModel):
    """One row of a sealing machine's log, for the hub that absorbs it. Key: machine; in the order of `seq`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: int = Field(default=1, description="Version of this message")
    event_id: str = Field(description="Chain and number: the same row always bears the same id")
    chain: str = Field(description="machine:ID", pattern=r"^machine:.+$")
    seq: int = Field(ge=1)
    at: datetime
    kind: str
    subject: str
    body: Any
    prev: str = Field(pattern="^[0-9a-f]{64}$", description="Hash of the row before")
    hash: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 over prev and the row's RFC 8785 form")
