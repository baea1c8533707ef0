"""Original packets and what is needed to decode and mux them after their container is gone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

import av

from streams import nal
from streams.demux import parameters


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """Codec parameters of one connection; packets that share the object share the parameters.

    `header` is an MP4 without samples, written from the live stream: PyAV copies codec parameters only from an open
    container, and this one can be opened at any time, on any machine. None where MP4 cannot carry the codec.
    """

    codec: str
    extradata: bytes | None = field(repr=False)
    time_base: Fraction
    size: tuple[int, int]
    fps: float | None
    header: bytes | None = field(repr=False)

    @property
    def annexb(self) -> bool:
        """Whether NAL units are separated by start codes rather than preceded by their lengths."""
        return self.codec in nal.CODECS and not (self.extradata and self.extradata[0] == 1)

    @classmethod
    def of(cls, stream: Any) -> StreamInfo:
        """The parameters of an open PyAV video stream."""
        return cls(**parameters(stream))


@dataclass(frozen=True, slots=True)
class EncodedPacket:
    """One packet as the camera sent it; never re-encoded.

    `n` counts the packets of the source from 0, so that a missing one shows; `pts`, `dts` and `duration` are in
    `stream.time_base`; `pts_s` is seconds since the source's first picture; `captured_at` is the capture time of its
    picture and `recv_utc` the wall time at which the packet was read, both UTC.
    """

    n: int
    pts: int
    dts: int | None
    duration: int
    key: bool
    data: bytes = field(repr=False)
    stream: StreamInfo = field(repr=False)
    pts_s: float
    captured_at: datetime
    recv_utc: datetime
    recv_monotonic_s: float
    clock_error_s: float = 0.0
    corrupt: bool = False

    @property
    def nal_bytes(self) -> bytes:
        """The payload as MP4 holds it: each NAL unit after its length, 4 bytes big-endian."""
        return nal.length_prefixed(self.data) if self.stream.annexb else self.data

    @property
    def size(self) -> int:
        """Bytes of the payload in a clip."""
        return len(self.nal_bytes)

    @property
    def sha256_nal(self) -> str:
        """What `ffmpeg -i clip.mp4 -c copy -f framehash -hash sha256 -` prints for this packet."""
        return hashlib.sha256(self.nal_bytes).hexdigest()

    def to_av(self, with_parameters: bool = False) -> Any:
        """A PyAV packet for a decoder of this stream, `with_parameters` for one that may have served another."""
        parameters = self.stream.extradata if with_parameters and self.stream.annexb else None
        packet = av.Packet(parameters + self.data if parameters else self.data)
        packet.time_base = self.stream.time_base
        packet.pts = self.pts
        packet.dts = self.dts
        return packet
