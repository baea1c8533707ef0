"""Names inside a package and in the log, in one place."""

import re

PROFILE = "city-evid/1"
SCHEMA = "nonsite-evidence-record/1"
RECORD, ALERT = "data/record.json", "data/alert.json"
CLIP, PACKETS = "data/clip/clip.mp4", "data/clip/packets.csv"
DETECTIONS, GEOFENCE = "data/detections.jsonl", "data/geofence.geojson"
CALIBRATION, MODEL = "data/calibration.json", "data/model.json"
PHOTO_FRAMES = "data/photos/frames.csv"
OBSERVATIONS = "data/dwell/observations.jsonl"
JUDGEMENT = "data/judgement.json"
README, SCRIPT = "data/README.txt", "data/verify/verify.sh"
INCLUSION_SCRIPT = "data/verify/inclusion.sh"
P7S = "tagmanifest-sha256.txt.p7s"
TSR = "tagmanifest-sha256.txt.p7s.tsr"
SEAL_FILES = re.compile(
    r"tagmanifest-sha256\.txt\.p7s(\.tsr|\.[2-9]\.tsr)?"
    r"|tagmanifest-sha256\.txt\.sm2\.sig|sm2\.pem|manifest-sm3\.txt(\.sm2\.sig)?"
    r"|inclusion-\d+\.txt|checkpoint-\d+(\.p7s(\.tsr)?)?"
)


def chain_name(machine_id: str) -> str:
    """The name of a sealing machine's own log."""
    return f"machine:{machine_id}"
