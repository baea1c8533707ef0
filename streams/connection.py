"""The states of one live source and the deadlines between them; it reads nothing itself."""

from __future__ import annotations

import random
from collections import deque
from enum import StrEnum

from records import Clock
from streams.spec import ConnectPolicy, SourceState, SourceStatus

_CONNECTED = frozenset({SourceState.LIVE, SourceState.STALLED})
_WAITING = frozenset({SourceState.BACKOFF, SourceState.REFUSED})


class Action(StrEnum):
    """What the owner must do after a tick."""

    OPEN = "OPEN"  # begin an attempt
    ABANDON = "ABANDON"  # give the reader up: it did not keep its own deadline


class Connection:
    """The state machine: events and the clock in, states with reasons out.

    ::

        CONNECTING -- opened --> LIVE -- silent for stall_s --> STALLED -- a packet --> LIVE
        CONNECTING -- failed --> BACKOFF, or REFUSED where the device said no
        LIVE, STALLED -- failed, or silent for read_s + hang_s --> LOST --> BACKOFF
        BACKOFF, REFUSED -- the wait is over --> CONNECTING
        any -- end --> ENDED

    A stall is a connection on which nothing comes; a loss is no connection. The back-off grows with each attempt and is
    forgotten once a connection has held for `stable_s`: a camera that answers and breaks off does not reset it.
    """

    def __init__(self, policy: ConnectPolicy, clock: Clock, name: str) -> None:
        self._policy = policy
        self._clock = clock
        self._random = random.Random(name)
        self._attempts = 0
        self._entered_s = clock.monotonic()
        self._due_s = clock.monotonic()
        self._packet_s = clock.monotonic()
        self.lost = 0
        self.stalls = 0
        self.history: deque[SourceStatus] = deque(maxlen=64)
        self._enter(SourceState.CONNECTING, "not opened yet")
        self._begun = False

    @property
    def status(self) -> SourceStatus:
        return self.history[-1]

    @property
    def state(self) -> SourceState:
        return self.history[-1].state

    @property
    def next_attempt_in_s(self) -> float:
        """Seconds until the next attempt is due; 0 where none is waited for."""
        return max(0.0, self._due_s - self._clock.monotonic()) if self.state in _WAITING else 0.0

    def tick(self) -> Action | None:
        """Let time pass; to be called a few times a second."""
        now_s = self._clock.monotonic()
        state, policy = self.state, self._policy
        if state is SourceState.CONNECTING:
            if not self._begun:
                self._begun = True
                self._enter(SourceState.CONNECTING, "first attempt")
                return Action.OPEN
            if now_s - self._entered_s > policy.open_s + policy.hang_s:
                self._wait(SourceState.BACKOFF, "its reader hung while it connected and was given up")
                return Action.ABANDON
        elif state in _CONNECTED:
            return self._judge_silence(now_s)
        elif state in _WAITING and now_s >= self._due_s:
            self._enter(SourceState.CONNECTING, f"attempt {self._attempts + 1}")
            return Action.OPEN
        return None

    def opened(self, what: str) -> None:
        """The device answered with a stream."""
        if self.state is SourceState.CONNECTING:
            self._packet_s = self._clock.monotonic()
            self._enter(SourceState.LIVE, what)

    def packet(self) -> None:
        """Something came."""
        now_s = self._clock.monotonic()
        if self.state is SourceState.STALLED:
            self._enter(SourceState.LIVE, f"goes on after {now_s - self._packet_s:.1f} s")
        elif self._attempts and now_s - self._entered_s > self._policy.stable_s:
            self._attempts = 0
        self._packet_s = now_s

    def failed(self, why: str, refused: bool = False) -> None:
        """An attempt, or a connection, is over."""
        if self.state in _CONNECTED:
            self._lose(why)
        elif self.state is SourceState.CONNECTING:
            self._wait(SourceState.REFUSED if refused else SourceState.BACKOFF, why)

    def renew(self, why: str) -> None:
        """Connect again at once: the stream is not what it was when it was opened."""
        if self.state in _CONNECTED:
            self.lost += 1
            self._enter(SourceState.LOST, why)
            self._due_s = self._clock.monotonic()
            self._enter(SourceState.BACKOFF, f"{why}; next attempt in 0.0 s")

    def end(self, why: str) -> None:
        """Nothing more is wanted."""
        if self.state is not SourceState.ENDED:
            self._enter(SourceState.ENDED, why)

    def _judge_silence(self, now_s: float) -> Action | None:
        silent_s = now_s - self._packet_s
        if silent_s > self._policy.read_s + self._policy.hang_s:
            self._lose(f"no packet for {silent_s:.0f} s, and its reader hung")
            return Action.ABANDON
        if silent_s > self._policy.stall_s and self.state is SourceState.LIVE:
            self.stalls += 1
            self._enter(SourceState.STALLED, f"connected, but no packet for {silent_s:.1f} s")
        return None

    def _lose(self, why: str) -> None:
        self.lost += 1
        self._enter(SourceState.LOST, why)
        self._wait(SourceState.BACKOFF, why)

    def _wait(self, state: SourceState, why: str) -> None:
        policy = self._policy
        longest_s = min(policy.backoff_max_s, policy.backoff_s * 2.0**self._attempts)
        if state is SourceState.REFUSED:  # a device that counts wrong passwords locks the account
            longest_s = max(longest_s, policy.refused_s)
        wait_s = longest_s * self._random.uniform(0.5, 1.0)
        self._attempts = min(self._attempts + 1, 16)
        self._due_s = self._clock.monotonic() + wait_s
        self._enter(state, f"{why}; next attempt in {wait_s:.1f} s")

    def _enter(self, state: SourceState, why: str) -> None:
        self._entered_s = self._clock.monotonic()
        self.history.append(SourceStatus(state, why, self._clock.now()))
