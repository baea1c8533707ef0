"""Compacted topics on every bus: read as tables, and dealt out among the members of a group."""

from __future__ import annotations

import pytest

from records import BadInput
from streams import Bus, InProcessBus, topics
from tests.streams.members import Holder, wait_until, whole


def test_a_shared_topic_is_dealt_out_and_only_what_moves_stops(bus: Bus, run: str) -> None:
    keys = {f"family-{n % 20}{run[:4]}/camera-{n}" for n in range(40)}
    everybody: list[Holder] = []
    first = Holder(run, everybody)
    bus.publish_all([(topics.CAMERAS, key, {"n": 1, "run": run}) for key in sorted(keys)])
    bus.share(topics.CAMERAS, f"workers-{run}", first)
    wait_until(whole([first], keys), lambda: first.holds)
    second = Holder(run, everybody)
    seat = bus.share(topics.CAMERAS, f"workers-{run}", second)
    wait_until(lambda: bool(second.holds) and whole(everybody, keys)(), lambda: [one.holds for one in everybody])
    families = [{key.split("/")[0] for key in one.holds} for one in everybody]
    assert not families[0] & families[1]
    assert sorted(first.began) == sorted(keys)  # what stayed was never begun anew
    moved = set(second.holds)
    seat.close()
    wait_until(whole([first], keys), lambda: first.holds)
    assert second.holds == {}
    assert sorted(first.began) == sorted([*keys, *moved])
    assert [one.doubled for one in everybody] == [[], []]


def test_a_share_follows_what_is_published_and_retracted(bus: Bus, run: str) -> None:
    holder = Holder(run, [])
    bus.share(topics.CAMERAS, f"workers-{run}", holder)
    wait_until(lambda: holder.told > 0, lambda: holder.told)
    one, other = f"a{run}", f"b{run}"
    bus.publish(topics.CAMERAS, one, {"n": 1, "run": run})
    bus.publish(topics.CAMERAS, other, {"n": 1, "run": run})
    bus.publish(topics.CAMERAS, one, {"n": 2, "run": run})
    wait_until(lambda: holder.holds == {one: 2, other: 1}, lambda: holder.holds)
    bus.retract(topics.CAMERAS, one)
    wait_until(lambda: holder.holds == {other: 1}, lambda: holder.holds)


def test_a_table_holds_the_last_message_of_each_key(bus: Bus, run: str) -> None:
    for n in range(3):
        bus.publish(topics.INCIDENTS, f"one{run}", {"n": n})
        bus.publish(topics.INCIDENTS, f"other{run}", {"n": n})
    keys = {f"one{run}", f"other{run}"}

    def table() -> dict[str, int]:
        return {key: message["n"] for key, message in bus.table(topics.INCIDENTS).items() if key in keys}

    wait_until(lambda: table() == dict.fromkeys(keys, 2), table)  # a spooling bus hands on when it can
    bus.retract(topics.INCIDENTS, f"one{run}")
    assert table() == {f"other{run}": 2}


def test_a_topic_that_keeps_no_last_message_is_neither_read_as_a_table_nor_dealt_out() -> None:
    bus = InProcessBus()
    with pytest.raises(BadInput, match="E_BUS_MESSAGE"):
        bus.table(topics.ALERTS)
    with pytest.raises(BadInput, match="E_BUS_MESSAGE"):
        bus.share(topics.ALERTS, "g", lambda held: None)
