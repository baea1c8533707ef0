from datetime import UTC, datetime

import pytest

from records import BadInput, FrozenClock, drain_outbox, outbox_depth, outbox_put

CLOCK = FrozenClock(datetime(2026, 5, 6, tzinfo=UTC))


def put(database, *numbers):
    with database.session() as session:
        for number in numbers:
            outbox_put(session, "nonsite.cases", f"case-{number}", {"n": number})


def test_messages_leave_in_order_and_once(database):
    put(database, 1, 2, 3)
    told = []
    assert drain_outbox(database, lambda topic, key, message: told.append((topic, key, message["n"])), CLOCK) == 3
    assert [number for _, _, number in told] == [1, 2, 3]
    assert drain_outbox(database, lambda *_: told.append(None), CLOCK) == 0
    assert len(told) == 3


def test_a_rolled_back_unit_of_work_tells_nothing(database):
    with pytest.raises(RuntimeError), database.session() as session:
        outbox_put(session, "nonsite.cases", "case-1", {})
        raise RuntimeError("refused")
    assert outbox_depth(database) == 0


def test_what_the_bus_did_not_take_waits_and_what_it_took_does_not_go_twice(database):
    put(database, 1, 2, 3)
    told = []

    def publish(_topic, _key, message):
        if message["n"] == 2 and len(told) == 1:
            raise ConnectionError("broker away")
        told.append(message["n"])

    with pytest.raises(ConnectionError):
        drain_outbox(database, publish, CLOCK)
    assert outbox_depth(database) == 2
    told.append(None)  # the broker is back
    drain_outbox(database, publish, CLOCK)
    assert told == [1, None, 2, 3]


def test_what_the_bus_will_never_take_keeps_nothing_else_waiting(database):
    put(database, 1, 2, 3)
    told = []

    def publish(_topic, _key, message):
        if message["n"] == 2:
            raise BadInput("E_BUS_MESSAGE", "not JSON", "plain values only")
        told.append(message["n"])

    drain_outbox(database, publish, CLOCK)
    assert told == [1, 3] and outbox_depth(database) == 0
