"""A real RTSP server (GStreamer's) as a process of its own, to be stopped, frozen and killed by tests."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from tests.services.kafka import Unavailable, free_ports

DEBIAN_PYTHON = "/usr/bin/python3"
PACKAGES = (
    "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good "
    "gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
)


class RtspServer:
    """Cameras at `url(n)`, one at each of `paths`. With several `slices` it closes a packet after each; `login` is
    (user, password); in a network `namespace` of its own it listens on `address`."""

    def __init__(
        self,
        path: str = "/main",
        size: str = "320x180",
        fps: int = 10,
        gop: int = 10,
        slices: int = 1,
        login: tuple[str, ...] = (),
        paths: tuple[str, ...] = (),
        address: str = "127.0.0.1",
        namespace: str = "",
    ) -> None:
        self.port = free_ports(1)[0]
        self.address = address
        self.paths = paths or (path,)
        self._namespace = namespace
        served = ",".join(self.paths)
        self._arguments = [address, str(self.port), served, size, str(fps), str(gop), str(slices), *login]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """The address of the first camera, without a login."""
        return self.urls[0]

    @property
    def urls(self) -> list[str]:
        """The addresses of all cameras."""
        return [f"rtsp://{self.address}:{self.port}{path}" for path in self.paths]

    def start(self) -> None:
        """Start and wait until it listens."""
        command = [DEBIAN_PYTHON, str(Path(__file__).with_name("rtsp_server.py")), *self._arguments]
        if self._namespace:
            command = ["ip", "netns", "exec", self._namespace, *command]
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        except OSError as error:
            raise Unavailable(f"no RTSP server: {error} (Debian: {PACKAGES})") from error
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != "ready":
            error_text = self._process.communicate()[1].strip().splitlines()
            self._process = None
            raise Unavailable(f"no RTSP server: {error_text[-1:]} (Debian: {PACKAGES})")

    def tell(self, line: str) -> None:
        """Change what it sends: "size 640x360", "lose 0.2"."""
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == "done"

    def freeze(self) -> None:
        """Send nothing more, with the connection open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
