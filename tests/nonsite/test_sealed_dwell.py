"""From a street to a package that shows the whole dwell, and from the package back to the same judgement."""

import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest
import rfc8785
import yaml

from evidence import Replay, create_ca, judged, replay, verify
from models import load_network
from nonsite.parts import Parts
from nonsite.settings import load_settings
from nonsite.worker import Worker
from records import SharedClock
from tests.services.city_street import NETWORK, POINTS, forbidden
from tests.services.street_cameras import FPS, GOP, SIZE, clip

START = datetime(2026, 6, 3, 8, 0, tzinfo=UTC)
DWELL_S, SECONDS, STANDS = 90, 160, (12, 150)


def film(path: Path) -> None:
    """A street on which a stall stands from the 12th second to the 150th, a keyframe every 2 s."""
    groups = []
    for stall in (False, True):
        with av.open(io.BytesIO(clip(stall))) as file:
            groups.append([(bytes(packet), packet.is_keyframe) for packet in file.demux(video=0) if packet.size])
    with av.open(io.BytesIO(clip(False))) as like, av.open(str(path), "w", format="mpegts") as out:
        track = out.add_stream_from_template(like.streams.video[0])
        for n in range(SECONDS * FPS):
            data, key = groups[STANDS[0] <= n // GOP * GOP / FPS < STANDS[1]][n % GOP]
            packet = av.Packet(data)
            packet.stream, packet.is_keyframe = track, key
            packet.pts = packet.dts = n * 90_000 // FPS
            packet.time_base = track.time_base
            out.mux(packet)


def settings_in(folder: Path) -> Path:
    """A forbidden zone of 200 m, one camera, a profile that asks for ninety seconds."""
    ring = [[121.499, 31.199], [121.501, 31.199], [121.501, 31.201], [121.499, 31.201], [121.499, 31.199]]
    street = {"street": "s", "crs": "EPSG:4490", "timezone": "Asia/Shanghai", "features": [forbidden(ring)]}
    profile = {
        "name": str(folder / "slow"),
        "title": {"zh": "试验区", "en": "Test district"},
        "inherits": "demo",
        "values": {"dwell_s": {"STALL": {"value": DWELL_S, "source": "test", "mark": "test"}}},
    }
    camera = {
        "id": "cam-1",
        "url": "street.ts",
        "start": START.isoformat(),
        "image_size": list(SIZE),
        "calibration": [{"px": [x, y], "lonlat": [lon, lat]} for x, y, lon, lat in POINTS],
        "device": {"lon": 121.5, "lat": 31.2},
    }
    settings = {
        "data": "data", "street": "street.yaml", "profile": str(folder / "slow"), "sources": [camera],
        "model": str(NETWORK), "clock": "clock", "clock_follows_sources": True,
    }  # fmt: skip
    for name, document in (("street", street), ("slow", profile), ("settings", settings)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
    film(folder / "street.ts")
    SharedClock(folder / "clock").set(START)
    return folder / "settings.yaml"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """What a worker sealed of it, and the parts that it was made of."""
    folder = tmp_path_factory.mktemp("street")
    parts = Parts(load_settings(settings_in(folder)))
    told = []
    worker = Worker(
        parts.settings, parts.profile, parts.street, parts.networks[:1], parts.sealer, parts.machine, parts.clock,
        tell=lambda topic, key, message: told.append((topic, message)),
    )  # fmt: skip
    worker.start()
    assert worker.finished.wait(120)
    worker.stop()
    assert worker.failure is None
    packages = list(parts.store.list())
    assert len(packages) == 1, [topic for topic, _ in told]
    return parts, parts.store.path(packages[0])


def record(package: Path) -> dict:
    return json.loads((package / "data/record.json").read_text())


def test_the_dwell_is_longer_than_the_ring_and_lies_beside_the_clip(sealed):
    parts, package = sealed
    facts = record(package)
    assert facts["event"]["dwell_ms"] >= DWELL_S * 1000
    starts = [datetime.fromisoformat(one["start_utc"]) for one in facts["dwell"]]
    assert (starts[0] - START).total_seconds() == pytest.approx(STANDS[0], abs=2.1), "where it was first seen"
    assert len(starts) >= 2
    assert datetime.fromisoformat(facts["clip"]["start_utc"]) > starts[-1]
    assert list((parts.settings.data / "dwell").rglob("*.gop")) == [], "what is sealed is kept nowhere else"


def test_the_package_verifies_with_its_dwell_footage(sealed):
    parts, package = sealed
    authority = create_ca(parts.settings.authority, parts.clock)
    found = verify(package, authority.ca, authority.tsa_ca, parts.machine)
    assert found.failed == ("token",), "no authority is set up: it waits for its stamp"
    clips = next(one.detail for one in found.checks if one.name == "clip")
    assert "0001.mp4" in clips


def test_the_same_detections_the_same_dwell_and_the_same_judgement_come_out(sealed):
    _, package = sealed
    found: Replay = replay(package, load_network(str(NETWORK)))
    assert found.same, (found.differences, found.judged)
    assert found.frames >= 6 and found.detections >= 6
    assert found.judged is not None
    assert found.judged.kind_again == "STALL"
    assert found.judged.dwell_again_s == pytest.approx(found.judged.dwell_s, abs=0.06)
    assert found.judged.zones_again == ("zone",)
    assert {code for code, _, _ in found.judged.elements} >= {"DWELL", "PRESENCE"}
    assert found.judged.shown >= 3


def test_frames_of_the_dwell_footage_are_looked_at_again_as_well(sealed):
    _, package = sealed
    lines = [json.loads(line) for line in (package / "data/detections.jsonl").read_text().splitlines()]
    assert {line["clip"] for line in lines} >= {"data/clip/clip.mp4", "data/dwell/0001.mp4"}


def forged(package: Path, tmp_path: Path, name: str, change) -> Path:
    """A copy in which one JSON file says something else; nobody has made the sums right again."""
    copy = shutil.copytree(package, tmp_path / "copy" / package.name)
    path = copy / name
    path.chmod(0o644)
    document = json.loads(path.read_text())
    change(document)
    path.write_bytes(rfc8785.dumps(document))
    return copy


def test_a_longer_dwell_than_the_observations_add_up_to_is_named(sealed, tmp_path):
    copy = forged(sealed[1], tmp_path, "data/alert.json", lambda alert: alert.update(dwell_s=alert["dwell_s"] + 60))
    assert any(one.startswith("dwell: expected") for one in judged(copy).differences)


def test_another_street_than_the_one_it_was_judged_on_is_named(sealed, tmp_path):
    def moved(street):
        for corner in street["features"][0]["geometry"]["coordinates"][0]:
            corner[0] += 0.01

    found = judged(forged(sealed[1], tmp_path, "data/geofence.geojson", moved)).differences
    assert any(one.startswith("street: expected") for one in found)


def test_rules_that_ask_for_more_are_named(sealed, tmp_path):
    def stricter(basis):
        basis["rules"]["dwell_s"]["STALL"] = 3600

    found = judged(forged(sealed[1], tmp_path, "data/judgement.json", stricter)).differences
    assert found == ("element DWELL: expected True, found False",)
