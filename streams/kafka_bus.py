"""The bus over Apache Kafka: thin, since the log, the groups and the delivery are Kafka's own."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Collection, Sequence

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from records import BadInput
from streams.bus import (
    Event,
    Handler,
    Letter,
    Message,
    ShareHandler,
    Subscription,
    dead_letter,
    encoded,
    need_compacted,
    stamped,
)
from streams.kafka_access import BrokerAccess
from streams.kafka_client import LARGEST, SEND_S, FamilyPartitioner, client_settings, create_topics, down, read_table
from streams.kafka_consumer import TOLD_BYTES, GroupMember
from streams.kafka_share import ShareMember
from streams.kafka_tail import Tail
from streams.topics import DEADLETTER


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
        shares: int = 60,
        replicas: int = -1,
        history: int = 1000,
        connect_s: float = 10.0,
        strength: float = 1.0,
        access: BrokerAccess | None = None,
    ) -> None:
        """Connect to `bootstrap` (host:port, several by comma) and create topics that are missing.

        `shares` is the number of partitions of topics that are dealt out: more members than that would idle. `strength`
        is how many times the keys of a member of strength 1 this one is dealt, `access` how it shows who it is.
        Raises BadInput E_BUS_DOWN where no broker answers, E_BUS_ACCESS where `access` names what cannot be read.
        """
        self._strength = strength
        self._client = {**client_settings(bootstrap, client_id, connect_s), **(access or BrokerAccess()).client()}
        self._history = history
        self._tails: dict[str, Tail] = {}
        self._members: list[GroupMember | ShareMember] = []
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None
        try:
            create_topics(self._client, partitions, shares, replicas)
            self._producer = self._new_producer()
        except KafkaError as error:
            raise down(bootstrap, error) from error

    def _new_producer(self) -> KafkaProducer:
        return KafkaProducer(
            **self._client,
            acks="all",
            enable_idempotence=True,
            compression_type="gzip",
            partitioner=FamilyPartitioner(),
            max_request_size=LARGEST,
            max_block_ms=int(SEND_S * 1000),
            request_timeout_ms=int(SEND_S * 500),
            delivery_timeout_ms=int(SEND_S * 1000) - 1000,
        )

    def publish(self, topic: str, key: str, message: Message) -> None:
        self.publish_all([(topic, key, message)])

    def publish_all(self, letters: Sequence[Letter]) -> None:
        self._send([(topic, key, encoded(topic, message)) for topic, key, message in letters])

    def retract(self, topic: str, key: str) -> None:
        need_compacted(topic)
        self._send([(topic, key, None)])

    def _send(self, records: Sequence[tuple[str, str, bytes | None]]) -> None:
        topic = "nothing"
        producer = self._producer_now()
        try:
            sent = []
            for topic, key, value in records:
                sent.append(producer.send(topic, key=key.encode(), value=value))
            for future in sent:
                future.get(SEND_S)
        except MessageSizeTooLargeError as error:
            raise BadInput("E_BUS_MESSAGE", f"{topic}: {error}", f"at most {LARGEST} bytes") from error
        except KafkaError as error:
            self._give_up(producer)
            raise down(topic, error) from error

    def _producer_now(self) -> KafkaProducer:
        with self._lock:
            if self._producer is None:
                try:
                    self._producer = self._new_producer()
                except KafkaError as error:
                    raise down("producer", error) from error
            return self._producer

    def _give_up(self, producer: KafkaProducer) -> None:
        """Let the next message have a producer of its own: one whose connection fell silent does not find back."""
        with self._lock:
            if self._producer is not producer:
                return
            self._producer = None
        threading.Thread(target=_close, args=(producer,), name="producer-close", daemon=True).start()

    def subscribe(self, topic: str, group: str, handler: Handler) -> Subscription:
        stamped(topic, {})  # refuses an unknown topic
        return self._seated(GroupMember(self._client, topic, group, handler, self._dead))

    def share(self, topic: str, group: str, handler: ShareHandler) -> Subscription:
        need_compacted(topic)
        return self._seated(ShareMember(self._client, topic, f"{group}-share", handler, self._strength))

    def _seated(self, member: GroupMember | ShareMember) -> Subscription:
        with self._lock:
            self._members.append(member)
        return member

    def table(self, topic: str, keys: Collection[str] | None = None) -> dict[str, Message]:
        need_compacted(topic)
        try:
            return read_table(self._client, topic, keys)
        except KafkaError as error:
            raise down(topic, error) from error

    def since(self, topic: str, last_id: str | None) -> list[Event]:
        with self._lock:
            tail = self._tails.get(topic)
            if tail is None:
                tail = self._tails[topic] = Tail(self._client, topic, self._history)
        return tail.since(last_id)

    def close(self) -> None:
        with self._lock:
            members, tails = list(self._members), list(self._tails.values())
        for member in members:
            member.stop()
        for member in members:
            member.close()
        for tail in tails:
            tail.close()
        if self._producer is not None:
            _close(self._producer)

    def _dead(self, event: Event, group: str, error: Exception) -> None:
        if event.topic == DEADLETTER:
            return
        letter = dead_letter(event, group, error)
        try:
            self.publish(DEADLETTER, event.topic, letter)
        except BadInput as refused:
            if refused.code != "E_BUS_MESSAGE":
                raise
            told = {
                "text": json.dumps(event.message)[:TOLD_BYTES]
            }  # too long with its letter, or a number that is none
            self.publish(DEADLETTER, event.topic, {**letter, "message": told, "error": str(refused)})


def _close(producer: KafkaProducer) -> None:
    """What has not left by now is its sender's to send again: nobody was told that it was taken."""
    with contextlib.suppress(KafkaError):
        producer.close(timeout=5)
