"""The open incidents of a group of sources that see the same ground.

Watchers of one group share one store, so that two cameras and a passing vehicle that see one stall follow one incident.
The store knows places and times, no law: what an incident means is the detectors' question.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from detectors.association import Associator, PlaceAssociator
from detectors.groups import Group, merged
from detectors.incident import Incident
from detectors.matching import moved_on, near, same_thing, touching
from detectors.observations import State
from detectors.rules import DetectorRules
from detectors.suppression import Suppressions
from detectors.violation import Family
from detectors.visibility import Shown
from records import Clock, uuid7

_RECORDS: TypeAdapter[list[Incident]] = TypeAdapter(list[Incident])
_STATE_VERSION = 1
_NEWS_S = 1.0
_LAPSED_KEPT = 50


@dataclass(frozen=True, slots=True)
class SourceLook:
    """One frame as the store needs it: whose, when, from where, how long a look may stand for the time before it."""

    source_id: str
    at: datetime
    camera_xy: tuple[float, float]
    moving: bool
    longest_s: float


class IncidentStore:
    """Follows things at places over time, across sources and restarts."""

    def __init__(self, rules: DetectorRules, clock: Clock, group: str = "main") -> None:
        self.rules = rules
        self.group = group
        self.lock = threading.RLock()
        self.suppressions = Suppressions()
        self.associator: Associator = PlaceAssociator()
        self._clock = clock
        self.lapsed: deque[Incident] = deque(maxlen=_LAPSED_KEPT)
        """What went away without an alert, for whoever asks why there was none."""
        self._incidents: list[Incident] = []
        self._told_at: datetime | None = None
        self._told: set[str] = set()

    @property
    def incidents(self) -> list[Incident]:
        """All incidents, those that have been alerted and are remembered included."""
        return list(self._incidents)

    def observe(
        self,
        look: SourceLook,
        groups: Sequence[Group],
        shown: Callable[[Sequence[Incident]], Sequence[Shown]],
        opens: Callable[[Group], bool],
    ) -> list[tuple[Incident, Group]]:
        """Take in one frame; returns the incidents seen in it, each with the group that showed it best.

        `shown` answers whether the frame could show incidents' places; `opens` whether a group is strong enough to
        begin an incident of its own (a weaker one only carries on what is there).
        """
        self._expire(look.at)
        known = self._incidents
        matched = self.associator.associate(groups, known, self.rules)
        seen: dict[str, tuple[Incident, list[Group]]] = {}
        fresh: list[Group] = []
        for group, index in zip(groups, matched, strict=True):
            if index is not None:
                seen.setdefault(known[index].id, (known[index], []))[1].append(group)
            elif opens(group):
                fresh.append(group)
        unseen = [incident for incident in known if incident.id not in seen]
        for incident, answer in zip(unseen, shown(unseen), strict=True):
            self._unseen(incident, look, answer)
        for incident, parts in seen.values():
            self._see(incident, _together(parts), look)
        for group in fresh:
            incident = self._open(group)
            self._see(incident, group, look)
            seen[incident.id] = (incident, [group])
        self._keep_apart([(incident, parts) for incident, parts in seen.values()])
        gone = self._merge(set(seen))
        return [(incident, _together(parts)) for key, (incident, parts) in seen.items() if key not in gone]

    def _see(self, incident: Incident, group: Group, look: SourceLook) -> None:
        if incident.samples and incident.lapsed(look.at, self.rules):
            self._lapse(incident)
            incident.restart(look.at)
        incident.see(group, look.camera_xy, look.moving, self.rules)

    def _unseen(self, incident: Incident, look: SourceLook, shown: Shown) -> None:
        if shown is Shown.IN_VIEW:
            incident.overlook(look.source_id, look.at, look.moving, look.longest_s)
        else:
            incident.hide(look.source_id, look.at)

    def _open(self, group: Group) -> Incident:
        incident = Incident(
            id=uuid7(self._clock),
            family=group.family,
            opened=group.at,
            axis=group.axis,
            first_seen=group.at,
            last_seen=group.at,
        )
        self._incidents.append(incident)
        return incident

    @staticmethod
    def _keep_apart(seen: list[tuple[Incident, list[Group]]]) -> None:
        """Two stalls, or two boards, in one frame are two things, however near they stand."""
        solid = [i for i, parts in seen if i.family is Family.BOARD or any(part.stall for part in parts)]
        for index, one in enumerate(solid):
            for other in solid[:index]:
                told = other.id in one.apart and one.id in other.apart
                if not told and one.family is other.family and near(one, other):
                    one.apart.add(other.id)
                    other.apart.add(one.id)

    def _merge(self, looked: set[str]) -> set[str]:
        """Join incidents that turned out to be one thing; returns the ids that fell away.

        Only incidents that the frame touched can have become one with another.
        """
        gone: set[str] = set()
        for fresh in [incident for incident in self._incidents if incident.id in looked]:
            others = [o for o in self._incidents if o is not fresh and o.id not in gone and o.family is fresh.family]
            twin = next((other for other in others if same_thing(fresh, other)), None)
            if twin is not None:
                older, younger = sorted((fresh, twin), key=lambda i: (i.state is not State.ALERTED, i.first_seen, i.id))
                older.join(younger)
                gone.add(younger.id)
                continue
            left = next((other for other in others if moved_on(other, fresh, self.rules)), None)
            if left is not None:
                left.move_to(fresh)
                gone.add(fresh.id)
        if gone:
            self._incidents = [incident for incident in self._incidents if incident.id not in gone]
        return gone

    def _expire(self, at: datetime) -> None:
        kept = []
        for incident in self._incidents:
            if not incident.lapsed(at, self.rules):
                kept.append(incident)
            elif incident.alerted_at is not None and self._remembered(incident, at):
                incident.break_dwell()
                kept.append(incident)
            elif self._may_reappear(incident, at):
                kept.append(incident)
            else:
                self._lapse(incident)
        if len(kept) < len(self._incidents):  # a board that hangs for ever outlives all that was seen beside it
            there = {incident.id for incident in kept}
            for incident in kept:
                incident.apart &= there
        self._incidents = kept

    def _lapse(self, incident: Incident) -> None:
        """Keep what somebody may ask about, without its trail: a long day has many."""
        needed_s = 0.0 if incident.violation is None else self.rules.dwell_s[incident.violation]
        stood_s = (incident.last_seen - incident.opened).total_seconds()
        often = incident.observations >= self.rules.min_observations
        if incident.alerted_at is None and often and stood_s >= self.rules.explain_ratio * needed_s:
            left = copy(incident)
            left.trail = []
            self.lapsed.append(left)

    def _remembered(self, incident: Incident, at: datetime) -> bool:
        return (at - incident.last_seen).total_seconds() <= self.rules.same_event_s

    def _may_reappear(self, incident: Incident, at: datetime) -> bool:
        """A stall that left may stand somewhere else within the time that the rules give it."""
        away_s = (at - incident.last_seen).total_seconds()
        return incident.stall_share >= 0.5 and incident.look is not None and away_s <= self.rules.move_gap_s

    def silenced_by(self, incident: Incident) -> Incident | None:
        """The alerted incident that is the same real event as this one: the same shop's, or touching it."""
        for other in self._incidents:
            if other is incident or other.alerted_at is None or other.family is not incident.family:
                continue
            if not self._remembered(other, incident.last_seen):
                continue
            if incident.shop_id is not None and incident.shop_id == other.shop_id:
                if incident.violation is other.violation and incident.family is Family.OCCUPATION:
                    return other
                continue
            slack_m = max(self.rules.cell_m, incident.accuracy_m + other.accuracy_m)
            different_shops = incident.shop_id is not None and other.shop_id is not None
            if not different_shops and touching(incident, other, slack_m):
                return other
        return None

    def to_json(self) -> dict[str, Any]:
        """The state of all incidents, to be published and to start from again."""
        with self.lock:
            rows = _RECORDS.dump_python(self._incidents, mode="json")
        quiet = self.suppressions.to_json(self._told_at)
        return {"version": _STATE_VERSION, "group": self.group, "incidents": rows, "suppressions": quiet}

    def due_to_tell(self, at: datetime, now: bool = False) -> dict[str, Any] | None:
        """The state to publish, if `state_every_s` has passed since the last, or `now`; else None.

        An incident whose dwell has begun to run is told within a second: whoever takes over shall not begin it anew.
        """
        with self.lock:
            running = {incident.id for incident in self._incidents if incident.unlawful_s or incident.pending_s}
            if self._told_at is not None and not now:
                since_s = (at - self._told_at).total_seconds()
                if since_s < (_NEWS_S if running - self._told else self.rules.state_every_s):
                    return None
            self._told_at, self._told = at, running
            return self.to_json()

    def restore(self, state: dict[str, Any], shift: tuple[float, float] = (0.0, 0.0)) -> None:
        """Go on from a published state; incidents already known (from a sibling's state) are not taken twice.

        `shift` (metres east, north) is what turns its plane into ours, where the street was published anew meanwhile.
        """
        with self.lock:
            self.suppressions.restore(state.get("suppressions", ()))
            known = {incident.id for incident in self._incidents}
            for incident in _RECORDS.validate_python(state["incidents"]):
                if incident.id not in known:
                    incident.shift(*shift)
                    self._incidents.append(incident)


def _together(parts: list[Group]) -> Group:
    """Several groups of one frame that are one incident, as one group."""
    return parts[0] if len(parts) == 1 else merged(parts)
