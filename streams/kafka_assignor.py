"""How the partitions of a shared topic are dealt out among the members of a group: by strength, and few moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kafka import TopicPartition
from kafka.coordinator.assignors.abstract import AbstractPartitionAssignor, RebalanceProtocol
from kafka.protocol.consumer.metadata import ConsumerProtocolAssignment, ConsumerProtocolSubscription

SLACK = 0.1
"""Part of a fair share by which two members may differ before keys move: a moved camera is blind for seconds
[given]."""

Loads = Mapping[int, int]
"""Keys in each partition, by its number."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a member says as it joins: what it holds, since which generation, the keys in partitions it knows, and how
    many times the keys of a member of strength 1 it can carry."""

    held: frozenset[int]
    generation: int
    loads: Loads
    strength: float = 1.0


def deal(
    held: Mapping[str, Iterable[int]],
    partitions: Iterable[int],
    loads: Loads,
    strengths: Mapping[str, float] | None = None,
) -> dict[str, set[int]]:
    """Who gets which partition: what nobody holds goes to who has least for his strength (1 where none is told), then
    as little as may be moves.

    Members of one strength end within one largest partition, or within SLACK of a fair share, of each other. Partitions
    without keys are spread by themselves, so that keys to come are spread too.
    """
    strong = {member: (strengths or {}).get(member, 1.0) for member in held}
    numbers = set(partitions)
    hands = {member: numbers & set(held[member]) for member in sorted(held)}
    free = numbers - set().union(*hands.values())
    full = {one: loads[one] for one in numbers if loads.get(one, 0) > 0}
    for weight in (full, dict.fromkeys(numbers - set(full), 1)):
        _level(hands, free & set(weight), weight, strong)
    return hands


def _level(hands: dict[str, set[int]], free: set[int], weight: Loads, strong: Mapping[str, float]) -> None:
    """Give the free partitions out and even the hands, as far as the partitions that have a weight go.

    A move lowers the sum of squares of what is carried, each over its strength; so it comes to an end.
    """
    carried = {member: sum(weight.get(one, 0) for one in hand) for member, hand in hands.items()}

    def give(partition: int, member: str) -> None:
        hands[member].add(partition)
        carried[member] += weight[partition]

    def burden(member: str) -> tuple[float, str]:
        return carried[member] / strong[member], member

    for partition in sorted(free, key=lambda one: (-weight[one], one)):
        give(partition, min(hands, key=lambda member: ((carried[member] + weight[partition]) / strong[member], member)))
    slack = SLACK * sum(carried.values()) / sum(strong.values())
    while True:
        least, most = min(hands, key=burden), max(hands, key=burden)
        apart = burden(most)[0] - burden(least)[0]
        shifts = {one: weight[one] * (1 / strong[most] + 1 / strong[least]) for one in hands[most] if one in weight}
        useful = [one for one, shift in shifts.items() if shift < 2 * apart]
        if apart <= slack or not useful:
            return
        moved = min(useful, key=lambda one: (abs(apart - shifts[one]), one))
        hands[most].remove(moved)
        carried[most] -= weight[moved]
        give(moved, least)


def settled(claims: Mapping[str, Claim]) -> tuple[dict[str, set[int]], dict[int, int]]:
    """What each member holds, and the keys in each partition, where members' words differ.

    A member that the group went on without still claims what others were given since: the newest generation holds.
    Whoever holds a partition knows its keys; of one that nobody holds, the newest word counts.
    """
    owner: dict[int, str] = {}
    loads: dict[int, int] = {}
    for member, claim in sorted(claims.items(), key=lambda item: (item[1].generation, item[0])):
        owner |= dict.fromkeys(claim.held, member)
        loads |= claim.loads
    for partition, member in owner.items():
        loads[partition] = claims[member].loads.get(partition, loads.get(partition, 0))
    return {member: {one for one, by in owner.items() if by == member} for member in claims}, loads


class EvenAssignor(AbstractPartitionAssignor):  # type: ignore[misc]
    """Kafka's incremental cooperative rebalancing (KIP-429) with shares that go by keys and strength, not partitions.

    A partition that changes hands is taken from its old member in one round and given to the new one in the next, so
    no two members ever hold it. Every member hears the keys of all partitions, so what a dead one held is known.
    """

    name = "nonsite-even"
    version = 1

    def __init__(self, counted: Callable[[], Loads], strength: float = 1.0) -> None:
        """`counted` gives the keys in the partitions that this member has read."""
        self._counted = counted
        self._strength = strength
        self._held: dict[str, list[int]] = {}
        self._generation = -1
        self._known: dict[int, int] = {}

    def supported_protocols(self) -> list[RebalanceProtocol]:
        """Cooperative only."""
        return [RebalanceProtocol.COOPERATIVE]

    @property
    def outdated(self) -> bool:
        """Whether what the group knows of this member's keys is off by more than SLACK, and by a key."""
        known, now = self._known, self._counted()
        off = sum(abs(count - known.get(one, 0)) for one, count in now.items())
        return off > SLACK * sum(known.get(one, 0) for one in now)

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolSubscription:
        """What this member tells the leader."""
        self._known = {**self._known, **self._counted()}
        loads = sorted(self._known.items())
        word = {"generation": self._generation, "loads": loads, "strength": self._strength}
        held = [
            ConsumerProtocolSubscription.TopicPartition(topic=topic, partitions=numbers)
            for topic, numbers in sorted(self._held.items())
        ]
        return ConsumerProtocolSubscription(
            version=self.version, topics=sorted(topics), user_data=json.dumps(word).encode(), owned_partitions=held
        )

    def assign(self, cluster: Any, members: Iterable[Any]) -> dict[str, ConsumerProtocolAssignment]:
        """The leader's part: a share for every member."""
        told = {member.member_id: member.metadata for member in members}
        hands: dict[str, list[tuple[str, list[int]]]] = {member: [] for member in told}
        known: dict[int, int] = {}
        for topic in sorted({topic for metadata in told.values() for topic in metadata.topics}):
            claims = {name: _claim(metadata, topic) for name, metadata in told.items() if topic in metadata.topics}
            held, known = settled(claims)
            owner = {one: member for member, hand in held.items() for one in hand}
            strengths = {name: claim.strength for name, claim in claims.items()}
            for member, hand in deal(held, cluster.partitions_for_topic(topic) or (), known, strengths).items():
                at_once = sorted(one for one in hand if owner.get(one, member) == member)
                if at_once:
                    hands[member].append((topic, at_once))
        word = json.dumps(sorted(known.items())).encode()
        return {member: ConsumerProtocolAssignment(self.version, hand, word) for member, hand in hands.items()}

    def on_assignment(self, assignment: ConsumerProtocolAssignment, generation: int) -> None:
        """What the leader decided for this member."""
        self._generation = generation
        self._known = dict(json.loads(assignment.user_data or b"[]"))
        self._held = {}
        for one in assignment.partitions():
            self._held.setdefault(one.topic, []).append(one.partition)


def loads_of(tables: Mapping[TopicPartition, Mapping[str, Any]]) -> dict[int, int]:
    """The keys in each partition of one topic."""
    return {partition.partition: len(table) for partition, table in tables.items()}


def _claim(metadata: ConsumerProtocolSubscription, topic: str) -> Claim:
    word = json.loads(metadata.user_data)
    held = frozenset(one for part in metadata.owned_partitions if part.topic == topic for one in part.partitions)
    return Claim(held, word["generation"], dict(word["loads"]), word.get("strength", 1.0))
