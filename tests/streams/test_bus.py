"""One contract for every bus: the tests run on the in-process bus and on a real Kafka broker."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from kafka import KafkaProducer

from records import BadInput
from streams import Bus, InProcessBus, KafkaBus, NotNow, SpoolingBus, kafka_member, topics
from streams import bus as bus_module
from tests.services.kafka import KafkaBroker

Message = dict[str, Any]


class Inbox:
    """A handler that keeps what it gets and can be waited for."""

    def __init__(self, fails: Callable[[Message], bool] = lambda _: False) -> None:
        self.got: list[Message] = []
        self.tries = 0
        self._fails = fails
        self._news = threading.Condition()

    def __call__(self, message: Message) -> None:
        with self._news:
            self.tries += 1
            if self._fails(message):
                raise ValueError("indigestible")
            self.got.append(message)
            self._news.notify_all()

    def numbers(self, run: str, count: int) -> list[int]:
        """The `n` of this test's messages, once there are `count`."""
        with self._news:
            assert self._news.wait_for(lambda: len(self._of(run)) >= count, 20), f"only {self.got}"
            return self._of(run)

    def _of(self, run: str) -> list[int]:
        return [message["n"] for message in self.got if message.get("run") == run]


@pytest.fixture
def run() -> str:
    """Marks this test's messages: a broker keeps those of other tests."""
    return uuid.uuid4().hex


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


class Holder:
    """A member that a topic is dealt out to: what it holds now, and what it ever held."""

    def __init__(self, run: str, everybody: list[Holder]) -> None:
        self.run, self.everybody = run, everybody
        self.holds: dict[str, int] = {}
        self.began: list[str] = []
        self.doubled: list[str] = []
        self.told = 0
        everybody.append(self)

    def __call__(self, table: Any) -> None:
        mine = {key: message["n"] for key, message in table.items() if message.get("run") == self.run}
        for key in mine.keys() - self.holds.keys():
            self.began.append(key)
            if any(key in other.holds for other in self.everybody if other is not self):
                self.doubled.append(key)
        self.holds = mine
        self.told += 1


