"""What a machine without Kafka keeps of its cameras, so that its next start goes on where this one ends."""

from collections.abc import Sequence
from typing import Any

from nonsite.messages import group_of
from nonsite.settings import SourceSettings
from nonsite.snapshot import Snapshot
from records import Database, outbox_put
from streams import topics


class Memory:
    """The worker's way to tell: states of incidents stay here, in files, and learnt references lie here already;
    everything else goes to the outbox."""

    def __init__(self, snapshot: Snapshot, machine: Database) -> None:
        self._snapshot, self._machine = snapshot, machine

    def tell(self, topic: str, key: str, message: dict[str, Any]) -> None:
        """Keep or pass on one message."""
        if topic == topics.INCIDENTS:
            self._snapshot.keep_state(key, message)
            return
        if topic == topics.REFERENCES:
            return
        with self._machine.session() as session:
            outbox_put(session, topic, key, message)

    def states(self, sources: Sequence[SourceSettings]) -> dict[str, dict[str, Any]]:
        """The last states of the groups of cameras that go on; a recording begins anew, and so do its incidents."""
        groups = {group_of(source) for source in sources if source.kind != "file" and "://" in source.url}
        return self._snapshot.states(groups)
