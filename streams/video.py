"""A recording: packets into the ring, pictures out by the watch rule, state and reason at any time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from av.error import EOFError, FFmpegError, InvalidDataError

from records import Clock
from streams.assembly import Assembler, Unit
from streams.container import reason
from streams.decoder import decode_window, decoders, to_frame
from streams.demux import raw_packet, video_stream
from streams.frame import Frame
from streams.packet import EncodedPacket, StreamInfo
from streams.ring import PacketRing
from streams.source import Told
from streams.spec import SourceSpec, SourceState
from streams.times import RecordedTimes
from streams.watch import Due, Watcher


class VideoSource(Told):
    """A file, or a recording behind an HTTP address, read through PyAV as fast as it is asked for."""

    live = False
    missed = 0
    reconnects = 0

    def __init__(self, spec: SourceSpec, clock: Clock, container: Any) -> None:
        self.spec = spec
        self.ring = PacketRing(spec.id, spec.ring_s, spec.ring_bytes)
        super().__init__(clock)
        self._times = RecordedTimes(clock, spec.start or clock.now(), spec.clock_error_s)
        self._closing = threading.Event()
        self._reading = threading.RLock()
        self._ahead: deque[EncodedPacket] = deque()
        stream = video_stream(container)
        self._container = container
        self._demuxer: Iterator[Any] = container.demux(stream)
        self._stream = StreamInfo.of(stream)
        self._assembler = Assembler(self._stream, hold=False)
        self._watcher = Watcher(self._stream, spec.rule, spec.heartbeat_s, decoders())
        self._read = 0
        self._handed_out = 0
        self._began_s: float | None = None
        self._enter(SourceState.LIVE, f"{self._stream.codec} {self._stream.size[0]}x{self._stream.size[1]}")

    def frames(self, *, decoded: bool = True) -> Iterator[Frame]:
        """Frames by the watch rule, always decoded: nothing presses a recording."""
        del decoded
        while (packet := self._next()) is not None:
            yield from self._hand_out(self._watcher.feed(packet))
        yield from self._hand_out(self._watcher.flush())

    def advance_to(self, captured_at: datetime) -> bool:
        if not self.spec.realtime:
            with self._reading:
                while not self.ring.holds_until(captured_at):
                    packet = self._read_packet()
                    if packet is None:
                        break
                    self._ahead.append(packet)
        newest = self.ring.newest
        return newest is not None and newest >= captured_at

    def confirm(self, t0: datetime, t1: datetime, fps: float) -> Iterator[Frame]:
        self.advance_to(t1)
        return decode_window(self.spec.id, self.ring.since_key(t0, t1), t0, t1, fps)

    def close(self) -> None:
        self._closing.set()
        if self._reading.acquire(timeout=0.2):  # a reader that is blocked lets go by itself, by its deadline
            try:
                self._disconnect()
            finally:
                self._reading.release()
        if self.state is not SourceState.ENDED:
            self._enter(SourceState.ENDED, "closed")

    def _hand_out(self, due: list[Due]) -> Iterator[Frame]:
        if self._watcher.damaged:
            self.ring.mark_damaged(self._watcher.damaged)
            self._watcher.damaged.clear()
        for packet, picture in due:
            frame = to_frame(self.spec.id, self._handed_out, packet, picture)
            self._handed_out += 1
            yield frame

    def _next(self) -> EncodedPacket | None:
        with self._reading:
            packet = self._ahead.popleft() if self._ahead else self._read_packet()
        if packet is not None and self.spec.realtime:
            self._pace(packet)
        return None if self._closing.is_set() else packet

    def _pace(self, packet: EncodedPacket) -> None:
        now_s = self._clock.monotonic()
        if self._began_s is None:
            self._began_s = now_s - packet.pts_s
        self._closing.wait(max(0.0, self._began_s + packet.pts_s - now_s))

    def _read_packet(self) -> EncodedPacket | None:
        """The next packet, put into the ring; None at the end."""
        while not self._closing.is_set() and self._container is not None:
            try:
                raw = raw_packet(next(self._demuxer))
            except (FFmpegError, StopIteration) as error:
                self._end(error)
                return None
            if raw is None:
                continue
            unit = self._assembler.push(raw, self._times.of(raw.pts, self._stream.time_base))
            if unit is not None:
                return self._packet(unit)
        self._disconnect()
        return None

    def _packet(self, unit: Unit) -> EncodedPacket:
        """Number a picture's bytes and put them into the ring."""
        packet = self._assembler.packet(unit, self._read)
        self._read += 1
        self.ring.append(packet)
        return packet

    def _end(self, error: Exception) -> None:
        self._disconnect()
        if isinstance(error, (StopIteration, EOFError)):
            self.ring.finish()
            self._enter(SourceState.ENDED, "end of the recording")
        else:
            damaged = "damaged" if isinstance(error, InvalidDataError) else reason(error)
            self._enter(SourceState.ENDED, f"the recording breaks off after {self._read} packets: {damaged}")

    def _disconnect(self) -> None:
        if self._container is not None:
            self._demuxer = iter(())
            self._container.close()
            self._container = None
