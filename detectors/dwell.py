"""The dwell that a recorded trail adds up to, for whoever checks an alert."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.incident import Incident
from detectors.observations import Mark
from detectors.violation import Family


def replay_dwell_s(trail: Sequence[Mark]) -> float:
    """The unlawful seconds that a trail adds up to, by the same rule as in life."""
    if not trail:
        return 0.0
    start = trail[0].at
    again = Incident("replay", Family.OCCUPATION, start, (1.0, 0.0), start, start)
    for mark in trail:
        again.stand(mark.standing, mark.at)
    return again.unlawful_s
