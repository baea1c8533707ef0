"""The wall tells of cameras that something is wrong with, in both languages, as soon as the bus does."""

from __future__ import annotations

from typing import Any

from streams import topics
from tests.console.conftest import START, Hub

MOVED = {
    "code": "moved",
    "zh": "摄像机已移位",
    "en": "the camera has been moved",
    "since": START.isoformat(),
    "stops": True,
}
SOFT = {"code": "soft", "zh": "画面模糊", "en": "the picture is soft", "since": START.isoformat(), "stops": False}


def told(camera: str, *alarms: dict[str, Any], state: str = "in_place") -> dict[str, Any]:
    return {
        "version": 1,
        "source_id": camera,
        "at": START.isoformat(),
        "state": state,
        "since": START.isoformat(),
        "shift_px": 36.5,
        "reference": "given",
        "alarms": list(alarms),
    }


def tell(hub: Hub, camera: str, *alarms: dict[str, Any], state: str = "in_place") -> None:
    hub.bus.publish(topics.HEALTH, camera, told(camera, *alarms, state=state))


def wait_for(hub: Hub, camera: str, state: str) -> dict[str, Any]:
    """What the API says of a camera once the news is through: the console takes it in on a thread of its own."""
    oper = hub.client("oper")
    for _ in range(200):
        found = {one["id"]: one for one in oper.get("/api/cameras").json()}
        if found.get(camera, {}).get("state") == state:
            return found[camera]
    raise AssertionError(f"{camera} is not {state}")


def test_a_moved_camera_is_seen_at_the_walls_api_and_on_the_wall(hub: Hub) -> None:
    tell(hub, "cam-1", MOVED, state="moved")
    camera = wait_for(hub, "cam-1", "moved")
    assert camera["alarms"][0]["stops"] and camera["alarms"][0]["en"] == "the camera has been moved"
    assert camera["shift_px"] == 36.5
    oper = hub.client("oper")
    page = oper.page("/wall").text
    assert 'data-camera="cam-1"' in page and "摄像机已移位" in page
    oper.http.cookies.set("nonsite_language", "en")
    assert "the camera has been moved" in oper.page("/wall/cameras").text


def test_those_that_raise_no_alerts_stand_first_and_sound_ones_are_left_out(hub: Hub) -> None:
    tell(hub, "cam-1", SOFT)
    tell(hub, "cam-2")
    tell(hub, "cam-3", MOVED, state="moved")
    wait_for(hub, "cam-3", "moved")
    text = hub.client("oper").page("/wall/cameras").text
    assert text.index('data-camera="cam-3"') < text.index('data-camera="cam-1"')
    assert "cam-2" not in text


def test_what_is_lifted_goes_from_the_wall(hub: Hub) -> None:
    tell(hub, "cam-1", MOVED, state="moved")
    wait_for(hub, "cam-1", "moved")
    tell(hub, "cam-1")
    wait_for(hub, "cam-1", "in_place")
    assert "cam-1" not in hub.client("oper").page("/wall/cameras").text


def test_a_visitor_learns_nothing_of_the_cameras(hub: Hub) -> None:
    assert hub.visitor().get("/api/cameras").status_code == 401
