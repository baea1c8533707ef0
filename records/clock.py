"""Time is a parameter: every part of nonsite is handed a Clock and never reads the host's time itself."""

import math
import os
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from records.errors import BadInput
from records.files import write_whole


class Clock(Protocol):
    """Wall time for records, monotonic time for durations inside one process."""

    def now(self) -> datetime:
        """The wall time, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never step back; only differences mean anything."""


class SystemClock:
    """The host's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class FrozenClock:
    """A clock that stands until it is moved; for tests and for replays."""

    def __init__(self, start: datetime) -> None:
        self._now = utc(start)
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def set(self, when: datetime) -> None:
        """Step the wall clock, as a wrong or corrected host clock would; monotonic time does not follow."""
        self._now = utc(when)

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


class SharedClock:
    """One clock for several processes on one host, kept in a small file.

    The file holds (wall microseconds, CLOCK_MONOTONIC nanoseconds at which that was true, rate). With rate 0 the clock
    stands and is stepped by `set`; with rate 1 it runs at the host's pace from where it was set.
    """

    _FORMAT = "<qqd"

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def set(self, when: datetime, rate: float = 0.0) -> None:
        """Write the time for every process at once (atomically, by rename)."""
        micros = round(utc(when).timestamp() * 1_000_000)
        data = struct.pack(self._FORMAT, micros, time.monotonic_ns(), rate)
        write_whole(self.path, data)

    def now(self) -> datetime:
        try:
            micros, anchor_ns, rate = struct.unpack(self._FORMAT, self.path.read_bytes())
        except (OSError, struct.error) as error:
            raise BadInput(
                "E_CLOCK", f"{self.path}: not a shared clock: {error}", "start the clock's owner first"
            ) from error
        if rate:
            micros += math.floor((time.monotonic_ns() - anchor_ns) / 1000 * rate)
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)

    def monotonic(self) -> float:
        return time.monotonic()


def open_clock(spec: str | None = None) -> Clock:
    """The clock that `spec` names: the host's where it is empty, else the shared clock in that file.

    Without `spec` the environment variable NONSITE_CLOCK decides.
    """
    spec = spec or os.environ.get("NONSITE_CLOCK")
    return SharedClock(spec) if spec else SystemClock()


def utc(when: datetime) -> datetime:
    """`when` in UTC; a naive time is refused, since nobody could say what it means."""
    if when.tzinfo is None:
        raise ValueError(f"a time without a zone: {when.isoformat()}")
    return when.astimezone(UTC)


def iso(when: datetime) -> str:
    """ISO 8601 UTC with milliseconds and Z, the one form in which nonsite writes times."""
    return utc(when).strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc(when).microsecond // 1000:03d}Z"


def parse_iso(text: str) -> datetime:
    """The time that an ISO 8601 text with a zone means."""
    return utc(datetime.fromisoformat(text))
