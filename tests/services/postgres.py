"""A real PostgreSQL server from Debian's package, on loopback, with its data in a temporary folder of its own.

The server refuses to run as root; there it runs as `postgres`, or as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.services.kafka import free_ports

VERSIONS = Path("/usr/lib/postgresql")


class Unavailable(Exception):
    """The server cannot be had here; the message says why."""


class PostgresServer:
    """One server; may be killed and started again on the same data, until it is closed.

    Its folder is not pytest's: that one is closed to other users again whenever another session of pytest starts.
    """

    def __init__(self) -> None:
        self._bin = _programs()
        self._user = _unprivileged()
        (self.port,) = free_ports(1)
        self.folder = Path(tempfile.mkdtemp(prefix="nonsite-postgres-"))
        self.data = self.folder / "data"
        if self._user:
            shutil.chown(self.folder, self._user)
        options = ("-U", "nonsite", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")
        self._call("initdb", "-D", str(self.data), *options)

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the server's own database."""
        return self.database("postgres")

    def database(self, name: str) -> str:
        """SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://nonsite@127.0.0.1:{self.port}/{name}"

    def create(self, name: str) -> str:
        """Make an empty database; its URL."""
        self._call("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "nonsite", name)
        return self.database(name)

    def start(self) -> None:
        """Start and wait until it answers."""
        settings = f"-p {self.port} -h 127.0.0.1 -k '' -c fsync=off"
        log = str(self.folder / "server.log")
        self._call("pg_ctl", "-D", str(self.data), "-l", log, "-o", settings, "-w", "-t", "60", "start")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._call("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def close(self) -> None:
        """End it and remove its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        if self._user:
            command = ["runuser", "-u", self._user, "--", *command]
        with (self.folder / "calls.log").open("ab") as log:  # a pipe would be held open by the server
            run = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, cwd="/")
        if run.returncode:
            told = "\n".join(path.read_text(errors="replace")[-1500:] for path in self.folder.glob("*.log"))
            raise Unavailable(f"{program} failed:\n{told}")


def _programs() -> Path:
    """The folder of the newest server's programs."""
    found = [path.parent for path in VERSIONS.glob("*/bin/initdb")]
    if not found:
        raise Unavailable("no PostgreSQL server on this machine (Debian: postgresql)")
    return max(found, key=lambda path: float(path.parent.name))


def _unprivileged() -> str | None:
    """Who the server runs as where we are root; None where we run it ourselves."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
