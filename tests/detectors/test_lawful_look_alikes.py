"""What looks like a stall and is none, and what moves and stays one."""

from __future__ import annotations

import numpy as np
import pytest
from street_scene import ALONG, Scene, kinds, raised_at

RED = (20, 30, 200)


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.0, 1.4])
def test_a_walker_with_a_trolley_does_not_stand(speed: float):
    scene = Scene()
    scene.add("stall", (-6, 4), speed=(speed, 0.0), shade=RED)
    scene.add("person", (-7.2, 4), speed=(speed, 0.0))
    assert scene.watch(46 / speed) == []


def test_a_queue_that_changes_at_a_bus_stop_with_a_bench_is_no_stall():
    scene = Scene()
    scene.add("furniture", (20, 4.3), size=(1.8, 0.5, 0.8))
    rng = np.random.default_rng(4)
    for start in range(0, 600, 20):
        for number in range(3):
            place = (18.8 + 0.8 * number + float(rng.normal(0, 0.1)), 3.7)
            scene.add("person", place, since=float(start), until=start + float(rng.uniform(15, 60)))
    assert scene.watch(600) == []
    told = [why for why in scene.watchers["across"].explain() if any(e.code == "THING" for e in why.missing)]
    assert told, "whether it is a stall can be asked"


def test_a_delivery_stop_is_let_pass_while_unloading_may_take_and_a_van_that_goes_on_selling_is_a_stall():
    scene = Scene()
    scene.add("vehicle", (20, 6.0), size=(5.0, 1.9, 1.8), until=170)
    scene.add("goods", (20, 4.0), until=160)
    scene.add("person", (21.2, 3.8), until=170)
    assert scene.watch(400, cameras={"along": ALONG}) == []
    told = [why for why in scene.watchers["along"].explain() if why.exempt == "UNLOADING"]
    assert told and told[0].missing[0].code == "NOT_UNLOADING"

    selling = Scene()
    selling.add("vehicle", (20, 6.0), size=(5.0, 1.9, 1.8))
    selling.add("goods", (20, 4.0))
    selling.add("person", (21.2, 3.8))
    alerts = selling.watch(400, cameras={"along": ALONG})
    assert kinds(alerts) == ["STALL"] and alerts[0].message.subkind == "COMPOSITION"
    assert 238 <= raised_at(alerts[0]) <= 250, "the window and then the dwell"


def test_a_vendor_who_moves_every_few_minutes_is_one_incident():
    scene = Scene()
    for number, x in enumerate((6, 26, 10, 30)):
        scene.add("stall", (x, 4), since=number * 180.0, until=number * 180.0 + 165, shade=RED)
    assert kinds(scene.watch(760)) == ["STALL"]


def test_the_stays_of_a_vendor_who_moves_before_each_dwell_is_over_add_up():
    scene = Scene()
    for number, x in enumerate((6, 26, 10, 30)):
        scene.add("stall", (x, 4), since=number * 55.0, until=number * 55.0 + 40, shade=RED)
    alerts = scene.watch(260)
    assert kinds(alerts) == ["STALL"] and raised_at(alerts[0]) > 60


@pytest.mark.parametrize(("away_s", "shade"), [(30.0, (200, 160, 20)), (700.0, RED)])
def test_one_that_looks_otherwise_or_comes_later_is_another(away_s: float, shade: tuple[int, int, int]):
    scene = Scene()
    scene.add("stall", (10, 4), until=100, shade=RED)
    scene.add("stall", (30, 4), since=100 + away_s, shade=shade)
    assert kinds(scene.watch(300 + away_s)) == ["STALL", "STALL"]
