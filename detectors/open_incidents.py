"""What whoever keeps dwell clips must know of the incidents that a source sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from detectors.store import IncidentStore


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """Since when an incident is open, when it was seen last, and whether it has its alert."""

    id: str
    opened: datetime
    last_seen: datetime
    alerted: bool


def open_incidents(store: IncidentStore, source_id: str) -> list[OpenIncident]:
    """The incidents of a source that may become, or became, alerts, oldest first."""
    with store.lock:
        found = [
            OpenIncident(i.id, i.opened, i.last_seen, i.alerted_at is not None)
            for i in store.incidents
            if source_id in i.tallies and (i.unlawful_s > 0 or i.pending_s > 0)
        ]
    return sorted(found, key=lambda entry: (entry.opened, entry.id))
