"""Worker, hub and console as three processes over a real Kafka and a real PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from nonsite.outflow import Outflow
from records import BadInput, Database, SystemClock, iso, outbox_put
from streams import topics
from tests.nonsite.test_cli_bad_input import GOOD, square
from tests.services import kafka, postgres

WITHIN_S = 120.0


def until(met: Callable[[], bool], what: str) -> None:
    """Wait until something holds that another process brings about."""
    deadline = time.monotonic() + WITHIN_S
    while not met():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def test_an_outflow_that_cannot_send_tries_again_until_it_can():
    away, sent = [True] * 2, []

    def send() -> None:
        if away:
            away.pop()
            raise BadInput("E_BUS_DOWN", "no broker")
        sent.append(True)

    outflow = Outflow(send)
    outflow.start()
    until(lambda: bool(sent), "sent at last")
    outflow.stop()
    assert outflow.reason == ""


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[kafka.KafkaBroker, postgres.PostgresServer]]:
    try:
        (tmp_path / "kafka").mkdir()
        broker = kafka.KafkaBroker(tmp_path / "kafka")
        broker.start()
    except kafka.Unavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    try:
        database = postgres.PostgresServer()
        database.start()
    except postgres.Unavailable as error:
        broker.kill()
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    yield broker, database
    database.close()
    broker.kill()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts a role as a process; at the end each must stop by SIGTERM with status 0."""
    running: dict[str, subprocess.Popen[bytes]] = {}

    def one(role: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "nonsite.cli", role, "--config", str(tmp_path / "settings.yaml")]
        with (tmp_path / f"{role}.log").open("wb") as log:
            running[role] = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
        return running[role]

    yield one
    for process in running.values():
        process.send_signal(signal.SIGTERM)
    ended = {role: process.wait(60) for role, process in running.items()}
    logs = {role: (tmp_path / f"{role}.log").read_text() for role in running}
    assert set(ended.values()) <= {0}, logs


def alert(version: str) -> dict:
    """What a worker's outbox holds after it has raised an alert."""
    now = iso(SystemClock().now())
    return {
        "id": "alert-1",
        "incident_id": "incident-1",
        "source_group": "cam-1",
        "model": {"name": "street-n", "sha256": "0" * 64},
        "kind": "STALL",
        "subkind": "STALL",
        "source_id": "cam-1",
        "lon": 121.5007,
        "lat": 31.2003,
        "accuracy_m": 0.4,
        "footprint": [],
        "opened": now,
        "raised": now,
        "dwell_s": 90.0,
        "phase": "enforce",
        "zone_ids": ["zone-7"],
        "layer_version": version,
        "reasons": [],
        "facts": {},
        "boxes": [],
    }


@pytest.mark.service
def test_an_alert_of_a_worker_reaches_the_console_through_kafka_and_postgresql(tmp_path, servers, start):
    broker, database = servers
    (port,) = kafka.free_ports(1)
    features = [square(*GOOD)]
    street = {"street": "s", "crs": "EPSG:4490", "timezone": "Asia/Shanghai", "features": features}
    (tmp_path / "street.yaml").write_text(yaml.safe_dump(street))
    people = [
        {"id": "oper", "login": "oper", "name": "值守员", "password": "a-long-password", "roles": ["OPER", "CLERK"]}
    ]
    (tmp_path / "users.yaml").write_text(yaml.safe_dump(people))
    settings = {
        "data": "data",
        "street": "street.yaml",
        "users": "users.yaml",
        "profile": "demo",
        "database": database.create("hub"),
        "console": {"port": port},
        "kafka": {"servers": [broker.bootstrap]},
    }
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(settings))
    for role in ("hub", "worker", "console"):
        start(role)
    until((tmp_path / "data" / "worker.json").exists, "the worker is up")

    machine = Database(tmp_path / "data" / "machine.db")
    with machine.session() as session:
        outbox_put(session, topics.ALERTS, "cell", alert("v1"))
    machine.close()

    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:

        def signed_in() -> bool:
            try:
                return client.post("/api/session", json={"user": "oper", "password": "a-long-password"}).is_success
            except httpx.TransportError:
                return False

        until(signed_in, "the console is up, and the hub has loaded its people")
        until(lambda: client.get("/api/alerts").json()["total"] == 1, "the alert has come through")
        (lead,) = client.get("/api/alerts").json()["items"]
    assert (lead["id"], lead["kind"], lead["state"]) == ("alert-1", "STALL", "A0")
