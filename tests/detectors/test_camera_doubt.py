"""A camera that is not as it was calibrated accuses nobody; the same scene through a sound one does."""

from __future__ import annotations

from detectors import Element
from tests.detectors.street_scene import ACROSS, Scene, kinds

MOVED = Element("CAMERA", False, "moved")


def stall() -> Scene:
    scene = Scene()
    scene.add("stall", (20.0, 3.0))
    scene.add("person", (20.8, 3.4))
    return scene


def test_a_sound_camera_raises_the_alert() -> None:
    scene = stall()
    store = scene.store()
    watcher = scene.watcher(store, "across", ACROSS, doubt=lambda frame: None)
    assert kinds(scene.watch(120, store=store, watchers={"across": watcher})) == ["STALL"]


def test_a_doubt_at_the_last_moment_holds_the_alert_back_and_says_why() -> None:
    scene = stall()
    store = scene.store()
    watcher = scene.watcher(store, "across", ACROSS, doubt=lambda frame: MOVED)
    assert scene.watch(120, store=store, watchers={"across": watcher}) == []
    assert not any(topic == "nonsite.alerts" for topic, _, _ in scene.published)
    (why,) = watcher.explain()
    assert why.missing[-1] == MOVED
    assert "the camera is moved" in why.en and "摄像机已移位" in why.zh


def test_once_the_doubt_is_gone_the_alert_goes_out() -> None:
    scene = stall()
    store = scene.store()
    doubts = {"now": MOVED}
    watcher = scene.watcher(store, "across", ACROSS, doubt=lambda frame: doubts["now"])
    assert scene.watch(90, store=store, watchers={"across": watcher}) == []
    doubts["now"] = None
    assert kinds(scene.watch(30, begin=90, store=store, watchers={"across": watcher})) == ["STALL"]
    assert watcher.explain() == []


def test_while_it_stands_by_incidents_wait_and_can_be_asked_why() -> None:
    scene = stall()
    store = scene.store()
    watcher = scene.watcher(store, "across", ACROSS)
    scene.watch(50, store=store, watchers={"across": watcher})
    before = [(one.id, one.last_seen) for one in store.incidents]
    watcher.stand_by(MOVED)
    assert before and [(one.id, one.last_seen) for one in store.incidents] == before, "nothing is closed by it"
    assert [one.missing[-1] for one in watcher.explain()] == [MOVED]
    assert kinds(scene.watch(60, begin=110, store=store, watchers={"across": watcher})) == ["STALL"]
