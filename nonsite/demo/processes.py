"""The demo's other processes: started, waited for, and always ended."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from records import NonsiteError


class ProcessFailed(NonsiteError):
    """A process of the demo did not come up or ended early; its log says why."""


def free_port() -> int:
    """A TCP port on the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    name: str, arguments: Sequence[str], log: Path, ready: Callable[[], bool], wait_s: float = 60.0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m ARGUMENTS` while the block lasts; raise ProcessFailed where it is not ready in `wait_s`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            _wait(name, process, ready, log, wait_s)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answers(url: str) -> Callable[[], bool]:
    """A readiness test: something answers HTTP at `url`, whatever it says."""

    def ready() -> bool:
        try:
            httpx.get(url, timeout=2.0)
        except httpx.TransportError:
            return False
        return True

    return ready


def check_alive(name: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Raise ProcessFailed, with the end of its log, where the process has ended."""
    if process.poll() is not None:
        raise ProcessFailed(
            "E_PROCESS", f"{name} ended with status {process.returncode}: {_last_line(log)}", f"its log is {log}"
        )


def _wait(name: str, process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while not ready():
        check_alive(name, process, log)
        if time.monotonic() > deadline:
            raise ProcessFailed("E_PROCESS", f"{name} did not come up in {wait_s:.0f} s", f"its log is {log}")
        time.sleep(0.1)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "nothing was logged"
