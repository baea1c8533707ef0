"""What an arm told of a scene, in the terms of the scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.scenes import Script
from models.scenes.frame_of_street import StreetFrame

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Told:
    """One alert: its kind, its place in street metres, the second of the scene in which it was raised, and the seconds
    that the thing had stood by the arm's own count."""

    kind: str
    source: str
    xy: Point
    raised_s: float
    dwell_s: float
    accuracy_m: float | None = None


def street_metres(script: Script, lonlat: Point) -> Point:
    """A place on the map in the street's own frame: the way back of `StreetFrame.lonlat`."""
    frame = StreetFrame(script.district)
    plane = np.asarray(frame.plane.to_xy([lonlat]))[0]
    units = np.asarray(frame.plane.to_xy(frame.lonlat([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])))
    along, across = units[1] - units[0], units[2] - units[0]
    offset = plane - units[0]
    return float(offset @ along), float(offset @ across)