def wait_until(met: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 40
    while not met():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def whole(members: list[Holder], keys: set[str]) -> Callable[[], bool]:
    return lambda: sorted(key for one in members for key in one.holds) == sorted(keys)


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


@pytest.mark.service
def test_two_members_of_a_kafka_group_share_the_messages_between_them(kafka: KafkaBroker, run: str) -> None:
    first, second = Inbox(), Inbox()
    buses = [KafkaBus(kafka.bootstrap) for _ in range(2)]
    try:
        for bus, inbox in zip(buses, (first, second), strict=True):
            bus.subscribe(topics.ALERTS, f"shared-{run}", inbox)
        for n in range(40):
            buses[0].publish(topics.ALERTS, f"cell-{n}", {"n": n, "run": run})
        done = threading.Event()
        for _ in range(200):
            if {*first._of(run), *second._of(run)} == set(range(40)):
                break
            done.wait(0.1)
        assert {*first._of(run), *second._of(run)} == set(range(40))
    finally:
        for bus in buses:
            bus.close()


@pytest.mark.service
def test_a_member_whose_kafka_client_waits_for_itself_for_ever_is_begun_anew(
    kafka: KafkaBroker, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kafka-python's consumer and its heartbeat may wait for each other: the broker expels it, and nobody hears."""
    monkeypatch.setattr(kafka_member, "STUCK_S", 2.0)
    bus, inbox = KafkaBus(kafka.bootstrap), Inbox()
    never = threading.Event()
    try:
        member = bus.subscribe(topics.ALERTS, f"stuck-{run}", inbox)
        bus.publish(topics.ALERTS, "a", {"n": 1, "run": run})
        inbox.numbers(run, 1)
        coordinator = member._consumer._coordinator

        def hold_for_ever() -> None:
            with coordinator._client._lock, coordinator._lock:
                never.wait()

        threading.Thread(target=hold_for_ever, daemon=True).start()
        bus.publish(topics.ALERTS, "a", {"n": 2, "run": run})
        wait_until(lambda: 2 in inbox._of(run), lambda: inbox._of(run))
    finally:
        never.set()
        bus.close()


@pytest.mark.service
def test_members_of_a_kafka_group_deal_anew_when_the_keys_of_one_are_gone(kafka: KafkaBroker, run: str) -> None:
    everybody: list[Holder] = []
    _, second = Holder(run, everybody), Holder(run, everybody)
    buses = [KafkaBus(kafka.bootstrap) for _ in everybody]
    keys = {f"{n}{run[:6]}/camera" for n in range(60)}
    try:
        buses[0].publish_all([(topics.CAMERAS, key, {"n": 1, "run": run}) for key in sorted(keys)])
        for bus, holder in zip(buses, everybody, strict=True):
            bus.share(topics.CAMERAS, f"workers-{run}", holder)
        wait_until(lambda: bool(second.holds) and whole(everybody, keys)(), lambda: [one.holds for one in everybody])
        gone = set(second.holds)
        for key in gone:
            buses[0].retract(topics.CAMERAS, key)
        wait_until(
            lambda: bool(second.holds.keys() - gone) and whole(everybody, keys - gone)(),
            lambda: [one.holds for one in everybody],
        )
    finally:
        for bus in buses:
            bus.close()


@pytest.mark.service
def test_an_id_of_one_process_goes_on_in_another(kafka: KafkaBroker, run: str) -> None:
    one, other = KafkaBus(kafka.bootstrap), KafkaBus(kafka.bootstrap)
    try:
        one.publish(topics.STREET, "s", {"n": 1, "run": run})
        last_id = one.since(topics.STREET, None)[-1].id
        one.publish(topics.STREET, "s", {"n": 2, "run": run})
        assert [event.message["n"] for event in other.since(topics.STREET, last_id)] == [2]
    finally:
        one.close()
        other.close()


def test_a_kafka_that_does_not_answer_is_named() -> None:
    with pytest.raises(BadInput, match="E_BUS_DOWN"):
        KafkaBus("127.0.0.1:9", connect_s=1.0)


@pytest.mark.service
def test_what_is_no_message_becomes_a_dead_letter_and_stops_nobody(
    kafka: KafkaBroker, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "RETRY_DELAYS_S", (0.0,))
    bus, letters = KafkaBus(kafka.bootstrap), Inbox()
    inbox = Inbox(lambda message: "n" not in message)
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, max_request_size=9 << 20)
    rubbish = [b"no JSON", b"[1]", b"\xff\xfe", b'{"lon": NaN}', b'{"lon": 1e999}', b"[" * 100_000, b'{"t": "\\ud800"}']
    large = b'{"a": "%s"}' % (b"x" * ((8 << 20) - 2000))
    for value in (*rubbish, large):
        producer.send(topics.ALERTS, key=run.encode() + b"\xff", value=value)
        producer.send(topics.HEALTH, key=run.encode(), value=value[:1000])
    producer.flush()
    try:
        bus.subscribe(topics.DEADLETTER, f"letters-{run}", letters)
        bus.subscribe(topics.ALERTS, f"hub-{run}", inbox)
        bus.publish(topics.ALERTS, "cell", {"n": 1, "run": run})
        bus.publish(topics.HEALTH, run, {"n": 2, "run": run})
        assert inbox.numbers(run, 1) == [1]
        wait_until(lambda: len(_letters_of(letters, run)) == len(rubbish) + 1, lambda: _letters_of(letters, run))
        assert bus.table(topics.HEALTH, [run])[run]["n"] == 2
        assert [one.message["n"] for one in bus.since(topics.HEALTH, None) if one.message.get("run") == run] == [2]
    finally:
        producer.close()
        bus.close()


def _letters_of(inbox: Inbox, run: str) -> list[Message]:
    return [one for one in inbox.got if one["group"] == f"hub-{run}"]
