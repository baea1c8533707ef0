"""The topics of the bus and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass

CAMERAS = "nonsite.cameras"
STREET = "nonsite.street"
INCIDENTS = "nonsite.incidents"
COMMANDS = "nonsite.commands"
ALERTS = "nonsite.alerts"
EVIDENCE = "nonsite.evidence"
LOGS = "nonsite.logs"
CASES = "nonsite.cases"
HEALTH = "nonsite.health"
REFERENCES = "nonsite.references"
DEADLETTER = "nonsite.deadletter"


@dataclass(frozen=True, slots=True)
class Topic:
    """`key` says what messages of one order are keyed by; a `compacted` topic keeps the last message of each key.

    A key may be `family/name`: keys of one family share a partition, and so a member of a consumer group. A `shared`
    topic is dealt out among workers, so it has as many partitions as there may be workers.
    """

    name: str
    key: str
    compacted: bool = False
    shared: bool = False
    version: int = 1

    @property
    def schema(self) -> str:
        """Name of the message's JSON Schema."""
        return self.name


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic(CAMERAS, "group/camera", compacted=True, shared=True),
        Topic(STREET, "street", compacted=True),
        Topic(INCIDENTS, "group", compacted=True, shared=True),
        Topic(COMMANDS, "camera"),
        Topic(ALERTS, "ground cell"),
        Topic(EVIDENCE, "package"),
        Topic(LOGS, "machine"),
        Topic(CASES, "case"),
        Topic(HEALTH, "camera", compacted=True),
        Topic(REFERENCES, "group/camera", compacted=True, shared=True),
        Topic(DEADLETTER, "topic"),
    )
}


def family(key: str) -> str:
    """The part of a key that decides where it belongs."""
    return key.partition("/")[0]
