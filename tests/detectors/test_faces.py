"""Signs that hang behind the shops' line, seen along the street: a sight line to one meets the line first."""

from __future__ import annotations

import pytest
from street_scene import ALONG, Scene, kinds, licence, place

BEHIND_M = -1.5
FACE = (5.4, 3.0, 1.2)
"""Bottom, width, height of the sign, m."""


def street(*licences: dict) -> Scene:
    scene = Scene(extra=list(licences))
    bottom, width, height = FACE
    scene.add("signboard", (20.0, BEHIND_M), size=(width, 0.02, height), low=bottom)
    return scene


def test_a_licensed_sign_behind_the_line_is_known_where_it_hangs() -> None:
    bottom, width, height = FACE
    scene = street(licence("set-back", 20.0, bottom, width, height, BEHIND_M))
    assert scene.watch(120, cameras={"along": ALONG}) == []


def test_the_same_sign_without_a_licence_is_told() -> None:
    assert kinds(street().watch(120, cameras={"along": ALONG})) == ["OUTDOOR_AD"]


def test_a_sign_that_the_licence_of_one_behind_the_line_does_not_fit_is_told_where_it_hangs() -> None:
    bottom, width, height = FACE
    scene = Scene(extra=[licence("set-back", 20.0, bottom, width, height, BEHIND_M)])
    scene.board(13.0, 5.2, 3.0, 1.8)
    (alert,) = scene.watch(120, cameras={"along": ALONG})
    assert place(alert.message)[0] == pytest.approx(13.0, abs=1.0)


def test_a_sign_that_the_network_is_hardly_sure_of_is_asked_about_and_not_told() -> None:
    scene = Scene()
    scene.board(20, 5.2, 3.0, 1.8, score=0.38)
    assert scene.watch(120) == []
    near = [one for one in scene.watchers["across"].explain() if one.violation == "OUTDOOR_AD"]
    open_ones = {element.code for one in near for element in one.elements if element.met is not True}
    assert "SIGN" in open_ones
