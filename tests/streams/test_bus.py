"""One contract for every bus: the tests run on the in-process bus and on a real Kafka broker."""

from __future__ import annotations

import threading

import pytest

from records import BadInput
from streams import Bus, InProcessBus, NotNow, SpoolingBus, topics
from streams import bus as bus_module
from tests.streams.members import Inbox, Message


def test_messages_of_one_key_arrive_in_order_and_carry_schema_and_version(bus: Bus, run: str) -> None:
    inbox = Inbox()
    bus.subscribe(topics.ALERTS, f"hub-{run}", inbox)
    for n in range(20):
        bus.publish(topics.ALERTS, "cell-1", {"n": n, "run": run})
    assert inbox.numbers(run, 20) == list(range(20))
    assert {(m["schema"], m["version"]) for m in inbox.got if m.get("run") == run} == {("nonsite.alerts", 1)}


def test_every_group_gets_every_message_and_a_new_group_those_before_it(bus: Bus, run: str) -> None:
    early, late = Inbox(), Inbox()
    bus.subscribe(topics.CASES, f"early-{run}", early)
    bus.publish(topics.CASES, "case-1", {"n": 1, "run": run})
    bus.subscribe(topics.CASES, f"late-{run}", late)
    bus.publish(topics.CASES, "case-1", {"n": 2, "run": run})
    assert early.numbers(run, 2) == [1, 2]
    assert late.numbers(run, 2) == [1, 2]


def test_a_group_that_was_away_goes_on_where_it_stopped(bus: Bus, run: str) -> None:
    before, after = Inbox(), Inbox()
    seat = bus.subscribe(topics.EVIDENCE, f"hub-{run}", before)
    bus.publish(topics.EVIDENCE, "p", {"n": 1, "run": run})
    before.numbers(run, 1)
    seat.close()
    bus.publish(topics.EVIDENCE, "p", {"n": 2, "run": run})
    bus.subscribe(topics.EVIDENCE, f"hub-{run}", after)
    assert after.numbers(run, 1) == [2]
    assert before.numbers(run, 1) == [1]


def test_a_message_that_fails_once_is_handed_over_again(bus: Bus, run: str) -> None:
    failed: set[int] = set()

    def first_time(message: Message) -> bool:
        fresh = message.get("run") == run and message["n"] not in failed
        failed.add(message.get("n", -1))
        return fresh

    inbox = Inbox(first_time)
    bus.subscribe(topics.COMMANDS, f"worker-{run}", inbox)
    bus.publish(topics.COMMANDS, "cam", {"n": 1, "run": run})
    bus.publish(topics.COMMANDS, "cam", {"n": 2, "run": run})
    assert inbox.numbers(run, 2) == [1, 2]


def test_a_message_nobody_can_digest_becomes_a_dead_letter_and_the_next_one_arrives(
    bus: Bus, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "RETRY_DELAYS_S", (0.0, 0.0))
    inbox, letters = Inbox(lambda message: message.get("poison") == run), Inbox()
    bus.subscribe(topics.DEADLETTER, f"letters-{run}", letters)
    bus.subscribe(topics.ALERTS, f"hub-{run}", inbox)
    bus.publish(topics.ALERTS, "cell", {"n": 1, "run": run, "poison": run})
    bus.publish(topics.ALERTS, "cell", {"n": 2, "run": run})
    assert inbox.numbers(run, 1) == [2]
    mine = [letter for letter in wait_for_letters(letters, run) if letter["message"].get("run") == run]
    assert [(x["topic"], x["key"], x["group"], x["message"]["n"], x["error"]) for x in mine] == [
        (topics.ALERTS, "cell", f"hub-{run}", 1, "ValueError: indigestible")
    ]


def wait_for_letters(inbox: Inbox, run: str) -> list[Message]:
    with inbox._news:
        assert inbox._news.wait_for(lambda: any(x["message"].get("run") == run for x in inbox.got), 20)
        return list(inbox.got)


