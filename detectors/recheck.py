"""The second look: is the thing of an alert still there, and still unlawful?

Same detection, grouping, geometry and law as the watcher; no dwell, and no alert comes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from detectors.alerting import reasons, used_frames
from detectors.boxes import extent, gap
from detectors.ground import Ground
from detectors.groups import Group, merged
from detectors.incident import Incident
from detectors.judge import judge
from detectors.judgement import Element, Judgement, Standing
from detectors.matching import board_likeness, group_ground
from detectors.messages import AlertMessage, ModelRef, SeenBox
from detectors.observations import Sample
from detectors.rules import DetectorRules
from detectors.seer import Seer, places_shown
from detectors.sightings import BoardPlace
from detectors.violation import Family, Violation
from detectors.visibility import Shown
from geofence import GroundView, StreetIndex
from records import BadInput, Clock, uuid7
from streams import Detection, Frame, Network, detect

_FEWEST_FRAMES = 3
_GONE_RATIO = 0.2
_NEAR_M = 1.5
_SAME_BOARD_IOU = 0.2
_FAMILIES = {
    Violation.STALL: Family.OCCUPATION,
    Violation.OUT_OF_STORE: Family.OCCUPATION,
    Violation.OUTDOOR_AD: Family.BOARD,
    Violation.BIKE_CLUTTER: Family.BIKES,
}


class Answer(StrEnum):
    """CLEARED: gone, or lawful now. STILL: there and unlawful. UNDECIDED: the frames cannot say."""

    CLEARED = "cleared"
    STILL = "still"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class RecheckResult:
    """What a second look found: of `shown` frames that showed the place, `seen` showed the thing.

    `message` is the record of this stage (`stage` recheck, `answers` the alert) for the evidence package; `frames` are
    those looked at, with their detections, and `best` the one that shows the place best.
    """

    answer: Answer
    elements: tuple[Element, ...]
    shown: int
    seen: int
    message: AlertMessage
    best: Frame
    frames: tuple[tuple[Frame, tuple[Detection, ...]], ...]

    @property
    def boxes(self) -> tuple[SeenBox, ...]:
        return self.message.boxes


def judge_recheck(
    alert: AlertMessage,
    looks: Iterable[tuple[Frame, GroundView]],
    index: StreetIndex,
    rules: DetectorRules,
    network: Network,
    clock: Clock,
) -> RecheckResult:
    """Look again at the place of an alert in fresh frames, each with its camera's view.

    Raises:
        BadInput: E_NO_FRAMES when there is no frame at all.
    """
    usable = list(looks)
    if not usable:
        raise BadInput("E_NO_FRAMES", f"no frames to re-check alert {alert.id}", "capture the place again")
    ground = Ground(index, rules)
    was, now = _as_it_was(alert, ground), None
    seer = Seer(usable[0][0].source_id, ground, network)
    shown, hits = 0, list[tuple[Frame, Group]]()
    frames = []
    for frame, view in usable:
        found = detect(network, [frame])[0]
        frames.append((frame, tuple(found)))
        held = seer.held(found)
        group = _group_there(seer.see(held, view, frame, recount=True), was)
        if group is None:
            shown += places_shown([was], held, view, frame, rules)[0] is Shown.IN_VIEW
            continue
        shown += 1
        hits.append((frame, group))
        now = now or _fresh(alert, was.family, group)
        now.see(group, view.camera_xy, False, rules)
    at = usable[-1][0].captured_at
    answer, judgement = _answer(was, now, shown, len(hits), ground, at)
    best_frame = max(hits, key=lambda hit: hit[1].score)[0] if hits else usable[len(usable) // 2][0]
    boxes = tuple(_seen_box(frame, group) for frame, group in hits)
    share = round(len(hits) / max(shown, 1), 2)
    seen_in = Element("PRESENCE", share >= rules.presence_ratio, share, rules.presence_ratio)
    elements = (*(judgement.elements if judgement else ()), seen_in)
    message = _message(alert, judgement, elements, now, ground, at, network, clock, boxes)
    message = message.model_copy(update={"frames": used_frames([frame for frame, _ in usable])})
    return RecheckResult(answer, elements, shown, len(hits), message, best_frame, tuple(frames))


def _answer(
    was: Incident, now: Incident | None, shown: int, seen: int, ground: Ground, at: datetime
) -> tuple[Answer, Judgement | None]:
    if shown < _FEWEST_FRAMES:
        return Answer.UNDECIDED, None
    if now is None or seen / shown <= _GONE_RATIO:
        return Answer.CLEARED, None
    judgement = judge(now.thing(ground.rules.count_quantile), ground, at, was.axis)
    if judgement.standing is Standing.LAWFUL:
        return Answer.CLEARED, judgement
    sure = seen / shown >= ground.rules.presence_ratio and judgement.standing is Standing.UNLAWFUL
    return (Answer.STILL if sure else Answer.UNDECIDED), judgement


def _as_it_was(alert: AlertMessage, ground: Ground) -> Incident:
    """The alert's thing at its place, to compare with."""
    corners = ground.index.plane.to_xy(alert.footprint)
    span = corners[1] - corners[0]
    length = float(np.hypot(*span))
    axis = (float(span[0] / length), float(span[1] / length)) if length > 1e-6 else (1.0, 0.0)
    then = Incident(
        id=alert.incident_id,
        family=_FAMILIES[alert.kind],
        opened=alert.opened,
        axis=axis,
        first_seen=alert.opened,
        last_seen=alert.raised,
    )
    heights = {Violation.STALL: 1.8, Violation.OUTDOOR_AD: 0.5}
    then.samples = [Sample(alert.raised, extent(corners, axis), alert.accuracy_m, heights.get(alert.kind, 1.0))]
    then.board = _board_of(alert, ground)
    return then


