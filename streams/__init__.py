"""Frames in, events out: sources, the packet ring, the change gate, the scheduler and the event bus."""

from typing import TYPE_CHECKING, Any

from streams import topics
from streams.bus import Bus, Event, Handler, NotNow, Subscription, Table, encoded
from streams.cut import Cut, Gap
from streams.detection import Detection, Execution, Image, Network, NetworkInFront, ObjectKind, detect
from streams.frame import Frame, Picture
from streams.gate import Gate
from streams.host_clock import HostClock
from streams.kafka_access import BrokerAccess, Mechanism
from streams.lens import LensRules
from streams.live import LiveSource
from streams.local_bus import InProcessBus
from streams.opening import open_source
from streams.packet import EncodedPacket, StreamInfo
from streams.probe import probe
from streams.recordings import Recordings, name_for
from streams.ring import PacketRing
from streams.scene import Placement, Reference, View
from streams.scene_check import CameraState, SceneCheck, SceneRules
from streams.scheduler import Look, Scheduler, SourceCounts
from streams.source import Source
from streams.spec import ConnectPolicy, SourceSpec, SourceState, redact
from streams.spool import Spool
from streams.spooling_bus import SpoolingBus
from streams.topics import TOPICS
from streams.track import Track
from streams.track_files import load_track

if TYPE_CHECKING:
    from streams.kafka_bus import KafkaBus

__all__ = [
    "TOPICS",
    "BrokerAccess",
    "Bus",
    "CameraState",
    "ConnectPolicy",
    "Cut",
    "Detection",
    "EncodedPacket",
    "Event",
    "Execution",
    "Frame",
    "Gap",
    "Gate",
    "Handler",
    "HostClock",
    "Image",
    "InProcessBus",
    "KafkaBus",
    "LensRules",
    "LiveSource",
    "Look",
    "Mechanism",
    "Network",
    "NetworkInFront",
    "NotNow",
    "ObjectKind",
    "PacketRing",
    "Picture",
    "Placement",
    "Recordings",
    "Reference",
    "SceneCheck",
    "SceneRules",
    "Scheduler",
    "Source",
    "SourceCounts",
    "SourceSpec",
    "SourceState",
    "Spool",
    "SpoolingBus",
    "StreamInfo",
    "Subscription",
    "Table",
    "Track",
    "View",
    "detect",
    "encoded",
    "load_track",
    "name_for",
    "open_source",
    "probe",
    "redact",
    "topics",
]


def __getattr__(name: str) -> Any:
    """`KafkaBus` is imported when asked for: a program on the in-process bus needs no Kafka client."""
    if name == "KafkaBus":
        from streams.kafka_bus import KafkaBus

        return KafkaBus
    raise AttributeError(name)
