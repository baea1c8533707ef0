"""Decoding original packets: a keyframe alone, or a run of packets in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import av
from av.error import FFmpegError

from streams.frame import Frame, Picture
from streams.packet import EncodedPacket, StreamInfo

Decoded = tuple[EncodedPacket, Any]
"""A packet and the PyAV frame that it became."""


class Decoder:
    """One single-threaded decoder; hands out only sound pictures.

    A damaged picture spoils those that refer to it, and the codec marks only the first; so after one nothing more
    leaves the decoder until the next keyframe. `damaged` collects the numbers (`EncodedPacket.n`) of the bad packets.
    """

    def __init__(self, stream: StreamInfo) -> None:
        self.stream = stream
        self.damaged: set[int] = set()
        self._sent: dict[int, EncodedPacket] = {}
        self._spoilt = False
        context: Any = av.CodecContext.create(stream.codec, "r")
        if stream.extradata:
            context.extradata = stream.extradata
        context.thread_count = 1
        self._context = context

    def push(self, packet: EncodedPacket) -> list[Decoded]:
        """Decode the next packet of a run; pictures come in the order they are shown, later where frames reorder."""
        self._sent[packet.pts] = packet
        return self._sound(packet)

    def drain(self) -> list[Decoded]:
        """The pictures still held back; afterwards the decoder is as new."""
        frames = self._sound(None)
        self._context.flush_buffers()
        self._sent.clear()
        return frames

    def alone(self, packet: EncodedPacket) -> list[Decoded]:
        """Decode one keyframe without its neighbours; empty where it is damaged."""
        return self.push(packet) + self.drain()

    def run(self, packets: Iterable[EncodedPacket]) -> Iterator[Decoded]:
        """Decode `packets`, which begin with a keyframe, to the last picture."""
        for packet in packets:
            yield from self.push(packet)
        yield from self.drain()

    def _sound(self, packet: EncodedPacket | None) -> list[Decoded]:
        try:
            frames = self._context.decode(packet.to_av() if packet else None)
        except FFmpegError:
            if packet is not None:
                self.damaged.add(packet.n)
            self._spoilt = True
            return []
        sound: list[Decoded] = []
        for frame in frames:
            source = self._sent.pop(frame.pts, None)
            if source is None:
                continue
            if frame.is_corrupt:
                self.damaged.add(source.n)
                self._spoilt = True
            elif source.key:
                self._spoilt = False
            if not self._spoilt:
                sound.append((source, frame))
        return sound


def to_frame(source_id: str, index: int, packet: EncodedPacket, decoded: Any) -> Frame:
    """The frame that one packet became."""
    return Frame(
        source_id,
        index,
        packet.pts_s,
        packet.captured_at,
        packet.recv_monotonic_s,
        packet.clock_error_s,
        packet.key,
        (decoded.width, decoded.height),
        packet.pts,
        Picture(decoded),
    )


def decode_window(
    source_id: str, packets: tuple[EncodedPacket, ...], t0: datetime, t1: datetime, fps: float
) -> Iterator[Frame]:
    """The pictures of `packets` captured from `t0` to `t1`, at most `fps` a second; `index` counts them."""
    if not packets:
        return
    due_s, index = float("-inf"), 0
    for packet, picture in Decoder(packets[0].stream).run(packets):
        if not t0 <= packet.captured_at <= t1 or packet.pts_s < due_s:
            continue
        yield to_frame(source_id, index, packet, picture)
        index += 1
        due_s = packet.pts_s + 1 / fps - 1e-3  # stamps are rounded to their time base
