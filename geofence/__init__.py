"""The street as geometry: typed coordinates, calibration, zones, permits, frontages, bays and their hours."""

from geofence.calibration import Calibration, GroundControlPoint, calibrate
from geofence.calibrations import (
    KeptCalibration,
    calibration_in_force,
    calibrations,
    kept_calibration,
    propose_calibration,
    publish_calibration,
    reject_calibration,
)
from geofence.camera import CameraPose, GroundView
from geofence.coordinates import (
    CoordSystem,
    LocalPlane,
    LonLat,
    epoch_drift_m,
    gcj02_to_wgs84,
    wgs84_to_gcj02,
)
from geofence.difference import Change, ChangeKind, difference, difference_geojson
from geofence.drafts import (
    Draft,
    DraftState,
    draft_street,
    drafts,
    propose,
    publish_draft,
    reject_draft,
)
from geofence.drawing import difference_picture
from geofence.explain import Explanation, check
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
from geofence.gis import Told, is_gis, open_street, read_gis
from geofence.giswrite import write_gis
from geofence.hours import HoursDecision, WeeklyHours
from geofence.index import StreetIndex, ZoneHits
from geofence.layers import GEOMETRIES, SCHEMAS, Layer, Phase
from geofence.problem import Problem
from geofence.store import (
    STREET_TOPIC,
    Publication,
    current,
    export_geojson,
    first,
    history,
    import_street,
    publish,
    version,
)
from geofence.street import InForce, Street, StreetFeature, StreetLayers
from geofence.streetfile import load_street, validate
from geofence.sun import sun_elevation_deg
from geofence.vehicle import Mount, TrackFix, pose_at

__all__ = [
    "GEOMETRIES",
    "SCHEMAS",
    "STREET_TOPIC",
    "Calibration",
    "CameraPose",
    "Change",
    "ChangeKind",
    "CoordSystem",
    "Draft",
    "DraftState",
    "Explanation",
    "FeatureFact",
    "Footprint",
    "Frontage",
    "FrontageHit",
    "GroundControlPoint",
    "GroundFacts",
    "GroundView",
    "HoursDecision",
    "InForce",
    "KeptCalibration",
    "Layer",
    "LicenceHit",
    "LocalPlane",
    "LonLat",
    "Mount",
    "Overhang",
    "PavementFact",
    "Phase",
    "Problem",
    "Publication",
    "Ruling",
    "Street",
    "StreetFeature",
    "StreetIndex",
    "StreetLayers",
    "Told",
    "TrackFix",
    "WeeklyHours",
    "ZoneHits",
    "calibrate",
    "calibration_in_force",
    "calibrations",
    "check",
    "current",
    "difference",
    "difference_geojson",
    "difference_picture",
    "draft_street",
    "drafts",
    "epoch_drift_m",
    "export_geojson",
    "first",
    "gcj02_to_wgs84",
    "history",
    "import_street",
    "is_gis",
    "kept_calibration",
    "load_street",
    "open_street",
    "pose_at",
    "propose",
    "propose_calibration",
    "publish",
    "publish_calibration",
    "publish_draft",
    "read_gis",
    "reject_calibration",
    "reject_draft",
    "sun_elevation_deg",
    "validate",
    "version",
    "wgs84_to_gcj02",
    "write_gis",
]
