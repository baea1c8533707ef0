"""One frame's sightings gathered into groups: what one thing at one place looks like in one picture.

A stall is a group of its own, with the goods, tables and umbrellas that belong to it, so that two stalls side by side
stay two. Goods and tables before a shop's frontage are one group per shop, so that neighbours stay apart. Bicycles
outside bays are grouped by nearness. A board is a group of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from detectors.boxes import Box, corners, gap, hull, inside_share, joined, turned
from detectors.doubles import surer_than, without_doubles, without_spanning
from detectors.frontline import FrontLines
from detectors.rules import DetectorRules
from detectors.sightings import BoardPlace, Sighting
from detectors.violation import Family
from streams import ObjectKind

_SAME_THING_SHARE = 0.7
_ATTACH_M = 0.6
_FREE_LINK_M = 0.8
_SHOP_LINK_M = 6.0

InBays = Callable[[Sequence[tuple[float, float]], Sequence[float]], Sequence[bool]]


@dataclass(frozen=True, slots=True)
class Group:
    """One thing at one place in one frame.

    `ground` is its rectangle in the plane turned to `axis` (metres, see `boxes.extent`); `box` the hull of its parts in
    the picture (px); `vendor` and `vehicle` say whether a person, a vehicle is close by; `carrier` names the thing that
    bears a board which is no fixed sign; `sure` says that the network is well above its
    threshold; `look` is the colour signature of a stall.
    """

    family: Family
    source_id: str
    at: datetime
    parts: tuple[Sighting, ...]
    axis: tuple[float, float]
    ground: Box
    height_m: float
    box: Box
    accuracy_m: float
    score: float
    count: int = 1
    stall: bool = False
    sure: bool = False
    umbrella: bool = False
    vendor: bool = False
    vehicle: bool = False
    cut: bool = False
    board: BoardPlace | None = None
    carrier: str | None = None
    look: tuple[float, ...] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({part.kind.value for part in self.parts}))


class Grouper:
    """Gathers a frame's sightings; `in_bays` answers which ground points, known to so many metres, may lie in a bay."""

    def __init__(self, lines: FrontLines, rules: DetectorRules, in_bays: InBays) -> None:
        self._lines = lines
        self._rules = rules
        self._in_bays = in_bays

    def gather(self, sightings: list[Sighting]) -> list[Group]:
        """All groups of one frame."""
        by_kind: dict[ObjectKind, list[Sighting]] = {kind: [] for kind in ObjectKind}
        for sighting in sightings:
            by_kind[sighting.kind].append(sighting)
        people, vehicles = by_kind[ObjectKind.PERSON], by_kind[ObjectKind.VEHICLE]
        occupations = self._occupations(by_kind, people, vehicles)
        bikes = self._bikes(by_kind[ObjectKind.BICYCLE] + by_kind[ObjectKind.MOTORCYCLE])
        return occupations + bikes + self._boards(by_kind[ObjectKind.SIGNBOARD], vehicles, occupations)

    def _occupations(
        self, by_kind: dict[ObjectKind, list[Sighting]], people: list[Sighting], vehicles: list[Sighting]
    ) -> list[Group]:
        wares = by_kind[ObjectKind.GOODS] + by_kind[ObjectKind.FURNITURE]
        stalls = without_doubles(surer_than(by_kind[ObjectKind.STALL], wares))
        members: list[list[Sighting]] = [[stall] for stall in stalls]
        loose = []
        for part in wares:
            owner = _owner(part, stalls)
            if owner is None:
                loose.append(part)
            else:
                members[owner].append(part)
        for gathered in self._linked(loose):
            members.append(gathered)
        groups = []
        for parts in members:
            box = hull([part.box for part in parts])
            umbrellas = [u for u in by_kind[ObjectKind.UMBRELLA] if _shades(u.box, box)]
            # A stall's own box carries its place; what lies about it would only blur it.
            placed = parts[:1] if parts[0].kind is ObjectKind.STALL else parts
            group = _group(Family.OCCUPATION, placed, tuple(parts + umbrellas))
            groups.append(_with_context(group, people, vehicles, self._rules))
        return groups

    def _linked(self, loose: list[Sighting]) -> list[list[Sighting]]:
        """Goods and tables in groups: of one shop, or close together away from any shop."""
        shops = [self._shop_before(part) for part in loose]
        pairs = []
        for i, one in enumerate(loose):
            reach_m = _FREE_LINK_M if shops[i] is None else _SHOP_LINK_M
            pairs += [(i, j) for j in range(i) if shops[i] == shops[j] and _gap_m(one, loose[j]) <= reach_m]
        return [[loose[i] for i in indices] for indices in joined(len(loose), pairs)]

    def _shop_before(self, part: Sighting) -> str | None:
        """The shop that loose things there are judged as (see `occupation`)."""
        near = self._lines.beside(corners(part.ground, part.axis))
        if near is None or near.nearest_m > self._rules.free_standing_m:
            return None
        return near.wall.shop_id or near.wall.frontage_id

    def _bikes(self, bikes: list[Sighting]) -> list[Group]:
        single = without_doubles(bikes, heaped=True)
        parked = self._in_bays([bike.xy for bike in single], [bike.accuracy_m for bike in single])
        outside = [bike for bike, in_bay in zip(single, parked, strict=True) if not in_bay]
        pairs = [
            (i, j)
            for i, one in enumerate(outside)
            for j in range(i)
            if _gap_m(one, outside[j]) <= self._rules.bike_link_m
        ]
        groups = []
        for indices in joined(len(outside), pairs):
            parts = tuple(outside[i] for i in indices)
            groups.append(_group(Family.BIKES, list(parts), parts))
        return groups

    def _boards(self, boards: list[Sighting], vehicles: list[Sighting], occupations: list[Group]) -> list[Group]:
        groups = []
        for board in without_doubles(without_spanning(boards)):
            carrier = None
            if any(inside_share(board.box, vehicle.box) >= _SAME_THING_SHARE for vehicle in vehicles):
                carrier = "vehicle"
            elif any(inside_share(board.box, other.box) >= _SAME_THING_SHARE for other in occupations):
                carrier = "stall"
            groups.append(_group(Family.BOARD, [board], (board,), carrier))
        return groups


