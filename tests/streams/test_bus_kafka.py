"""What only a real Kafka broker shows: members of a group in several processes, clients that hang, ids, no answer."""

from __future__ import annotations

import threading

import pytest
from kafka import KafkaProducer

from records import BadInput
from streams import KafkaBus, kafka_member, topics
from streams import bus as bus_module
from streams.bus import Message
from tests.services.kafka import KafkaBroker
from tests.streams.members import Holder, Inbox, wait_until, whole


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
