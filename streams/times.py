"""From time stamps in a stream to the time at which a picture was taken."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from records import Clock
from streams.demux import Raw
from streams.host_clock import WallLine

JUMP_S = 5.0
"""A live time stamp farther than this from its place began a new count (camera restarted) [given]."""
SKEW_WINDOW_S = 60.0
"""Live stamps are tied to the host's clock by the least delayed packet of this long [given]."""
LIVE_ERROR_S = 0.5
"""What a live capture time may be off beside its measured delay: exposure, encoder, network [given]."""
AHEAD_S = 0.05
"""A camera's clock may be so far ahead of the receipt of its picture and be called right [given]."""
SHIFT_RATE = 0.05
"""Seconds by which the correction from the camera's clock moves in a second [given]."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
        pts_s = _seconds(pts - self._first, time_base)
        captured = self._start + timedelta(seconds=pts_s)
        return PacketTime(pts_s, captured, self._clock.now(), self._clock.monotonic(), self._error_s)


class LiveTimes:
    """A live stream: time stamps order and space the pictures, the host's clock says when they are.

    A packet is never early, only late (network, buffers). So the least delayed packet of the last minute ties stamps
    to the monotonic clock, and a picture's capture time does not shake with the network. `pts_s` is seconds since the
    source's first picture on that clock and goes on through reconnections.

    Where RTCP tells the camera's own clock, and that agrees with ours as far as we can tell (a picture was taken at
    most `LIVE_ERROR_S` before it could be received), it says when the light fell in; the correction moves slowly, so
    that times stay in order. A camera whose clock is off is not believed: `camera_offset_s` says by how much.
    """

    def __init__(self, clock: Clock) -> None:
        self.line = WallLine(clock)
        self.camera_offset_s: float | None = None
        self._delays: deque[tuple[float, float]] = deque()
        self._first_s: float | None = None
        self._shift_s = 0.0
        self._shifted_s: float | None = None

    def reconnected(self) -> None:
        """Forget the tie: a new connection counts its stamps anew."""
        self._delays.clear()
        self.camera_offset_s = None

    def meet(self, raw: Raw, time_base: Fraction, received_s: float) -> None:
        """Tie stamps to the clock by a packet that is asked about later."""
        self._tie(_seconds(raw.pts, time_base), received_s)

    def of(self, raw: Raw, time_base: Fraction, received_s: float) -> PacketTime:
        """Times of a packet that was read at `received_s` (monotonic)."""
        stamp_s = _seconds(raw.pts, time_base)
        tie_s = self._tie(stamp_s, received_s)
        seen_s = min(stamp_s + tie_s, received_s)
        if self._first_s is None:
            self._first_s = seen_s
        trusted = self._ask_camera(raw, seen_s)
        late_s = received_s - seen_s
        away_s = abs(self._shift_s)
        error_s = max(away_s, LIVE_ERROR_S - away_s) if trusted else LIVE_ERROR_S + away_s
        return PacketTime(
            seen_s - self._first_s,
            self.line.at(seen_s + self._shift_s),
            self.line.at(received_s),
            received_s,
            error_s + late_s + self.line.error_s,
        )

    def _ask_camera(self, raw: Raw, seen_s: float) -> bool:
        """Learn the camera's offset from a packet that tells it, and move the correction towards what it says."""
        if raw.ntp_us is not None:
            told = _EPOCH + timedelta(microseconds=raw.ntp_us)
            self.camera_offset_s = (told - self.line.at(seen_s)).total_seconds()
        offset_s = self.camera_offset_s
        trusted = offset_s is not None and -LIVE_ERROR_S <= offset_s <= AHEAD_S
        wanted_s = min(offset_s, 0.0) if trusted and offset_s is not None else 0.0
        passed_s = seen_s - self._shifted_s if self._shifted_s is not None else 0.0
        step_s = SHIFT_RATE * max(passed_s, 0.0)
        self._shift_s += min(max(wanted_s - self._shift_s, -step_s), step_s)
        self._shifted_s = seen_s
        return trusted

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


def _seconds(stamp: int, time_base: Fraction) -> float:
    """To the bit `float(stamp * time_base)`, without a fraction made for every packet."""
    return stamp * time_base.numerator / time_base.denominator
