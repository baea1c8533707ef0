"""From what a demuxer hands out to one packet a picture."""

from __future__ import annotations

from dataclasses import dataclass

from streams import nal
from streams.demux import Raw
from streams.packet import EncodedPacket, StreamInfo
from streams.times import PacketTime


@dataclass(slots=True)
class Unit:
    """An access unit: all bytes of one picture, its stamps and when its first byte was received."""

    data: bytes
    pts: int
    dts: int | None
    duration: int
    key: bool
    corrupt: bool
    times: PacketTime


class Assembler:
    """Puts pictures together again that reached us in parts, and finds keyframes by their own bytes.

    RTSP servers send parameter sets in a packet of their own, and close a packet after each slice of a picture. The
    former go with the picture that follows. For the latter a packet of a live stream is held until the next one shows
    that it is whole (`hold`): one frame interval later, and only where a codec has slices.
    """

    def __init__(self, stream: StreamInfo, hold: bool) -> None:
        self._stream = stream
        self._has_units = stream.codec in nal.CODECS
        self._hold = hold and self._has_units
        self._head = b""
        self._held: Unit | None = None
        self._started = False

    def push(self, raw: Raw, times: PacketTime) -> Unit | None:
        """Take a packet of the demuxer; the unit that is whole now, if one is."""
        data, key = self._head + raw.data if self._head else raw.data, raw.key
        if self._has_units:
            what = nal.content(data, self._stream.codec, self._stream.annexb)
            self._head = data if what is nal.Content.NO_PICTURE else b""
            if what is nal.Content.NO_PICTURE:
                return None
            if what is nal.Content.REST:
                self._append(data, raw.corrupt)
                return None
            key = what is nal.Content.KEY
        if not (self._started or key):
            return None
        self._started = True
        unit = Unit(data, raw.pts, raw.dts, raw.duration, key, raw.corrupt, times)
        if not self._hold:
            return unit
        whole, self._held = self._held, unit
        return whole

    def packet(self, unit: Unit, number: int) -> EncodedPacket:
        """The original packet that a unit is; `number` counts those of its source."""
        times = unit.times
        return EncodedPacket(
            n=number,
            pts=unit.pts,
            dts=unit.dts,
            duration=unit.duration,
            key=unit.key,
            data=unit.data,
            stream=self._stream,
            pts_s=times.pts_s,
            captured_at=times.captured_at,
            recv_utc=times.recv_utc,
            recv_monotonic_s=times.recv_monotonic_s,
            clock_error_s=times.clock_error_s,
            corrupt=unit.corrupt,
        )

    def flush(self) -> Unit | None:
        """The unit still held when the stream ends."""
        whole, self._held = self._held, None
        return whole

    def _append(self, rest: bytes, corrupt: bool) -> None:
        """A slice that continues a picture nobody has is dropped: there is nothing to decode it with."""
        if self._held is not None:
            self._held.data += rest
            self._held.corrupt = self._held.corrupt or corrupt
