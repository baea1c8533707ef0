"""Decoding original packets: a keyframe alone, or a run of packets in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import av
from av.error import FFmpegError

from streams.frame import Frame, Picture
from streams.packet import EncodedPacket, StreamInfo

Decoded = tuple[EncodedPacket, Any]
"""A packet and the PyAV frame that it became."""
KINDS_KEPT = 4
"""Streams of one pool with parameters of their own, of which decoders are kept [given]."""
HELD_BACK = 64
"""Packets of which a picture may still come: codecs hold 16 pictures back at most [given]."""


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
        if len(self._sent) > HELD_BACK:
            del self._sent[next(iter(self._sent))]  # it never became a picture
        return self._sound(packet, packet.to_av())

    def drain(self) -> list[Decoded]:
        """The pictures still held back; afterwards the decoder is as new."""
        frames = self._sound(None, None)
        self._context.flush_buffers()
        self._sent.clear()
        return frames

    def alone(self, packet: EncodedPacket) -> Any:
        """The PyAV frame of one keyframe without its neighbours, or None where it is damaged.

        Its parameter sets go before it, so that one decoder serves keyframes of many cameras.
        """
        self._spoilt = False
        self._sent[packet.pts] = packet
        sound = self._sound(packet, packet.to_av(with_parameters=True)) + self.drain()
        return sound[0][1] if sound else None

    def run(self, packets: Iterable[EncodedPacket]) -> Iterator[Decoded]:
        """Decode `packets`, which begin with a keyframe, to the last picture."""
        for packet in packets:
            yield from self.push(packet)
        yield from self.drain()

    def _sound(self, packet: EncodedPacket | None, sent: Any) -> list[Decoded]:
        try:
            frames = self._context.decode(sent)
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


class DecoderPool:
    """Decoders for keyframes, shared by all sources: one holds some 17 MB at 1080p, and a keyframe needs it for
    milliseconds. As many are kept as were ever wanted at once; streams whose parameters travel with the keyframes
    (RTSP) share them whatever their size."""

    def __init__(self) -> None:
        self._free: dict[tuple[str, bytes | None], list[Decoder]] = {}
        self._lock = threading.Lock()

    def alone(self, packet: EncodedPacket) -> Any:
        """The PyAV frame of a keyframe, or None where it is damaged."""
        stream = packet.stream
        key = (stream.codec, None if stream.annexb else stream.extradata)
        with self._lock:
            free = self._free.pop(key, [])
            decoder = free.pop() if free else None
            if free:
                self._free[key] = free
        decoder = decoder or Decoder(stream)
        picture = decoder.alone(packet)
        decoder.damaged.clear()
        with self._lock:
            self._free.setdefault(key, []).append(decoder)
            while len(self._free) > KINDS_KEPT:
                del self._free[next(iter(self._free))]
        return picture


_decoders = DecoderPool()


def decoders() -> DecoderPool:
    """The pool of this program."""
    return _decoders


def to_frame(
    source_id: str,
    index: int,
    packet: EncodedPacket,
    decoded: Any,
    size: tuple[int, int] | None = None,
    damaged: Callable[[set[int]], None] | None = None,
) -> Frame:
    """The frame that one packet became, or, with `decoded` None, becomes when somebody asks for its picture.

    `size` is that of the picture its boxes are drawn in, where it is not its own; `damaged` is told the number of a
    packet that cannot be decoded.
    """
    own = (decoded.width, decoded.height) if decoded is not None else packet.stream.size

    def decode() -> Any:
        picture = _decoders.alone(packet)
        if picture is None and damaged is not None:
            damaged({packet.n})
        return picture

    return Frame(
        source_id,
        index,
        packet.pts_s,
        packet.captured_at,
        packet.recv_monotonic_s,
        packet.clock_error_s,
        packet.key,
        size or own,
        packet.pts,
        Picture(decoded, size=size if size != own else None, decode=decode if decoded is None else None),
    )


def decode_window(
    source_id: str, packets: tuple[EncodedPacket, ...], t0: datetime, t1: datetime, fps: float
) -> Iterator[Frame]:
    """The pictures of `packets` captured from `t0` to `t1`, at most `fps` a second; `index` counts them."""
    end = max((at for at, packet in enumerate(packets, 1) if t0 <= packet.captured_at <= t1), default=0)
    if not end:
        return
    due_s, index = float("-inf"), 0
    for packet, picture in Decoder(packets[0].stream).run(packets[:end]):
        if not t0 <= packet.captured_at <= t1 or packet.pts_s < due_s:
            continue
        yield to_frame(source_id, index, packet, picture)
        index += 1
        due_s = packet.pts_s + 1 / fps - 1e-3  # stamps are rounded to their time base
