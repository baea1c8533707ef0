"""Who is who from one frame to the next: which group of a frame is which incident.

Observation-centred, after OC-SORT (Cao et al., CVPR 2023), for things that stand: no motion is predicted, so nothing
drifts while a thing is hidden. First come the averaged places; what then is left over on both sides is tried again at
the place where the incident was last seen, as OC-SORT recovers a lost track by its last observation.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Protocol

from detectors.groups import Group
from detectors.incident import Incident
from detectors.matching import match
from detectors.observations import average
from detectors.rules import DetectorRules
from detectors.violation import Family


class Associator(Protocol):
    """Tells which groups of a frame are which incidents."""

    def associate(
        self, groups: Sequence[Group], incidents: Sequence[Incident], rules: DetectorRules
    ) -> list[int | None]:
        """For each group the index of its incident, or None; several groups may be one incident."""


class PlaceAssociator:
    """By place alone, nearest first; see the module."""

    def associate(
        self, groups: Sequence[Group], incidents: Sequence[Incident], rules: DetectorRules
    ) -> list[int | None]:
        """See `Associator`."""
        found = match(groups, incidents, rules)
        if all(index is not None for index in found):
            return found
        left = [g for g, index in enumerate(found) if index is None and groups[g].family is not Family.BOARD]
        lost = [i for i in sorted(set(range(len(incidents))) - set(found)) if _recoverable(incidents[i], rules)]
        if left and lost:
            again = match([groups[g] for g in left], [_as_last_seen(incidents[i]) for i in lost], rules)
            for g, index in zip(left, again, strict=True):
                found[g] = None if index is None else lost[index]
        return found


def _recoverable(incident: Incident, rules: DetectorRules) -> bool:
    """Whether an incident's last observation speaks for it: it was seen often, over a time in which a thing that walks
    would have been another incident."""
    stood_s = (incident.last_seen - incident.first_seen).total_seconds()
    return len(incident.samples) >= rules.min_observations and stood_s >= rules.hysteresis_s


def _as_last_seen(incident: Incident) -> Incident:
    """The incident at the place of its last observation."""
    there = copy(incident)
    there.averaged = average(incident.samples[-1:], incident.axis)
    return there
