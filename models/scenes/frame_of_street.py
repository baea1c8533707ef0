"""From the street's own frame to the map: the one place where metres along the street become degrees."""

from math import cos, radians, sin

import numpy as np

from geofence import LocalPlane, LonLat
from models.scenes.district import District
from models.scenes.view import Floats


class StreetFrame:
    """The frame of a district: origin on the map, +x along a compass bearing, y to the left of it."""

    def __init__(self, district: District) -> None:
        self.plane = LocalPlane(LonLat(district.lon, district.lat))
        self._bearing = district.bearing_deg
        b = radians(district.bearing_deg)
        self._turn = np.array([[sin(b), cos(b)], [-cos(b), sin(b)]])

    def lonlat(self, points: Floats | list[tuple[float, float]]) -> Floats:
        """(n, 2) street metres to (n, 2) CGCS2000 degrees, longitude first."""
        return np.asarray(self.plane.to_lonlat(np.asarray(points, float).reshape(-1, 2) @ self._turn))

    def one(self, x: float, y: float) -> tuple[float, float]:
        """One point, to a tenth of a millimetre."""
        lon, lat = self.lonlat([(x, y)])[0]
        return round(float(lon), 9), round(float(lat), 9)

    def compass(self, heading_deg: float) -> float:
        """Street heading (counter-clockwise from +x) to compass degrees."""
        return (self._bearing - heading_deg) % 360.0
