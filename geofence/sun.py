"""How high the sun stands: whether it is day where a camera is."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from geofence.coordinates import LonLat

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def sun_elevation_deg(place: LonLat, at: datetime) -> float:
    """Degrees of the sun's middle above the horizon, without refraction; right to some hundredths from 1950 to 2050.

    Low-precision formulas of the Astronomical Almanac (section C, "Low precision formulas for the Sun").
    """
    days = (at - _J2000).total_seconds() / 86400.0
    mean_longitude = 280.460 + 0.9856474 * days
    anomaly = math.radians(357.528 + 0.9856003 * days)
    ecliptic = math.radians(mean_longitude + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    tilt = math.radians(23.439 - 0.0000004 * days)
    ascension = math.degrees(math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic)))
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    sidereal_deg = 15.0 * (18.697374558 + 24.06570982441908 * days)
    hour_angle = math.radians(sidereal_deg + place.lon - ascension)
    latitude = math.radians(place.lat)
    up = math.sin(latitude) * math.sin(declination)
    along = math.cos(latitude) * math.cos(declination) * math.cos(hour_angle)
    return math.degrees(math.asin(max(-1.0, min(1.0, up + along))))
