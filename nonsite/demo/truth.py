"""Alerts against the truth of a generated district, by code that the pipeline never sees.

An alert matches an unlawful incident of its own kind within 8 m of it, raised between the incident's start and 60 s
after its end; pairs are made nearest first. A second alert on a matched incident is repeated, one that matches none
is false.
"""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from records import parse_iso

REACH_M = 8.0
LATE = timedelta(seconds=60)
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that truly happened, lawful or not."""

    id: str
    kind: str
    lon: float
    lat: float
    start: datetime
    end: datetime
    lawful: bool


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert as the pipeline told it."""

    id: str
    kind: str
    lon: float
    lat: float
    opened: datetime
    raised: datetime


@dataclass(frozen=True, slots=True)
class Score:
    """What came out: pairs of (incident id, alert id), and the ids left over."""

    matched: tuple[tuple[str, str], ...]
    missed: tuple[str, ...]
    false: tuple[str, ...]
    repeated: tuple[str, ...]
    median_delay_s: float | None

    def as_json(self, raised: int) -> dict[str, Any]:
        """The `alerts` part of the demo's report."""
        return {
            "raised": raised,
            "matched": len(self.matched),
            "missed": len(self.missed),
            "false": len(self.false),
            "repeated": len(self.repeated),
            "median_delay_s": self.median_delay_s,
        }


def score(incidents: Sequence[Incident], alerts: Sequence[Raised], dwell_s: dict[str, float]) -> Score:
    """Match alerts to unlawful incidents; `median_delay_s` counts from start + dwell of each kind to the alert."""
    wrong = [incident for incident in incidents if not incident.lawful]
    pairs = sorted(
        (distance, alert.raised, incident.id, alert.id)
        for incident in wrong
        for alert in alerts
        if _may_match(incident, alert) and (distance := distance_m(incident, alert)) <= REACH_M
    )
    matched: dict[str, str] = {}
    repeated: list[str] = []
    for _, _, incident_id, alert_id in pairs:
        if incident_id not in matched and alert_id not in matched.values():
            matched[incident_id] = alert_id
    for alert_id in dict.fromkeys(pair[3] for pair in pairs):
        if alert_id not in matched.values():
            repeated.append(alert_id)
    known = {*matched.values(), *repeated}
    starts = {incident.id: incident for incident in wrong}
    times = {alert.id: alert.raised for alert in alerts}
    delays = [
        (times[alert_id] - starts[incident_id].start).total_seconds() - dwell_s.get(starts[incident_id].kind, 0.0)
        for incident_id, alert_id in matched.items()
    ]
    return Score(
        matched=tuple(matched.items()),
        missed=tuple(incident.id for incident in wrong if incident.id not in matched),
        false=tuple(alert.id for alert in alerts if alert.id not in known),
        repeated=tuple(repeated),
        median_delay_s=round(median(delays), 1) if delays else None,
    )


def distance_m(one: Incident | Raised, other: Incident | Raised) -> float:
    """Metres between two places a few hundred metres apart at most."""
    east = (one.lon - other.lon) * METRES_PER_DEGREE * math.cos(math.radians(one.lat))
    return math.hypot(east, (one.lat - other.lat) * METRES_PER_DEGREE)


def load_truth(path: Path) -> list[Incident]:
    """The incidents of a truth file."""
    rows = json.loads(path.read_text())["incidents"]
    return [
        Incident(r["id"], r["kind"], r["lon"], r["lat"], parse_iso(r["start"]), parse_iso(r["end"]), r["lawful"])
        for r in rows
    ]


def load_alerts(path: Path) -> list[Raised]:
    """The alerts of an `alerts.jsonl`."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [
        Raised(r["id"], r["kind"], r["lon"], r["lat"], parse_iso(r["opened"]), parse_iso(r["raised"])) for r in rows
    ]


def truth_summary(incidents: Sequence[Incident]) -> dict[str, Any]:
    """The `truth` part of the demo's report: unlawful incidents, by kind."""
    kinds = Counter(incident.kind for incident in incidents if not incident.lawful)
    return {"incidents": sum(kinds.values()), "by_kind": dict(sorted(kinds.items()))}


def _may_match(incident: Incident, alert: Raised) -> bool:
    return incident.kind == alert.kind and incident.start <= alert.raised <= incident.end + LATE
