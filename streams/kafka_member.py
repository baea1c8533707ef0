"""What members of Kafka consumer groups have in common: a thread of their own, an end to it, and who looks after it."""

from __future__ import annotations

import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import structlog
from kafka import KafkaConsumer
from kafka.errors import KafkaError

from streams.kafka_client import expel

log = structlog.get_logger("bus")
STUCK_S = 45.0
"""A client library that has not answered for so long is taken to be stuck for ever [given]."""
TICK_S = 1.0


class Member(ABC):
    """A seat in a consumer group; `_run` is its thread and ends soon after `_on` says so.

    kafka-python's consumer and its heartbeat may wait for each other for ever (seen with 3.0.12: the broker expels the
    member, and nobody hears of it). A member whose client does not answer is begun anew with another one, and the stuck
    thread, should it ever come back, finds that its turn is over.
    """

    def __init__(self, name: str, client: dict[str, Any], group: str) -> None:
        self._name, self._settings, self._group = name, client, group
        self._stopping = threading.Event()
        self._lag = 0
        self._turn = 0
        self._asked_s: float | None = None
        self._consumer: Any = None
        self._thread = threading.current_thread()

    @property
    def lag(self) -> int:
        """Messages that the member has yet to take, as of its last look."""
        return self._lag

    def stop(self) -> None:
        """Ask the thread to end after what it is at."""
        self._stopping.set()

    def close(self) -> None:
        """Stop, and wait until the group has been left."""
        self.stop()
        if self._thread is not threading.current_thread():
            self._thread.join(STUCK_S)

    def look_after(self) -> None:
        """Begin anew where the client has not answered for too long. Raises KafkaError where the broker is away."""
        asked_s = self._asked_s
        if asked_s is None or self._stopping.is_set() or time.monotonic() - asked_s < STUCK_S:
            return
        log.warning("a client is stuck, begun anew", member=self._name)
        expel(self._settings, self._group, self._consumer)
        self._begin()

    def _begin(self) -> None:
        self._consumer = self._client()
        self._turn, self._asked_s = self._turn + 1, None
        self._thread = threading.Thread(target=self._run, args=(self._turn,), name=self._name, daemon=True)
        self._thread.start()
        _look_after(self)

    def _on(self, turn: int) -> bool:
        """Whether the thread of this turn shall go on."""
        return turn == self._turn and not self._stopping.is_set()

    @contextlib.contextmanager
    def _asking(self, turn: int) -> Iterator[None]:
        """While the client is asked for something."""
        if turn == self._turn:
            self._asked_s = time.monotonic()
        try:
            yield
        finally:
            if turn == self._turn:
                self._asked_s = None

    @abstractmethod
    def _client(self) -> KafkaConsumer:
        """A client of the group."""

    @abstractmethod
    def _run(self, turn: int) -> None:
        """The thread."""


_members: WeakSet[Member] = WeakSet()
_lock = threading.Lock()
_keeper: threading.Thread | None = None


def _look_after(member: Member) -> None:
    global _keeper
    with _lock:
        _members.add(member)
        if _keeper is None:
            _keeper = threading.Thread(target=_keep, name="bus-keeper", daemon=True)
            _keeper.start()


def _keep() -> None:
    while True:
        time.sleep(TICK_S)
        with _lock:
            members = list(_members)
        for member in members:
            with contextlib.suppress(KafkaError):  # the broker is away: at the next tick
                member.look_after()
        del members
