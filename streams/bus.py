"""The event bus: one contract, in one process or over Kafka."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from zlib import crc32

from records import BadInput
from streams.topics import DEADLETTER, TOPICS

Message = dict[str, Any]
Handler = Callable[[Message], None]
RETRY_DELAYS_S = (0.05, 0.2, 1.0)
"""Waits before a failed message is handed to its handler again; after the last it is a dead letter [given]."""


@dataclass(frozen=True, slots=True)
class Event:
    """A message as it lies on the bus; `id` is opaque, and `Bus.since` goes on after it."""

    id: str
    topic: str
    key: str
    message: Message


class Subscription(Protocol):
    """A handler in its place."""

    def close(self) -> None:
        """Take no more messages; what was handed over and not finished comes again to the group."""
        ...


class Bus(Protocol):
    """At least once to every group, in order within a key; consumers are idempotent by event id.

    Messages are JSON objects and carry `schema` and `version`; where a sender left them out, those of the topic are
    put in. A handler that raises gets the message again after each of RETRY_DELAYS_S; after that the message goes to
    `nonsite.deadletter` with its topic, key, group and error, and the next one is handed over.
    """

    def publish(self, topic: str, key: str, message: Message) -> None:
        """Put a message on the bus; when this returns it will not be lost. BadInput E_BUS_MESSAGE, E_BUS_DOWN."""
        ...

    def subscribe(self, topic: str, group: str, handler: Handler) -> Subscription:
        """Hand every message of `topic` to one handler of `group`, and to every other group too.

        A group that was there before goes on where it stopped; a new one begins with the oldest message kept.
        """
        ...

    def since(self, topic: str, last_id: str | None) -> list[Event]:
        """Events after `last_id`, oldest first; with None, or an id no longer kept, all that are kept."""
        ...

    def close(self) -> None:
        """Let go of handlers and connections."""
        ...


def stamped(topic: str, message: Message) -> Message:
    """`message` with `schema` and `version`; refused where it is no JSON object (BadInput E_BUS_MESSAGE)."""
    if topic not in TOPICS:
        raise BadInput("E_BUS_MESSAGE", f"unknown topic {topic!r}", ", ".join(TOPICS))
    full = {"schema": TOPICS[topic].schema, "version": TOPICS[topic].version} | message
    try:
        json.dumps(full, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadInput("E_BUS_MESSAGE", f"{topic}: not JSON: {error}", "plain values only, times as text") from error
    return full


def hand_over(handler: Handler, message: Message) -> Exception | None:
    """Give `message` to `handler`, again after each delay while it fails; the last error, or None."""
    for delay_s in (*RETRY_DELAYS_S, None):
        try:
            handler(message)
            return None
        except Exception as error:
            if delay_s is None:
                return error
            time.sleep(delay_s)
    raise AssertionError("unreachable")


def dead_letter(event: Event, group: str, error: Exception) -> Message:
    """What is put on `nonsite.deadletter` for a message that a group could not digest."""
    return {
        "topic": event.topic,
        "key": event.key,
        "id": event.id,
        "group": group,
        "error": f"{type(error).__name__}: {error}",
        "message": event.message,
    }


@dataclass(slots=True, eq=False)
class _Group:
    """A consumer group of one topic: what it has not had yet, and its handlers."""

    topic: str
    name: str
    backlog: deque[Event]
    handlers: list[_Seat] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Seat:
    """One handler of a group."""

    bus: InProcessBus
    group: _Group
    handler: Handler

    def close(self) -> None:
        self.bus.leave(self)


class InProcessBus:
    """The bus of one process: `publish` returns when every group has had the message.

    Delivery is in the publisher's thread, one message at a time over all topics, in the order of publishing; what a
    handler publishes is delivered after it returns. So no transaction may be open around `publish`. The last `history`
    messages of a topic are kept, for `since` and for groups that are away: that nothing is lost over a crash is the
    outbox's work.
    """

    def __init__(self, history: int = 1000) -> None:
        self._history = history
        self._kept: dict[str, deque[Event]] = defaultdict(lambda: deque(maxlen=history))
        self._groups: dict[tuple[str, str], _Group] = {}
        self._lock = threading.RLock()
        self._number = 0
        self._delivering = False

    def publish(self, topic: str, key: str, message: Message) -> None:
        full = stamped(topic, message)
        with self._lock:
            self._number += 1
            event = Event(f"{self._number:012d}", topic, key, full)
            self._kept[topic].append(event)
            for group in self._groups.values():
                if group.topic == topic:
                    group.backlog.append(event)
            self._deliver()

    def subscribe(self, topic: str, group: str, handler: Handler) -> Subscription:
        with self._lock:
            if (topic, group) not in self._groups:
                backlog = deque(self._kept[topic], maxlen=self._history)
                self._groups[topic, group] = _Group(topic, group, backlog)
            seat = _Seat(self, self._groups[topic, group], handler)
            seat.group.handlers.append(seat)
            self._deliver()
            return seat

    def since(self, topic: str, last_id: str | None) -> list[Event]:
        with self._lock:
            return [event for event in self._kept[topic] if last_id is None or event.id > last_id]

    def close(self) -> None:
        with self._lock:
            for group in self._groups.values():
                group.handlers.clear()

    def leave(self, seat: _Seat) -> None:
        """Take a handler out of its group."""
        with self._lock:
            if seat in seat.group.handlers:
                seat.group.handlers.remove(seat)

    def _deliver(self) -> None:
        if self._delivering:
            return
        self._delivering = True
        try:
            while waiting := [group for group in self._groups.values() if group.backlog and group.handlers]:
                group = min(waiting, key=lambda waiting_group: waiting_group.backlog[0].id)
                self._hand_over(group, group.backlog[0])
                group.backlog.popleft()
        finally:
            self._delivering = False

    @staticmethod
    def _seat_for(group: _Group, event: Event) -> _Seat:
        return group.handlers[crc32(event.key.encode()) % len(group.handlers)]

    def _hand_over(self, group: _Group, event: Event) -> None:
        copy = json.loads(json.dumps(event.message))
        error = hand_over(self._seat_for(group, event).handler, copy)
        if error is not None and event.topic != DEADLETTER:
            self.publish(DEADLETTER, event.topic, dead_letter(event, group.name, error))
