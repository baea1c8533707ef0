"""The alert: its message for the bus, and what the machine that saw it needs to seal it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detectors.boxes import Box
from detectors.ground import Ground
from detectors.groups import Group
from detectors.incident import Incident
from detectors.judgement import Judgement
from detectors.messages import AlertMessage, ModelRef, Reason, SeenBox, UsedFrame
from detectors.observations import Mark, Thing
from geofence import GroundView
from records import Clock, iso, uuid7
from streams import Detection, Frame, Network


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """An alert with what it rests on.

    `frame` is the frame whose look raised it and `box` the thing in it (pixels), `view` that frame's camera;
    `confirmed` the full-rate frames looked at, with their detections; `trail` the observations that make up the dwell;
    `basis` what the judgement rests on (`again.basis_of`).
    """

    message: AlertMessage
    incident_id: str
    frame: Frame
    box: Box
    view: GroundView
    confirmed: tuple[tuple[Frame, tuple[Detection, ...]], ...]
    trail: tuple[Mark, ...]
    basis: Mapping[str, Any]

    def trail_json(self) -> list[dict[str, object]]:
        """The trail for `data/dwell`, from which `replay_dwell_s` recomputes the dwell."""
        return [
            {
                "captured_at": iso(mark.at),
                "source_id": mark.source_id,
                "box": [round(value, 1) for value in mark.box],
                "score": round(mark.score, 3),
                "standing": mark.standing.value,
            }
            for mark in self.trail
        ]


def alert_message(
    incident: Incident,
    thing: Thing,
    judgement: Judgement,
    ground: Ground,
    clock: Clock,
    network: Network,
    group: Group,
    frame: Frame,
    source_group: str,
    confirmed: Sequence[Frame] = (),
) -> AlertMessage:
    """The message of an incident whose every element is met."""
    lon, lat = ground.lonlat(thing.xy)
    corners = ground.index.plane.to_lonlat(thing.polygon)
    return AlertMessage(
        id=uuid7(clock),
        incident_id=incident.id,
        kind=judgement.violation,
        subkind=judgement.subkind,
        source_id=group.source_id,
        source_group=source_group,
        lon=round(lon, 8),
        lat=round(lat, 8),
        accuracy_m=round(thing.accuracy_m, 3),
        footprint=tuple((round(float(x), 8), round(float(y), 8)) for x, y in corners),
        opened=incident.opened,
        raised=frame.captured_at,
        dwell_s=round(incident.unlawful_s, 1),
        shop_id=judgement.shop_id,
        shop_name=judgement.shop_name,
        phase=judgement.phase,
        zone_ids=judgement.zone_ids,
        layer_version=ground.index.street.version,
        reasons=reasons(judgement),
        facts=judgement.facts or {},
        count=judgement.count,
        boxes=seen_boxes(group, frame),
        frames=used_frames([*confirmed, frame]),
        model=ModelRef(name=network.name, sha256=network.sha256),
    )


def reasons(judgement: Judgement) -> tuple[Reason, ...]:
    """The elements of a judgement as the message carries them."""
    return tuple(
        Reason(code=e.code, met=e.met, zh=e.zh, en=e.en, value=e.value, threshold=e.threshold)
        for e in judgement.elements
    )


def used_frames(frames: Sequence[Frame]) -> tuple[UsedFrame, ...]:
    """The frames that an alert or a second look rests on, in the order of their time."""
    used = sorted(frames, key=lambda frame: frame.captured_at)
    return tuple(
        UsedFrame(source_id=f.source_id, frame_pts_s=f.pts_s, captured_at=f.captured_at)
        for f in {frame.captured_at: frame for frame in used}.values()
    )


def seen_boxes(group: Group, frame: Frame) -> tuple[SeenBox, ...]:
    """The boxes of a group in its frame."""
    return tuple(
        SeenBox(
            source_id=part.source_id,
            frame_pts_s=frame.pts_s,
            captured_at=part.at,
            box=part.box,
            kind=part.kind.value,
            score=round(part.score, 4),
        )
        for part in group.parts
    )
