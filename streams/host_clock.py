"""How well this host knows the time: what the kernel says of its own clock, and steps of it while we run."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from datetime import datetime, timedelta

from records import Clock, SystemClock

STEP_S = 0.05
"""The wall clock moving so far against the monotonic one is a step; time services slew both alike [given]."""
_ERROR_STATE = 5  # TIME_ERROR of <sys/timex.h>
_UNSYNC = 0x40  # STA_UNSYNC
_NANO = 0x2000  # STA_NANO


class _Timex(ctypes.Structure):
    """`struct timex` of Linux, as far as it is asked for (adjtimex(2))."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 32),
    ]


@dataclass(frozen=True, slots=True)
class HostClock:
    """What the kernel says: whether a time service disciplines the clock, the offset still to be worked off, and the
    largest error (which the kernel lets grow by 0.5 ms a second to 16 s where nothing disciplines it)."""

    synchronised: bool
    offset_s: float
    error_s: float

    @classmethod
    def read(cls) -> HostClock:
        """Ask the kernel (`ntp_adjtime` with nothing to set, which needs no right)."""
        state = _Timex()
        try:
            answer = ctypes.CDLL(None).ntp_adjtime(ctypes.byref(state))
        except AttributeError:  # no such call here, so nothing is known
            return cls(False, 0.0, 16.0)
        synchronised = answer not in (-1, _ERROR_STATE) and not state.status & _UNSYNC
        unit = 1e-9 if state.status & _NANO else 1e-6
        return cls(synchronised, state.offset * unit, state.maxerror * 1e-6 if answer >= 0 else 16.0)


class WallLine:
    """Wall time as a straight line over the monotonic clock, which a step of the wall clock does not bend.

    Dwell is a difference of capture times, and a clip is cut by them: both would be wrong across a step. So the line
    goes on as it was, `step_s` says how far the host's clock has left it, and every bound grows by that, until nobody
    measures a time any more and the owner lets it `follow`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall, self._mono_s = clock.now(), clock.monotonic()
        self._host_error_s = HostClock.read().error_s if isinstance(clock, SystemClock) else 0.0
        self.step_s = 0.0

    @property
    def error_s(self) -> float:
        """What a time on the line may be off, by the host's own account."""
        return abs(self.step_s) + self._host_error_s

    def at(self, mono_s: float) -> datetime:
        """The wall time, UTC, at a moment of the monotonic clock."""
        return self._wall + timedelta(seconds=mono_s - self._mono_s)

    def look(self) -> float:
        """Compare with the host's clock; returns `step_s`, 0 where it goes with the line."""
        if isinstance(self._clock, SystemClock):
            self._host_error_s = HostClock.read().error_s
        off_s = (self._clock.now() - self.at(self._clock.monotonic())).total_seconds()
        self.step_s = off_s if abs(off_s) > STEP_S else 0.0
        return self.step_s

    def follow(self) -> None:
        """Begin a new line from the host's clock as it is now."""
        self._wall, self._mono_s = self._clock.now(), self._clock.monotonic()
        self.step_s = 0.0
