"""A small city over Kafka and PostgreSQL: cameras, workers, hubs and a console, each a process that may be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from records import Database
from streams import KafkaBus
from tests.services import kafka, postgres
from tests.services.city_street import NETWORK, PROFILE, camera_sources, write_street
from tests.services.gate import Gate

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead of the hub's database, as much as a test asks of it."""

    id: str
    camera: str
    state: str
    opened: datetime
    raised: datetime
    told: datetime
    dwell_s: float
    packages: int

    @property
    def stands(self) -> bool:
        """Whether it is a lead of its own and not merged into another."""
        return self.state != "MERGED"


class City:
    """Everything that runs, in `folder`; `close` ends all of it."""

    def __init__(self, folder: Path, cameras: int, shares: int = 24) -> None:
        self.folder = folder
        self.cameras = [f"cam-{number}" for number in range(cameras)]
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._script: list[dict[str, Any]] = []
        self._shares = shares
        (folder / "kafka").mkdir(parents=True)
        self.broker = kafka.KafkaBroker(folder / "kafka")
        self.broker.start()
        self.bus = KafkaBus(self.broker.bootstrap, shares=shares)
        self.gate = Gate(self.broker.gate_port, self.broker.gated_port)
        try:
            self.server = postgres.PostgresServer()
            self.server.start()
        except postgres.Unavailable:
            self.broker.kill()
            raise
        self.url = self.server.create("hub")
        self._camera_port, self.console_port = kafka.free_ports(2)
        write_street(folder, cameras)
        command = [sys.executable, "-m", "tests.services.street_cameras", str(self._camera_port), "script.json"]
        self._spawn("cameras", command)

    def start(self, name: str, *, gated: bool = False) -> None:
        """Start `worker-N`, `hub-N` or `console` as a process; a `gated` one reaches the broker by the gate."""
        role = name.partition("-")[0]
        settings = dict(self._common)
        if gated:
            settings["kafka"] = settings["kafka"] | {"servers": [f"127.0.0.1:{self.broker.gate_port}"]}
        if role == "worker":
            settings |= {"data": name, "machine": name, "model": str(NETWORK), "authority": "hub/authority"}
            settings |= {"hub_url": f"http://127.0.0.1:{self.console_port}", "hub_token": f"{name}.token"}
            (self.folder / f"{name}.token").write_text(f"token of {name}")
        else:
            settings |= {
                "data": "hub",
                "machine": name,
                "database": self.url,
                "sources": camera_sources(self.cameras, self._camera_port),
            }
            settings |= {"console": {"port": self.console_port, "machine_tokens": "tokens.yaml"}}
        workers = {f"worker-{number}": f"token of worker-{number}" for number in range(1, 100)}
        (self.folder / "tokens.yaml").write_text(yaml.safe_dump(workers))
        (self.folder / f"{name}.yaml").write_text(yaml.safe_dump(settings))
        self._spawn(name, [sys.executable, "-m", "nonsite.cli", role, "--config", f"{name}.yaml"])

    def kill(self, name: str) -> None:
        """End a process at once, as a crash would."""
        self.running[name].kill()
        self.running.pop(name).wait()

    def stop(self, name: str) -> int:
        """Ask a process to end; its status."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(120)

    def close(self) -> dict[str, int]:
        """End everything, the roles first and politely; their statuses."""
        roles = [name for name in self.running if name != "cameras"]
        for name in roles:
            self.running[name].send_signal(signal.SIGTERM)
        ended = {name: self.running.pop(name).wait(120) for name in roles}
        self.kill("cameras")
        self.gate.close()
        self.bus.close()
        self.server.close()
        self.broker.kill()
        return ended

    def stall(self, camera: str, since_s: float, for_s: float) -> None:
        """Let a stall stand before a camera from `since_s` (epoch) on."""
        self._script.append({"camera": camera, "from": since_s, "to": since_s + for_s})
        fresh = self.folder / "script.new"
        fresh.write_text(json.dumps(self._script))
        fresh.replace(self.folder / "script.json")

    def status(self, worker: str) -> dict[str, Any]:
        """What a worker says of itself; empty before it has said anything."""
        try:
            found: dict[str, Any] = json.loads((self.folder / worker / "worker.json").read_text())
        except (OSError, ValueError):
            return {}
        return found

    def watched_by(self, worker: str, state: str = "LIVE") -> set[str]:
        """Cameras that a worker says it watches."""
        sources = self.status(worker).get("worker", {}).get("sources", [])
        return {source["id"] for source in sources if source["state"] == state}

    def leads(self) -> list[Lead]:
        """All leads; none while the database is not there."""
        database = Database(self.url)
        try:
            with database.read() as session:
                rows = (
                    session.connection()
                    .exec_driver_sql(
                        "SELECT l.id, l.source_id, l.state, l.opened, l.raised, l.message,"
                        " (SELECT min(s.at) FROM steps s WHERE s.owner_id = l.id),"
                        " (SELECT count(*) FROM lead_packages p WHERE p.lead_id = l.id) FROM leads l ORDER BY l.id"
                    )
                    .all()
                )
        finally:
            database.close()
        return [Lead(*row[:5], told=row[6], dwell_s=json.loads(row[5])["dwell_s"], packages=row[7]) for row in rows]

    def until(self, met: Callable[[], bool], what: str, within_s: float = 180.0) -> None:
        """Wait for what other processes bring about; where it does not come, AssertionError with their logs' ends."""
        deadline = time.monotonic() + within_s
        while not met():
            assert time.monotonic() < deadline, f"{what}\n{self.logs()}"
            dead = [name for name, process in self.running.items() if process.poll() is not None]
            assert not dead, f"{what}: {dead} ended\n{self.logs()}"
            time.sleep(0.3)

    def logs(self, lines: int = 15) -> str:
        """The last lines of every process."""
        parts = []
        for path in sorted(self.folder.glob("*.log")):
            last = path.read_text(errors="replace").splitlines()[-lines:]
            parts.append("\n".join([f"--- {path.stem}", *last]))
        return "\n".join(parts)

    @property
    def _common(self) -> dict[str, Any]:
        return {
            "street": "street.yaml",
            "profile": str(self.folder / PROFILE),
            "kafka": {"servers": [self.broker.bootstrap], "shares": self._shares},
        }

    def _spawn(self, name: str, command: list[str]) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=environment)
