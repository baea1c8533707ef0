"""A judgement made again from what was kept of it when its alert was raised."""

from __future__ import annotations

import json

import pytest
from street_scene import Scene, street_file

from detectors import dwell_again_s, judge_again
from geofence import StreetIndex, load_street
from records import BadInput


def test_the_same_judgement_comes_out_of_what_was_kept_of_it() -> None:
    scene = Scene()
    scene.add("stall", (20, 4))
    (alert,) = scene.watch(120)
    kept = json.loads(json.dumps(alert.basis))
    again = judge_again(kept, StreetIndex(load_street(street_file())))
    told = {reason.code: reason.met for reason in alert.message.reasons}
    now = {element.code: element.met for element in again.elements}
    assert now
    assert {code: told[code] for code in now} == now
    assert again.violation is alert.message.kind
    assert dwell_again_s(alert.trail_json()) == pytest.approx(alert.message.dwell_s, abs=0.1)


def test_it_rests_on_the_place_that_the_confirming_frames_gave() -> None:
    scene = Scene()
    scene.add("stall", (20, 4))
    (alert,) = scene.watch(120)
    assert alert.basis["place"]["samples"] != alert.basis["incident"]["samples"]


@pytest.mark.parametrize("gone", ["incident", "rules", "at"])
def test_what_is_no_basis_is_refused(gone: str) -> None:
    scene = Scene()
    scene.add("stall", (20, 4))
    (alert,) = scene.watch(120)
    torn = {key: value for key, value in alert.basis.items() if key != gone}
    with pytest.raises(BadInput, match=gone):
        judge_again(torn, StreetIndex(load_street(street_file())))
