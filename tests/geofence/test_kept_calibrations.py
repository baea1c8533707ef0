"""Calibrations of cameras are kept: one person proposes, another puts in force, every one stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from geofence import (
    Calibration,
    CameraPose,
    DraftState,
    GroundControlPoint,
    LocalPlane,
    LonLat,
    calibrate,
    calibration_in_force,
    calibrations,
    kept_calibration,
    propose_calibration,
    publish_calibration,
    reject_calibration,
)
from records import BadInput, Database, Refused

PLANE = LocalPlane(LonLat(121.5, 31.2))
NOW = datetime(2026, 6, 3, 4, tzinfo=UTC)
PIXELS = np.array([[120, 690], [1180, 660], [640, 560], [300, 400], [950, 380]], float)
PICTURE = b"\xff\xd8 a picture"


def made(camera_id: str = "cam-1", height_m: float = 6.0, plane: LocalPlane = PLANE) -> Calibration:
    camera = CameraPose(0.0, 2.0, height_m, 10.0, 22.0, 0.0, 1000.0, (1280, 720))
    places = [PLANE.lonlat(float(x), float(y)) for x, y in camera.ground(PIXELS)]
    points = [GroundControlPoint((px[0], px[1]), place) for px, place in zip(PIXELS.tolist(), places, strict=True)]
    return calibrate(points, (1280, 720), camera_id, plane)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "hub.db")
    opened.create_all()
    yield opened
    opened.close()


def test_a_calibration_is_in_force_when_another_person_has_published_it(database: Database) -> None:
    with database.session() as session:
        kept = propose_calibration(session, made(), PICTURE, "li", "camera mounted", NOW)
        assert (kept.state, kept.version) == (DraftState.OPEN, made().version)
        assert calibration_in_force(session, "cam-1") is None, "nobody else has looked at it"
    with pytest.raises(Refused, match="E_FOUR_EYES"), database.session() as session:
        publish_calibration(session, kept.id, "li", NOW)
    with database.session() as session:
        publish_calibration(session, kept.id, "wang", NOW + timedelta(hours=1))
        found = calibration_in_force(session, "cam-1")
        assert found is not None and (found.id, found.decided_by) == (kept.id, "wang")
        assert kept_calibration(session, kept.id)[1] == PICTURE
        assert Calibration.from_json(found.document).version == found.version == found.document["version"]
        assert calibration_in_force(session, "cam-2") is None
    with pytest.raises(BadInput, match="E_DRAFT"), database.session() as session:
        publish_calibration(session, kept.id, "wang", NOW)


def test_every_calibration_stays_as_it_was_when_a_later_one_comes_into_force(database: Database) -> None:
    with database.session() as session:
        for number, height_m in enumerate((6.0, 6.5)):
            at = NOW + timedelta(days=number)
            kept = propose_calibration(session, made(height_m=height_m), PICTURE, "li", "again", at)
            publish_calibration(session, kept.id, "wang", at + timedelta(hours=1))
        first, second = reversed(calibrations(session, "cam-1"))
        assert first.document == made(height_m=6.0).to_json() and first.version != second.version
        in_force = calibration_in_force(session, "cam-1")
        assert in_force is not None and in_force.id == second.id
        assert all(point["residual_px"] < 0.01 for point in second.document["points"])
        with pytest.raises(BadInput, match="E_CALIBRATION_SAME"):
            propose_calibration(session, made(height_m=6.5), PICTURE, "li", "again", NOW + timedelta(days=3))


def test_one_proposed_before_another_came_into_force_is_not_put_over_it(database: Database) -> None:
    with database.session() as session:
        early = propose_calibration(session, made(height_m=6.0), PICTURE, "li", "why", NOW)
        late = propose_calibration(session, made(height_m=6.5), PICTURE, "li", "why", NOW)
        publish_calibration(session, late.id, "wang", NOW + timedelta(hours=1))
    with pytest.raises(Refused, match="E_CALIBRATION_STALE"), database.session() as session:
        publish_calibration(session, early.id, "wang", NOW + timedelta(hours=2))


def test_one_is_turned_down_with_a_reason_or_withdrawn_and_says_why_it_was_made(database: Database) -> None:
    with database.session() as session:
        with pytest.raises(BadInput, match="E_STREET_NOTE"):
            propose_calibration(session, made(), PICTURE, "li", " ", NOW)
        one, two = (propose_calibration(session, made(), PICTURE, "li", "why", NOW) for _ in "ab")
        with pytest.raises(BadInput, match="E_STREET_NOTE"):
            reject_calibration(session, one.id, "wang", "", NOW)
        assert reject_calibration(session, one.id, "wang", "blurred", NOW).state is DraftState.REJECTED
        assert reject_calibration(session, two.id, "li", "wrong camera", NOW).state is DraftState.WITHDRAWN
        assert calibration_in_force(session, "cam-1") is None
        with pytest.raises(BadInput, match="E_DRAFT"):
            kept_calibration(session, 99)


def test_a_version_is_that_of_the_points_whatever_plane_they_are_fitted_in() -> None:
    there = made(plane=LocalPlane(LonLat(121.51, 31.21)))
    assert there.version == made().version != made("cam-2").version
    assert Calibration.from_json(made().to_json()).version == made().version
    assert replace(made(), camera_id="cam-3").version not in {made().version, made("cam-2").version}
