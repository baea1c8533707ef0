"""From a frame's detections to groups on the ground, and whether a frame could show a place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from detectors.boxes import corners
from detectors.ground import Ground
from detectors.groups import Group, Grouper
from detectors.heaps import HeapCounter
from detectors.incident import Incident
from detectors.look import look_of
from detectors.rules import DetectorRules
from detectors.sightings import Placer, Sighting
from detectors.violation import Family
from detectors.visibility import Cuboid, Shown, expected_boxes, shown
from geofence import GroundView
from streams import Detection, Frame, Network, ObjectKind

# A heap is seen as a whole; its members are counted only at the network's own threshold.
_COUNTED = frozenset({ObjectKind.BICYCLE, ObjectKind.MOTORCYCLE})


class Seer:
    """From a frame's detections to groups on the ground."""

    def __init__(self, source_id: str, ground: Ground, network: Network) -> None:
        self._source_id = source_id
        self._network = network
        self._rules = ground.rules
        self.sightings: list[Sighting] = []
        self.carried = False
        self._seen: tuple[Sequence[Detection], GroundView] | None = None
        self._groups: list[Group] = []
        self._placer = Placer(ground.lines, ground.signs)
        self._grouper = Grouper(ground.lines, ground.rules, ground.in_bays)
        self._heaps = HeapCounter(network, ground.rules)

    def held(self, detections: Iterable[Detection]) -> list[Detection]:
        """Those strong enough to carry an incident on: what began at the threshold may fade to a share of it."""
        kept = []
        for detection in detections:
            threshold = self._network.thresholds.get(detection.kind, 0.0)
            share = 1.0 if detection.kind in _COUNTED else self._rules.hold_score_ratio
            if detection.score >= threshold * share:
                kept.append(detection)
        return kept

    def see(
        self, detections: Sequence[Detection], view: GroundView, frame: Frame, *, recount: bool = False
    ) -> list[Group]:
        """Groups of one frame, stalls with their colours; the sightings they are made of stay in `sightings`.

        With `recount`, heaps that may be too large are counted again at native resolution. Where the gate carried the
        detections forward and the camera has not moved (`carried`), everything stands where it stood.
        """
        if self._seen is not None and self._seen[1] is view and self._seen[0] == detections:
            self.carried = True
            self.sightings = [replace(one, at=frame.captured_at) for one in self.sightings]
            self._groups = [_at(group, frame.captured_at) for group in self._groups]
        else:
            self.carried = False
            self.sightings = self._placer.place(self._source_id, detections, view, frame.captured_at, frame.size)
            self._seen = detections, view
            groups = self._grouper.gather(self.sightings)
            if recount:
                groups = self._heaps.counted(groups, frame, lambda found: self._gathered(found, view, frame))
            self._groups = [self._described(group, frame) for group in groups]
        return self._groups

    def _gathered(self, found: Sequence[Detection], view: GroundView, frame: Frame) -> list[Group]:
        placed = self._placer.place(self._source_id, self.held(found), view, frame.captured_at, frame.size)
        return self._grouper.gather(placed)

    def _described(self, group: Group, frame: Frame) -> Group:
        if group.family is Family.BOARD:
            board = group.parts[0]
            least = self._network.thresholds.get(board.kind, 0.0) + self._rules.ad_sure_margin
            return replace(group, sure=board.score >= least)
        return self._stall(group, frame) if group.stall else group

    def _stall(self, group: Group, frame: Frame) -> Group:
        stall = group.parts[0]
        threshold = self._network.thresholds.get(stall.kind, 0.0)
        sure = stall.score >= threshold + self._rules.sure_margin
        return replace(group, sure=sure, look=look_of(frame, stall.box))


def _at(group: Group, at: datetime) -> Group:
    """The same things at another time."""
    return replace(group, at=at, parts=tuple(replace(part, at=at) for part in group.parts))


def places_shown(
    incidents: Sequence[Incident],
    detections: Sequence[Detection],
    view: GroundView,
    frame: Frame,
    rules: DetectorRules,
) -> list[Shown]:
    """Whether a frame could show the places of incidents that were not found in it."""
    known = [incident for incident in incidents if incident.samples]
    if not known:
        return [Shown.OUT_OF_VIEW] * len(incidents)
    expected = expected_boxes(view, [_cuboid(incident) for incident in known])
    answers = iter(shown(expected, detections, frame.size, rules.min_box_px))
    return [next(answers) if incident.samples else Shown.OUT_OF_VIEW for incident in incidents]


def _cuboid(incident: Incident) -> Cuboid:
    low, high = 0.0, incident.place.height_m
    if incident.family is Family.BOARD and incident.board is not None:
        low, high = incident.board.bottom_m, incident.board.bottom_m + incident.board.height_m
    return corners(incident.ground, incident.axis), low, high
