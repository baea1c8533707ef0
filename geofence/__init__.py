"""The street as geometry: typed coordinates, calibration, zones, permits, frontages, bays and their hours."""

from geofence.coordinates import (
    CoordSystem,
    LocalPlane,
    LonLat,
    epoch_drift_m,
    gcj02_to_wgs84,
    wgs84_to_gcj02,
)

__all__ = [
    "CoordSystem",
    "LocalPlane",
    "LonLat",
    "epoch_drift_m",
    "gcj02_to_wgs84",
    "wgs84_to_gcj02",
]
