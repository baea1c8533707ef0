"""Sealed evidence: packages, seals, time stamps, logs, the store, verification, custody, masking, replay."""

from evidence.absorb import LogGap, absorb, absorb_file
from evidence.anchor import Anchor, AnchorReport, StampBy
from evidence.audit import Finding, audit
from evidence.certificates import Authority, create_ca
from evidence.checkpoint import Checkpoint, Proof
from evidence.cms import Signer, SignerDown
from evidence.commands import For, export_masked, export_original, list_packages, show_package
from evidence.copies import CopyDown, FolderCopy, SecondCopy, copy_of
from evidence.custody import Action, CustodyBook, CustodyEntry, Purpose, note_act
from evidence.entry import admit, seal_number
from evidence.facts import (
    CameraFacts,
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
from evidence.judged import Judged, judged
from evidence.keeping import Keeper, KeepReport, RetentionClass, RetentionRules
from evidence.log import LogHead, log_head
from evidence.mask import MaskedPhoto, MaskPolicy, boxes_to_hide, mask_image, mask_photo, masked_clip, masked_photo
from evidence.messages import LOGS, TOPIC, EvidenceMessage, LogMessage, Status
from evidence.national import NationalSigner, SoftwareSm2
from evidence.pkcs11 import Pkcs11Signer
from evidence.places import FolderPlace, HttpPlace, Place, PlaceDown, place_of
from evidence.replay import Difference, Replay, replay
from evidence.room import Budget, Room, RoomState
from evidence.sealer import Sealed, Sealer, SealFailed
from evidence.signer import SoftwareSigner
from evidence.store import EvidenceStore
from evidence.timestamp import DrainReport, Stamper, overdue_s, waiting_since
from evidence.tokens import AuthorityDown, TsaClient
from evidence.transfer import Received, pack, receive
from evidence.tree import LogBroken
from evidence.trust import Trust, load_trust
from evidence.verify import Check, Verification, verify

__all__ = [
    "LOGS",
    "TOPIC",
    "Action",
    "Anchor",
    "AnchorReport",
    "Authority",
    "AuthorityDown",
    "Budget",
    "CameraFacts",
    "Check",
    "Checkpoint",
    "ClockFacts",
    "CopyDown",
    "CustodyBook",
    "CustodyEntry",
    "DeviceFacts",
    "Difference",
    "DrainReport",
    "EnvironmentFacts",
    "EvidenceMessage",
    "EvidenceStore",
    "Finding",
    "FolderCopy",
    "FolderPlace",
    "For",
    "FrameDetections",
    "HealthFacts",
    "HttpPlace",
    "Judged",
    "KeepReport",
    "Keeper",
    "LogBroken",
    "LogGap",
    "LogHead",
    "LogMessage",
    "MaskPolicy",
    "MaskedPhoto",
    "NationalSigner",
    "Photo",
    "PhotoRole",
    "Pkcs11Signer",
    "Place",
    "PlaceDown",
    "Proof",
    "Purpose",
    "Received",
    "Replay",
    "RetentionClass",
    "RetentionRules",
    "Room",
    "RoomState",
    "SealFailed",
    "SealProfile",
    "SealRequest",
    "Sealed",
    "Sealer",
    "SecondCopy",
    "Signer",
    "SignerDown",
    "SoftwareSigner",
    "SoftwareSm2",
    "StampBy",
    "Stamper",
    "Status",
    "Trust",
    "TsaClient",
    "Verification",
    "absorb",
    "absorb_file",
    "admit",
    "audit",
    "boxes_to_hide",
    "copy_of",
    "create_ca",
    "export_masked",
    "export_original",
    "judged",
    "list_packages",
    "load_trust",
    "log_head",
    "mask_image",
    "mask_photo",
    "masked_clip",
    "masked_photo",
    "note_act",
    "overdue_s",
    "pack",
    "place_of",
    "receive",
    "replay",
    "seal_number",
    "show_package",
    "verify",
    "waiting_since",
]
