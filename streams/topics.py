"""The topics of the bus and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass

CAMERAS = "nonsite.cameras"
STREET = "nonsite.street"
INCIDENTS = "nonsite.incidents"
COMMANDS = "nonsite.commands"
ALERTS = "nonsite.alerts"
EVIDENCE = "nonsite.evidence"
CASES = "nonsite.cases"
DEADLETTER = "nonsite.deadletter"


@dataclass(frozen=True, slots=True)
class Topic:
    """`key` says what messages of one order are keyed by; a `compacted` topic keeps the last message of each key."""

    name: str
    key: str
    compacted: bool = False
    version: int = 1

    @property
    def schema(self) -> str:
        """Name of the message's JSON Schema."""
        return self.name


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic(CAMERAS, "camera", compacted=True),
        Topic(STREET, "street", compacted=True),
        Topic(INCIDENTS, "camera", compacted=True),
        Topic(COMMANDS, "camera"),
        Topic(ALERTS, "ground cell"),
        Topic(EVIDENCE, "package"),
        Topic(CASES, "case"),
        Topic(DEADLETTER, "topic"),
    )
}
