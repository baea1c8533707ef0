"""One member of a Kafka consumer group among which the keys of a compacted topic are dealt out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from records import BadInput
from streams import bus as contract
from streams.bus import Message, ShareHandler
from streams.kafka_assignor import EvenAssignor, Loads, loads_of
from streams.kafka_client import POLL_MS, join, lag_of, member_of, put_row
from streams.kafka_member import Member

log = structlog.get_logger("bus")
EVEN_S = 10.0
"""How long a member keeps news of its keys to itself before it asks the group to deal anew [given]."""


class ShareMember(Member, ConsumerRebalanceListener):  # type: ignore[misc]
    """Holds the partitions that Kafka's cooperative protocol assigns, and tells its handler what lies in them.

    The protocol takes a partition from its old member first: the handler hears of that, and returns, inside the
    callback; only then does the new member get it. A member that the broker has lost sight of keeps what it holds, and
    hears at its next assignment what is left of it. No offsets are kept: the table is read anew by whoever gets it.
    """

    def __init__(
        self, client: dict[str, Any], topic: str, group: str, handler: ShareHandler, strength: float = 1.0
    ) -> None:
        super().__init__(f"share-{topic}-{group}", client, group)
        self._handler = handler
        self._told: dict[str, Message] | None = None
        self._tables: dict[TopicPartition, dict[str, Message]] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._assigned = self._dirty = self._rest = False
        self._lock = threading.RLock()
        self._topic = topic
        self._loads: Loads = {}
        self._asked = -EVEN_S
        self._assignor = EvenAssignor(lambda: self._loads, strength)
        self._begin()

    def _client(self) -> KafkaConsumer:
        return member_of(self._settings, self._group, partition_assignment_strategy=(self._assignor,))

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Kafka's callback: others get these as soon as it has returned."""
        with self._lock:
            for partition in revoked:
                self._tables.pop(partition, None)
                self._ends.pop(partition, None)
            self._loads = loads_of(self._tables)
            self._tell()

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        """Kafka's callback: the group went on without us. Nobody could tell us, so nothing stops."""
        log.warning("out of the group, watching on", partitions=len(list(lost)))

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Kafka's callback, after every assignment."""
        self._assigned = True

    def _run(self, turn: int) -> None:
        consumer, joined = self._consumer, False
        while self._on(turn):
            try:
                if not joined:
                    join(consumer, self._topic, self._stopping, self)
                    joined = True
                with self._asking(turn):
                    polled = consumer.poll(timeout_ms=POLL_MS)
                if not self._on(turn):
                    break
                for partition, records in polled.items():
                    with self._lock:
                        for record in records:
                            put_row(self._tables.setdefault(partition, {}), record)
                        self._dirty = True
                if self._rest:
                    self._stopping.wait(contract.AGAIN_S)
                    self._rest = False
                self._follow()
            except (KafkaError, BadInput) as error:
                log.warning("share put off", reason=str(error))
                self._stopping.wait(contract.AGAIN_S)
        try:
            consumer.close(autocommit=False)
        except KafkaError as error:
            log.warning("left without farewell", reason=str(error))
        if turn != self._turn:
            return
        with self._lock:
            self._tables.clear()
            self._tell()

    def _follow(self) -> None:
        """Tell the handler what is held, once all of it has been read."""
        if self._assigned:
            held = self._consumer.assignment()
            ends = self._consumer.end_offsets(list(held)) if held else {}
            with self._lock:
                self._assigned = False
                self._tables = {one: self._tables.get(one, {}) for one in self._consumer.assignment()}
                self._ends = {one: ends.get(one, 0) for one in self._tables}
                self._dirty = True
        if self._dirty:
            held = self._consumer.assignment()
            if all(self._consumer.position(one) >= end for one, end in self._ends.items() if one in held):
                with self._lock:
                    self._dirty = False
                    self._loads = loads_of(self._tables)
                    self._tell()
        if self._assignor.outdated and time.monotonic() > self._asked + EVEN_S:
            self._asked = time.monotonic()
            self._consumer._coordinator.request_rejoin()  # kafka-python has no door to it yet (Java: enforceRebalance)
        self._lag = lag_of(self._consumer, self._consumer.assignment())

    def _tell(self) -> None:
        holds = {key: message for table in self._tables.values() for key, message in table.items()}
        if holds == self._told:
            return
        self._told = holds
        try:
            self._handler(dict(holds))
        except Exception as error:  # it is told again until it takes it
            self._told, self._dirty, self._rest = None, True, True
            log.warning("a share was not taken", keys=len(holds), reason=str(error), exc_info=not _known(error))


def _known(error: Exception) -> bool:
    return isinstance(error, BadInput)
