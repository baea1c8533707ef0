"""The second look at the place of an alert."""

from __future__ import annotations

import numpy as np
import pytest
from street_scene import ACROSS, RULES, START, Scene, kinds

from detectors import AlertMessage, Answer, RecheckResult, judge_recheck
from records import BadInput

LATER = 3600.0 * 2


def alerted(scene: Scene, seconds: float = 130) -> AlertMessage:
    alerts = scene.watch(seconds)
    assert len(alerts) == 1
    return alerts[0].message


def look_again(scene: Scene, alert: AlertMessage, since: float = LATER, seconds: float = 12.0) -> RecheckResult:
    looks = [(scene.frame("across", ACROSS, float(t))[0], ACROSS) for t in np.arange(since, since + seconds, 1.0)]
    return judge_recheck(alert, looks, scene.index, RULES, scene.network, scene.clock)


def test_a_stall_that_is_still_there_is_still_and_answers_its_alert():
    scene = Scene()
    scene.add("stall", (20, 4))
    alert = alerted(scene)
    result = look_again(scene, alert)
    assert result.answer is Answer.STILL
    assert result.message.stage == "recheck" and result.message.answers == alert.id
    assert result.message.boxes and result.seen <= result.shown


def test_a_stall_that_left_is_cleared():
    scene = Scene()
    scene.add("stall", (20, 4), until=600)
    assert look_again(scene, alerted(scene)).answer is Answer.CLEARED


def test_goods_taken_behind_the_line_are_cleared():
    scene = Scene()
    scene.add("goods", (20, 0.8), size=(1.6, 1.6, 0.9), until=600)
    scene.add("goods", (20, -0.6), size=(1.6, 1.0, 0.9), since=600)
    assert look_again(scene, alerted(scene)).answer is Answer.CLEARED


def test_goods_still_outside_are_still():
    scene = Scene()
    scene.add("goods", (20, 0.8), size=(1.6, 1.6, 0.9))
    assert look_again(scene, alerted(scene)).answer is Answer.STILL


def test_a_heap_thinned_out_below_the_threshold_is_cleared():
    scene = Scene(recall=0.97)
    for i in range(7):
        scene.add("bicycle", (14 + 0.8 * i, 3.9), until=600 if i > 2 else 1e9)
    assert look_again(scene, alerted(scene)).answer is Answer.CLEARED


def test_a_heap_that_stayed_is_still():
    scene = Scene(recall=0.97)
    for i in range(7):
        scene.add("bicycle", (14 + 0.8 * i, 3.9))
    assert look_again(scene, alerted(scene)).answer is Answer.STILL


@pytest.mark.parametrize(("until", "answer"), [(1e9, Answer.STILL), (600.0, Answer.CLEARED)])
def test_a_board_is_looked_for_where_it_hung(until: float, answer: Answer):
    scene = Scene()
    scene.board(20, 2.8, 5.0, 0.9)
    scene.board(20, 5.2, 3.0, 1.8, until=until)
    assert look_again(scene, alerted(scene, 60)).answer is answer


def test_a_place_hidden_by_a_bus_stays_undecided():
    scene = Scene()
    scene.add("stall", (20, 4))
    scene.add("vehicle", (20, 9), size=(11.0, 2.5, 3.2), since=LATER - 10, recall=1.0)
    assert look_again(scene, alerted(scene)).answer is Answer.UNDECIDED


def test_a_stall_that_a_permit_has_since_made_lawful_is_cleared():
    scene = Scene()
    scene.add("stall", (33.5, 3))
    alert = alerted(scene)
    assert look_again(scene, alert, since=45 * 60).answer is Answer.CLEARED


def test_without_a_frame_it_refuses():
    scene = Scene()
    scene.add("stall", (20, 4))
    alert = alerted(scene)
    with pytest.raises(BadInput) as refused:
        judge_recheck(alert, [], scene.index, RULES, scene.network, scene.clock)
    assert refused.value.code == "E_NO_FRAMES"


def test_a_recheck_raises_no_alert():
    scene = Scene()
    scene.add("stall", (20, 4))
    alert = alerted(scene)
    before = len(scene.published)
    look_again(scene, alert)
    assert len(scene.published) == before
    assert kinds(scene.watch(60, begin=LATER)) == []
    assert alert.raised > START
