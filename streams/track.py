"""Where a vehicle was: GNSS tracks from NMEA, GPX or CSV."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from records import BadInput, utc

DEFAULT_ACCURACY_M = 5.0
"""95 % radius of a fix that says nothing of itself, and of one with HDOP 1 [given]."""
LONGEST_STEP_S = 2.0
"""Between fixes farther apart than this the position is a guess, and its accuracy says so [given]."""
GUESS_SPEED_MPS = 15.0
"""How fast the vehicle may have left the line that is guessed for it [given]."""
STANDING_MPS = 0.5
"""Below this speed a course is noise and the last one is kept [given]."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A position at a time: degrees (CGCS2000, WGS 84 within centimetres), metres a second, degrees clockwise from
    north, and the radius in metres that holds the truth in 95 of 100."""

    lon: float
    lat: float
    speed_mps: float
    course_deg: float
    accuracy_m: float
    at: datetime


@dataclass(frozen=True, slots=True)
class RawFix:
    """One row of a track file; what the receiver left out is None."""

    at: datetime
    lon: float
    lat: float
    speed_mps: float | None = None
    course_deg: float | None = None
    accuracy_m: float | None = None


class Track:
    """Fixes in the order of time, interpolated in between."""

    def __init__(self, fixes: Sequence[Fix]) -> None:
        """`fixes` at strictly rising times; at least one."""
        if not fixes:
            raise BadInput("E_TRACK_EMPTY", "a track without a single fix", "check the receiver and the file")
        self.fixes = tuple(fixes)
        self._times = [fix.at.timestamp() for fix in self.fixes]

    @property
    def start(self) -> datetime:
        """Time of the first fix."""
        return self.fixes[0].at

    @property
    def end(self) -> datetime:
        """Time of the last fix."""
        return self.fixes[-1].at

    def at(self, when: datetime) -> Fix:
        """The position at `when`: on the line between the fixes around it, or the nearest fix outside the track.

        Where the next fix is more than LONGEST_STEP_S away, `accuracy_m` grows by GUESS_SPEED_MPS for each second of
        that distance: a guess never looks like a measurement.
        """
        time = utc(when).timestamp()
        i = bisect.bisect_right(self._times, time)
        if i == 0 or i == len(self.fixes):
            near = self.fixes[0 if i == 0 else -1]
            return replace(near, at=utc(when), accuracy_m=near.accuracy_m + _guess_m(abs(time - near.at.timestamp())))
        before, after = self.fixes[i - 1], self.fixes[i]
        step_s = self._times[i] - self._times[i - 1]
        share = (time - self._times[i - 1]) / step_s
        guess_m = _guess_m(min(time - self._times[i - 1], self._times[i] - time)) if step_s > LONGEST_STEP_S else 0.0
        turn_deg = (after.course_deg - before.course_deg + 180) % 360 - 180
        return Fix(
            lon=before.lon + share * (after.lon - before.lon),
            lat=before.lat + share * (after.lat - before.lat),
            speed_mps=before.speed_mps + share * (after.speed_mps - before.speed_mps),
            course_deg=(before.course_deg + share * turn_deg) % 360,
            accuracy_m=max(before.accuracy_m, after.accuracy_m) + guess_m,
            at=utc(when),
        )

    @classmethod
    def of(cls, rows: Sequence[RawFix], name: str) -> Track:
        """A track from the rows of a file: sorted, repeated times dropped, speed and course filled in."""
        if not rows:
            raise BadInput("E_TRACK_EMPTY", f"{name}: no fix in it", "check the receiver and the columns")
        ordered: list[RawFix] = []
        for row in sorted(rows, key=lambda row: row.at):
            if not (-180 <= row.lon <= 180 and -90 <= row.lat <= 90):
                raise BadInput("E_TRACK", f"{name}: position {row.lon}, {row.lat} at {row.at}", "degrees, lon and lat")
            if not ordered or row.at > ordered[-1].at:
                ordered.append(row)
        fixes: list[Fix] = []
        course = next((row.course_deg for row in ordered if row.course_deg is not None), None)
        for i, row in enumerate(ordered):
            metres, bearing, seconds = _leg(ordered[max(i - 1, 0)], ordered[min(i + 1, len(ordered) - 1)])
            speed = row.speed_mps if row.speed_mps is not None else metres / seconds if seconds else 0.0
            if row.course_deg is not None:
                course = row.course_deg
            elif metres and (speed >= STANDING_MPS or course is None):
                course = bearing
            accuracy_m = DEFAULT_ACCURACY_M if row.accuracy_m is None else row.accuracy_m
            fixes.append(Fix(row.lon, row.lat, speed, course or 0.0, accuracy_m, row.at))
        return cls(fixes)


def _guess_m(seconds: float) -> float:
    return GUESS_SPEED_MPS * seconds


def _leg(a: RawFix, b: RawFix) -> tuple[float, float, float]:
    """Metres, degrees clockwise from north and seconds from `a` to `b`, on a local sphere: legs are metres long."""
    north = math.radians(b.lat - a.lat) * 6_371_008.8
    east = math.radians(b.lon - a.lon) * 6_371_008.8 * math.cos(math.radians(a.lat))
    return math.hypot(north, east), math.degrees(math.atan2(east, north)) % 360, (b.at - a.at).total_seconds()
