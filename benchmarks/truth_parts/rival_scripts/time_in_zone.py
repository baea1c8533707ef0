"""Tracker id + PolygonZone + time in zone: supervision's `PolygonZone`, `trackers`' ByteTrack, a clock for every id."""

import numpy as np
import supervision as sv
from timers import alert, centres, excused, feet, main, ring
from trackers import ByteTrackTracker


class Zones:
    """The polygon zones of one frame after another; those of a standing camera are made once."""

    def __init__(self):
        self.kept = {}

    def holds(self, n, zone, frame, detections):
        key = (n, frame if "rings" in zone else None)
        if key not in self.kept:
            if "rings" in zone:
                self.kept.clear()
            polygon = ring(zone, frame)
            anchor = sv.Position.CENTER if zone["anchor"] == "centre" else sv.Position.BOTTOM_CENTER
            self.kept[key] = None if polygon is None else sv.PolygonZone(polygon, triggering_anchors=(anchor,))
        made = self.kept[key]
        return np.zeros(len(detections), dtype=bool) if made is None else made.trigger(detections)


def fresh(job):
    """A tracker for the kinds of each sort of zone, and no time on any clock."""
    trackers = {
        tuple(zone["classes"]): ByteTrackTracker(
            track_activation_threshold=zone["threshold"], high_conf_det_threshold=zone["threshold"]
        )
        for zone in job["zones"]
    }
    return trackers, {}, set(), {}


def watch(job):
    alerts, zones, restarts = [], Zones(), list(job["restarts_s"])
    trackers, first_seen, told, busy = fresh(job)
    for frame, second, rows in job["frames"]:
        if restarts and second >= restarts[0]:
            restarts.pop(0)
            trackers, first_seen, told, busy = fresh(job)
        tracked = {}
        for classes, tracker in trackers.items():
            mine = np.array([row[:5] for row in rows if row[5] in classes], dtype=float).reshape(-1, 5)
            found = sv.Detections(xyxy=mine[:, :4], confidence=mine[:, 4], class_id=np.zeros(len(mine), dtype=int))
            tracked[classes] = tracker.update(found)
        for n, zone in enumerate(job["zones"]):
            alerts += due(n, zone, frame, second, tracked[tuple(zone["classes"])], zones, first_seen, told, busy)
    return alerts


def due(n, zone, frame, second, tracks, zones, first_seen, told, busy):
    if not len(tracks):
        busy.pop(n, None)
        return []
    anchors = centres(tracks.xyxy) if zone["anchor"] == "centre" else feet(tracks.xyxy)
    held = zones.holds(n, zone, frame, tracks) & ~excused(zone, frame, second, anchors) & (tracks.tracker_id >= 0)
    ripe = []
    for track, box in zip(tracks.tracker_id[held], tracks.xyxy[held], strict=True):
        since = first_seen.setdefault((n, int(track)), second)
        if second - since >= zone["dwell_s"]:
            ripe.append((int(track), since, box))
    if zone["once"]:
        # One alert for a shop, or for a heap, until nothing of it is left: kinder than one for every id.
        if len(ripe) >= zone["least"] and not busy.get(n):
            busy[n] = True
            return [alert(zone, second, min(since for _, since, _ in ripe), [box for *_, box in ripe])]
        if not held.any():
            busy.pop(n, None)
        return []
    new = [(track, since, box) for track, since, box in ripe if (n, track) not in told]
    told.update((n, track) for track, *_ in new)
    return [alert(zone, second, since, [box]) for _, since, box in new]


main(watch)
