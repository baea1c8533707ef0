"""Region counting as in `ultralytics.solutions.RegionCounter`: BoT-SORT tracks whose box centre lies in a region are
counted, and a region that has held enough for the dwell is told of, once until it is empty.

The solution itself wants a model and a picture; its counting rule (a prepared polygon contains the centre of a tracked
box) is followed to the letter on tracks of its own tracker, fed with the detections of every arm. Its compensation of
camera motion looks at pictures and is off: the masts stand.
"""

from types import SimpleNamespace

import numpy as np
from timers import RegionClock, centres, excused, inside, main, ring
from ultralytics.engine.results import Boxes
from ultralytics.trackers.bot_sort import BOTSORT

DEFAULTS = {
    "tracker_type": "botsort", "track_high_thresh": 0.25, "track_low_thresh": 0.1, "new_track_thresh": 0.25,
    "track_buffer": 30, "match_thresh": 0.8, "fuse_score": True, "gmc_method": "none", "proximity_thresh": 0.5,
    "appearance_thresh": 0.8, "with_reid": False, "model": "auto",
}  # fmt: skip
SIZE = (720, 1280)


def fresh(job):
    trackers = {tuple(zone["classes"]): BOTSORT(SimpleNamespace(**DEFAULTS)) for zone in job["regions"]}
    return trackers, [RegionClock(zone) for zone in job["regions"]]


def watch(job):
    alerts, restarts = [], list(job["restarts_s"])
    trackers, clocks = fresh(job)
    for frame, second, rows in job["frames"]:
        if restarts and second >= restarts[0]:
            restarts.pop(0)
            trackers, clocks = fresh(job)
        boxes = {}
        for classes, tracker in trackers.items():
            mine = np.array([[*row[:5], 0] for row in rows if row[5] in classes], dtype=np.float32).reshape(-1, 6)
            tracks = np.asarray(tracker.update(Boxes(mine, SIZE), None))
            boxes[classes] = tracks[:, :4] if len(tracks) else np.zeros((0, 4))
        for clock in clocks:
            zone = clock.zone
            found = boxes[tuple(zone["classes"])]
            middles = centres(found)
            held = inside(ring(zone, frame), middles) & ~excused(zone, frame, second, middles)
            told = clock.tick(second, int(held.sum()) >= zone["least"], found[held])
            if told:
                alerts.append(told)
    return alerts


main(watch)