def test_since_gives_what_followed_an_event_and_everything_for_none(bus: Bus, run: str) -> None:
    for n in range(5):
        bus.publish(topics.CASES, f"case-{n}", {"n": n, "run": run})
    if isinstance(bus, SpoolingBus):
        assert bus.settled(20)
    events = [event for event in bus.since(topics.CASES, None) if event.message.get("run") == run]
    assert sorted(event.message["n"] for event in events) == [0, 1, 2, 3, 4]
    after = [event.message["n"] for event in bus.since(topics.CASES, events[1].id) if event.message.get("run") == run]
    assert after == [event.message["n"] for event in events[2:]]
    assert bus.since(topics.CASES, bus.since(topics.CASES, None)[-1].id) == []


def test_a_handler_that_cannot_now_gets_the_message_until_it_can_and_none_becomes_a_dead_letter(
    bus: Bus, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "RETRY_DELAYS_S", ())
    monkeypatch.setattr(bus_module, "AGAIN_S", 0.1)
    away = [True] * 4
    got: list[int] = []
    done = threading.Event()

    def take(message: Message) -> None:
        if message.get("run") != run:
            return
        if away:
            away.pop()
            raise NotNow("the database is away")
        got.append(message["n"])
        if len(got) == 3:
            done.set()

    letters = Inbox()
    bus.subscribe(topics.DEADLETTER, f"letters-{run}", letters)
    bus.subscribe(topics.EVIDENCE, f"hub-{run}", take)
    for n in range(3):
        bus.publish(topics.EVIDENCE, "one-key", {"n": n, "run": run})
    assert done.wait(20)
    assert got == [0, 1, 2]
    assert [letter for letter in letters.got if letter["message"].get("run") == run] == []


@pytest.mark.parametrize(
    ("topic", "message"),
    [
        ("nonsite.nothing", {"n": 1}),  # no such topic
        (topics.ALERTS, {"at": object()}),  # not JSON
        (topics.ALERTS, {"x": float("nan")}),  # JSON has no NaN
    ],
)
def test_what_is_no_message_is_refused(bus: Bus, topic: str, message: Message) -> None:
    with pytest.raises(BadInput, match="E_BUS_MESSAGE"):
        bus.publish(topic, "k", message)


def test_in_process_a_message_published_by_a_handler_comes_after_the_one_it_answers() -> None:
    bus, told = InProcessBus(), []
    bus.subscribe(topics.ALERTS, "hub", lambda m: (bus.publish(topics.CASES, "c", {"n": m["n"]}), told.append(m["n"])))
    bus.subscribe(topics.CASES, "console", lambda m: told.append(-m["n"]))
    bus.publish(topics.ALERTS, "a", {"n": 1})
    bus.publish(topics.ALERTS, "a", {"n": 2})
    assert told == [1, -1, 2, -2]


def test_in_process_handlers_cannot_change_what_others_get() -> None:
    bus, told = InProcessBus(), []
    bus.subscribe(topics.ALERTS, "a", lambda m: m["boxes"].clear())
    bus.subscribe(topics.ALERTS, "b", lambda m: told.append(m["boxes"]))
    bus.publish(topics.ALERTS, "k", {"boxes": [1]})
    assert told == [[1]]


def test_in_process_a_group_that_comes_late_gets_the_last_state_of_each_key_in_order() -> None:
    bus, told = InProcessBus(), []
    for n, key in enumerate(["one", "other", "one", "third", "other"]):
        bus.publish(topics.INCIDENTS, key, {"n": n})
    bus.subscribe(topics.INCIDENTS, "late", lambda m: told.append(m["n"]))
    assert told == [2, 3, 4]


def test_in_process_threads_publish_without_losing_or_doubling() -> None:
    bus, inbox = InProcessBus(), Inbox()
    bus.subscribe(topics.ALERTS, "hub", inbox)

    def publish_fifty(t: int) -> None:
        for i in range(50):
            bus.publish(topics.ALERTS, f"{t}", {"n": 100 * t + i, "run": "r"})

    threads = [threading.Thread(target=publish_fifty, args=(t,)) for t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = inbox.numbers("r", 200)
    assert sorted(got) == sorted(100 * t + i for t in range(4) for i in range(50))
    assert all([n for n in got if n // 100 == t] == [100 * t + i for i in range(50)] for t in range(4))
