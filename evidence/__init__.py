"""Sealed evidence: packages, seals, time stamps, the machine's log, the store, verification, custody, masking, replay."""

from evidence.certificates import Authority, create_ca
from evidence.cms import Signer
from evidence.facts import (
    ClockFacts,
    DeviceFacts,
    EnvironmentFacts,
    FrameDetections,
    HealthFacts,
    Photo,
    PhotoRole,
    SealProfile,
    SealRequest,
)
from evidence.log import LogHead, log_head
from evidence.messages import TOPIC, EvidenceMessage, Status
from evidence.sealer import Sealed, Sealer, SealFailed
from evidence.signer import SoftwareSigner
from evidence.store import EvidenceStore
from evidence.timestamp import DrainReport, Stamper, waiting_since
from evidence.tokens import AuthorityDown, TsaClient
from evidence.trust import Trust, load_trust
from evidence.verify import Check, Verification, verify

__all__ = [
    "TOPIC",
    "Authority",
    "AuthorityDown",
    "Check",
    "ClockFacts",
    "DeviceFacts",
    "DrainReport",
    "EnvironmentFacts",
    "EvidenceMessage",
    "EvidenceStore",
    "FrameDetections",
    "HealthFacts",
    "LogHead",
    "Photo",
    "PhotoRole",
    "SealFailed",
    "SealProfile",
    "SealRequest",
    "Sealed",
    "Sealer",
    "Signer",
    "SoftwareSigner",
    "Stamper",
    "Status",
    "Trust",
    "TsaClient",
    "Verification",
    "create_ca",
    "load_trust",
    "log_head",
    "verify",
    "waiting_since",
]
