"""Live sources against a real RTSP server that misbehaves."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from records import BadInput, SystemClock
from streams import ConnectPolicy, Frame, HostClock, Source, SourceSpec, SourceState, open_source
from tests.services.kafka import Unavailable, free_ports
from tests.services.rtsp import RtspServer
from tests.streams.conftest import unavailable

pytestmark = pytest.mark.service

QUICK = ConnectPolicy(open_s=3.0, read_s=2.0, stall_s=0.6, backoff_s=0.2, backoff_max_s=0.5)


@pytest.fixture
def serve() -> Iterator[Callable[..., RtspServer]]:
    """`serve(…)` starts a server that ends with the test."""
    servers: list[RtspServer] = []

    def start(**how: object) -> RtspServer:
        server = RtspServer(**how)  # type: ignore[arg-type]
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

    def wait_for(self, state: SourceState) -> None:
        """Until the source is in `state`, or was since the last look."""
        for _ in range(200):
            if self.source.state is state or any(status.state is state for status in self.source.history):
                return
            threading.Event().wait(0.1)
        pytest.fail(f"never {state}: {list(self.source.history)}")

    def stop(self) -> None:
        """Close and see the reader end."""
        self.source.close()
        self._thread.join(10)
        assert not self._thread.is_alive(), "a closed source lets its reader go"


def camera(url: str, **spec: object) -> SourceSpec:
    return SourceSpec("cam", url, "camera", connect=QUICK, **spec)  # type: ignore[arg-type]


@pytest.mark.parametrize("slices", [1, 2])
def test_frames_arrive_with_their_times_and_the_packets_are_kept(serve: Callable[..., RtspServer], slices: int) -> None:
    server = serve(slices=slices)
    clock = SystemClock()
    began = clock.now()
    source = open_source(camera(server.url), clock)
    viewer = Viewer(source)
    frames = viewer.next(3)
    assert source.live
    assert source.state is SourceState.LIVE
    assert {frame.size for frame in frames} == {(320, 180)}
    assert all(frame.key for frame in frames)
    assert all(0.5 < (b.captured_at - a.captured_at).total_seconds() < 1.5 for a, b in pairwise(frames))
    assert all(began - timedelta(seconds=3) < frame.captured_at <= clock.now() for frame in frames)
    host_error_s = HostClock.read().error_s
    assert all(host_error_s < frame.clock_error_s < 5 + host_error_s for frame in frames)
    assert frames[0].image().std() > 5, "a picture, not a black frame"
    cut = source.ring.cut(frames[0].captured_at, frames[1].captured_at)
    assert len(cut.packets) >= 10
    assert next(frame.yuv420p_sha256() for frame in cut.decode() if frame.key) == frames[0].yuv420p_sha256()
    close_ups = list(source.confirm(frames[0].captured_at, frames[1].captured_at, fps=5))
    assert len(close_ups) >= 4
    viewer.stop()


def test_a_clip_of_a_live_source_is_a_whole_mp4(
    serve: Callable[..., RtspServer], tmp_path: pytest.TempPathFactory
) -> None:
    server = serve()
    source = open_source(camera(server.url), SystemClock())
    viewer = Viewer(source)
    frames = viewer.next(3)
    cut = source.ring.cut(frames[0].captured_at, frames[1].captured_at)
    viewer.stop()
    path = f"{tmp_path}/clip.mp4"
    cut.write_mp4(path)
    again = open_source(SourceSpec("clip", path, watch="all"), SystemClock())
    assert [frame.yuv420p_sha256() for frame in again.frames()] == [frame.yuv420p_sha256() for frame in cut.decode()]


def test_a_wrong_address_is_refused_in_one_line(serve: Callable[..., RtspServer]) -> None:
    server = serve()
    with pytest.raises(BadInput, match=r"E_SOURCE_DENIED.*Not Found"):
        open_source(camera(server.url + "-nothing"), SystemClock())
    with pytest.raises(BadInput, match=r"E_SOURCE_UNREACHABLE.*refused"):
        open_source(camera(f"rtsp://127.0.0.1:{free_ports(1)[0]}/main"), SystemClock())


def test_a_wrong_password_is_refused_without_showing_it(serve: Callable[..., RtspServer]) -> None:
    server = serve(login=("viewer", "right"))
    with pytest.raises(BadInput) as refusal:
        open_source(camera(server.url.replace("//", "//viewer:wrongword@")), SystemClock())
    assert refusal.value.code == "E_SOURCE_DENIED"
    assert "wrongword" not in str(refusal.value)
    source = open_source(camera(server.url.replace("//", "//viewer:right@")), SystemClock())
    viewer = Viewer(source)
    assert len(viewer.next(1)) == 1
    viewer.stop()
    assert not any("right@" in status.reason for status in source.history)


def test_a_killed_server_is_lost_then_backed_off_from_and_found_again(serve: Callable[..., RtspServer]) -> None:
    server = serve()
    source = open_source(camera(server.url), SystemClock())
    viewer = Viewer(source)
    before = viewer.next(2)
    server.kill()
    viewer.wait_for(SourceState.BACKOFF)
    states = [status.state for status in source.history]
    lost = source.history[states.index(SourceState.LOST)]
    assert lost.reason, "a loss has a reason"
    assert states.index(SourceState.LOST) < states.index(SourceState.BACKOFF)
    assert any("next attempt in" in status.reason for status in source.history)
    while not viewer.frames.empty():
        before.append(viewer.frames.get())
    server.start()
    after = viewer.next(2)
    assert source.state is SourceState.LIVE
    assert after[0].captured_at > before[-1].captured_at, "nothing stale is handed on"
    assert after[0].pts_s > before[-1].pts_s
    assert [gap.reason for gap in source.ring.gaps] == ["connection lost"]
    viewer.stop()


def test_a_frozen_server_is_a_stall_then_a_loss_and_is_found_again(serve: Callable[..., RtspServer]) -> None:
    server = serve()
    source = open_source(camera(server.url), SystemClock())
    viewer = Viewer(source)
    viewer.next(1)
    server.freeze()
    stalled = threading.Event()
    for _ in range(100):
        if source.state is SourceState.STALLED:
            stalled.set()
            break
        stalled.wait(0.05)
    assert stalled.is_set(), list(source.history)
    assert "no packet for" in source.reason or source.state is not SourceState.STALLED
    viewer.wait_for(SourceState.LOST)
    server.thaw()
    while not viewer.frames.empty():
        viewer.frames.get()
    assert len(viewer.next(2)) == 2
    viewer.stop()


def test_a_camera_that_is_away_from_the_start_is_waited_for(serve: Callable[..., RtspServer]) -> None:
    server = serve()
    server.kill()
    source = open_source(camera(server.url), SystemClock(), must_connect=False)
    viewer = Viewer(source)
    viewer.wait_for(SourceState.BACKOFF)
    server.start()
    assert len(viewer.next(1)) == 1
    viewer.stop()


def test_an_address_that_is_denied_says_refused_and_is_tried_again(serve: Callable[..., RtspServer]) -> None:
    server = serve(path="/sub")
    source = open_source(camera(server.url.replace("/sub", "/main")), SystemClock(), must_connect=False)
    viewer = Viewer(source)
    viewer.wait_for(SourceState.REFUSED)
    assert any("next attempt in" in status.reason for status in source.history)
    viewer.stop()
