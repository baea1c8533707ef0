"""A network namespace of its own, joined to the host by a pair of interfaces that can be cut. Needs root."""

from __future__ import annotations

import os
import shutil
import subprocess

from tests.services.kafka import Unavailable


class Namespace:
    """`address` is that of the namespace, as the host reaches it (RFC 2544's range, which nobody routes)."""

    def __init__(self, name: str = "") -> None:
        self.name = name or f"nonsite{os.getpid()}"
        third = os.getpid() % 250
        self._here, self.address = f"198.18.{third}.1", f"198.18.{third}.2"
        self._link = f"ns{os.getpid() % 1_000_000}"

    def start(self) -> None:
        """Make it; Unavailable where this may not be done."""
        if os.geteuid() != 0 or shutil.which("ip") is None:
            raise Unavailable("no network namespace: that needs root and iproute2")
        inside = f"{self._link}p"
        try:
            _ip("netns", "add", self.name)
            _ip("link", "add", self._link, "type", "veth", "peer", "name", inside, "netns", self.name)
            _ip("addr", "add", f"{self._here}/30", "dev", self._link)
            _ip("link", "set", self._link, "up")
            _ip("-n", self.name, "addr", "add", f"{self.address}/30", "dev", inside)
            _ip("-n", self.name, "link", "set", inside, "up")
            _ip("-n", self.name, "link", "set", "lo", "up")
        except subprocess.CalledProcessError as error:
            self.close()
            raise Unavailable(f"no network namespace: {error.stderr.strip()}") from error

    def cut(self) -> None:
        """Let nothing through: whatever is sent is lost without an answer, as with a pulled cable."""
        _ip("-n", self.name, "link", "set", f"{self._link}p", "down")

    def mend(self) -> None:
        """Let everything through again."""
        _ip("-n", self.name, "link", "set", f"{self._link}p", "up")

    def close(self) -> None:
        """Take it away; its interfaces go with it."""
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
