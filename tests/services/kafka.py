"""A real Apache Kafka broker (KRaft, one node) from Maven Central, run by the host's Java.

The jars are fetched once into `.cache` beside this file, which git ignores.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE / ".cache" / "kafka"
HEAP = "512m"


class Unavailable(Exception):
    """The broker cannot be had here; the message says why."""


class KafkaBroker:
    """One broker on loopback with its data in `folder`; may be killed and started again on the same data.

    `gated_port` is a second door to it: whoever comes by `gate_port`, where a `Gate` must stand, is only ever sent
    there again, so that one machine's way to the broker can be cut.
    """

    def __init__(self, folder: Path, *format_options: str) -> None:
        self.folder = folder
        self.port, self._controller_port, self.gated_port, self.gate_port = free_ports(4)
        self._process: subprocess.Popen[bytes] | None = None
        self._libs = fetch_jars()
        self._config = folder / "server.properties"
        self._config.write_text("".join(f"{key}={value}\n" for key, value in self._properties().items()))
        self._java(
            "kafka.tools.StorageTool",
            "format",
            "-t",
            "nonsitetestnonsitetest",
            "-c",
            str(self._config),
            *format_options,
        )

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""
        return f"127.0.0.1:{self.port}"

    def start(self, within_s: float = 60.0) -> None:
        """Start and wait until it answers."""
        log = (self.folder / "broker.log").open("ab")
        command = self._command("kafka.Kafka", str(self._config))
        self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
        deadline = time.monotonic() + within_s
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                tail = (self.folder / "broker.log").read_text(errors="replace")[-2000:]
                raise Unavailable(f"the Kafka broker did not start:\n{tail}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _properties(self) -> dict[str, str]:
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},GATED://127.0.0.1:{self.gated_port},"
            f"CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port},GATED://127.0.0.1:{self.gate_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,GATED:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.folder / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
        }

    def _command(self, main: str, *arguments: str) -> list[str]:
        return ["java", f"-Xmx{HEAP}", "-XX:TieredStopAtLevel=1", "-cp", f"{self._libs}/*", main, *arguments]

    def _java(self, main: str, *arguments: str) -> None:
        run = subprocess.run(self._command(main, *arguments), capture_output=True, text=True, cwd=self.folder)
        if run.returncode:
            raise Unavailable(f"{main} failed: {run.stderr[-1000:]}")


def fetch_jars() -> Path:
    """The folder of the broker's jars, fetched by Maven on first use."""
    libs = CACHE / "libs"
    if (CACHE / "complete").exists():
        return libs
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise Unavailable(f"no {program} on this machine (Debian: openjdk-17-jre-headless, maven)")
    CACHE.mkdir(parents=True, exist_ok=True)
    command = ["mvn", "-q", "-B", "-f", str(HERE / "kafka_jars" / "pom.xml"), "dependency:copy-dependencies",
               f"-DoutputDirectory={libs}"]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise Unavailable(f"Maven could not fetch Kafka: {run.stdout[-1000:]}")
    (CACHE / "complete").touch()
    return libs


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True
