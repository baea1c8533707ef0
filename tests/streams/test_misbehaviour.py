"""Live sources against a real RTSP server that misbehaves: what is handed on stays sound, and what is lost is found.

Deadlines are short here; `benchmarks.streams` measures recovery at those of a real installation.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import pairwise

import pytest

from records import SystemClock
from streams import Frame, Source, SourceState, open_source
from streams.readers import readers
from tests.services.kafka import Unavailable, free_ports
from tests.services.netns import Namespace
from tests.streams.cameras import Serve, Viewer, camera, serving
from tests.streams.conftest import unavailable

pytestmark = pytest.mark.service


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Servers of cameras with a keyframe each quarter of a second: what is waited for comes soon."""
    yield from serving(fps=20, gop=5)


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    """A network of its own; where none can be had the test is skipped with the reason, under CI it fails."""
    made = Namespace()
    try:
        made.start()
    except Unavailable as error:
        unavailable(str(error))
    yield made
    made.close()


def watch(url: str, name: str = "cam", **spec: object) -> Viewer:
    return Viewer(open_source(camera(url, name, **spec), SystemClock(), must_connect=False))


def assert_sound(frames: list[Frame]) -> None:
    """Pictures, none black, in the order of their capture, none kept back from before an outage."""
    assert all(frame.image().std() > 5 for frame in frames), "a picture, not a black frame"
    assert all(a.captured_at < b.captured_at and a.pts_s < b.pts_s for a, b in pairwise(frames))
    assert all((frame.received_monotonic_s >= a.received_monotonic_s) for a, frame in pairwise(frames))


def reasons(source: Source, state: SourceState) -> list[str]:
    return [status.reason for status in source.history if status.state is state]


def test_a_freeze_is_a_stall_then_a_loss_and_nothing_stale_comes_after_it(serve: Serve) -> None:
    server = serve()
    viewer = watch(server.url)
    before = viewer.next(2)
    server.freeze()
    viewer.wait_for(SourceState.STALLED)
    assert "connected, but no packet" in reasons(viewer.source, SourceState.STALLED)[0]
    viewer.wait_for(SourceState.LOST)
    before += viewer.so_far()
    server.thaw()
    after = viewer.next(2)
    assert viewer.source.state is SourceState.LIVE
    assert_sound(before + after)
    viewer.stop()


def test_a_short_freeze_is_a_stall_and_no_loss(serve: Serve) -> None:
    server = serve()
    viewer = watch(server.url)
    viewer.next(2)
    server.freeze()
    viewer.wait_for(SourceState.STALLED)
    server.thaw()
    assert_sound(viewer.next(3))
    assert viewer.source.reconnects == 0
    assert any("goes on after" in reason for reason in reasons(viewer.source, SourceState.LIVE))
    viewer.stop()


def test_a_dropped_connection_is_a_loss_and_no_stall_and_a_restarted_server_is_found(serve: Serve) -> None:
    server = serve()
    viewer = watch(server.url)
    before = viewer.next(2)
    server.kill()
    viewer.wait_for(SourceState.LOST)
    assert not reasons(viewer.source, SourceState.STALLED)
    viewer.wait_for(SourceState.BACKOFF, times=2)
    assert all("next attempt in" in reason for reason in reasons(viewer.source, SourceState.BACKOFF))
    before += viewer.so_far()
    server.start()
    after = viewer.next(2)
    assert_sound(before + after)
    assert [gap.reason for gap in viewer.source.ring.gaps] == ["connection lost"]
    viewer.stop()


def test_a_wrong_password_is_refused_and_never_shown(serve: Serve) -> None:
    server = serve(login=("viewer", "right"))
    viewer = watch(server.url.replace("//", "//viewer:wrongword@"))
    viewer.wait_for(SourceState.REFUSED, times=2)
    told = " ".join(status.reason for status in viewer.source.history) + repr(viewer.source.spec)
    assert "401" in told and "wrongword" not in told
    assert viewer.so_far() == []
    viewer.stop()


