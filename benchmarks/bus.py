"""What our bus costs beside bare kafka-python: the same messages, sent and received both ways in one run.

Run as `python -m benchmarks.bus [--json] [--quick]`. It starts an Apache Kafka of its own (tests/services/kafka.py).
Messages are JSON of some 200 bytes. Ours are checked, stamped and sent in batches of 200 by the idempotent producer, as
the spool and the outbox hand them on, and each is handed to a handler; bare ones are sent with the same acknowledgement
and compression, and read with `json.loads`. Rounds alternate, and the best of each counts.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer

from benchmarks.figure import Figure, tell
from streams import KafkaBus, topics
from tests.services.kafka import KafkaBroker, Unavailable

BATCH = 200
PARTITIONS = 6


def message(n: int, run: str) -> dict[str, Any]:
    """Some 200 bytes."""
    return {"schema": topics.CASES, "version": 1, "n": n, "run": run, "text": "沿街商铺跨门经营" * 4}


def ours_out(bus: KafkaBus, count: int, run: str) -> float:
    """Seconds to publish."""
    began_s = time.perf_counter()
    for start in range(0, count, BATCH):
        bus.publish_all([(topics.CASES, f"k{n % 50}", message(n, run)) for n in range(start, start + BATCH)])
    return time.perf_counter() - began_s


def bare_out(producer: KafkaProducer, count: int, run: str) -> float:
    """Seconds to send the like."""
    began_s = time.perf_counter()
    for start in range(0, count, BATCH):
        sent = [
            producer.send(topics.CASES, key=f"k{n % 50}".encode(), value=json.dumps(message(n, run)).encode())
            for n in range(start, start + BATCH)
        ]
        for one in sent:
            one.get(30)
    return time.perf_counter() - began_s


def ours_in(bus: KafkaBus, count: int) -> float:
    """Seconds from the first to the last message handed over."""
    seen, done, stamps = [0], threading.Event(), [0.0, 0.0]

    def take(_message: dict[str, Any]) -> None:
        if not seen[0]:
            stamps[0] = time.perf_counter()
        seen[0] += 1
        if seen[0] == count:
            stamps[1] = time.perf_counter()
            done.set()

    seat = bus.subscribe(topics.CASES, f"ours-{uuid.uuid4().hex}", take)
    if not done.wait(300):
        raise SystemExit(f"only {seen[0]} of {count} messages came")
    seat.close()
    return stamps[1] - stamps[0]


def bare_in(bootstrap: str, count: int) -> float:
    """Seconds for a bare consumer of a group, committing after each poll, as ours does."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, group_id=f"bare-{uuid.uuid4().hex}", enable_auto_commit=False,
        auto_offset_reset="earliest", max_poll_records=500,
    )  # fmt: skip
    while not consumer.partitions_for_topic(topics.CASES):
        time.sleep(0.05)
    consumer.subscribe([topics.CASES])
    seen, began_s = 0, 0.0
    while seen < count:
        for records in consumer.poll(timeout_ms=200).values():
            began_s = began_s or time.perf_counter()
            for record in records:
                json.loads(record.value)
                seen += 1
            consumer.commit()
    took_s = time.perf_counter() - began_s
    consumer.close()
    return took_s


def run(folder: Path, count: int, rounds: int) -> list[Figure]:
    """Both ways, alternately."""
    broker = KafkaBroker(folder)
    broker.start()
    bus = KafkaBus(broker.bootstrap, partitions=PARTITIONS, shares=PARTITIONS)
    producer = KafkaProducer(
        bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True, compression_type="gzip"
    )
    took: dict[str, list[float]] = {"ours_out": [], "bare_out": [], "ours_in": [], "bare_in": []}
    try:
        for number in range(rounds):
            took["ours_out"].append(ours_out(bus, count, f"o{number}"))
            took["bare_out"].append(bare_out(producer, count, f"b{number}"))
        total = 2 * rounds * count
        for _ in range(rounds):
            took["ours_in"].append(ours_in(bus, total) / total * count)
            took["bare_in"].append(bare_in(broker.bootstrap, total) / total * count)
    finally:
        producer.close()
        bus.close()
        broker.kill()
    best = {name: min(seconds) for name, seconds in took.items()}
    figures = [Figure(f"{name}_messages", count / seconds, "messages/s") for name, seconds in best.items()]
    for way in ("out", "in"):
        ratio = best[f"bare_{way}"] / best[f"ours_{way}"]
        figures.append(Figure(f"ours_over_bare_{way}", ratio, "", ">= 0.85", ratio >= 0.85))
    return figures


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--quick", action="store_true", help="fewer messages")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="nonsite-bus-") as folder:
            figures = run(Path(folder), 2_000 if options.quick else 10_000, 2 if options.quick else 3)
    except Unavailable as error:
        sys.exit(f"no broker: {error}")
    sys.exit(tell(figures, options.json))


if __name__ == "__main__":
    main()
