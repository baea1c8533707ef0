"""From detections to alerts: sightings on the ground, incidents, and the four violation detectors."""

from detectors.again import dwell_again_s, judge_again
from detectors.alerting import AlertRaised
from detectors.closer import CloserLook
from detectors.drift import Drift, DriftRules, DriftWatch, Hour
from detectors.dwell import replay_dwell_s
from detectors.explain import Explanation
from detectors.judgement import Element, Judgement, Standing
from detectors.liveries import Livery
from detectors.messages import AlertMessage, Reason, SeenBox
from detectors.open_incidents import OpenIncident, open_incidents
from detectors.recheck import Answer, RecheckResult, judge_recheck
from detectors.rules import DetectorRules
from detectors.signs import sign_reader
from detectors.store import IncidentStore
from detectors.suppression import Suppression
from detectors.violation import Violation
from detectors.watcher import Watcher

__all__ = [
    "AlertMessage",
    "AlertRaised",
    "Answer",
    "CloserLook",
    "DetectorRules",
    "Drift",
    "DriftRules",
    "DriftWatch",
    "Element",
    "Explanation",
    "Hour",
    "IncidentStore",
    "Judgement",
    "Livery",
    "OpenIncident",
    "Reason",
    "RecheckResult",
    "SeenBox",
    "Standing",
    "Suppression",
    "Violation",
    "Watcher",
    "dwell_again_s",
    "judge_again",
    "judge_recheck",
    "open_incidents",
    "replay_dwell_s",
    "sign_reader",
]
