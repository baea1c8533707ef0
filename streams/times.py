"""From time stamps in a stream to the time at which a picture was taken."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from records import Clock

JUMP_S = 5.0
"""A live time stamp farther than this from its place began a new count (camera restarted) [given]."""
SKEW_WINDOW_S = 60.0
"""Live stamps are tied to the host's clock by the least delayed packet of this long [given]."""
LIVE_ERROR_S = 0.5
"""What a live capture time may be off beside its measured delay: exposure, encoder, network [given]."""


@dataclass(frozen=True, slots=True)
class PacketTime:
    """When the picture of one packet was taken, and how it was received."""

    pts_s: float
    captured_at: datetime
    recv_utc: datetime
    recv_monotonic_s: float
    clock_error_s: float


class RecordedTimes:
    """A recording: capture time = `start` + time since its first picture."""

    def __init__(self, clock: Clock, start: datetime, clock_error_s: float) -> None:
        self._clock = clock
        self._start = start
        self._error_s = clock_error_s
        self._first: int | None = None

    def of(self, pts: int, time_base: Fraction) -> PacketTime:
        """Times of the packet just read; the first packet asked about must be the first keyframe."""
        if self._first is None:
            self._first = pts
        pts_s = float((pts - self._first) * time_base)
        captured = self._start + timedelta(seconds=pts_s)
        return PacketTime(pts_s, captured, self._clock.now(), self._clock.monotonic(), self._error_s)


class LiveTimes:
    """A live stream: time stamps order and space the pictures, the host's clock says when they are.

    A packet is never early, only late (network, buffers). So the least delayed packet of the last minute ties stamps
    to the monotonic clock, and a picture's capture time does not shake with the network. `pts_s` is seconds since the
    source's first picture on that clock and goes on through reconnections.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._delays: deque[tuple[float, float]] = deque()
        self._first_s: float | None = None

    def reconnected(self) -> None:
        """Forget the tie: a new connection counts its stamps anew."""
        self._delays.clear()

    def meet(self, pts: int, time_base: Fraction) -> None:
        """Tie stamps to the clock by a packet that is read now and asked about later."""
        self._tie(float(pts * time_base), self._clock.monotonic())

    def of(self, pts: int, time_base: Fraction) -> PacketTime:
        """Times of the packet just read."""
        wall, now_s = self._clock.now(), self._clock.monotonic()
        stamp_s = float(pts * time_base)
        tie_s = self._tie(stamp_s, now_s)
        captured_s = min(stamp_s + tie_s, now_s)
        if self._first_s is None:
            self._first_s = captured_s
        late_s = now_s - captured_s
        return PacketTime(
            captured_s - self._first_s, wall - timedelta(seconds=late_s), wall, now_s, LIVE_ERROR_S + late_s
        )

    def _tie(self, stamp_s: float, now_s: float) -> float:
        delay = now_s - stamp_s
        if self._delays and abs(delay - self._delays[0][1]) > JUMP_S:
            self._delays.clear()
        while self._delays and self._delays[-1][1] >= delay:
            self._delays.pop()
        self._delays.append((now_s, delay))
        while now_s - self._delays[0][0] > SKEW_WINDOW_S:
            self._delays.popleft()
        return self._delays[0][1]
