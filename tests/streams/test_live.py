"""Live sources against a real RTSP server that does what it should, or says no."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from records import BadInput, SystemClock
from streams import (
    Detection,
    Frame,
    HostClock,
    Image,
    Look,
    ObjectKind,
    Scheduler,
    SourceSpec,
    SourceState,
    open_source,
)
from tests.services.kafka import free_ports
from tests.streams.cameras import Serve, Viewer, camera, serving

pytestmark = pytest.mark.service


@pytest.fixture
def serve() -> Iterator[Serve]:
    yield from serving()


@pytest.mark.parametrize("slices", [1, 2])
def test_frames_arrive_with_their_times_and_the_packets_are_kept(serve: Serve, slices: int) -> None:
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


def test_a_clip_of_a_live_source_is_a_whole_mp4(serve: Serve, tmp_path: pytest.TempPathFactory) -> None:
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


class Blind:
    """A network that sees nothing."""

    name, sha256, input_size = "blind", "0" * 64, (320, 180)
    thresholds: Mapping[ObjectKind, float] = {ObjectKind.VEHICLE: 0.5}

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        return [[] for _ in images]


def test_between_two_looks_nobody_keeps_the_picture(serve: Serve) -> None:
    source = open_source(camera(serve().url, "unseen", gate=False), SystemClock())
    scheduler = Scheduler([source], [Blind()], SystemClock())
    looks: list[int] = []

    def on_look(look: Look) -> None:
        assert look.frame.image().any()
        looks.append(look.frame.index)

    running = threading.Thread(target=scheduler.run, args=(on_look,), daemon=True)
    running.start()
    let_go = False
    for _ in range(200):
        threading.Event().wait(0.1)
        kept = [one for one in gc.get_objects() if type(one) is Frame and one.source_id == "unseen"]
        let_go = len(looks) >= 2 and not kept
        del kept
        if let_go:
            break
    scheduler.stop()
    running.join(10)
    assert let_go, f"after {len(looks)} looks the last picture is still kept"


def test_a_wrong_address_is_refused_in_one_line(serve: Serve) -> None:
    server = serve()
    with pytest.raises(BadInput, match=r"E_SOURCE_DENIED.*Not Found"):
        open_source(camera(server.url + "-nothing"), SystemClock())
    with pytest.raises(BadInput, match=r"E_SOURCE_UNREACHABLE.*refused"):
        open_source(camera(f"rtsp://127.0.0.1:{free_ports(1)[0]}/main"), SystemClock())


def test_a_wrong_password_is_refused_without_showing_it(serve: Serve) -> None:
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


def test_a_camera_that_is_away_from_the_start_is_waited_for(serve: Serve) -> None:
    server = serve()
    server.kill()
    source = open_source(camera(server.url), SystemClock(), must_connect=False)
    viewer = Viewer(source)
    viewer.wait_for(SourceState.BACKOFF)
    server.start()
    assert len(viewer.next(1)) == 1
    viewer.stop()


def test_an_address_that_is_denied_says_refused_and_is_tried_again(serve: Serve) -> None:
    server = serve(path="/sub")
    source = open_source(camera(server.url.replace("/sub", "/main")), SystemClock(), must_connect=False)
    viewer = Viewer(source)
    viewer.wait_for(SourceState.REFUSED)
    assert any("next attempt in" in status.reason for status in source.history)
    viewer.stop()


def test_the_sub_stream_is_looked_at_and_the_main_stream_kept(serve: Serve) -> None:
    main, sub = serve(size="640x360"), serve(size="320x180")
    source = open_source(camera(main.url, sub_url=sub.url), SystemClock())
    viewer = Viewer(source)
    viewer.wait_until_live()
    frames = [frame for frame in viewer.next(6) if frame.size == (640, 360)][-2:]
    assert {frame.size for frame in frames} == {(640, 360)}, "boxes are in pixels of the main stream"
    assert frames[0].image().shape == (360, 640, 3)
    assert {packet.stream.size for packet in source.ring.cut(frames[0].captured_at, frames[1].captured_at).packets} == {
        (640, 360)
    }
    sub.kill()
    viewer.so_far()
    assert len(viewer.next(3)) == 3, "without it the main stream is looked at"
    assert "sub-stream" in source.reason
    assert source.state is SourceState.LIVE
    viewer.stop()


def test_the_camera_tells_its_own_clock(serve: Serve) -> None:
    server = serve()
    source = open_source(camera(server.url), SystemClock())
    viewer = Viewer(source)
    viewer.next(7)  # the first RTCP report comes after five seconds
    offset_s = getattr(source, "camera_offset_s", None)
    assert offset_s is not None and -1.0 < offset_s < 0.1, "it runs on this host's clock, and frames are held a while"
    viewer.stop()


def test_between_keyframes_far_apart_the_heartbeat_is_decoded_through_the_group(serve: Serve) -> None:
    server = serve(fps=20, gop=60)
    source = open_source(camera(server.url, heartbeat_s=1.0), SystemClock())
    viewer = Viewer(source)
    frames = viewer.next(5)
    assert sum(frame.key for frame in frames) < 4
    assert all(0.9 < b.pts_s - a.pts_s < 2.0 for a, b in pairwise(frames[1:]))
    viewer.stop()
