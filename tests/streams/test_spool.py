"""What waits on disk while the bus is away: a killed process, a full spool, a broker that goes and comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from records import BadInput
from streams import InProcessBus, KafkaBus, Spool, SpoolingBus, topics
from streams import bus as bus_module
from tests.services.kafka import KafkaBroker
from tests.streams.conftest import SHARES, reached

FOREVER = """
import os
import sys
from pathlib import Path
from records import BadInput
from streams import Spool, SpoolingBus

def nobody():
    raise BadInput("E_BUS_DOWN", "no broker")

bus = SpoolingBus(nobody, Spool(Path(sys.argv[1])))
for n in range(10_000):
    bus.publish("nonsite.alerts", "cell", {"n": n})
    os.write(2, f"said {n}\\n".encode())
"""


def nobody() -> InProcessBus:
    raise BadInput("E_BUS_DOWN", "no broker")


def numbers(text: str) -> list[int]:
    """What the process said that it had published."""
    return [int(line.split()[1]) for line in text.splitlines() if line.startswith("said ") and line.count(" ") == 1]


def test_what_was_published_survives_the_death_of_the_process(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", FOREVER, str(tmp_path / "s.db")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said: list[int] = []
    while len(said) < 20:
        said += numbers(process.stderr.readline())
    os.kill(process.pid, signal.SIGKILL)
    said += numbers(process.stderr.read())
    process.wait()

    inner, got = InProcessBus(), []
    inner.subscribe(topics.ALERTS, "hub", lambda message: got.append(message["n"]))
    again = SpoolingBus(lambda: inner, Spool(tmp_path / "s.db"))
    assert again.settled(30)
    again.close()
    assert (
        got[: len(said)] == said == list(range(len(said)))
    )  # the last one may have been written and not been said any more


def test_a_full_spool_refuses_aloud_and_keeps_room_for_alerts_and_evidence(tmp_path: Path) -> None:
    bus = SpoolingBus(nobody, Spool(tmp_path / "s.db", max_bytes=4000))
    text = "x" * 400
    with pytest.raises(BadInput, match=r"E_SPOOL_FULL.*kafka\.spool_mb"):
        for n in range(100):
            bus.publish(topics.COMMANDS, f"cam-{n}", {"text": text})
    half = bus.spool.depth
    assert 0 < bus.spool.bytes <= 2000
    bus.publish(topics.ALERTS, "cell", {"text": text})
    bus.publish(topics.EVIDENCE, "package", {"text": text})
    with pytest.raises(BadInput, match="E_SPOOL_FULL"):
        bus.publish_all([(topics.ALERTS, "cell", {"text": text})] * 20)
    assert bus.spool.depth == half + 2  # refused as a whole
    bus.close()


def test_of_a_compacted_topic_one_message_a_key_waits(tmp_path: Path) -> None:
    bus = SpoolingBus(nobody, Spool(tmp_path / "s.db", max_bytes=2000))
    for n in range(500):
        bus.publish(topics.INCIDENTS, f"cam-{n % 3}", {"n": n})
    assert [letter[2]["n"] for _, letter in bus.spool.oldest(10)] == [497, 498, 499]
    bus.close()
    spool = Spool(tmp_path / "s.db")
    assert (spool.depth, spool.bytes > 0) == (3, True)
    spool.drop([number for number, _ in spool.oldest(10)])
    assert (spool.depth, spool.bytes) == (0, 0)


def test_a_message_that_the_bus_will_never_take_does_not_hold_up_the_others(tmp_path: Path) -> None:
    class Picky(InProcessBus):
        def publish(self, topic: str, key: str, message: dict[str, Any]) -> None:
            if message["n"] == 1:
                raise BadInput("E_BUS_MESSAGE", "too large")
            super().publish(topic, key, message)

    inner, got = Picky(), []
    inner.subscribe(topics.ALERTS, "hub", lambda message: got.append(message["n"]))
    spool = Spool(tmp_path / "s.db")
    spool.put([(topics.ALERTS, "cell", {"n": n}) for n in range(3)])
    bus = SpoolingBus(lambda: inner, spool)
    assert bus.settled(10)
    assert sorted(set(got)) == [0, 2]
    bus.close()


def test_a_spool_in_an_unusable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.db").mkdir()
    with pytest.raises(BadInput, match="E_SPOOL"):
        Spool(tmp_path / "s.db")


@pytest.mark.service
def test_while_the_broker_is_away_publishing_goes_on_and_afterwards_all_arrive_in_order(
    tmp_path: Path, own_broker: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "AGAIN_S", 0.2)
    bus = SpoolingBus(lambda: KafkaBus(own_broker.bootstrap, shares=SHARES), Spool(tmp_path / "s.db"))
    assert reached(bus)
    got: list[int] = []
    news = threading.Event()

    def take(message: dict[str, Any]) -> None:
        if message["n"] not in got:
            got.append(message["n"])
        if len(got) == 60:
            news.set()

    bus.subscribe(topics.ALERTS, "hub", take)
    send(bus, range(20))
    assert bus.settled(30)
    own_broker.kill()
    send(bus, range(20, 40))
    assert bus.spool.depth > 0
    own_broker.start()
    send(bus, range(40, 60))
    assert news.wait(90), got
    assert got == list(range(60))
    bus.close()


@pytest.mark.service
def test_a_machine_that_starts_before_its_broker_finds_it_later(tmp_path: Path, own_broker: KafkaBroker) -> None:
    own_broker.kill()
    bus = SpoolingBus(lambda: KafkaBus(own_broker.bootstrap, shares=SHARES, connect_s=1.0), Spool(tmp_path / "s.db"))
    held: list[dict[str, Any]] = []
    bus.share(topics.CAMERAS, "workers", lambda table: held.append(dict(table)))
    bus.publish(topics.CAMERAS, "cam-1", {"n": 1})
    own_broker.start()
    assert reached(bus)
    deadline = time.monotonic() + 60
    while not (held and held[-1].get("cam-1", {}).get("n") == 1):
        assert time.monotonic() < deadline, held
        time.sleep(0.1)
    bus.close()
    assert held[-1] == {}


def send(bus: SpoolingBus, numbers: range) -> None:
    for n in numbers:
        bus.publish(topics.ALERTS, "cell", {"n": n})
