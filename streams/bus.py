"""The event bus: one contract, in one process or over Kafka."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from records import BadInput
from streams.topics import TOPICS

Message = dict[str, Any]
Handler = Callable[[Message], None]
Table = Mapping[str, Message]
ShareHandler = Callable[[Table], None]
Letter = tuple[str, str, Message]
"""(topic, key, message), as handed to `publish_all`."""
RETRY_DELAYS_S = (0.05, 0.2, 1.0)
"""Waits before a failed message is handed to its handler again; after the last it is a dead letter [given]."""
AGAIN_S = 1.0
"""Wait before a handler that said NotNow is asked again, and before a broker that is away is tried again [given]."""


class NotNow(Exception):
    """Raised by a handler that cannot take a message now through no fault of the message: its database is away.

    The message comes again until it is taken and is never a dead letter; those behind it wait where they are.
    """


@dataclass(frozen=True, slots=True)
class Event:
    """A message as it lies on the bus; `id` is opaque, and `Bus.since` goes on after it."""

    id: str
    topic: str
    key: str
    message: Message


class Subscription(Protocol):
    """A handler in its place."""

    @property
    def lag(self) -> int:
        """Messages that this handler has yet to get, as far as it knows."""
        ...

    def close(self) -> None:
        """Take no more messages; what was handed over and not finished comes again to the group."""
        ...


class Bus(Protocol):
    """At least once to every group, in order within a key; consumers are idempotent by event id.

    Messages are JSON objects and carry `schema` and `version`; where a sender left them out, those of the topic are
    put in. A handler that raises gets the message again after each of RETRY_DELAYS_S; after that the message goes to
    `nonsite.deadletter` with its topic, key, group and error, and the next one is handed over. A handler that raises
    NotNow gets it again until it takes it.
    """

    def publish(self, topic: str, key: str, message: Message) -> None:
        """Put a message on the bus; when this returns it will not be lost.

        Raises BadInput E_BUS_MESSAGE (never will be taken), E_BUS_DOWN, E_SPOOL_FULL (not now).
        """
        ...

    def publish_all(self, letters: Sequence[Letter]) -> None:
        """`publish` many, which costs far less than one by one; where it raises, some may have been published."""
        ...

    def retract(self, topic: str, key: str) -> None:
        """Take the key out of a compacted topic."""
        ...

    def subscribe(self, topic: str, group: str, handler: Handler) -> Subscription:
        """Hand every message of `topic` to one handler of `group`, and to every other group too.

        A group that was there before goes on where it stopped; a new one begins with the oldest message kept.
        """
        ...

    def share(self, topic: str, group: str, handler: ShareHandler) -> Subscription:
        """Deal the keys of a compacted topic out among the members of `group`; whole families, each to one member.

        `handler` is called with all that this member holds (key to last message), first when that is known and then
        whenever it changes. A key is taken from one member, whose handler has returned, before another one gets it;
        only a member that the bus cannot reach keeps what it has until it is reached again. `close` gives all back,
        by a last call with nothing.
        """
        ...

    def table(self, topic: str, keys: Collection[str] | None = None) -> dict[str, Message]:
        """The last message of every key of a compacted topic, or of these, all published before included.

        Raises BadInput E_BUS_DOWN.
        """
        ...

    def since(self, topic: str, last_id: str | None) -> list[Event]:
        """Events after `last_id`, oldest first; with None, or an id no longer kept, all that are kept."""
        ...

    def close(self) -> None:
        """Let go of handlers and connections."""
        ...


def stamped(topic: str, message: Message) -> Message:
    """`message` with `schema` and `version` (BadInput E_BUS_MESSAGE for an unknown topic)."""
    known = TOPICS.get(topic)
    if known is None:
        raise BadInput("E_BUS_MESSAGE", f"unknown topic {topic!r}", ", ".join(TOPICS))
    return {"schema": known.schema, "version": known.version, **message}


def encoded(topic: str, message: Message) -> bytes:
    """`message`, stamped, as JSON; refused where it is no JSON object (BadInput E_BUS_MESSAGE)."""
    full = stamped(topic, message)
    try:
        return json.dumps(full, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise BadInput("E_BUS_MESSAGE", f"{topic}: not JSON: {error}", "plain values only, times as text") from error


def decoded(data: bytes) -> Message:
    """The message that lies on a bus as `data`. Raises ValueError where somebody put there what is none."""
    try:
        message = json.loads(data, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(message, dict):
        raise ValueError(f"a {type(message).__name__}, no JSON object")
    return message


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def need_compacted(topic: str) -> None:
    """BadInput E_BUS_MESSAGE where a topic keeps no last message of each key."""
    stamped(topic, {})
    if not TOPICS[topic].compacted:
        raise BadInput("E_BUS_MESSAGE", f"{topic} is not compacted: it has no table", "use subscribe")


def hand_over(handler: Handler, message: Message) -> Exception | None:
    """Give `message` to `handler`, again after each delay while it fails; the last error, or None.

    NotNow is raised on at once: waiting is the bus's business.
    """
    for delay_s in (*RETRY_DELAYS_S, None):
        try:
            handler(message)
            return None
        except NotNow:
            raise
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
