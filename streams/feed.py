"""One stream of one camera: its connection, and original packets with their times out of what its reader sends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import av.error

from records import BadInput, Clock
from streams import nal
from streams.assembly import Assembler, Unit
from streams.connection import Action, Connection
from streams.container import refusal
from streams.demux import Raw
from streams.packet import EncodedPacket, StreamInfo
from streams.readers import ReaderPool, Ticket
from streams.spec import ConnectPolicy, SourceState, redact
from streams.times import LiveTimes
from streams.wire import Failure

SETTLE_S = 2.0
"""After this long a stream that never makes us wait is taken as it comes [given]."""
_DENIED = frozenset({"E_SOURCE_DENIED", "E_SOURCE_NOT_VIDEO"})


class Feed:
    """Reads one address for as long as it is wanted; `sink` takes each packet, on a thread of the reader pool."""

    def __init__(
        self,
        name: str,
        url: str,
        policy: ConnectPolicy,
        clock: Clock,
        pool: ReaderPool,
        sink: Callable[[EncodedPacket], None],
    ) -> None:
        self.times = LiveTimes(clock)
        self.connection = Connection(policy, clock, name)
        self.refusal: BadInput | None = None
        self.stream: StreamInfo | None = None
        self._url = url
        self._policy = policy
        self._pool = pool
        self._sink = sink
        self._lock = threading.RLock()
        self._ticket: Ticket | None = None
        self._suspect = False
        self._assembler: Assembler | None = None
        self._burst: list[tuple[Raw, float]] | None = None
        self._opened_s = 0.0
        self._sets = self._strange = b""
        self._read = 0

    def tick(self) -> None:
        """Keep the deadlines; called a few times a second."""
        with self._lock:
            action = self.connection.tick()
            if action is Action.OPEN:
                self._ticket = self._pool.open(self, self._url, self._policy.open_s, self._policy.read_s, self._suspect)
            elif action is Action.ABANDON and self._ticket is not None:
                self._suspect = True
                self._pool.abandon(self._ticket)
                self._disconnected()

    def close(self) -> None:
        """Want no more; a reader that is blocked lets go by its own deadline."""
        with self._lock:
            self.connection.end("closed")
            if self._ticket is not None:
                self._pool.close(self._ticket)
                self._disconnected()

    def opened(self, ticket: Ticket, parameters: dict[str, Any]) -> None:
        with self._lock:
            if ticket is not self._ticket:
                return
            self.stream = StreamInfo(**parameters)
            self._assembler = Assembler(self.stream, hold=True)
            self._burst = []
            self._sets = self._strange = b""
            self.times.reconnected()
            self.connection.opened(f"{self.stream.codec} {self.stream.size[0]}x{self.stream.size[1]}")

    def packet(self, ticket: Ticket, raw: Raw, received_s: float) -> None:
        with self._lock:
            if ticket is not self._ticket or self.stream is None:
                return
            self.connection.packet()
            if self._burst is None:
                self._take(raw, received_s)
            else:
                self._settle(self._burst, raw, received_s)

    def failed(self, ticket: Ticket, failure: Failure) -> None:
        with self._lock:
            if ticket is not self._ticket:
                return
            kind = getattr(av.error, failure.error, Exception)
            kind = ValueError if failure.error == "ValueError" else kind
            words = "no answer in time" if failure.error == "ExitError" else redact(failure.text) or failure.error
            self.refusal = refusal(self._url, kind, words)
            self._disconnected()
            self.connection.failed(words, refused=failure.opening and self.refusal.code in _DENIED)

    def _settle(self, burst: list[tuple[Raw, float]], raw: Raw, received_s: float) -> None:
        """What piled up while the stream was opened comes in one go: only a packet that had to be waited for is fresh,
        and tells how old those before it are."""
        assert self.stream is not None
        if not burst:
            self._opened_s = received_s
        burst.append((raw, received_s))
        if not raw.waited and received_s - self._opened_s < SETTLE_S:
            return
        self._burst = None
        for early, at_s in burst:
            self.times.meet(early, self.stream.time_base, at_s)
        for early, at_s in burst:
            self._take(early, at_s)

    def _take(self, raw: Raw, received_s: float) -> None:
        if self.stream is None or self._assembler is None:
            return
        unit = self._assembler.push(raw, self.times.of(raw, self.stream.time_base, received_s))
        if unit is None:
            return
        if unit.key and self._other(unit):
            return
        if not self._strange:
            self._hand_on(unit)

    def _other(self, unit: Unit) -> bool:
        """Whether a keyframe comes with other parameter sets than the first (another size, another profile), so that
        its group fits no clip of this connection. Once may be a damaged packet; twice the camera was changed."""
        assert self.stream is not None
        sets = nal.parameter_sets(unit.data, self.stream.codec, self.stream.annexb)
        self._sets = self._sets or sets
        before, self._strange = self._strange, sets if sets != self._sets else b""
        if self._strange and self._strange == before:
            self._renew()
        return bool(self._strange)

    def _renew(self) -> None:
        """A clip has one set of parameters, and so has a connection: the stream is asked for anew."""
        assert self._ticket is not None
        self._pool.close(self._ticket)
        self._ticket = self._assembler = self._burst = None
        self.connection.renew("the camera changed its picture")

    def _disconnected(self) -> None:
        """What was held of the last picture is kept for the clip."""
        held = self._assembler.flush() if self._assembler is not None else None
        if held is not None and not held.key and not self._strange:
            self._hand_on(held)
        self._ticket = self._assembler = self._burst = None

    def _hand_on(self, unit: Unit) -> None:
        assert self._assembler is not None
        packet = self._assembler.packet(unit, self._read)
        self._read += 1
        self._sink(packet)

    @property
    def live(self) -> bool:
        """Whether packets come."""
        return self.connection.state is SourceState.LIVE
