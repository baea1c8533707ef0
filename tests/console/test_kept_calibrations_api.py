"""A calibration made in the console is kept with its picture, looked at by another, put in force, and audited."""

from __future__ import annotations

import json
from typing import Any

import cv2
import numpy as np
import pytest
from sqlalchemy import text

from geofence import CameraPose
from records import verify_chain
from tests.console.conftest import Hub

SIZE = (1280, 720)
PIXELS = np.array([[120, 690], [1180, 660], [640, 560], [300, 400], [950, 380]], float)


def picture(seed: int = 1, size: tuple[int, int] = SIZE) -> bytes:
    """A picture in which much stands out."""
    blocks = np.random.default_rng(seed).integers(0, 255, (size[1] // 20, size[0] // 20, 3), np.uint8)
    done, data = cv2.imencode(".png", cv2.resize(blocks, size, interpolation=cv2.INTER_NEAREST))
    assert done
    return data.tobytes()


def points(hub: Hub) -> list[dict[str, Any]]:
    camera = CameraPose(0.0, 2.0, 6.0, 10.0, 22.0, 0.0, 1000.0, SIZE)
    places = hub.services.street.plane.to_lonlat(camera.ground(PIXELS)).tolist()
    return [{"px": px, "lonlat": place} for px, place in zip(PIXELS.tolist(), places, strict=True)]


def propose(hub: Hub, login: str = "officer1", content: bytes | None = None, **more: Any) -> Any:
    who = hub.client(login)
    body = {"camera_id": "cam-1", "image_size": SIZE, "points": points(hub), "note": "装机标定", **more}
    return who.http.post(
        "/api/street/calibrations",
        files={"picture": ("p.png", picture() if content is None else content)},
        data={"calibration": json.dumps(body)},
        headers={"X-CSRF-Token": who.csrf},
    )


def test_a_calibration_waits_for_other_eyes_and_then_judges(hub: Hub) -> None:
    kept = propose(hub)
    assert kept.status_code == 200, kept.text
    number, version = kept.json()["id"], kept.json()["version"]
    chief = hub.client("squad")
    seen = chief.get(f"/api/street/calibrations/{number}").json()
    assert not seen["mine"] and seen["found"]["ok"] and len(seen["points"]) == 5
    assert seen["found"]["residual_px"] == pytest.approx(seen["calibration"]["residual_px"])
    shown = chief.http.get(f"/api/street/calibrations/{number}/picture")
    assert shown.content == picture() and shown.headers["content-type"] == "image/png"
    assert [one["in_force"] for one in chief.get("/api/street/calibrations").json()] == [False]
    done = chief.post(f"/api/street/calibrations/{number}/publish", {})
    assert done.status_code == 200 and done.json()["decided_by"] == "squad"
    (row,) = chief.get("/api/street/calibrations", params={"camera_id": "cam-1"}).json()
    assert row["in_force"] and row["version"] == version and row["author"] == "officer1"
    with hub.database.read() as session:
        kinds = session.scalars(text("SELECT kind FROM log WHERE chain = 'audit' ORDER BY seq")).all()
        assert verify_chain(session, "audit").ok
    assert kinds == ["calibration_proposed", "calibration_published"]


def test_nobody_puts_his_own_in_force_and_who_only_looks_proposes_none(hub: Hub) -> None:
    number = propose(hub, "squad").json()["id"]
    answer = hub.client("squad").post(f"/api/street/calibrations/{number}/publish", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "E_FOUR_EYES")
    assert hub.client("officer1").post(f"/api/street/calibrations/{number}/publish", {}).status_code == 403
    assert propose(hub, "oper").status_code == 403
    assert hub.client("oper").get("/api/street/calibrations").status_code == 403
    assert hub.client("officer1").post(f"/api/street/calibrations/{number}/reject", {"reason": "x"}).status_code == 403
    own = propose(hub).json()["id"]
    withdrawn = hub.client("officer1").post(f"/api/street/calibrations/{own}/reject", {"reason": "画面不清"})
    assert withdrawn.json()["state"] == "withdrawn" and withdrawn.json()["reason"] == "画面不清"


def test_a_picture_or_points_of_no_use_are_refused_and_nothing_is_kept(hub: Hub) -> None:
    grey = cv2.imencode(".png", np.full((720, 1280, 3), 90, np.uint8))[1].tobytes()
    for content in (b"", b"no picture", picture(size=(640, 360)), grey):
        answer = propose(hub, content=content)
        assert (answer.status_code, answer.json()["code"]) == (400, "E_REFERENCE")
    few = propose(hub, points=points(hub)[:3])
    assert (few.status_code, few.json()["code"]) == (400, "E_CALIBRATION")
    for wrong in ({"camera_id": "a/b"}, {"points": "none"}):
        answer = propose(hub, **wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, "E_REQUEST")
    assert hub.client("squad").get("/api/street/calibrations").json() == []