def _board_of(alert: AlertMessage, ground: Ground) -> BoardPlace | None:
    said = alert.facts.get("board")
    if not said:
        return None
    known = [*ground.lines.walls, *(sign.wall for sign in ground.signs)]
    walls = [wall for wall in known if wall.frontage_id == said["frontage"]]
    if not walls:
        return None
    wall = min(walls, key=lambda w: abs((w.facing_deg - said["facing_deg"] + 180) % 360 - 180))
    return BoardPlace(wall, said["along_m"], said["width_m"], said["bottom_m"], said["height_m"])


def _group_there(groups: Sequence[Group], was: Incident) -> Group | None:
    """What of a frame stands where the alert's thing stood, or before the same shop."""
    there = [group for group in groups if group.family is was.family and _is_there(group, was)]
    if not there:
        return None
    if was.family is Family.BOARD or len(there) == 1:
        return max(there, key=lambda group: group.score)
    return merged(there)


def _is_there(group: Group, was: Incident) -> bool:
    if group.board is not None and was.board is not None:
        return board_likeness(group.board, was.board) >= _SAME_BOARD_IOU
    if (group.board is None) is not (was.board is None):
        return False
    return gap(group_ground(group, was.axis), was.ground) <= max(_NEAR_M, was.accuracy_m)


def _fresh(alert: AlertMessage, family: Family, group: Group) -> Incident:
    return Incident(
        id=alert.incident_id,
        family=family,
        opened=group.at,
        axis=group.axis,
        first_seen=group.at,
        last_seen=group.at,
    )


def _seen_box(frame: Frame, group: Group) -> SeenBox:
    return SeenBox(
        source_id=group.source_id,
        frame_pts_s=frame.pts_s,
        captured_at=frame.captured_at,
        box=group.box,
        kind=group.parts[0].kind.value,
        score=round(group.score, 4),
    )


def _message(
    alert: AlertMessage,
    judgement: Judgement | None,
    elements: tuple[Element, ...],
    now: Incident | None,
    ground: Ground,
    at: datetime,
    network: Network,
    clock: Clock,
    boxes: tuple[SeenBox, ...],
) -> AlertMessage:
    """The alert as it stands at the second look; its place is the new one where the thing was found."""
    judged = Judgement(alert.kind, alert.subkind, elements)
    changes: dict[str, object] = {
        "id": uuid7(clock),
        "raised": at,
        "dwell_s": 0.0,
        "layer_version": ground.index.street.version,
        "reasons": reasons(judged),
        "facts": (judgement.facts if judgement else None) or {},
        "count": judgement.count if judgement else 0,
        "boxes": boxes,
        "model": ModelRef(name=network.name, sha256=network.sha256),
        "stage": "recheck",
        "answers": alert.id,
    }
    if now is not None:
        thing = now.thing(ground.rules.count_quantile)
        lon, lat = ground.lonlat(thing.xy)
        corners = ground.index.plane.to_lonlat(thing.polygon)
        changes |= {
            "lon": round(lon, 8),
            "lat": round(lat, 8),
            "accuracy_m": round(thing.accuracy_m, 3),
            "footprint": tuple((round(float(x), 8), round(float(y), 8)) for x, y in corners),
            "phase": judgement.phase if judgement else alert.phase,
            "zone_ids": judgement.zone_ids if judgement else alert.zone_ids,
        }
    return alert.model_copy(update=changes)
