"""One incident: a thing at one place for a time, with everything that the judgement of it rests on.

The place is a median over observations, so that a single poor box moves nothing; its error shrinks with their number
down to the share that all observations have in common. Dwell is a sum of intervals between observations that both show
the thing standing unlawfully. Intervals in which that could not yet be decided are kept apart and count, or fall away,
as soon as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from detectors.boxes import Box, corners, turned
from detectors.groups import Group
from detectors.judgement import Standing
from detectors.observations import Glimpse, Mark, Place, Sample, State, Tally, Thing, average, believed_count, blend
from detectors.rules import DetectorRules
from detectors.sightings import BoardPlace
from detectors.violation import Family, Violation

_SAMPLES = 15
_GLIMPSES = 48
_TRAIL = 400
_LONGEST_WAIT = 3
"""A wait for the next confirmation doubles so often at most [given]."""


@dataclass(slots=True)
class Incident:
    """See the module. `axis` is fixed when it opens; `ground` of its samples lies in the plane turned to it."""

    id: str
    family: Family
    opened: datetime
    axis: tuple[float, float]
    first_seen: datetime
    last_seen: datetime
    state: State = State.OPEN
    samples: list[Sample] = field(default_factory=list)
    glimpses: list[Glimpse] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    averaged: Place | None = None
    board: BoardPlace | None = None
    look: tuple[float, ...] | None = None
    missed_s: float = 0.0
    unlawful_s: float = 0.0
    pending_s: float = 0.0
    standing: Standing | None = None
    stood_at: datetime | None = None
    judged_at: datetime | None = None
    violation: Violation | None = None
    shop_id: str | None = None
    alert_id: str | None = None
    alerted_at: datetime | None = None
    retry_at: datetime | None = None
    turned_down: int = 0
    apart: set[str] = field(default_factory=set)
    trail: list[Mark] = field(default_factory=list)

    # --- what was seen -----------------------------------------------------------------------------------------------

    def see(self, group: Group, camera_xy: tuple[float, float], moving: bool, rules: DetectorRules) -> None:
        """Take in an observation of the thing.

        Seconds in plain view in which it was not seen are no dwell, beyond the flicker that the rules let pass; a first
        chance box so long ago was another thing. A moving camera overlooks much while it nears a place and leaves it.
        """
        if self.missed_s > (rules.max_gap_s if moving else rules.hysteresis_s):
            if self.observations < rules.min_observations and self.alerted_at is None:
                self.restart(group.at)
            self.break_dwell()
        if moving and (group.at - self.last_seen).total_seconds() > rules.max_gap_vehicle_s:
            self.break_dwell()  # a board that was remembered for the next pass
        ground = turned(group.ground, group.axis, self.axis)
        if not group.cut or not self.samples:
            self.samples = [*self.samples, Sample(group.at, ground, group.accuracy_m, group.height_m)][-_SAMPLES:]
            self.averaged = None
        self._glimpse(group, rules)
        tally = self.tallies.setdefault(group.source_id, Tally(moving))
        tally.seen += 1
        tally.shown += 1
        if tally.seen_at is None or (group.at - tally.seen_at).total_seconds() > rules.ad_pass_gap_s:
            tally.passes += 1
        tally.looked_at = tally.seen_at = group.at
        tally.box = group.box
        if all(math.dist(camera_xy, place) >= rules.ad_baseline_m for place in tally.views):
            tally.views = [*tally.views, camera_xy][-8:]
        if group.board is not None:
            self.board = group.board if self.board is None else blend(self.board, group.board, len(self.samples))
        if group.look is not None:
            self.look = (
                group.look
                if self.look is None
                else tuple(0.8 * old + 0.2 * new for old, new in zip(self.look, group.look, strict=True))
            )
        self.last_seen = max(self.last_seen, group.at)
        self.missed_s = 0.0

    def _glimpse(self, group: Group, rules: DetectorRules) -> None:
        oldest = group.at - timedelta(seconds=max(rules.hysteresis_s, 1.0))
        kept = self.glimpses[-_GLIMPSES:]
        recent = [glimpse for glimpse in kept if glimpse.at >= oldest]
        short = rules.min_observations - len(recent)
        if short > 0:
            recent = kept[-rules.min_observations :]
        fresh = Glimpse(
            group.at,
            group.source_id,
            group.kinds,
            group.stall,
            group.sure,
            group.umbrella,
            group.vendor,
            group.vehicle,
            group.count,
            group.carrier,
        )
        self.glimpses = [*recent, fresh]

    def overlook(self, source_id: str, at: datetime, moving: bool, longest_s: float) -> None:
        """A frame of a source showed the place in plain view and nothing there."""
        tally = self.tallies.setdefault(source_id, Tally(moving))
        since = max(self.last_seen, tally.looked_at or self.last_seen)
        tally.shown += 1
        tally.looked_at = at
        self.missed_s += min(max((at - since).total_seconds(), 0.0), longest_s)

    def hide(self, source_id: str, at: datetime) -> None:
        """A frame of a source could not show the place: the time until the next look is nobody's miss."""
        if source_id in self.tallies:
            self.tallies[source_id].looked_at = at

    # --- where and what it is ----------------------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """The averaged place; worked out once for each set of samples."""
        if self.averaged is None:
            self.averaged = average(self.samples, self.axis)
        return self.averaged

    @property
    def ground(self) -> Box:
        return self.place.ground

    @property
    def xy(self) -> tuple[float, float]:
        return self.place.xy

    @property
    def accuracy_m(self) -> float:
        return self.place.accuracy_m

    @property
    def stall_share(self) -> float:
        return sum(glimpse.stall for glimpse in self.glimpses) / max(len(self.glimpses), 1)

    @property
    def presence(self) -> float:
        """Share of the frames that showed the place in which the thing was seen, for the source that sees it best."""
        return max(
            (tally.seen / max(tally.shown, 1) for tally in self.tallies.values() if tally.seen >= 2), default=0.0
        )

    @property
    def observations(self) -> int:
        return sum(tally.seen for tally in self.tallies.values())

    def thing(self, count_quantile: float) -> Thing:
        """What the detectors judge."""
        carriers = [glimpse.carrier for glimpse in self.glimpses if glimpse.carrier]
        tallies = self.tallies.values()
        share = 1 / max(len(self.glimpses), 1)
        return Thing(
            family=self.family,
            xy=self.xy,
            polygon=tuple(corners(self.ground, self.axis)),
            accuracy_m=self.accuracy_m,
            height_m=self.place.height_m,
            observations=self.observations,
            stall_share=self.stall_share,
            sure_share=sum(glimpse.sure for glimpse in self.glimpses) * share,
            vendor_share=sum(glimpse.vendor for glimpse in self.glimpses) * share,
            umbrella_share=sum(glimpse.umbrella for glimpse in self.glimpses) * share,
            vehicle_share=sum(glimpse.vehicle for glimpse in self.glimpses) * share,
            kinds=tuple(sorted({kind for glimpse in self.glimpses for kind in glimpse.kinds})),
            count=believed_count(self.glimpses, count_quantile),
            standing_s=(self.last_seen - self.opened).total_seconds(),
            views=sum(len(t.views) if t.moving else t.seen for t in tallies),
            passes=sum(t.passes for t in tallies) if all(t.moving for t in tallies) else None,
            board=self.board,
            carrier_share=len(carriers) * share,
            carrier=carriers[-1] if carriers else None,
        )

    # --- how long it stood -------------------------------------------------------------------------------------------

    def stand(self, standing: Standing, at: datetime, trail_of: Group | None = None) -> None:
        """Record how the thing stood at `at`, when it was seen, and let the dwell run where both ends allow it.

        The trail keeps what counts, and one lawful mark where a stretch ends.
        """
        since, before = self.stood_at, self.standing
        if since is not None and self.standing is not None and at > since:
            seconds = (at - since).total_seconds()
            if Standing.LAWFUL not in (standing, self.standing):
                if standing is self.standing is Standing.UNLAWFUL:
                    self.unlawful_s += seconds
                else:
                    self.pending_s += seconds
        if standing is Standing.UNLAWFUL:
            self.unlawful_s += self.pending_s
        if standing is not Standing.UNDECIDED:
            self.pending_s = 0.0
        self.standing = standing
        self.stood_at = at if since is None else max(at, since)
        if trail_of is not None and not (standing is before is Standing.LAWFUL):
            mark = Mark(at, trail_of.source_id, trail_of.box, trail_of.score, standing)
            self.trail = [*self.trail[-_TRAIL:], mark]

    def lapsed(self, at: datetime, rules: DetectorRules) -> bool:
        """Whether the thing has been away too long to be called still there."""
        if self.missed_s > rules.max_gap_s:
            return True
        moving = any(tally.moving for tally in self.tallies.values())
        longest = max(rules.max_occlusion_s, rules.max_gap_vehicle_s) if moving else rules.max_occlusion_s
        if moving and all(tally.moving for tally in self.tallies.values()):
            kept = self.family is Family.BOARD and self.standing not in (None, Standing.LAWFUL)
            longest = rules.ad_keep_s if kept else rules.max_gap_vehicle_s
        return (at - self.last_seen).total_seconds() > longest

    def restart(self, at: datetime) -> None:
        """The thing went away and something like it came back: the same event, but its time starts anew."""
        self.opened = at
        self.break_dwell()
        self.unlawful_s = self.pending_s = self.missed_s = 0.0
        self.samples, self.glimpses, self.trail, self.averaged = [], [], [], None
        self.tallies, self.turned_down = {}, 0

    def ask_again(self, at: datetime, rules: DetectorRules) -> datetime:
        """When to look once more after full rate spoke against an alert: later each time that it does."""
        self.turned_down += 1
        return at + timedelta(seconds=rules.confirm_retry_s * 2 ** min(self.turned_down - 1, _LONGEST_WAIT))

    def move_to(self, fresh: Incident) -> None:
        """The thing was found again at the place of a fresh incident: its time goes on, its place is that one's."""
        self.axis = fresh.axis
        self.samples, self.glimpses, self.tallies = fresh.samples, fresh.glimpses, fresh.tallies
        self.averaged = None
        self.unlawful_s += fresh.unlawful_s
        self.pending_s += fresh.pending_s
        self.trail = [*self.trail, *fresh.trail][-_TRAIL:]
        self.standing, self.stood_at, self.last_seen = fresh.standing, fresh.stood_at, fresh.last_seen
        self.apart, self.missed_s = fresh.apart, 0.0

    def join(self, other: Incident) -> None:
        """Take in an incident that turned out to be the same thing; no second it was seen in counts twice."""
        moved = [replace(s, ground=turned(s.ground, other.axis, self.axis)) for s in other.samples]
        self.samples = sorted([*self.samples, *moved], key=lambda sample: sample.at)[-_SAMPLES:]
        self.averaged = None
        self.glimpses = sorted([*self.glimpses, *other.glimpses], key=lambda glimpse: glimpse.at)[-_GLIMPSES:]
        self.trail = sorted([*self.trail, *other.trail], key=lambda mark: mark.at)[-_TRAIL:]
        for source_id, tally in other.tallies.items():
            mine = self.tallies.get(source_id)
            if mine is None or mine.seen < tally.seen:
                self.tallies[source_id] = tally
        self.opened = min(self.opened, other.opened)
        self.first_seen = min(self.first_seen, other.first_seen)
        if other.last_seen > self.last_seen:
            self.last_seen, self.standing, self.stood_at = other.last_seen, other.standing, other.stood_at
        self.missed_s = min(self.missed_s, other.missed_s)
        self.unlawful_s = max(self.unlawful_s, other.unlawful_s)
        self.pending_s = max(self.pending_s, other.pending_s)
        self.apart |= other.apart
        self.look = self.look or other.look

    def shift(self, east_m: float, north_m: float) -> None:
        """Move everything measured by so much; a board is placed anew by its next observation."""
        if not (east_m or north_m):
            return
        (ax, ay), moved = self.axis, []
        u, v = east_m * ax + north_m * ay, north_m * ax - east_m * ay
        for sample in self.samples:
            u0, v0, u1, v1 = sample.ground
            moved.append(replace(sample, ground=(u0 + u, v0 + v, u1 + u, v1 + v)))
        self.samples, self.averaged, self.board = moved, None, None
        for tally in self.tallies.values():
            tally.views = [(x + east_m, y + north_m) for x, y in tally.views]

    def break_dwell(self) -> None:
        """Let no interval run from the last observation to the next."""
        self.standing = None
        self.stood_at = None
