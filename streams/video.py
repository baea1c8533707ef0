"""A file or a stream: packets into the ring, pictures out by the watch rule, state and reason at any time."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from av.error import EOFError, FFmpegError, InvalidDataError
from av.stream import Discard

from records import BadInput, Clock
from streams.assembly import Assembler, Unit
from streams.container import is_live, open_video, reason, scheme, video_stream
from streams.decoder import Decoded, Decoder, decode_window, to_frame
from streams.frame import Frame
from streams.packet import EncodedPacket, StreamInfo
from streams.ring import PacketRing
from streams.spec import SourceSpec, SourceState, SourceStatus
from streams.times import LiveTimes, RecordedTimes
from streams.watch import Watcher

FRESH_S = 0.02
"""A packet that was waited for this long was not lying in a buffer [given]."""
SETTLE_S = 2.0
"""After this long a stream that never makes us wait is taken as it comes [given]."""


class VideoSource:
    """A file or a stream read through PyAV."""

    def __init__(self, spec: SourceSpec, clock: Clock, *, container: Any = None) -> None:
        self.spec = spec
        self.ring = PacketRing(spec.id, spec.ring_s, spec.ring_bytes)
        self.live = is_live(spec.url, container) if container else bool(scheme(spec.url))
        self.history: deque[SourceStatus] = deque(maxlen=64)
        self._clock = clock
        self._times: LiveTimes | RecordedTimes = (
            LiveTimes(clock) if self.live else RecordedTimes(clock, spec.start or clock.now(), spec.clock_error_s)
        )
        self._closing = threading.Event()
        self._reading = threading.RLock()
        self._ahead: deque[EncodedPacket] = deque()
        self._container: Any = None
        self._demuxer: Iterator[Any] = iter(())
        self._stream: StreamInfo | None = None
        self._watcher: Watcher | None = None
        self._assembler: Assembler | None = None
        self._fresh = False
        self._burst: deque[Any] = deque()
        self._read = 0
        self._handed_out = 0
        self._attempts = 0
        self._began_s: float | None = None
        self._last_packet_s = clock.monotonic()
        self._jitter = random.Random(spec.id)
        self._enter(SourceState.CONNECTING, "not opened yet")
        if container is not None:
            self._connected(container)

    @property
    def status(self) -> SourceStatus:
        """The newest state; a live source that is connected and silent says STALLED."""
        status = self.history[-1]
        silent_s = self._clock.monotonic() - self._last_packet_s
        if self.live and status.state is SourceState.LIVE and silent_s > self.spec.connect.stall_s:
            return SourceStatus(SourceState.STALLED, f"no packet for {silent_s:.0f} s", status.since)
        return status

    @property
    def state(self) -> SourceState:
        return self.status.state

    @property
    def reason(self) -> str:
        return self.status.reason

    @property
    def reconnects(self) -> int:
        """How often the connection was lost."""
        return sum(status.state is SourceState.LOST for status in self.history)

    def frames(self) -> Iterator[Frame]:
        while (packet := self._next()) is not None:
            watcher = self._watcher_for(packet)
            yield from self._hand_out(watcher, watcher.feed(packet))
        if self._watcher is not None:
            yield from self._hand_out(self._watcher, self._watcher.flush())

    def advance_to(self, captured_at: datetime) -> bool:
        if self.live or self.spec.realtime:
            newest = self.ring.newest
            return newest is not None and newest >= captured_at
        with self._reading:
            while not self.ring.holds_until(captured_at):
                packet = self._read_packet()
                if packet is None:
                    break
                self._ahead.append(packet)
        newest = self.ring.newest
        return newest is not None and newest >= captured_at

    def confirm(self, t0: datetime, t1: datetime, fps: float) -> Iterator[Frame]:
        if not self.live:
            self.advance_to(t1)
        return decode_window(self.spec.id, self.ring.since_key(t0, t1), t0, t1, fps)

    def close(self) -> None:
        self._closing.set()
        if self._reading.acquire(timeout=0.2):  # a reader that is blocked lets go by itself, by its deadline
            try:
                self._disconnect()
            finally:
                self._reading.release()
        if self.history[-1].state is not SourceState.ENDED:
            self._enter(SourceState.ENDED, "closed")

    def _hand_out(self, watcher: Watcher, decoded: list[Decoded]) -> Iterator[Frame]:
        if watcher.decoder.damaged:
            self.ring.mark_damaged(watcher.decoder.damaged)
            watcher.decoder.damaged.clear()
        for packet, picture in decoded:
            frame = to_frame(self.spec.id, self._handed_out, packet, picture)
            self._handed_out += 1
            yield frame

    def _watcher_for(self, packet: EncodedPacket) -> Watcher:
        if self._watcher is None or self._watcher.decoder.stream is not packet.stream:
            self._watcher = Watcher(Decoder(packet.stream), self.spec.rule, self.spec.heartbeat_s)
        return self._watcher

    def _next(self) -> EncodedPacket | None:
        with self._reading:
            packet = self._ahead.popleft() if self._ahead else self._read_packet()
        if packet is not None and self.spec.realtime and not self.live:
            self._pace(packet)
        return None if self._closing.is_set() else packet

    def _pace(self, packet: EncodedPacket) -> None:
        now_s = self._clock.monotonic()
        if self._began_s is None:
            self._began_s = now_s - packet.pts_s
        self._closing.wait(max(0.0, self._began_s + packet.pts_s - now_s))

    def _read_packet(self) -> EncodedPacket | None:
        """The next packet, put into the ring; a live source is reconnected to for as long as it takes."""
        while not self._closing.is_set():
            if self._container is None and not self._connect():
                if self.live:
                    continue
                return None
            try:
                raw = self._next_raw()
            except (FFmpegError, StopIteration) as error:
                self._lost(error)
                if self.live:
                    continue
                return None
            packet = self._packet(self._assemble(raw))
            if packet is not None:
                return packet
        self._disconnect()
        return None

    def _next_raw(self) -> Any:
        """The demuxer's next packet. What piled up while a live stream was opened is read in one go first: only the
        packet that had to be waited for is fresh, and tells how old those before it are."""
        if isinstance(self._times, LiveTimes) and self._fresh and self._stream is not None:
            self._fresh = False
            began_s = self._clock.monotonic()
            waited_s = 0.0
            while waited_s < FRESH_S and self._clock.monotonic() - began_s < SETTLE_S:
                asked_s = self._clock.monotonic()
                raw = next(self._demuxer)
                waited_s = self._clock.monotonic() - asked_s
                if raw.size and raw.pts is not None:
                    self._times.meet(raw.pts, self._stream.time_base)
                self._burst.append(raw)
        return self._burst.popleft() if self._burst else next(self._demuxer)

    def _assemble(self, raw: Any) -> Unit | None:
        """Size, not dts, tells an empty packet: Matroska's first keyframe has no dts (PyAV issue 1917)."""
        pts = raw.pts if raw.pts is not None else raw.dts
        if not raw.size or pts is None or self._stream is None or self._assembler is None:
            return None
        self._last_packet_s = self._clock.monotonic()
        self._attempts = 0
        return self._assembler.push(raw, pts, self._times.of(pts, self._stream.time_base))

    def _packet(self, unit: Unit | None) -> EncodedPacket | None:
        """Number a picture's bytes and put them into the ring."""
        if unit is None or self._stream is None:
            return None
        packet = EncodedPacket(
            n=self._read,
            pts=unit.pts,
            dts=unit.dts,
            duration=unit.duration,
            key=unit.key,
            data=unit.data,
            stream=self._stream,
            pts_s=unit.times.pts_s,
            captured_at=unit.times.captured_at,
            recv_utc=unit.times.recv_utc,
            recv_monotonic_s=unit.times.recv_monotonic_s,
            clock_error_s=unit.times.clock_error_s,
            corrupt=unit.corrupt,
        )
        self._read += 1
        self.ring.append(packet)
        return packet

    def _connect(self) -> bool:
        """One attempt; False after a failure, which for a live source includes the wait before the next."""
        if not self.live and self.history[-1].state is SourceState.ENDED:
            return False
        self._enter(SourceState.CONNECTING, self.spec.safe_url)
        try:
            container = open_video(self.spec.url, self.spec.connect)
        except BadInput as error:
            if not self.live:
                self._enter(SourceState.ENDED, str(error))
                return False
            denied = error.code in {"E_SOURCE_DENIED", "E_SOURCE_NOT_VIDEO"}
            self._back_off(SourceState.REFUSED if denied else SourceState.BACKOFF, error.message)
            return False
        self._connected(container)
        return True

    def _connected(self, container: Any) -> None:
        stream = video_stream(container)
        for other in container.streams:
            if other is not stream:
                other.discard = Discard.all
        self._container = container
        self._demuxer = container.demux(stream)
        self._stream = StreamInfo.of(stream)
        self._last_packet_s = self._clock.monotonic()
        self._assembler = Assembler(self._stream, hold=self.live)
        self._fresh = self.live
        self._burst.clear()
        if isinstance(self._times, LiveTimes):
            self._times.reconnected()
        self._enter(SourceState.LIVE, f"{self._stream.codec} {self._stream.size[0]}x{self._stream.size[1]}")

    def _lost(self, error: Exception) -> None:
        if self._assembler is not None:
            self._packet(self._assembler.flush())  # kept for the clip; the watch goes on with the next connection
        self._disconnect()
        if self.live:
            ended = isinstance(error, (StopIteration, EOFError))
            why = "the server ended the stream" if ended else reason(error)
            self._enter(SourceState.LOST, why)
            self._back_off(SourceState.BACKOFF, why)
        elif isinstance(error, (StopIteration, EOFError)):
            self.ring.finish()
            self._enter(SourceState.ENDED, "end of the recording")
        else:
            damaged = "damaged" if isinstance(error, InvalidDataError) else reason(error)
            self._enter(SourceState.ENDED, f"the recording breaks off after {self._read} packets: {damaged}")

    def _back_off(self, state: SourceState, why: str) -> None:
        policy = self.spec.connect
        longest_s = min(policy.backoff_max_s, policy.backoff_s * 2.0**self._attempts)
        wait_s = longest_s * self._jitter.uniform(0.5, 1.0)
        self._attempts = min(self._attempts + 1, 16)
        self._enter(state, f"{why}; next attempt in {wait_s:.1f} s")
        self._closing.wait(wait_s)

    def _disconnect(self) -> None:
        if self._container is not None:
            self._demuxer = iter(())
            self._container.close()
            self._container = None

    def _enter(self, state: SourceState, why: str) -> None:
        self.history.append(SourceStatus(state, why, self._clock.now()))