def test_a_resolution_that_changes_in_the_stream_is_followed(serve: Serve) -> None:
    server = serve()
    viewer = watch(server.url)
    frames = viewer.next(2)
    server.tell("size 640x360")
    while frames[-1].size != (640, 360):
        frames += viewer.next()
    frames += viewer.next()
    assert all(frame.image().shape[:2] == frame.size[::-1] for frame in frames)
    assert {frame.size for frame in frames} == {(320, 180), (640, 360)}
    assert_sound(frames)
    cut = viewer.source.ring.cut(frames[-2].captured_at, frames[-1].captured_at)
    assert {picture.size for picture in cut.decode()} == {(640, 360)}, "a clip has one size"
    assert reasons(viewer.source, SourceState.LOST) == ["the camera changed its picture"]
    viewer.stop()


def test_damaged_pictures_are_never_handed_on(serve: Serve) -> None:
    server = serve(size="1280x720")
    viewer = watch(server.url)
    clean = viewer.next(2)[0].image().astype(int)
    server.tell("lose 0.1")
    lossy = viewer.next(5)
    server.tell("lose 0")
    frames = lossy + viewer.next(3)
    assert_sound(frames)
    for frame in frames:  # a ball moves over a plain ground: what is smeared or grey lies elsewhere
        changed = (abs(frame.image().astype(int) - clean).max(axis=2) > 40).mean()
        assert changed < 0.02, f"{changed:.3f} of the picture differs"
    viewer.stop()


def test_one_camera_of_eight_that_is_dead_from_the_start_holds_up_none_of_the_others(serve: Serve) -> None:
    server = serve(paths=tuple(f"/cam{n}" for n in range(7)))
    dead = watch(f"rtsp://127.0.0.1:{free_ports(1)[0]}/cam7", "dead")
    viewers = [watch(url, f"cam-{n}") for n, url in enumerate(server.urls)]
    for viewer in viewers:
        assert_sound(viewer.next(2))
        assert viewer.source.reconnects == 0
    dead.wait_for(SourceState.BACKOFF, times=2)
    assert dead.so_far() == []
    for viewer in [dead, *viewers]:
        viewer.stop()


def test_a_killed_reader_process_is_replaced_and_every_camera_in_it_comes_back(serve: Serve) -> None:
    server = serve(paths=("/a", "/b"))
    viewers = [watch(url, f"cam-{n}") for n, url in enumerate(server.urls)]
    before = [viewer.next(2) for viewer in viewers]
    for pid in readers().pids:
        os.kill(pid, signal.SIGKILL)
    for viewer, frames in zip(viewers, before, strict=True):
        viewer.wait_for(SourceState.LOST)
        frames += viewer.so_far() + viewer.next(2)
        assert_sound(frames)
        kept = viewer.source.ring.cut(frames[0].captured_at, frames[1].captured_at)
        assert len(kept.packets) >= 5, "what was kept of it outlives its reader"
        assert "signal 9" in reasons(viewer.source, SourceState.LOST)[0]
        viewer.stop()


def test_a_network_that_is_cut_is_a_loss_in_time_and_mends_by_itself(serve: Serve, namespace: Namespace) -> None:
    near = serve()
    far = serve(address=namespace.address, namespace=namespace.name)
    cut, other = watch(far.url, "cut"), watch(near.url, "other")
    before, undisturbed = cut.next(2), other.next(2)
    namespace.cut()
    cut.wait_for(SourceState.STALLED)
    cut.wait_for(SourceState.BACKOFF)
    before += cut.so_far()
    namespace.mend()
    after = cut.next(2)
    assert_sound(before + after)
    undisturbed += other.so_far()
    assert_sound(undisturbed)
    assert other.source.reconnects == 0 and not reasons(other.source, SourceState.STALLED)
    cut.stop()
    other.stop()
