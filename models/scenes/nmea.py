"""A vehicle's GNSS track as its receiver writes it: RMC, GGA and GST sentences of NMEA 0183."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import reduce
from random import Random

from models.scenes.frame_of_street import StreetFrame
from models.scenes.path import Drive

SIGMA_M = 0.08
_DRIFT = 0.97
_COURSE_SIGMA_DEG = 0.4


def track_lines(
    drive: Drive, frame: StreetFrame, start: datetime, seconds: float, seed: int, hz: float = 5.0
) -> Iterator[str]:
    """Sentences at `hz`, positions with a slowly drifting error of SIGMA_M (RTK on a CGCS2000 network)."""
    rng = Random(f"nmea:{seed}:{drive.vehicle.id}")
    ex = ey = 0.0
    for k in range(int(seconds * hz) + 2):
        t = k / hz
        m = drive.at(t)
        ex = _DRIFT * ex + rng.gauss(0, SIGMA_M * (1 - _DRIFT**2) ** 0.5)
        ey = _DRIFT * ey + rng.gauss(0, SIGMA_M * (1 - _DRIFT**2) ** 0.5)
        lon, lat = frame.one(m.x + ex, m.y + ey)
        course = (frame.compass(m.heading) + rng.gauss(0, _COURSE_SIGMA_DEG)) % 360
        when = start + timedelta(seconds=t)
        clock = when.strftime("%H%M%S") + f".{when.microsecond // 10000:02d}"
        north, east = _degrees(lat, 2, "NS"), _degrees(lon, 3, "EW")
        speed = m.speed / 0.514444
        moving = f"{course:.2f}" if m.speed > 0.3 else ""
        yield _sentence(f"GNRMC,{clock},A,{north},{east},{speed:.2f},{moving},{when:%d%m%y},,,A")
        yield _sentence(f"GNGGA,{clock},{north},{east},4,18,0.6,4.0,M,0.0,M,1.0,0001")
        yield _sentence(f"GNGST,{clock},{SIGMA_M:.2f},{SIGMA_M:.2f},{SIGMA_M:.2f},0.0,{SIGMA_M:.2f},{SIGMA_M:.2f},0.15")


def _degrees(value: float, digits: int, letters: str) -> str:
    whole = int(abs(value))
    return f"{whole:0{digits}d}{(abs(value) - whole) * 60:010.7f},{letters[value < 0]}"


def _sentence(body: str) -> str:
    return f"${body}*{reduce(lambda a, c: a ^ ord(c), body, 0):02X}"
