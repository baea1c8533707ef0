"""What every part of the Kafka bus shares: the connection's settings, records, tables, topics."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

import structlog
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import MemberToRemove, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.partitioner import Partitioner, murmur2

from records import BadInput
from streams.bus import Event, Message, decoded
from streams.topics import TOPICS, family

log = structlog.get_logger("bus")
SEND_S = 15.0
POLL_MS = 200
SESSION_MS = 10_000
"""A member that has not been heard of for this long has its cameras given to the others [given]."""
HEARTBEAT_MS = 2_000
METADATA_MS = 30_000
LARGEST = 8 << 20
"""Bytes of the largest message: the layers of a whole district, the incidents of a busy camera group."""


class FamilyPartitioner(Partitioner):  # type: ignore[misc]
    """Kafka's own hash, over the family of the key."""

    def partition(self, topic: str, key: Any, serialized_key: bytes, value: Any, data: bytes, cluster: Any) -> int:
        """The partition of a record; see `kafka.partitioner.Partitioner`."""
        return partition_of(serialized_key.decode(), len(cluster.partitions_for_topic(topic)))


@lru_cache(maxsize=100_000)
def partition_of(key: str, count: int) -> int:
    """Which of `count` partitions a key belongs to. Remembered: the hash is plain Python, and keys come again."""
    number: int = murmur2(family(key).encode()) & 0x7FFFFFFF
    return number % count


def client_settings(bootstrap: str, client_id: str, connect_s: float) -> dict[str, Any]:
    """What producer, consumers and admin are told alike. A broker that was away is asked again within 2 s."""
    return {
        "bootstrap_servers": bootstrap.split(","),
        "client_id": client_id,
        "bootstrap_timeout_ms": int(connect_s * 1000),
        "reconnect_backoff_max_ms": 2000,
    }


def event_of(record: Any, event_id: str) -> Event:
    """A record that holds a message. Raises ValueError where it holds something else."""
    return Event(event_id, record.topic, key_of(record), decoded(record.value))


def key_of(record: Any) -> str:
    """A record's key; whoever put it there may have had other ideas of text."""
    return (record.key or b"").decode(errors="replace")


def put_row(table: dict[str, Message], record: Any) -> None:
    """Let a record of a compacted topic take effect on its table; one without a message takes its key out.

    What is no message changes nothing: whoever put it there must not take a key from those who read the table.
    """
    if record.value is None:
        table.pop(key_of(record), None)
        return
    try:
        table[key_of(record)] = decoded(record.value)
    except ValueError as error:
        log.warning("no message", topic=record.topic, key=key_of(record), reason=str(error))


def assign_all(consumer: KafkaConsumer, topic: str) -> list[TopicPartition]:
    """Let a consumer without a group read every partition of a topic."""
    numbers = consumer.partitions_for_topic(topic) or set()
    partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
    consumer.assign(partitions)
    return partitions


def member_of(client: dict[str, Any], group: str, **more: Any) -> KafkaConsumer:
    """A consumer for one member of a group; it commits by hand."""
    return KafkaConsumer(
        **client,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=SESSION_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
        metadata_max_age_ms=METADATA_MS,
        **more,
    )


def join(consumer: KafkaConsumer, topic: str, stopping: threading.Event, listener: Any = None) -> None:
    """Subscribe once the topic's partitions are known: who joins without them is dealt nothing until the next time."""
    while not stopping.is_set() and not consumer.partitions_for_topic(topic):
        stopping.wait(0.1)
    consumer.subscribe([topic], listener=listener)


def expel(client: dict[str, Any], group: str, consumer: KafkaConsumer) -> None:
    """Have a group go on without a consumer that cannot leave it itself, so that it need not be waited for."""
    member_id = consumer._coordinator._generation.member_id  # no door that would not wait for the consumer's locks
    if member_id:
        admin = KafkaAdminClient(**client)
        try:
            admin.remove_group_members(group, [MemberToRemove(member_id=member_id, reason="its client is stuck")])
        finally:
            admin.close()


def read_table(client: dict[str, Any], topic: str, keys: Collection[str] | None = None) -> dict[str, Message]:
    """The table of a compacted topic as it is now; with `keys` only their partitions are read.

    Raises KafkaError where the broker does not answer in time.
    """
    table: dict[str, Message] = {}
    consumer = KafkaConsumer(**client, group_id=None, enable_auto_commit=False)
    try:
        partitions = assign_all(consumer, topic)
        if keys is not None:
            wanted = {partition_of(key, len(partitions)) for key in keys}
            partitions = [one for one in partitions if one.partition in wanted]
            consumer.assign(partitions)
        if not partitions:
            return {}
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        deadline = time.monotonic() + SEND_S
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            if time.monotonic() > deadline:
                raise KafkaError(f"the end of {topic} is not reached")
            for records in consumer.poll(timeout_ms=POLL_MS).values():
                for record in records:
                    put_row(table, record)
    finally:
        consumer.close(autocommit=False)
    return table if keys is None else {key: table[key] for key in keys if key in table}


def create_topics(client: dict[str, Any], partitions: int, shares: int, replicas: int) -> None:
    """Create the topics that are missing: `shares` partitions where a topic is dealt out, else `partitions`."""
    admin = KafkaAdminClient(**client)
    try:
        for name in sorted(set(TOPICS) - set(admin.list_topics())):
            topic = TOPICS[name]
            settings = {"max.message.bytes": str(LARGEST)}
            if topic.compacted:
                settings |= {"cleanup.policy": "compact"}
            count = shares if topic.shared else partitions
            try:
                admin.create_topics([NewTopic(name, count, replicas, topic_configs=settings)])
            except TopicAlreadyExistsError:
                continue  # another process was faster
        deadline = time.monotonic() + SEND_S
        while set(TOPICS) - set(admin.list_topics()) and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        admin.close()


def down(what: str, error: BaseException) -> BadInput:
    """The refusal for a broker that does not answer."""
    return BadInput("E_BUS_DOWN", f"{what}: the bus does not answer: {error}", "check the broker and its address")


def lag_of(consumer: KafkaConsumer, partitions: Iterable[TopicPartition]) -> int:
    """Messages between where a consumer stands and the end that its last fetches saw."""
    behind = 0
    for partition in partitions:
        end = consumer.highwater(partition)
        if end is not None:
            behind += max(0, end - consumer.position(partition))
    return behind
