"""Which group of a frame is which incident: by place alone, nearest first.

No motion is predicted: what is followed here stands. (Trackers that predict lose a standing thing behind a bus, because
their prediction drifts while it is hidden; the last observation does not.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from detectors.boxes import Box, area, gap, iou, middle, overlap, turned
from detectors.groups import Group
from detectors.incident import Incident
from detectors.look import likeness
from detectors.rules import DetectorRules
from detectors.sightings import BoardPlace
from detectors.violation import Family

_MAX_REACH_M = 3.5
_SAME_BOARD_IOU = 0.25
_MERGE_SHARE = 0.4
_MERGE_M = 0.7
_SCATTER = 1.3
_SEEN_ENOUGH = 4
_GONE_S = 8.0


def match(groups: Sequence[Group], incidents: Sequence[Incident], rules: DetectorRules) -> list[int | None]:
    """For each group the index of its incident, or None.

    Nearest pairs first. An incident takes one group, except that parts without a stall of their own (goods beside an
    incident already seen, a heap of bicycles that fell apart in this frame) join the incident they touch.
    """
    pairs = []
    places = [(incident.family, incident.xy, _reach(incident.ground)) for incident in incidents]
    for g, group in enumerate(groups):
        (x, y), reach = middle(group.ground, group.axis), _reach(group.ground)
        for i, incident in enumerate(incidents):
            family, (ix, iy), far = places[i]
            if family is not group.family or math.hypot(ix - x, iy - y) > _MAX_REACH_M + reach + far:
                continue
            cost = _distance(group, incident, rules)
            if cost is not None:
                pairs.append((cost, incident.first_seen, i, g))
    found: list[int | None] = [None] * len(groups)
    holders: dict[int, list[int]] = {}
    for _, _, i, g in sorted(pairs, key=lambda pair: pair[:3]):
        if found[g] is None and _takes(incidents[i], groups[g], [groups[h] for h in holders.get(i, [])]):
            found[g] = i
            holders.setdefault(i, []).append(g)
    return found


def _reach(ground: Box) -> float:
    """Half the diagonal of a rectangle: nothing of it lies farther from its middle."""
    return math.hypot(ground[2] - ground[0], ground[3] - ground[1]) / 2


def _takes(incident: Incident, group: Group, taken: list[Group]) -> bool:
    if not taken:
        return True
    if incident.family is Family.BIKES:
        return True
    if incident.family is Family.BOARD:
        return False
    return not group.stall and gap(group_ground(group, incident.axis), incident.ground) <= 0.3


def _distance(group: Group, incident: Incident, rules: DetectorRules) -> float | None:
    """Metres between a group and an incident of its family that may be the same thing, else None."""
    if group.family is Family.BOARD:
        return _board_distance(group, incident, rules)
    mine, theirs = group_ground(group, incident.axis), incident.ground
    apart = math.dist(middle(mine, incident.axis), incident.xy)
    between = gap(mine, theirs)
    slack = math.hypot(group.accuracy_m, incident.accuracy_m)
    reach = min(max(rules.cell_m, slack), _MAX_REACH_M)
    if group.family is Family.BIKES:
        return between if between <= min(max(rules.bike_link_m, slack), _MAX_REACH_M) else None
    if group.stall and incident.stall_share >= 0.5:
        return apart if apart <= reach else None
    return apart if apart <= reach or between <= 0.3 else None


def group_ground(group: Group, axis: tuple[float, float]) -> Box:
    """The group's rectangle in the plane turned to an incident's axis."""
    return turned(group.ground, group.axis, axis)


def _board_distance(group: Group, incident: Incident, rules: DetectorRules) -> float | None:
    one, other = group.board, incident.board
    if one is None or other is None:
        if one is not None or other is not None:
            return None
        apart = math.dist(middle(group.ground, group.axis), incident.xy)
        return apart if apart <= rules.cell_m else None
    slack = min(math.hypot(group.accuracy_m, incident.accuracy_m), _MAX_REACH_M)
    likeness = board_likeness(one, other)
    if likeness >= _SAME_BOARD_IOU:
        return 1.0 - likeness
    apart = board_distance_m(one, other)
    same_size = 0.5 <= one.area_m2 / max(other.area_m2, 1e-6) <= 2.0
    return 1.0 + apart if same_size and apart <= min(0.5 * slack, 0.5 * min(one.width_m, other.width_m)) else None


def board_rectangle(place: BoardPlace) -> Box:
    """(along, bottom, along, top) of a board on the line of its wall, in metres from the plane's origin."""
    (x, y), (along_x, along_y) = place.wall.a, place.wall.along
    middle_m = x * along_x + y * along_y + place.along_m
    return (
        middle_m - place.width_m / 2,
        place.bottom_m,
        middle_m + place.width_m / 2,
        place.bottom_m + place.height_m,
    )