def _group(family: Family, placed: list[Sighting], parts: tuple[Sighting, ...], carrier: str | None = None) -> Group:
    best = max(parts, key=lambda part: part.score)
    axis = placed[0].axis
    return Group(
        family=family,
        source_id=best.source_id,
        at=best.at,
        parts=parts,
        axis=axis,
        ground=hull([_turned(part, axis) for part in placed]),
        height_m=max(part.size[2] for part in placed),
        box=hull([part.box for part in parts]),
        accuracy_m=min(part.accuracy_m for part in placed),
        score=max(part.score for part in placed),
        count=len(placed),
        stall=placed[0].kind is ObjectKind.STALL,
        umbrella=any(part.kind is ObjectKind.UMBRELLA for part in parts),
        cut=any(part.cut for part in placed),
        board=best.board if family is Family.BOARD else None,
        carrier=carrier,
    )


def merged(parts: list[Group]) -> Group:
    """Several groups of one frame as one: the strongest, grown by the others.

    A stall keeps its own rectangle (see `_occupations`); heaps and goods cover all of theirs.
    """
    best = max(parts, key=lambda group: (group.stall, group.score))
    grounds = [best] if best.stall else parts
    return replace(
        best,
        parts=tuple(part for group in parts for part in group.parts),
        ground=hull([turned(group.ground, group.axis, best.axis) for group in grounds]),
        height_m=max(group.height_m for group in grounds),
        box=hull([group.box for group in parts]),
        score=max(group.score for group in parts),
        count=sum(group.count for group in parts),
        sure=any(group.sure for group in parts),
        umbrella=any(group.umbrella for group in parts),
        vendor=any(group.vendor for group in parts),
        vehicle=any(group.vehicle for group in parts),
        cut=best.cut,
    )


def _with_context(group: Group, people: list[Sighting], vehicles: list[Sighting], rules: DetectorRules) -> Group:
    vendor = any(
        gap(_turned(person, group.axis), group.ground) <= rules.vendor_reach_m
        or inside_share(person.box, group.box) >= 0.4
        for person in people
    )
    vehicle = any(gap(_turned(other, group.axis), group.ground) <= rules.unloading_reach_m for other in vehicles)
    return replace(group, vendor=vendor, vehicle=vehicle)


def _turned(sighting: Sighting, axis: tuple[float, float]) -> Box:
    return turned(sighting.ground, sighting.axis, axis)


def _gap_m(one: Sighting, other: Sighting) -> float:
    return gap(_turned(one, one.axis), _turned(other, one.axis))


def _owner(part: Sighting, stalls: list[Sighting]) -> int | None:
    """Index of the stall that a part belongs to: the one whose picture holds it, or which it touches on the ground."""
    reach = [0.0 if inside_share(part.box, stall.box) >= _SAME_THING_SHARE else _gap_m(stall, part) for stall in stalls]
    if not reach or min(reach) > _ATTACH_M:
        return None
    return reach.index(min(reach))


def _shades(umbrella: Box, below: Box) -> bool:
    """Whether an umbrella stands over a thing: its middle above the thing, its lower edge not above the thing's top."""
    centre = (umbrella[0] + umbrella[2]) / 2
    slack = 0.25 * (umbrella[3] - umbrella[1])
    return below[0] - slack <= centre <= below[2] + slack and below[1] - 2 * slack <= umbrella[3] <= below[3] + slack
