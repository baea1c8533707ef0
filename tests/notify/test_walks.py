"""Random walks by random people with random clocks pass no gate of the law, and from anywhere an end is reached."""

import pytest

from tests.notify.stand_ins import Draft
from tests.notify.walker import BEGINNINGS, Walk, start, walk
from tests.notify.way_on import drive
from tests.notify.world import make_world


@pytest.mark.parametrize("name", sorted(BEGINNINGS))
def test_from_every_place_on_the_way_the_agency_and_the_clock_alone_reach_an_end(tmp_path, name):
    begun = start(name)
    world = make_world(tmp_path, start=begun.now, data=begun.data, maker=Draft)
    cases = world.chain.cases().items
    end = drive(world, cases[0].id if cases else "alert-1")
    assert end in ("A7", "A8", "A9", "B17", "TERMINATED", "NOT_FILED", "UNIDENTIFIED", "NOT_FOUND_ON_SITE")
    world.database.close()


def test_two_thousand_walks_pass_no_gate_that_the_law_closes_and_each_reaches_an_end(tmp_path):
    walk(Walk, tmp_path, walks=2000, steps=3)


@pytest.mark.long
def test_seventeen_thousand_walks_more_pass_no_gate_that_the_law_closes(tmp_path):
    walk(Walk, tmp_path, walks=17_000, steps=4)


@pytest.mark.long
def test_a_thousand_long_walks_pass_no_gate_that_the_law_closes(tmp_path):
    walk(Walk, tmp_path, walks=1_000, steps=25)
