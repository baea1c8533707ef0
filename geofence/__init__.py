"""The street as geometry: typed coordinates, calibration, zones, permits, frontages, bays and their hours."""

from geofence.calibration import Calibration, GroundControlPoint, calibrate
from geofence.camera import CameraPose, GroundView
from geofence.coordinates import (
    CoordSystem,
    LocalPlane,
    LonLat,
    epoch_drift_m,
    gcj02_to_wgs84,
    wgs84_to_gcj02,
)
from geofence.vehicle import Mount, TrackFix, pose_at

__all__ = [
    "Calibration",
    "CameraPose",
    "CoordSystem",
    "GroundControlPoint",
    "GroundView",
    "LocalPlane",
    "LonLat",
    "Mount",
    "TrackFix",
    "calibrate",
    "epoch_drift_m",
    "gcj02_to_wgs84",
    "pose_at",
    "wgs84_to_gcj02",
]
