"""The bus over Apache Kafka: thin, since the log, the groups and the delivery are Kafka's own."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

from records import BadInput
from streams.bus import Event, Handler, Message, Subscription, dead_letter, hand_over, stamped
from streams.topics import DEADLETTER, TOPICS

SEND_S = 30.0
POLL_MS = 200
AGAIN_S = 1.0


class KafkaBus:
    """`Bus` on a Kafka cluster (see `streams.bus.Bus` for what it promises).

    The producer is idempotent and waits for all replicas; consumers commit by hand after their handler has returned,
    so a message whose handler did not return comes again, to whoever takes over its partition. Order holds within a
    key. An event id is the position in every partition after it, so it means the same in every process.
    """

    def __init__(
        self,
        bootstrap: str,
        client_id: str = "nonsite",
        *,
        partitions: int = 6,
        replicas: int = -1,
        history: int = 1000,
        connect_s: float = 10.0,
    ) -> None:
        """Connect to `bootstrap` (host:port, several by comma) and create topics that are missing.

        Raises BadInput E_BUS_DOWN where no broker answers.
        """
        self._client: dict[str, Any] = {
            "bootstrap_servers": bootstrap.split(","),
            "client_id": client_id,
            "bootstrap_timeout_ms": int(connect_s * 1000),
        }
        self._history = history
        self._tails: dict[str, _Tail] = {}
        self._subscriptions: list[_Consumer] = []
        self._lock = threading.Lock()
        try:
            _create_topics(self._client, partitions, replicas)
            self._producer = KafkaProducer(
                **self._client, acks="all", enable_idempotence=True, compression_type="gzip", max_block_ms=SEND_S * 1000
            )
        except KafkaError as error:
            raise _down(bootstrap, error) from error

    def publish(self, topic: str, key: str, message: Message) -> None:
        value = json.dumps(stamped(topic, message), ensure_ascii=False, allow_nan=False).encode()
        try:
            self._producer.send(topic, key=key.encode(), value=value).get(SEND_S)
        except KafkaError as error:
            raise _down(topic, error) from error

    def subscribe(self, topic: str, group: str, handler: Handler) -> Subscription:
        stamped(topic, {})  # refuses an unknown topic
        consumer = _Consumer(self._client, topic, group, handler, self._dead)
        with self._lock:
            self._subscriptions.append(consumer)
        return consumer

    def since(self, topic: str, last_id: str | None) -> list[Event]:
        with self._lock:
            tail = self._tails.get(topic)
            if tail is None:
                tail = self._tails[topic] = _Tail(self._client, topic, self._history)
        return tail.since(last_id)

    def close(self) -> None:
        with self._lock:
            consumers, tails = list(self._subscriptions), list(self._tails.values())
        for consumer in consumers:
            consumer.stop()
        for consumer in consumers:
            consumer.close()
        for tail in tails:
            tail.close()
        self._producer.close(timeout=5)

    def _dead(self, event: Event, group: str, error: Exception) -> None:
        if event.topic != DEADLETTER:
            self.publish(DEADLETTER, event.topic, dead_letter(event, group, error))


class _Consumer:
    """One member of a consumer group, on a thread of its own."""

    def __init__(
        self,
        client: dict[str, Any],
        topic: str,
        group: str,
        handler: Handler,
        dead: Callable[[Event, str, Exception], None],
    ) -> None:
        self._topic, self._group, self._handler, self._dead = topic, group, handler, dead
        self._stopping = threading.Event()
        self._consumer = KafkaConsumer(
            topic,
            **client,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=100,
        )
        self._thread = threading.Thread(target=self._run, name=f"bus-{topic}-{group}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end after the message that it is at."""
        self._stopping.set()

    def close(self) -> None:
        self.stop()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                for partition, records in self._consumer.poll(timeout_ms=POLL_MS).items():
                    self._take(partition, records)
            except (KafkaError, BadInput):
                self._stopping.wait(AGAIN_S)  # the broker is away, or the group moved: the next poll joins again
        self._consumer.close(autocommit=False)

    def _take(self, partition: TopicPartition, records: list[Any]) -> None:
        done = None
        try:
            for record in records:
                if self._stopping.is_set():
                    return
                event = _event(record, f"{record.partition}@{record.partition}:{record.offset + 1}")
                error = hand_over(self._handler, event.message)
                if error is not None:
                    self._dead(event, self._group, error)
                done = record.offset + 1
        except BadInput:
            self._consumer.seek(partition, records[0].offset if done is None else done)
            raise
        finally:
            if done is not None:
                self._consumer.commit({partition: OffsetAndMetadata(done, "", -1)})


class _Tail:
    """The last messages of a topic, read without a group whenever somebody asks."""

    def __init__(self, client: dict[str, Any], topic: str, history: int) -> None:
        self._topic = topic
        self._history = history
        self._kept: deque[Event] = deque(maxlen=history)
        self._at: dict[TopicPartition, int] = {}
        self._lock = threading.Lock()
        self._consumer = KafkaConsumer(**client, group_id=None, enable_auto_commit=False)
        numbers = self._consumer.partitions_for_topic(topic) or set()
        self._consumer.assign([TopicPartition(topic, number) for number in sorted(numbers)])

    def since(self, last_id: str | None) -> list[Event]:
        """Kept events that `last_id` (a position in every partition) does not cover, all published before included."""
        seen = _position(last_id)
        with self._lock:
            try:
                self._catch_up()
            except KafkaError as error:
                raise _down(self._topic, error) from error
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
                self._kept.append(_event(record, f"{record.partition}@{position}"))
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


def _event(record: Any, event_id: str) -> Event:
    return Event(event_id, record.topic, (record.key or b"").decode(), json.loads(record.value))


def _create_topics(client: dict[str, Any], partitions: int, replicas: int) -> None:
    admin = KafkaAdminClient(**client)
    try:
        missing = sorted(set(TOPICS) - set(admin.list_topics()))
        for name in missing:
            policy = {"cleanup.policy": "compact"} if TOPICS[name].compacted else {}
            try:
                admin.create_topics([NewTopic(name, partitions, replicas, topic_configs=policy)])
            except TopicAlreadyExistsError:
                continue  # another process was faster
        deadline = time.monotonic() + SEND_S
        while set(TOPICS) - set(admin.list_topics()) and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        admin.close()


def _down(what: str, error: Exception) -> BadInput:
    return BadInput("E_BUS_DOWN", f"{what}: the bus does not answer: {error}", "check the broker and its address")
