"""The last messages of a Kafka topic, read without a group."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from streams.bus import Event
from streams.kafka_client import POLL_MS, SEND_S, assign_all, down, event_of


class Tail:
    """Reads on whenever somebody asks; an id is the position in every partition, so it means the same everywhere."""

    def __init__(self, client: dict[str, Any], topic: str, history: int) -> None:
        self._topic = topic
        self._history = history
        self._kept: deque[Event] = deque(maxlen=history)
        self._at: dict[TopicPartition, int] = {}
        self._lock = threading.Lock()
        self._consumer = KafkaConsumer(**client, group_id=None, enable_auto_commit=False)
        assign_all(self._consumer, topic)

    def since(self, last_id: str | None) -> list[Event]:
        """Kept events that `last_id` (a position in every partition) does not cover, all published before included."""
        seen = _position(last_id)
        with self._lock:
            try:
                self._catch_up()
            except KafkaError as error:
                raise down(self._topic, error) from error
            return [event for event in self._kept if not _covered(event, seen)]

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._consumer.close(autocommit=False)

    def _catch_up(self) -> None:
        partitions = sorted(self._consumer.assignment())
        oldest = self._consumer.beginning_offsets(partitions)
        wanted = self._consumer.end_offsets(partitions)
        for partition, end in wanted.items():
            first = max(oldest[partition], end - self._history)
            if self._at.get(partition, -1) < first:
                self._consumer.seek(partition, first)
                self._at[partition] = first
        deadline = time.monotonic() + SEND_S
        while any(self._at[partition] < end for partition, end in wanted.items()):
            if time.monotonic() > deadline:
                raise KafkaError("the end of the topic is not reached")
            polled = self._consumer.poll(timeout_ms=POLL_MS)
            for record in sorted((r for records in polled.values() for r in records), key=lambda r: r.timestamp):
                self._at[TopicPartition(record.topic, record.partition)] = record.offset + 1
                position = ",".join(f"{one.partition}:{offset}" for one, offset in sorted(self._at.items()))
                if record.value is not None:
                    with contextlib.suppress(ValueError):  # no message: a dead letter of whoever consumes the topic
                        self._kept.append(event_of(record, f"{record.partition}@{position}"))
            for partition in partitions:  # compaction and transaction marks leave offsets without a record
                self._at[partition] = max(self._at[partition], self._consumer.position(partition))


def _position(event_id: str | None) -> dict[int, int]:
    """The next offset by partition that an id of `since` stands for."""
    if not event_id:
        return {}
    pairs = (pair.split(":") for pair in event_id.partition("@")[2].split(","))
    return {int(number): int(offset) for number, offset in pairs}


def _covered(event: Event, seen: dict[int, int]) -> bool:
    partition = int(event.id.partition("@")[0])
    return _position(event.id)[partition] <= seen.get(partition, 0)
