"""Whatever came near an alert and raised none can be asked why, in both languages, also when it has gone since."""

from __future__ import annotations

from street_scene import ACROSS, Scene, kinds

from detectors import Explanation


def told(scene: Scene) -> list[Explanation]:
    return scene.watchers["across"].explain()


def codes(why: Explanation) -> list[str]:
    return [element.code for element in why.missing]


def test_a_stall_that_left_before_its_dwell_can_be_asked_about_long_after():
    scene = Scene()
    scene.add("stall", (20, 4), until=50)
    assert scene.watch(500) == []
    (why,) = told(scene)
    dwell = why.missing[-1]
    assert dwell.code == "DWELL" and 40 <= dwell.value < 60 == dwell.threshold
    assert "未满 60 秒" in why.zh and "not yet 60 s" in why.en


def test_a_stay_that_ended_and_the_next_one_are_two_answers():
    scene = Scene()
    scene.add("stall", (20, 4), until=50)
    scene.add("stall", (20, 4), since=900, until=950)
    assert scene.watch(1200) == []
    assert [codes(why)[-1] for why in told(scene)] == ["DWELL", "DWELL"]


def test_what_was_taken_for_the_event_of_another_alert_says_of_which():
    scene = Scene()
    scene.add("goods", (17.5, 0.7), size=(1.4, 1.4, 0.9), until=100)
    scene.add("goods", (23.0, 0.7), size=(1.2, 1.4, 0.9), since=200)
    alerts = scene.watch(400)
    assert kinds(alerts) == ["OUT_OF_STORE"]
    (same,) = [why for why in told(scene) if codes(why) == ["NEW_EVENT"]]
    assert alerts[0].message.id in same.en and alerts[0].message.id in same.zh


def test_each_element_is_told_once_also_where_the_confirmation_failed():
    scene = Scene()
    scene.add("stall", (20, 4))
    store = scene.store()

    def nothing(*_window: object) -> list:
        """Pictures from before the stall came."""
        return [scene.frame("across", ACROSS, -1.0 - k)[0] for k in range(5)]

    assert scene.watch(70, store=store, watchers={"across": scene.watcher(store, confirm=nothing)}) == []
    why = scene.watchers["across"]._explained[-1]
    names = [element.code for element in why.elements]
    assert codes(why) == ["CONFIRMED"] and len(names) == len(set(names))
