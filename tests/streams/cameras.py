"""Live sources under test: real RTSP servers, and a viewer who reads them as the scheduler does."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from streams import ConnectPolicy, Frame, Source, SourceSpec, SourceState
from tests.services.kafka import Unavailable
from tests.services.rtsp import RtspServer
from tests.streams.conftest import unavailable

QUICK = ConnectPolicy(open_s=3.0, read_s=2.0, stall_s=0.6, backoff_s=0.2, backoff_max_s=0.5, hang_s=1.0, refused_s=0.5)
Serve = Callable[..., RtspServer]


def serving(**usual: object) -> Iterator[Serve]:
    """`serve(…)` starts a server, as `usual` where nothing else is said, that ends with the test."""
    servers: list[RtspServer] = []

    def start(**how: object) -> RtspServer:
        server = RtspServer(**{**usual, **how})  # type: ignore[arg-type]
        try:
            server.start()
        except Unavailable as error:
            unavailable(str(error))
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.kill()


class Viewer:
    """Reads a source on a thread of its own, as the scheduler does, and keeps what comes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.frames: queue.Queue[Frame] = queue.Queue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for frame in self.source.frames():
            self.frames.put(frame)

    def next(self, count: int = 1) -> list[Frame]:
        """The next `count` frames; fails after 20 s."""
        return [self.frames.get(timeout=20) for _ in range(count)]

    def so_far(self) -> list[Frame]:
        """What has come and was not yet taken."""
        taken = []
        while not self.frames.empty():
            taken.append(self.frames.get())
        return taken

    def wait_for(self, state: SourceState, times: int = 1) -> None:
        """Until the source has been in `state` so often."""
        for _ in range(400):
            if sum(status.state is state for status in self.source.history) >= times:
                return
            threading.Event().wait(0.05)
        pytest.fail(f"never {state}: {list(self.source.history)}")

    def wait_until_live(self) -> None:
        """Until the source is LIVE."""
        for _ in range(400):
            if self.source.state is SourceState.LIVE:
                return
            threading.Event().wait(0.05)
        pytest.fail(f"not live: {list(self.source.history)}")

    def stop(self) -> None:
        """Close and see the reader end."""
        self.source.close()
        self._thread.join(10)
        assert not self._thread.is_alive(), "a closed source lets its reader go"


def camera(url: str, name: str = "cam", **spec: object) -> SourceSpec:
    return SourceSpec(name, url, "camera", connect=QUICK, **spec)  # type: ignore[arg-type]
