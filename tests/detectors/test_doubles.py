"""One thing that the network draws two boxes about is one thing, and of the kind that it is surer of."""

from __future__ import annotations

from street_scene import Scene, kinds


def test_goods_that_are_faintly_a_stall_too_are_the_shops_goods():
    scene = Scene()
    scene.add("goods", (20, 1.2), size=(2.4, 1.2, 0.9), score=0.75)
    scene.add("stall", (20, 1.2), size=(2.4, 1.2, 0.9), score=0.4)
    scene.add("person", (21.9, 1.4))
    assert kinds(scene.watch(150)) == ["OUT_OF_STORE"]


def test_a_stall_whose_table_is_faintly_goods_stays_a_stall():
    scene = Scene()
    scene.add("stall", (20, 4), score=0.75)
    scene.add("goods", (20, 4), size=(1.8, 1.0, 2.0), score=0.4)
    assert kinds(scene.watch(150)) == ["STALL"]


def test_one_box_about_two_licensed_signs_is_no_sign_of_its_own():
    scene = Scene(jitter_px=0.5)
    for number in range(5):
        scene.board(8.0 * number + 4, 2.8, 5.0, 0.9, score=0.6)
    scene.board(16.0, 2.8, 13.0, 0.9, score=0.95)
    assert scene.watch(150) == []
