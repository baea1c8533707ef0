"""What a camera is found to send when it is enrolled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from records import BadInput, SystemClock
from streams import SourceSpec, probe
from tests.services.kafka import free_ports
from tests.streams.cameras import Serve, camera, serving


@pytest.fixture
def serve() -> Iterator[Serve]:
    yield from serving(fps=20, gop=10)


@pytest.mark.service
def test_a_camera_that_is_set_well_is_measured_and_not_warned_of(serve: Serve) -> None:
    found = probe(camera(serve().url), SystemClock())
    assert (found.codec, found.size) == ("h264", (320, 180))
    assert found.gop_s == pytest.approx(0.5, abs=0.15)
    assert found.fps == pytest.approx(20, rel=0.2)
    assert found.kbps is not None and found.kbps > 1
    assert found.warnings == ()


@pytest.mark.service
def test_a_camera_without_a_keyframe_in_the_time_given_is_warned_of(serve: Serve) -> None:
    found = probe(camera(serve(gop=600).url), SystemClock(), longest_s=1.0)
    assert found.gop_s is None
    assert "not one whole group" in found.warnings[0]


def test_what_cannot_be_reached_or_is_no_address_is_refused() -> None:
    with pytest.raises(BadInput, match="E_SOURCE_UNREACHABLE"):
        probe(camera(f"rtsp://user:word@127.0.0.1:{free_ports(1)[0]}/main"), SystemClock())
    with pytest.raises(BadInput, match="E_SOURCE_KIND"):
        probe(SourceSpec("file", "clip.mp4"), SystemClock())
