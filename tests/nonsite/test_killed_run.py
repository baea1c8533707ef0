"""`nonsite run` on a live camera, killed in the middle of a dwell: the next start goes on where it ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from records import Database
from tests.services.city_street import DWELL_S, NETWORK, PROFILE, camera_sources, write_street
from tests.services.kafka import free_ports

ROOT = Path(__file__).parents[2]


class Running:
    """A camera and `nonsite run`, as processes; the second may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes = folder, {}
        camera_port, console_port = free_ports(2)
        write_street(folder, 1)
        settings = {
            "data": "data", "machine": "edge", "model": str(NETWORK), "street": "street.yaml",
            "profile": str(folder / PROFILE), "console": {"port": console_port},
            "sources": camera_sources(["cam-0"], camera_port),
        }  # fmt: skip
        (folder / "run.yaml").write_text(yaml.safe_dump(settings))
        self._spawn("camera", "-m", "tests.services.street_cameras", str(camera_port), "script.json")

    def start(self) -> None:
        self._spawn("run", "-m", "nonsite.cli", "run", "--config", "run.yaml")

    def end(self, name: str, number: int) -> int:
        process = self.processes.pop(name)
        process.send_signal(number)
        return process.wait(60)

    def until(self, met: Callable[[], Any], what: str, within_s: float = 120.0) -> None:
        deadline = time.monotonic() + within_s
        while not met():
            log = (self.folder / "run.log").read_text(errors="replace")[-2000:]
            assert time.monotonic() < deadline and self.processes["run"].poll() is None, f"{what}\n{log}"
            time.sleep(0.2)

    def live(self) -> bool:
        try:
            status = json.loads((self.folder / "data" / "status.json").read_text())
        except (OSError, ValueError):
            return False
        return any(source["state"] == "LIVE" for source in status["worker"]["sources"])

    def kept_dwell_s(self) -> float:
        """The longest dwell of an incident that lies on the disk for the next start."""
        texts = [path.read_text() for path in (self.folder / "data" / "snapshot").glob("*.json")]
        incidents = [one for text in texts for one in json.loads(text).get("incidents", ())]
        return max((one.get("unlawful_s", 0.0) for one in incidents), default=0.0)

    def leads(self) -> list[tuple[datetime, datetime, float]]:
        """(since when its incident is open, when raised, dwell) of every lead."""
        database = Database(str(self.folder / "data" / "nonsite.db"))
        try:
            with database.read() as session:
                rows = (
                    session.connection()
                    .exec_driver_sql("SELECT opened, raised, message FROM leads ORDER BY raised")
                    .all()
                )
        finally:
            database.close()
        return [(_utc(opened), _utc(raised), json.loads(told)["dwell_s"]) for opened, raised, told in rows]

    def _spawn(self, name: str, *arguments: str) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *arguments], cwd=self.folder, stdout=log, stderr=log, env=environment
            )


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    for name in list(made.processes):
        made.end(name, signal.SIGKILL)


def test_a_dwell_outlives_the_kill_of_the_program_and_ends_in_one_alert(running: Running) -> None:
    running.start()
    running.until(running.live, "the camera is live")
    began = datetime.now(UTC)
    script = [{"camera": "cam-0", "from": began.timestamp(), "to": began.timestamp() + 300}]
    (running.folder / "script.json").write_text(json.dumps(script))
    running.until(lambda: running.kept_dwell_s() > 0, "an incident is kept")
    kept_s = running.kept_dwell_s()
    assert kept_s < DWELL_S, "it was killed before the dwell was over"
    running.end("run", signal.SIGKILL)
    killed = datetime.now(UTC)
    assert running.leads() == []

    running.start()
    running.until(running.leads, "an alert")
    time.sleep(8)
    ((opened, raised, dwell_s),) = running.leads()
    assert opened < killed < raised, "the incident of before, not a fresh one"
    assert dwell_s >= DWELL_S
    assert raised - began >= timedelta(seconds=DWELL_S - 2)
    assert running.end("run", signal.SIGTERM) == 0
