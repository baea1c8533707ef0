"""Our arm: the real `Watcher` and `IncidentStore`, through their public doors.

A mast is watched on key frames, every two seconds; a vehicle every second; the confirm window looks at the frames of
the three seconds before. Where no frame arrives none is handed in. At a restart a fresh store and fresh watchers go on
from the state that was published last, as another worker would.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.truth_parts.playback import GOP_S, Playback, Recording
from benchmarks.truth_parts.scene import Scene, rules
from benchmarks.truth_parts.told import Told, street_metres
from detectors import AlertRaised, Explanation, IncidentStore, Watcher
from geofence import Street, StreetIndex, load_street
from models.scenes import cameras, street_file
from nonsite.settings import SourceSettings
from nonsite.watching import Ground
from records import FrozenClock
from streams import topics

MOVING_S = 1.0
"""Seconds between analysed frames of a vehicle."""
GROUP = "scene"


@dataclass(slots=True)
class Watch:
    """One scene as our arm saw it."""

    told: list[Told]
    explained: list[Explanation]
    messages: list[dict[str, Any]]


def grounds(scene: Scene, street: Street, recordings: dict[str, Recording]) -> dict[str, Ground]:
    """Every source's view of the ground, from what a surveyor hands over."""
    out = {}
    for row in cameras(scene.script):
        fields: dict[str, Any] = {"id": row["id"], "url": "none", "kind": row["kind"], "image_size": row["image_size"]}
        if row["kind"] == "vehicle":
            fields |= {"mount": {**row["mount"], "gnss_system": "CGCS2000"}}
            fields |= {"track": str(recordings[row["id"]].look.track)}
        else:
            fields["calibration"] = [{"px": list(one["px"]), "lonlat": list(one["lonlat"])} for one in row["gcps"]]
        out[row["id"]] = Ground(SourceSettings.model_validate(fields), street)
    return out


def watch(scene: Scene, recordings: dict[str, Recording], playback: Playback) -> Watch:
    """Watch a scene from its first frame to its last."""
    street = load_street(street_file(scene.script))
    index, ground = StreetIndex(street), grounds(scene, street, recordings)
    clock, result = FrozenClock(scene.script.start), Watch([], [], [])
    state: dict[str, Any] = {}

    def publish(topic: str, _key: str, message: dict[str, Any]) -> None:
        if topic == topics.INCIDENTS:
            state.update(json.loads(json.dumps(message)))

    def begin() -> dict[str, Watcher]:
        store = IncidentStore(rules(), clock, GROUP)
        if state:
            store.restore(state)
        return {
            name: Watcher(
                name, index, rules(), playback, clock, store, publish, confirm=one.window, view_at=ground[name].at,
                moving=ground[name].moving,
            )
            for name, one in recordings.items()
        }  # fmt: skip

    watchers, due = begin(), list(scene.restarts_s)
    for second, name, number in looks(recordings, {one: ground[one].moving for one in ground}):
        while due and second >= due[0]:
            due.pop(0)
            watchers = begin()
        clock.advance(scene.at(second).timestamp() - clock.now().timestamp())
        frame = recordings[name].frame(number)
        view = ground[name].at(frame.captured_at)
        if view is None:
            continue
        for alert in watchers[name].observe(frame, recordings[name].detections(number), view):
            result.told.append(told(scene, name, alert))
            result.messages.append(alert.message.model_dump(mode="json"))
    result.explained = [one for watcher in watchers.values() for one in watcher.explain()]
    return result


def looks(recordings: dict[str, Recording], moving: dict[str, bool]) -> Iterator[tuple[float, str, int]]:
    """(second, source, frame) of every analysed frame that arrives, in the order of time."""
    return heapq.merge(*(_looks_of(name, one, moving[name]) for name, one in sorted(recordings.items())))


def _looks_of(name: str, recording: Recording, moving: bool) -> Iterable[tuple[float, str, int]]:
    step = max(1, round((MOVING_S if moving else GOP_S) * recording.scene.fps))
    return [(recording.second(n), name, n) for n in range(0, len(recording), step) if recording.arrives(n)]


def told(scene: Scene, source: str, alert: AlertRaised) -> Told:
    message = alert.message
    xy = street_metres(scene.script, (message.lon, message.lat))
    second = (message.raised - scene.script.start).total_seconds()
    return Told(message.kind.value, source, xy, second, message.dwell_s, message.accuracy_m)
