"""What was put in force in the console goes before the points of the settings, at the next start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from geofence import (
    Calibration,
    CameraPose,
    CoordSystem,
    GroundControlPoint,
    LocalPlane,
    LonLat,
    Street,
    calibrate,
    load_street,
    propose_calibration,
    publish_calibration,
)
from nonsite.calibrated import calibrated, may_be_calibrated
from nonsite.camera_store import fingerprint_of
from nonsite.messages import CameraMessage, camera_of
from nonsite.settings import Settings
from nonsite.watching import Ground
from records import BadInput, Database

EXAMPLE = Path(__file__).parents[2] / "configs" / "streets" / "example.yaml"
PLANE = LocalPlane(LonLat(121.5, 31.2))
PIXELS = np.array([[120, 690], [1180, 660], [640, 560], [300, 400], [950, 380]], float)
NOW = datetime(2026, 6, 3, 4, tzinfo=UTC)
PICTURE = b"\x89PNG a picture"


def made(height_m: float, system: CoordSystem = CoordSystem.CGCS2000) -> Calibration:
    camera = CameraPose(0.0, 2.0, height_m, 10.0, 22.0, 0.0, 1000.0, (1280, 720))
    places = [PLANE.lonlat(float(x), float(y)).to(system) for x, y in camera.ground(PIXELS)]
    points = [GroundControlPoint((px[0], px[1]), place) for px, place in zip(PIXELS.tolist(), places, strict=True)]
    return calibrate(points, (1280, 720), "cam-1", PLANE)


def settings(tmp_path: Path, *, points: bool = True) -> Settings:
    own = [{"px": list(p.px), "lonlat": [p.lonlat.lon, p.lonlat.lat]} for p in made(5.0).points] if points else []
    device = {"lon": 121.5, "lat": 31.2}
    cameras = [
        {"id": name, "url": "rtsp://camera/1", "calibration": own, "image_size": [1280, 720], "device": device}
        for name in ("cam-1", "cam-2")
    ]
    return Settings.model_validate({"data": tmp_path / "data", "street": EXAMPLE, "sources": cameras})


@pytest.fixture(scope="module")
def street() -> Street:
    return load_street(EXAMPLE)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "hub.db")
    opened.create_all()
    yield opened
    opened.close()


def put_in_force(database: Database, found: Calibration) -> None:
    with database.session() as session:
        kept = propose_calibration(session, found, PICTURE, "li", "camera mounted anew", NOW)
        publish_calibration(session, kept.id, "wang", NOW + timedelta(hours=1))


def test_the_console_s_calibration_judges_and_the_package_names_its_version(
    database: Database, tmp_path: Path, street: Street
) -> None:
    own = settings(tmp_path)
    assert calibrated(own, database) == own, "where the console has none the settings' points hold"
    put_in_force(database, made(6.5))
    found = calibrated(own, database, tmp_path / "cameras")
    told = Ground(found.sources[0], street).to_json(NOW)
    assert told["version"] == made(6.5).version and told["pose"]["z_m"] == pytest.approx(6.5, abs=0.01)
    assert Ground(own.sources[0], street).to_json(NOW)["version"] == made(5.0).version
    assert found.sources[1] == own.sources[1], "another camera keeps its own points"


def test_its_picture_is_the_new_reference_and_what_was_learnt_before_is_forgotten(
    database: Database, tmp_path: Path
) -> None:
    own = settings(tmp_path)
    put_in_force(database, made(6.5))
    here = calibrated(own, database, tmp_path / "cameras").sources[0]
    assert here.reference is not None and Path(here.reference).read_bytes() == PICTURE
    assert fingerprint_of(here) != fingerprint_of(own.sources[0])
    away = calibrated(own, database).sources[0]
    assert (away.reference, away.reference_since) == (None, NOW + timedelta(hours=1))
    assert camera_of(CameraMessage(camera=away).to_json()) == away, "as workers of a city are told"


def test_a_point_given_in_gcj_02_comes_to_the_same_place(database: Database, tmp_path: Path, street: Street) -> None:
    put_in_force(database, made(6.5, CoordSystem.GCJ02))
    found = Ground(calibrated(settings(tmp_path), database).sources[0], street).to_json(NOW)
    assert found["pose"]["z_m"] == pytest.approx(6.5, abs=0.02)


def test_a_camera_without_points_is_calibrated_in_the_console_or_refused(
    database: Database, tmp_path: Path, street: Street
) -> None:
    bare = settings(tmp_path, points=False)
    assert not may_be_calibrated(bare.sources[0], bare), "a fresh installation knows of none"
    there = bare.model_copy(update={"database": str(tmp_path / "hub.db")})
    assert may_be_calibrated(there.sources[0], there)
    with pytest.raises(BadInput, match="E_CALIBRATION"):
        Ground(calibrated(there, database).sources[0], street)
    put_in_force(database, made(6.5))
    assert Ground(calibrated(there, database).sources[0], street).fixed is not None
