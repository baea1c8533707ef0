"""What a source is asked to be, and what it says about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from records import BadInput, utc

_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s@]*(?:@[^/\s@]*)*@", re.IGNORECASE)
_SECRET_PARAMETER = re.compile(r"(?i)([?&](?:password|passwd|pwd|token|secret|key|auth|sign)[^=&\s]*=)[^&\s]+")


class SourceKind(StrEnum):
    """Where frames come from; it decides how late frames are treated, not how they are decoded."""

    CAMERA = "camera"
    VEHICLE = "vehicle"
    FILE = "file"


class SourceState(StrEnum):
    """What a source is doing. A stall (connected, nothing comes) is not a loss (no connection)."""

    CONNECTING = "CONNECTING"
    LIVE = "LIVE"
    STALLED = "STALLED"
    LOST = "LOST"
    BACKOFF = "BACKOFF"
    ENDED = "ENDED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A state with its reason (credentials never in it) and the wall time, UTC, since which it holds."""

    state: SourceState
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ConnectPolicy:
    """Deadlines and back-off of one source, in seconds [given].

    `open_s` and `read_s` bound every blocking call of a reader; after `stall_s` without a packet the source says
    STALLED, after `read_s` it gives the connection up. A reader that has let its deadline pass by `hang_s` is given up
    itself, and its process killed where need be. The wait before attempt n is drawn from the upper half of
    `backoff_s * 2**n`, at most `backoff_max_s`: a thousand cameras behind one switch must not return at once. After a
    connection has held for `stable_s` the count begins anew. A device that refuses (password, path) is asked again
    after `refused_s` at the earliest: it may count wrong passwords.
    """

    open_s: float = 8.0
    read_s: float = 10.0
    stall_s: float = 3.0
    backoff_s: float = 1.0
    backoff_max_s: float = 60.0
    hang_s: float = 3.0
    stable_s: float = 20.0
    refused_s: float = 300.0


Watch = Literal["keyframes", "all"] | float


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One source as configured.

    `url` is a file, a folder of pictures, or an http, https, rtsp, rtsps, rtmp or srt address. `sub_url` is the
    smaller stream of the same camera: it is looked at, while the packets of `url` are kept. `start` is the capture
    time of a recording's first picture (without it, the time at which it is opened). `realtime` plays a recording at
    its own pace, as a camera would send it. `watch` says which pictures to look at: "keyframes", "all", or one every so
    many seconds (a number, or its text). `heartbeat_s` is the longest time without a look; `gate` lets the scheduler
    skip the network where nothing moved. `picture_s` is the time between pictures of a folder. `clock_error_s` bounds
    the error of `start`.
    """

    id: str
    url: str = field(repr=False)  # it may hold a password
    sub_url: str | None = field(default=None, repr=False, kw_only=True)
    kind: str = SourceKind.FILE
    start: datetime | None = None
    realtime: bool = False
    watch: Watch | str = "keyframes"
    heartbeat_s: float = 30.0
    gate: bool = True
    picture_s: float = 1.0
    clock_error_s: float = 0.0
    ring_s: float = 60.0
    ring_bytes: int = 64 << 20
    connect: ConnectPolicy = ConnectPolicy()

    def __post_init__(self) -> None:
        if self.kind not in tuple(SourceKind):
            raise BadInput("E_SOURCE_KIND", f"{self.id}: kind {self.kind!r}", "camera, vehicle or file")
        if self.start is not None:
            object.__setattr__(self, "start", utc(self.start))
        _watch(self.id, self.watch)

    @property
    def rule(self) -> Watch:
        """`watch`, read."""
        return _watch(self.id, self.watch)

    @property
    def safe_url(self) -> str:
        """The address without its credentials, for logs, screens and errors."""
        return redact(self.url)


def redact(text: str) -> str:
    """`text` with user names, passwords and secret parameters of every address in it blotted out."""
    return _SECRET_PARAMETER.sub(r"\1***", _CREDENTIALS.sub(r"\g<scheme>***@", text))


def _watch(source_id: str, watch: Watch | str) -> Watch:
    if watch == "keyframes":
        return "keyframes"
    if watch == "all":
        return "all"
    try:
        every_s = float(watch)
    except ValueError:
        every_s = 0.0
    if not 0 < every_s < 86400:
        raise BadInput("E_SOURCE_WATCH", f"{source_id}: watch {watch!r}", "keyframes, all, or seconds above 0")
    return every_s
