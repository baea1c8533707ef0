"""The processes that read cameras: what hangs or dies in one is given up, and nothing else notices."""

from __future__ import annotations

import io
import os
import queue
import signal
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from streams.demux import Raw
from streams.readers import ReaderPool, Ticket
from streams.wire import Failure, What, beat_message, failed_message, listen, opened_message, packet_message
from tests.streams.conftest import MakeVideo

PARAMETERS = {
    "codec": "h264",
    "extradata": b"\x01\x02",
    "time_base": Fraction(1, 90000),
    "size": (320, 180),
    "fps": 10.0,
    "header": None,
}
RAW = Raw(9000, None, 3600, True, False, b"\0\1picture", 1_700_000_000_000_000, True)


class Ear:
    """Hears what becomes of attempts."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()

    def opened(self, ticket: Ticket, parameters: dict[str, Any]) -> None:
        self.heard.put(("opened", parameters))

    def packet(self, ticket: Ticket, raw: Raw, received_s: float) -> None:
        self.heard.put(("packet", raw))

    def failed(self, ticket: Ticket, failure: Failure) -> None:
        self.heard.put(("failed", failure))

    def next(self, what: str) -> Any:
        while True:
            heard, body = self.heard.get(timeout=20)
            if heard == what:
                return body


@pytest.fixture
def pools() -> Iterator[Callable[..., ReaderPool]]:
    made: list[ReaderPool] = []

    def make(**how: Any) -> ReaderPool:
        made.append(ReaderPool(**how))
        return made[-1]

    yield make
    for pool in made:
        pool.end()


@pytest.fixture
def stuck(tmp_path: Path) -> str:
    """An address at which opening hangs for ever, in a system call that no deadline of FFmpeg's reaches."""
    path = tmp_path / "camera.mp4"
    os.mkfifo(path)
    return str(path)


class Nothing:
    """Has no deadlines."""

    def tick(self) -> None:
        pass


def test_what_is_said_is_heard_and_what_breaks_off_is_dropped() -> None:
    failure = Failure(True, "HTTPUnauthorizedError", "Server returned 401 Unauthorized")
    said = [beat_message(), opened_message(3, PARAMETERS), packet_message(3, RAW, 12.5), failed_message(3, failure)]
    whole = b"".join(said)
    heard = list(listen(io.BytesIO(whole)))
    assert [one.what for one in heard] == [What.BEAT, What.OPENED, What.PACKET, What.FAILED]
    assert heard[1].body == PARAMETERS
    assert heard[2].body == (RAW, 12.5)
    assert heard[3].body == failure
    assert [one.what for one in listen(io.BytesIO(whole[:-1]))] == [What.BEAT, What.OPENED, What.PACKET]


def test_a_stream_is_opened_and_its_packets_come_to_the_end(video: MakeVideo, pools: Callable[..., ReaderPool]) -> None:
    ear = Ear()
    pools().open(ear, str(video("clip.mp4")), 5, 5, suspect=False)
    assert ear.next("opened")["size"] == (320, 180)
    first = ear.next("packet")
    assert first.key and first.pts == 0
    failure = ear.next("failed")
    assert not failure.opening and failure.error == "EOFError"


def test_what_cannot_be_opened_is_told_without_its_address(pools: Callable[..., ReaderPool], tmp_path: Path) -> None:
    ear = Ear()
    pools().open(ear, f"{tmp_path}/secret-name.mp4", 5, 5, suspect=False)
    failure = ear.next("failed")
    assert failure.opening and failure.error == "FileNotFoundError"
    assert "secret-name" not in failure.text


def test_a_reader_that_hangs_is_given_up_and_its_neighbours_read_on(
    video: MakeVideo, pools: Callable[..., ReaderPool], stuck: str
) -> None:
    pool, hung, fine = pools(), Ear(), Ear()
    ticket = pool.open(hung, stuck, 0.2, 0.2, suspect=False)
    before = pool.pids
    pool.abandon(ticket)
    pool.open(fine, str(video("clip.mp4")), 5, 5, suspect=False)
    assert fine.next("failed").error == "EOFError"
    assert pool.pids == before, "its process still serves the others"
    assert hung.heard.empty()


def test_among_suspects_a_hung_reader_takes_its_process_with_it(pools: Callable[..., ReaderPool], stuck: str) -> None:
    pool, one, other = pools(), Ear(), Ear()
    healthy = pool.open(Ear(), stuck, 0.2, 0.2, suspect=False)
    ticket = pool.open(one, stuck, 0.2, 0.2, suspect=True)
    pool.open(other, stuck, 0.2, 0.2, suspect=True)
    assert len(pool.pids) == 2
    pool.abandon(ticket)
    failure = other.next("failed")
    assert "another of its readers hung" in failure.text and "signal 9" in failure.text
    assert pool.pids == [healthy.process.popen.pid]


def test_a_reader_process_killed_from_outside_is_told_to_its_cameras(
    pools: Callable[..., ReaderPool], stuck: str
) -> None:
    pool, ear = pools(), Ear()
    ticket = pool.open(ear, stuck, 5, 5, suspect=False)
    os.kill(ticket.process.popen.pid, signal.SIGKILL)
    assert "signal 9" in ear.next("failed").text
    assert pool.pids == []


def test_a_reader_process_that_stands_still_is_killed(pools: Callable[..., ReaderPool], stuck: str) -> None:
    pool, ear = pools(silent_s=1.5), Ear()
    pool.watch(Nothing())
    ticket = pool.open(ear, stuck, 5, 5, suspect=False)
    os.kill(ticket.process.popen.pid, signal.SIGSTOP)
    assert "no sign of life" in ear.next("failed").text


def test_processes_fill_up_before_another_is_started(pools: Callable[..., ReaderPool], stuck: str) -> None:
    pool = pools(cameras_a_process=2)
    tickets = [pool.open(Ear(), stuck, 5, 5, suspect=False) for _ in range(5)]
    assert len(pool.pids) == 3
    pool.close(tickets[0])
    pool.open(Ear(), stuck, 5, 5, suspect=False)
    assert len(pool.pids) == 3


def test_processes_end_with_the_last_camera(pools: Callable[..., ReaderPool], stuck: str) -> None:
    pool, one, ear = pools(), Nothing(), Ear()
    pool.watch(one)
    pool.open(ear, stuck, 5, 5, suspect=False)
    pool.forget(one)
    ear.next("failed")
    assert pool.pids == []


def test_addresses_are_not_among_the_arguments_of_a_process(pools: Callable[..., ReaderPool]) -> None:
    pool = pools()
    ticket = pool.open(Ear(), "rtsp://user:word@127.0.0.1:1/x", 1, 1, suspect=False)
    for _ in range(500):  # a process that has just begun has no arguments yet
        if arguments := Path(f"/proc/{ticket.process.popen.pid}/cmdline").read_bytes():
            break
        time.sleep(0.01)
    assert b"word" not in arguments and b"reader_process" in arguments
