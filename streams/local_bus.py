"""The bus of one process."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from streams import bus as contract
from streams.bus import (
    Event,
    Handler,
    Letter,
    Message,
    NotNow,
    ShareHandler,
    Subscription,
    dead_letter,
    encoded,
    hand_over,
    need_compacted,
)
from streams.topics import DEADLETTER, TOPICS, family


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message as it was published, in bytes: states of a street are large, and most are never asked for."""

    id: str
    topic: str
    key: str
    data: bytes

    def event(self) -> Event:
        """With its message read anew, so that nobody shares one."""
        return Event(self.id, self.topic, self.key, json.loads(self.data))


@dataclass(slots=True, eq=False)
class _Group:
    """A consumer group of one topic: what it has not had yet, and its handlers."""

    topic: str
    name: str
    backlog: deque[_Letter]
    handlers: list[_Seat] = field(default_factory=list)
    resting: bool = False


@dataclass(slots=True, eq=False)
class _Seat:
    """One handler of a group."""

    bus: InProcessBus
    group: _Group
    handler: Handler

    @property
    def lag(self) -> int:
        return len(self.group.backlog)

    def close(self) -> None:
        self.bus.leave(self)


@dataclass(slots=True, eq=False)
class _Member:
    """One member of a group among which a topic is dealt out; `held` is None until it was told of its share."""

    bus: InProcessBus
    topic: str
    group: str
    number: int
    handler: ShareHandler
    held: dict[str, bytes] | None = None
    lag: int = 0

    def close(self) -> None:
        self.bus.give_back(self)

    def weight(self, key: str) -> int:
        """Of all members the one with the greatest weight holds a key: so one that comes or goes moves no other's."""
        return crc32(f"{family(key)}#{self.number}".encode())


class InProcessBus:
    """The bus of one process: `publish` returns when every group that can take the message has had it.

    Delivery is in the publisher's thread, one message at a time over all topics, in the order of publishing; what a
    handler publishes is delivered after it returns. So no transaction may be open around `publish`. The last `history`
    messages of a topic are kept, for `since` and for groups that are away; of a compacted topic the last one of every
    key. That nothing is lost over a crash is the outbox's work.
    """

    def __init__(self, history: int = 1000) -> None:
        self._history = history
        self._recent: dict[str, deque[_Letter]] = defaultdict(lambda: deque(maxlen=history))
        self._tables: dict[str, dict[str, _Letter]] = defaultdict(dict)
        self._groups: dict[tuple[str, str], _Group] = {}
        self._members: list[_Member] = []
        self._lock = threading.RLock()
        self._number = 0
        self._delivering = False
        self._closed = False

    def publish(self, topic: str, key: str, message: Message) -> None:
        data = encoded(topic, message)
        with self._lock:
            self._number += 1
            letter = _Letter(f"{self._number:012d}", topic, key, data)
            for group in self._groups.values():
                if group.topic == topic:
                    group.backlog.append(letter)
            if TOPICS[topic].compacted:
                self._tables[topic][key] = letter
            else:
                self._recent[topic].append(letter)
            self._deliver()
            self._deal(topic)

    def publish_all(self, letters: Sequence[Letter]) -> None:
        for topic, key, message in letters:
            self.publish(topic, key, message)

    def retract(self, topic: str, key: str) -> None:
        need_compacted(topic)
        with self._lock:
            self._tables[topic].pop(key, None)
            self._deal(topic)

    def subscribe(self, topic: str, group: str, handler: Handler) -> Subscription:
        contract.stamped(topic, {})
        with self._lock:
            if (topic, group) not in self._groups:
                backlog = deque(self._kept(topic), maxlen=self._history)
                self._groups[topic, group] = _Group(topic, group, backlog)
            seat = _Seat(self, self._groups[topic, group], handler)
            seat.group.handlers.append(seat)
            self._deliver()
            return seat

    def share(self, topic: str, group: str, handler: ShareHandler) -> Subscription:
        need_compacted(topic)
        with self._lock:
            self._number += 1
            member = _Member(self, topic, group, self._number, handler)
            self._members.append(member)
            self._deal(topic)
            return member

    def table(self, topic: str, keys: Collection[str] | None = None) -> dict[str, Message]:
        need_compacted(topic)
        with self._lock:
            table = self._tables[topic]
            wanted = [table[key] for key in (table if keys is None else keys) if key in table]
        return {letter.key: json.loads(letter.data) for letter in wanted}

    def since(self, topic: str, last_id: str | None) -> list[Event]:
        with self._lock:
            return [letter.event() for letter in self._kept(topic) if last_id is None or letter.id > last_id]

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for group in self._groups.values():
                group.handlers.clear()
            self._members.clear()

    def _kept(self, topic: str) -> list[_Letter]:
        """What is kept of a topic, oldest first."""
        if TOPICS[topic].compacted:
            return sorted(self._tables[topic].values(), key=lambda letter: letter.id)
        return list(self._recent[topic])

    def leave(self, seat: _Seat) -> None:
        """Take a handler out of its group."""
        with self._lock:
            if seat in seat.group.handlers:
                seat.group.handlers.remove(seat)

    def give_back(self, member: _Member) -> None:
        """Take a member out of its group; the others get what it held."""
        with self._lock:
            if member in self._members:
                self._members.remove(member)
                member.handler({})
                self._deal(member.topic)

    def _deal(self, topic: str) -> None:
        """Tell the members of a topic what they hold now: first what each loses, then what it gains."""
        members = [member for member in self._members if member.topic == topic]
        share: dict[_Member, dict[str, bytes]] = {member: {} for member in members}
        for group in {member.group for member in members}:
            mine = [member for member in members if member.group == group]
            for key, letter in self._tables[topic].items():
                share[max(mine, key=lambda member: member.weight(key))][key] = letter.data
        for member in members:
            kept = {key: data for key, data in (member.held or {}).items() if key in share[member]}
            if member.held is not None and kept != member.held:
                self._tell(member, kept)
        for member in members:
            if member.held != share[member]:
                self._tell(member, share[member])

    @staticmethod
    def _tell(member: _Member, held: dict[str, bytes]) -> None:
        member.held = held
        member.handler({key: json.loads(data) for key, data in held.items()})

    def _deliver(self) -> None:
        if self._delivering:
            return
        self._delivering = True
        try:
            while waiting := [g for g in self._groups.values() if g.backlog and g.handlers and not g.resting]:
                group = min(waiting, key=lambda waiting_group: waiting_group.backlog[0].id)
                try:
                    self._hand_over(group, group.backlog[0])
                    group.backlog.popleft()
                except NotNow:
                    self._rest(group)
        finally:
            self._delivering = False

    def _rest(self, group: _Group) -> None:
        """Ask a group again after a while."""
        group.resting = True

        def again() -> None:
            with self._lock:
                group.resting = False
                if not self._closed:
                    self._deliver()

        timer = threading.Timer(contract.AGAIN_S, again)
        timer.daemon = True
        timer.start()

    @staticmethod
    def _seat_for(group: _Group, event: Event) -> _Seat:
        return group.handlers[crc32(event.key.encode()) % len(group.handlers)]

    def _hand_over(self, group: _Group, letter: _Letter) -> None:
        event = letter.event()
        error = hand_over(self._seat_for(group, event).handler, event.message)
        if error is not None and event.topic != DEADLETTER:
            self.publish(DEADLETTER, event.topic, dead_letter(letter.event(), group.name, error))
