"""A camera: packets into the ring, pictures out by the watch rule, state and reason at any time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime

from records import BadInput, Clock
from streams.decoder import decode_window, decoders, to_frame
from streams.feed import Feed
from streams.frame import Frame
from streams.gop import GopMeter
from streams.packet import EncodedPacket, StreamInfo
from streams.readers import ReaderPool, readers
from streams.ring import PacketRing
from streams.spec import SourceSpec, SourceState, SourceStatus
from streams.watch import Watcher

LONGEST_LAG = 2
"""Keyframes that may wait for whoever looks; beyond, he goes on with the newest (`LATEST`) [given]."""
CLOCK_LOOK_S = 1.0
"""How often the host's clock is compared with the source's [given]."""


class LiveSource:
    """A camera read by a reader process.

    With a sub-stream that one is looked at, and the main stream's packets are kept; where the sub-stream is away, the
    main stream is looked at. Boxes are always in pixels of the main stream.
    """

    live = True

    def __init__(self, spec: SourceSpec, clock: Clock, pool: ReaderPool | None = None) -> None:
        self.spec = spec
        self.ring = PacketRing(spec.id, spec.ring_s, spec.ring_bytes)
        self.missed = 0
        self.gop = GopMeter()
        self._clock = clock
        self._pool = pool or readers()
        self._main = Feed(spec.id, spec.url, spec.connect, clock, self._pool, self._keep)
        self._sub = (
            Feed(f"{spec.id}/sub", spec.sub_url, spec.connect, clock, self._pool, self._show) if spec.sub_url else None
        )
        self._mail: deque[EncodedPacket] = deque()
        self._news = threading.Condition()
        self._keys_waiting = 0
        self._handed_out = 0
        self._looked_s = clock.monotonic()
        self._closed = False
        self._watcher: Watcher | None = None

    # --- what it is doing --------------------------------------------------------------------------------------------

    @property
    def history(self) -> deque[SourceStatus]:
        """The states of the main stream, newest last."""
        return self._main.connection.history

    @property
    def state(self) -> SourceState:
        return self._main.connection.state

    @property
    def reason(self) -> str:
        """Why the main stream is in that state, and what is wrong beside it."""
        notes = [self._main.connection.status.reason, *self.gop.warnings(self.spec.heartbeat_s)]
        if self._sub is not None and not self._sub.live:
            status = self._sub.connection.status
            notes.append(f"sub-stream {status.state}: {status.reason}; the main stream is looked at")
        if abs(self.clock_step_s) > 0:
            notes.append(f"the host's clock stepped by {self.clock_step_s:+.1f} s")
        return "; ".join(notes)

    @property
    def stream(self) -> StreamInfo | None:
        """Parameters of the main stream; None before it was first opened."""
        return self._main.stream

    @property
    def reconnects(self) -> int:
        """How often a connection was lost."""
        return self._main.connection.lost

    @property
    def camera_offset_s(self) -> float | None:
        """How far the camera's own clock is ahead of ours at the receipt of a picture; None where it tells nothing."""
        return self._main.times.camera_offset_s

    @property
    def clock_step_s(self) -> float:
        """How far the host's clock has stepped away from this source's time line."""
        return self._main.times.line.step_s

    def look_at_clock(self) -> None:
        """Notice whether the host's clock has stepped."""
        for feed in self._feeds():
            feed.times.line.look()

    def follow_clock(self) -> None:
        """Go over to the host's clock as it is now; for when nothing is being timed. What was kept leaves the ring:
        its times are those before the step."""
        for feed in self._feeds():
            feed.times.line.follow()
        self.ring.clear()

    # --- reading -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect; once."""
        self._pool.watch(self)

    def tick(self) -> None:
        """Keep the deadlines; the pool calls it."""
        for feed in self._feeds():
            feed.tick()
        now_s = self._clock.monotonic()
        if now_s - self._looked_s >= CLOCK_LOOK_S:
            self._looked_s = now_s
            self.look_at_clock()

    def connect(self) -> None:
        """Connect and wait for the first answer. Raises BadInput E_SOURCE_UNREACHABLE, _DENIED or _NOT_VIDEO."""
        self.start()
        policy = self.spec.connect
        deadline_s = self._clock.monotonic() + policy.open_s + 2 * policy.hang_s
        pause = threading.Event()
        while self._main.stream is None and self._main.refusal is None:
            if self._clock.monotonic() > deadline_s:
                break
            pause.wait(0.02)
        if self._main.stream is None:
            self.close()
            raise self._main.refusal or BadInput(
                "E_SOURCE_UNREACHABLE", f"{self.spec.safe_url}: no answer in time", "check address and network"
            )

    def frames(self, *, decoded: bool = True) -> Iterator[Frame]:
        """Frames by the watch rule. With `decoded` False a keyframe that is looked at alone is handed out as it came,
        and decoded by whoever asks it for its picture (`Frame.sound`)."""
        self.start()
        while (packet := self._next()) is not None:
            yield from self._handed_out_of(packet, decoded)

    def advance_to(self, captured_at: datetime) -> bool:
        newest = self.ring.newest
        return newest is not None and newest >= captured_at

    def confirm(self, t0: datetime, t1: datetime, fps: float) -> Iterator[Frame]:
        return decode_window(self.spec.id, self.ring.since_key(t0, t1), t0, t1, fps)

    def close(self) -> None:
        self._pool.forget(self)
        for feed in self._feeds():
            feed.close()
        with self._news:
            self._closed = True
            self._news.notify_all()

    def _feeds(self) -> tuple[Feed, ...]:
        return (self._main,) if self._sub is None else (self._main, self._sub)

    def _size(self) -> tuple[int, int] | None:
        return self._main.stream.size if self._main.stream is not None else None

    def _keep(self, packet: EncodedPacket) -> None:
        """A packet of the main stream."""
        self.ring.append(packet)
        self.gop.take(packet)
        if self._sub is None or not self._sub.live:
            self._show(packet)

    def _show(self, packet: EncodedPacket) -> None:
        """A packet of the stream that is looked at. Whoever looks is only woken for one that may be due."""
        with self._news:
            if packet.key:
                self._keys_waiting += 1
                if self._keys_waiting > (1 if self.spec.rule == "keyframes" else LONGEST_LAG):
                    self.missed += self._keys_waiting - 1
                    self._keys_waiting = 1
                    self._mail.clear()
            self._mail.append(packet)
            watcher = self._watcher
            if packet.key or watcher is None or watcher.due(packet):
                self._news.notify_all()

    def _next(self) -> EncodedPacket | None:
        with self._news:
            self._news.wait_for(lambda: self._mail or self._closed)
            if self._closed:
                return None
            packet = self._mail.popleft()
            self._keys_waiting -= packet.key
            return packet

    def _handed_out_of(self, packet: EncodedPacket, decoded: bool) -> Iterator[Frame]:
        """The frames that are due with `packet`. What waits for the next packet keeps no picture of the last, which at
        1080p would be 3 MB a camera, and 9 MB once somebody asked for its colours."""
        watcher = self._watcher_for(packet)
        due = watcher.feed(packet)
        of_main = packet.stream is self._main.stream
        if watcher.damaged and of_main:
            self.ring.mark_damaged(watcher.damaged)
        watcher.damaged.clear()
        mark = self.ring.mark_damaged if of_main else None
        for key, picture in due:
            frame = to_frame(self.spec.id, self._handed_out, key, picture, self._size(), mark)
            if not decoded or frame.sound():
                self._handed_out += 1
                yield frame

    def _watcher_for(self, packet: EncodedPacket) -> Watcher:
        if self._watcher is None or self._watcher.stream is not packet.stream:
            self._watcher = Watcher(packet.stream, self.spec.rule, self.spec.heartbeat_s, decoders(), lazy=True)
        return self._watcher
