"""What both rivals' scripts share: reading jobs, regions in the picture, and clocks for regions.

Runs in an environment of its own, without this project: standard library, NumPy and OpenCV alone.
"""

import json
import sys

import cv2
import numpy as np

PATIENCE_S = 1.0


def jobs(path):
    """The jobs of an order, one a line."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def answer(path, alerts):
    with open(path, "w", encoding="utf-8") as out:
        json.dump(alerts, out)


def ring(shape, frame):
    """A region's polygon in a frame (n, 2), None where the frame does not show it."""
    points = shape["ring"] if "ring" in shape else shape["rings"].get(str(frame))
    return None if not points else np.array(points, dtype=np.int32)


def inside(polygon, points):
    """Which points (n, 2) lie in a polygon; none where there is no polygon."""
    if polygon is None:
        return np.zeros(len(points), dtype=bool)
    return np.array([cv2.pointPolygonTest(polygon, (float(x), float(y)), False) >= 0 for x, y in points], dtype=bool)


def excused(zone, frame, second, points):
    """Which points lie where something is allowed now."""
    out = np.zeros(len(points), dtype=bool)
    for hole in zone["holes"]:
        if any(a <= second < b for a, b in hole["active"]):
            out |= inside(ring(hole, frame), points)
    return out


def feet(boxes):
    return np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1) if len(boxes) else np.zeros((0, 2))


def centres(boxes):
    return (boxes[:, :2] + boxes[:, 2:]) / 2 if len(boxes) else np.zeros((0, 2))


class RegionClock:
    """How long a region has held what it must not; a flicker shorter than PATIENCE_S does not set it back."""

    def __init__(self, zone):
        self.zone, self.since, self.last, self.told = zone, None, None, False

    def tick(self, second, held, boxes):
        """The alert that is due now, or None; one for every time that the region fills."""
        if held:
            self.since = second if self.since is None else self.since
            self.last = second
            if not self.told and second - self.since >= self.zone["dwell_s"]:
                self.told = True
                return alert(self.zone, second, self.since, boxes)
        elif self.since is not None and second - self.last > PATIENCE_S:
            self.since, self.told = None, False
        return None


def alert(zone, second, since, boxes):
    return {"kind": zone["kind"], "raised_s": second, "dwell_s": second - since, "boxes": np.asarray(boxes).tolist()}


def main(watch):
    """Do every job of the order named on the command line."""
    answer(sys.argv[2], {job["id"]: watch(job) for job in jobs(sys.argv[1])})
