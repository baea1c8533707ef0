"""The states of a live source: which follow which, when, and why."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import FrozenClock
from streams import ConnectPolicy, SourceState
from streams.connection import Action, Connection
from tests.streams.conftest import START

POLICY = ConnectPolicy(open_s=8, read_s=10, stall_s=3, backoff_s=1, backoff_max_s=60, hang_s=3, stable_s=20)
FOLLOWS = {
    SourceState.CONNECTING: {"CONNECTING", "LIVE", "BACKOFF", "REFUSED", "ENDED"},
    SourceState.LIVE: {"STALLED", "LOST", "ENDED"},
    SourceState.STALLED: {"LIVE", "LOST", "ENDED"},
    SourceState.LOST: {"BACKOFF"},
    SourceState.BACKOFF: {"CONNECTING", "ENDED"},
    SourceState.REFUSED: {"CONNECTING", "ENDED"},
    SourceState.ENDED: set(),
}


class Line:
    """A connection and the clock it goes by."""

    def __init__(self) -> None:
        self.clock = FrozenClock(START)
        self.of = Connection(POLICY, self.clock, "cam")

    def pass_s(self, seconds: float) -> list[Action]:
        """Let time pass in ticks of a fifth of a second; the actions asked for."""
        asked = []
        for _ in range(round(seconds * 5)):
            self.clock.advance(0.2)
            asked.append(self.of.tick())
        return [action for action in asked if action is not None]

    def live(self) -> Line:
        assert self.of.tick() is Action.OPEN
        self.of.opened("h264 1920x1080")
        assert self.of.state is SourceState.LIVE
        return self

    @property
    def states(self) -> list[str]:
        return [str(status.state) for status in self.of.history]


def test_silence_is_a_stall_first_and_a_packet_ends_it() -> None:
    line = Line().live()
    assert line.pass_s(3.4) == []
    assert line.of.state is SourceState.STALLED
    assert "connected, but no packet" in line.of.status.reason
    line.of.packet()
    assert line.of.state is SourceState.LIVE
    assert "goes on after 3.4 s" in line.of.status.reason
    assert (line.of.stalls, line.of.lost) == (1, 0)


def test_a_reader_that_lets_its_read_deadline_pass_is_given_up() -> None:
    line = Line().live()
    assert line.pass_s(13.4) == [Action.ABANDON]
    assert line.states[-3:] == ["STALLED", "LOST", "BACKOFF"]
    assert "its reader hung" in line.of.status.reason


def test_a_reader_that_hangs_while_it_connects_is_given_up() -> None:
    line = Line()
    assert line.of.tick() is Action.OPEN
    assert line.pass_s(11.4) == [Action.ABANDON]
    assert line.of.state is SourceState.BACKOFF


def test_a_connection_that_breaks_is_lost_without_a_stall() -> None:
    line = Line().live()
    line.of.failed("the server ended the stream")
    assert line.states[-2:] == ["LOST", "BACKOFF"]
    assert "the server ended the stream; next attempt in" in line.of.status.reason
    assert line.pass_s(1.2) == [Action.OPEN]
    assert line.of.state is SourceState.CONNECTING


def test_the_wait_grows_and_is_never_quite_the_same() -> None:
    line = Line()
    line.of.tick()
    waits = []
    for _ in range(9):
        line.of.failed("no route to host")
        waits.append(line.of.next_attempt_in_s)
        line.clock.advance(line.of.next_attempt_in_s)
        assert line.of.tick() is Action.OPEN
    for attempt, wait_s in enumerate(waits):
        longest_s = min(60.0, 2.0**attempt)
        assert longest_s / 2 <= wait_s <= longest_s
    assert len({round(wait_s / 2**n, 3) for n, wait_s in enumerate(waits)}) == len(waits)


def test_a_device_that_says_no_is_asked_again_much_later() -> None:
    line = Line()
    line.of.tick()
    line.of.failed("401 Unauthorized", refused=True)
    assert line.of.state is SourceState.REFUSED
    assert line.of.next_attempt_in_s >= POLICY.refused_s / 2
    assert line.pass_s(POLICY.refused_s / 2 - 1) == []
    line.clock.advance(line.of.next_attempt_in_s)
    assert line.of.tick() is Action.OPEN


@pytest.mark.parametrize(("held_s", "forgotten"), [(1.0, False), (25.0, True)])
def test_only_a_connection_that_held_forgets_the_failures_before_it(held_s: float, forgotten: bool) -> None:
    line = Line()
    line.of.tick()
    for _ in range(4):
        line.of.failed("no route to host")
        line.clock.advance(60)
        line.of.tick()
    line.of.opened("h264")
    for _ in range(round(held_s)):
        line.clock.advance(1.0)
        line.of.packet()
    line.of.failed("reset by peer")
    assert (line.of.next_attempt_in_s <= 1.0) is forgotten


@given(
    st.lists(st.sampled_from(["tick", "wait", "long", "opened", "packet", "failed", "refused", "renew"]), max_size=80)
)
def test_whatever_happens_only_lawful_states_follow_with_reasons(events: list[str]) -> None:
    line = Line()
    for event in events:
        if event in {"tick", "wait", "long"}:
            line.clock.advance({"tick": 0.2, "wait": 4.0, "long": 400.0}[event])
            line.of.tick()
        elif event == "opened":
            line.of.opened("h264")
        elif event == "packet":
            line.of.packet()
        elif event == "renew":
            line.of.renew("another size")
        else:
            line.of.failed("why", refused=event == "refused")
    line.of.end("closed")
    history = list(line.of.history)
    assert all(str(b.state) in FOLLOWS[a.state] for a, b in pairwise(history)), line.states
    assert all(status.reason for status in history)
    assert line.of.tick() is None