def board_likeness(one: BoardPlace, other: BoardPlace) -> float:
    """Intersection over union of two boards on one line of walls; 0 on walls that do not continue each other."""
    if not _one_line(one, other):
        return 0.0
    return iou(board_rectangle(one), board_rectangle(other))


def board_distance_m(one: BoardPlace, other: BoardPlace) -> float:
    """Metres between the middles of two boards on one line of walls."""
    if not _one_line(one, other):
        return float("inf")
    a, b = board_rectangle(one), board_rectangle(other)
    return math.hypot((a[0] + a[2] - b[0] - b[2]) / 2, (a[1] + a[3] - b[1] - b[3]) / 2)


def _one_line(one: BoardPlace, other: BoardPlace) -> bool:
    """Whether two walls face the same way and lie in one plane, so that a board may reach from one to the next."""
    if one.wall == other.wall:
        return True
    (x, y), (along_x, along_y) = one.wall.a, one.wall.along
    same_way = other.wall.along[0] * along_x + other.wall.along[1] * along_y > 0
    off = [abs((py - y) * along_x - (px - x) * along_y) for px, py in (other.wall.a, other.wall.b)]
    return same_way and max(off) <= 0.5


def same_thing(one: Incident, other: Incident) -> bool:
    """Whether two incidents are one thing seen twice: their places cover each other, and no frame showed both apart.

    Far from the camera one stall's boxes scatter over metres. Two real stalls would have been seen side by side within
    a few frames; two that never were, within the error of single observations, are one.
    """
    if one.family is not other.family or other.id in one.apart or one.id in other.apart:
        return False
    apart_m = _middles_m(one, other)
    if apart_m > _MAX_REACH_M + _reach(one.ground) + _reach(other.ground):
        return False
    if one.family is Family.BOARD:
        if one.board is None or other.board is None:
            return one.board is None and other.board is None and apart_m <= _MERGE_M
        return board_likeness(one.board, other.board) >= 0.5
    mine, theirs = one.ground, turned(other.ground, other.axis, one.axis)
    if one.family is Family.BIKES:
        return gap(mine, theirs) <= 0.0
    shared = overlap(mine, theirs) / max(min(area(mine), area(theirs)), 1e-9)
    if shared >= _MERGE_SHARE:
        return True
    scatter = _SCATTER * math.hypot(one.place.single_m, other.place.single_m)
    known = min(one.observations, other.observations) >= _SEEN_ENOUGH
    reach = max(_MERGE_M, min(scatter, _MAX_REACH_M)) if known else _MERGE_M
    return apart_m <= reach


def near(one: Incident, other: Incident) -> bool:
    """Whether two incidents lie so close that anyone could take them for one."""
    return _middles_m(one, other) <= 2 * _MAX_REACH_M


def moved_on(left: Incident, fresh: Incident, rules: DetectorRules) -> bool:
    """Whether a stall that began to stand (`fresh`) is one that left its place shortly before, by reach, time and look.

    The one must have gone, in plain view, before the other was first seen, and the other must have been seen for a
    while: a chance box somewhere in the street moves nobody.
    """
    if fresh.family is not Family.OCCUPATION or fresh.alerted_at is not None:
        return False
    if left.missed_s < min(rules.hysteresis_s, _GONE_S):
        return False
    if not 0 < (fresh.first_seen - left.last_seen).total_seconds() <= rules.move_gap_s:
        return False
    if min(left.stall_share, fresh.stall_share) < 0.5 or fresh.observations < _SEEN_ENOUGH:
        return False
    return _middles_m(left, fresh) <= rules.move_reach_m and likeness(left.look, fresh.look) >= rules.move_likeness


def touching(one: Incident, other: Incident, slack_m: float) -> bool:
    """Whether two incidents of one family lie within `slack_m` of each other (for one alert per real event)."""
    if other.id in one.apart:
        return False
    if one.board is not None and other.board is not None:
        return board_likeness(one.board, other.board) >= _SAME_BOARD_IOU
    return gap(one.ground, turned(other.ground, other.axis, one.axis)) <= slack_m


def _middles_m(one: Incident, other: Incident) -> float:
    return math.dist(one.place.xy, other.place.xy)
