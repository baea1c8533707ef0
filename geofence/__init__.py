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
from geofence.facts import (
    FeatureFact,
    Frontage,
    FrontageHit,
    GroundFacts,
    LicenceHit,
    Overhang,
    PavementFact,
    Ruling,
)
from geofence.footprint import Footprint
from geofence.hours import HoursDecision, WeeklyHours
from geofence.index import StreetIndex, ZoneHits
from geofence.layers import Layer, Phase
from geofence.street import InForce, Street, StreetFeature, StreetLayers
from geofence.streetfile import Problem, load_street, validate
from geofence.vehicle import Mount, TrackFix, pose_at

__all__ = [
    "Calibration",
    "CameraPose",
    "CoordSystem",
    "FeatureFact",
    "Footprint",
    "Frontage",
    "FrontageHit",
    "GroundControlPoint",
    "GroundFacts",
    "GroundView",
    "HoursDecision",
    "InForce",
    "Layer",
    "LicenceHit",
    "LocalPlane",
    "LonLat",
    "Mount",
    "Overhang",
    "PavementFact",
    "Phase",
    "Problem",
    "Ruling",
    "Street",
    "StreetFeature",
    "StreetIndex",
    "StreetLayers",
    "TrackFix",
    "WeeklyHours",
    "ZoneHits",
    "calibrate",
    "epoch_drift_m",
    "gcj02_to_wgs84",
    "load_street",
    "pose_at",
    "validate",
    "wgs84_to_gcj02",
]
