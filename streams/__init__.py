"""Frames in, events out: sources, the packet ring, the change gate, the scheduler and the event bus."""

from streams.cut import Cut, Gap
from streams.detection import Detection, Image, Network, ObjectKind
from streams.frame import Frame
from streams.opening import open_source
from streams.packet import EncodedPacket, StreamInfo
from streams.ring import PacketRing
from streams.source import Source
from streams.spec import ConnectPolicy, SourceKind, SourceSpec, SourceState, SourceStatus, redact

__all__ = [
    "ConnectPolicy",
    "Cut",
    "Detection",
    "EncodedPacket",
    "Frame",
    "Gap",
    "Image",
    "Network",
    "ObjectKind",
    "PacketRing",
    "Source",
    "SourceKind",
    "SourceSpec",
    "SourceState",
    "SourceStatus",
    "StreamInfo",
    "open_source",
    "redact",
]
