"""One member of a Kafka consumer group that takes messages one after the other."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from records import BadInput
from streams import bus as contract
from streams.bus import Event, Handler, NotNow, hand_over
from streams.kafka_client import POLL_MS, event_of, join, key_of, member_of
from streams.kafka_member import Member

TOLD_BYTES = 10_000
"""How much of what is no message its dead letter tells."""


class GroupMember(Member):
    """Hands messages to its handler on a thread of its own and commits after the handler has returned.

    A handler that says NotNow has its partition paused and asked again after AGAIN_S; the member stays in the group
    meanwhile, and the other partitions go on.
    """

    def __init__(
        self,
        client: dict[str, Any],
        topic: str,
        group: str,
        handler: Handler,
        dead: Callable[[Event, str, Exception], None],
    ) -> None:
        super().__init__(f"bus-{topic}-{group}", client, group)
        self._topic, self._handler, self._dead = topic, handler, dead
        self._resting: dict[TopicPartition, float] = {}
        self._done: dict[TopicPartition, int] = {}
        self._at: dict[TopicPartition, int] = {}
        self._begin()

    def _client(self) -> KafkaConsumer:
        self._resting.clear()
        self._done.clear()
        return member_of(self._settings, self._group, max_poll_records=500)

    def _run(self, turn: int) -> None:
        consumer, joined = self._consumer, False
        while self._on(turn):
            try:
                if not joined:
                    join(consumer, self._topic, self._stopping)
                    joined = True
                self._resume()
                with self._asking(turn):
                    polled = consumer.poll(timeout_ms=POLL_MS)
                if not self._on(turn):
                    break
                try:
                    for partition, records in polled.items():
                        self._take(partition, records)
                finally:
                    with self._asking(turn):
                        self._commit()
                self._lag = self._behind()
            except (KafkaError, BadInput):
                self._stopping.wait(contract.AGAIN_S)  # the broker is away, or the group moved: poll joins again
        if turn == self._turn:
            with contextlib.suppress(KafkaError):
                self._commit()
        consumer.close(autocommit=False)

    def _resume(self) -> None:
        for partition in [one for one, until in self._resting.items() if time.monotonic() >= until]:
            del self._resting[partition]
            if partition in self._consumer.assignment():
                self._consumer.resume(partition)

    def _take(self, partition: TopicPartition, records: list[Any]) -> None:
        done = None
        try:
            for record in records:
                if self._stopping.is_set():
                    return
                if record.value is not None:  # a retracted key of a compacted topic has no message
                    self._hand_over(record)
                done = record.offset + 1
        except NotNow:
            self._again_from(partition, records[0].offset if done is None else done)
            self._consumer.pause(partition)
            self._resting[partition] = time.monotonic() + contract.AGAIN_S
        except BadInput:
            self._again_from(partition, records[0].offset if done is None else done)
            raise
        finally:
            if done is not None:
                self._done[partition] = self._at[partition] = done

    def _commit(self) -> None:
        """Tell the group what is done; what could not be told is told with the next, or at the end."""
        held = self._consumer.assignment()
        self._done = {one: offset for one, offset in self._done.items() if one in held}
        if self._done:
            self._consumer.commit({one: OffsetAndMetadata(offset, "", -1) for one, offset in self._done.items()})
            self._done = {}

    def _behind(self) -> int:
        """Messages between what was taken and the end that the last fetches saw."""
        ends = {one: self._consumer.highwater(one) for one in self._consumer.assignment()}
        return sum(max(0, end - self._at.get(one, end)) for one, end in ends.items() if end is not None)

    def _hand_over(self, record: Any) -> None:
        place = f"{record.partition}@{record.partition}:{record.offset + 1}"
        try:
            event = event_of(record, place)
        except ValueError as error:  # somebody put on the bus what is no message
            text = record.value[:TOLD_BYTES].decode(errors="replace")
            self._dead(Event(place, record.topic, key_of(record), {"text": text}), self._group, error)
            return
        refused = hand_over(self._handler, event.message)
        if refused is not None:
            self._dead(event, self._group, refused)

    def _again_from(self, partition: TopicPartition, offset: int) -> None:
        if partition in self._consumer.assignment():
            self._consumer.seek(partition, offset)
