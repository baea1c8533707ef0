"""What every source is, wherever its frames come from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from records import Clock
from streams.frame import Frame
from streams.ring import PacketRing
from streams.spec import SourceSpec, SourceState, SourceStatus


class Told:
    """The states of a source that tells them itself, with their reasons."""

    def __init__(self, clock: Clock) -> None:
        self.history: deque[SourceStatus] = deque(maxlen=64)
        self._clock = clock

    @property
    def state(self) -> SourceState:
        return self.history[-1].state

    @property
    def reason(self) -> str:
        return self.history[-1].reason

    def _enter(self, state: SourceState, why: str) -> None:
        self.history.append(SourceStatus(state, why, self._clock.now()))


class Source(Protocol):
    """Where frames come from. One thread iterates `frames()`; the rest may be called from any."""

    spec: SourceSpec
    ring: PacketRing
    live: bool
    missed: int
    """Looks that were due and never handed out, because newer ones came first."""

    @property
    def history(self) -> deque[SourceStatus]:
        """The latest states, newest last."""
        ...

    @property
    def state(self) -> SourceState:
        """What the source is doing now."""
        ...

    @property
    def reason(self) -> str:
        """Why it is in that state; credentials never in it."""
        ...

    @property
    def reconnects(self) -> int:
        """How often a connection was lost."""
        ...

    def frames(self, *, decoded: bool = True) -> Iterator[Frame]:
        """Frames by the watch rule, until the source ends or is closed; never raises for what the source does.

        With `decoded` False pictures may be left to be decoded by whoever asks `Frame.sound`; else all are sound.
        """
        ...

    def advance_to(self, captured_at: datetime) -> bool:
        """Read a recording on until the ring holds whole groups up to `captured_at`; frames met come later, in order.

        False where the recording ends before, or where a live source has not come so far (it is never waited for).
        """
        ...

    def confirm(self, t0: datetime, t1: datetime, fps: float) -> Iterator[Frame]:
        """Frames captured from `t0` to `t1` at up to `fps` a second, decoded from the ring, whatever the watch rule."""
        ...

    def close(self) -> None:
        """Stop reading and let go of the connection; what is in the ring stays."""
        ...
