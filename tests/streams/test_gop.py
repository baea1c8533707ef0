"""What is measured of a stream as it passes, and what an operator is warned of."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from fractions import Fraction

import pytest

from streams import EncodedPacket, StreamInfo
from streams.gop import GopMeter
from tests.streams.conftest import START

STREAM = StreamInfo("h264", None, Fraction(1, 1000), (1920, 1080), 25.0, None)


def measured(groups_s: Sequence[float], fps: int = 10, stream: StreamInfo = STREAM) -> GopMeter:
    """A meter that saw groups of these lengths, and the keyframe after the last."""
    meter, at_s = GopMeter(), 0.0
    for length_s in [*groups_s, 0.1]:
        for n in range(round(length_s * fps)):
            pts_s = at_s + n / fps
            meter.take(
                EncodedPacket(n, round(pts_s * 1000), None, 0, n == 0, b"x" * 125, stream, pts_s, START, START, pts_s)
            )
        at_s += length_s
    return meter


def test_groups_rate_and_weight_are_measured_not_believed() -> None:
    meter = measured([2.0, 2.0, 2.0])
    assert (meter.groups, meter.seconds) == (3, pytest.approx(2.0))
    assert meter.fps == pytest.approx(10.0)
    assert meter.kbps == pytest.approx(10.0)
    assert not meter.smart
    assert meter.warnings(30.0) == []


def test_a_meter_can_be_asked_while_its_stream_runs() -> None:
    """A status told by one thread while another took a keyframe ended a worker."""
    meter, done, failed = measured([2.0] * 12), threading.Event(), []

    def ask() -> None:
        while not done.is_set():
            try:
                assert meter.warnings(30.0) == [] and meter.groups == 12 and meter.fps and meter.kbps
            except Exception as error:
                failed.append(error)
                return

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    asking = [threading.Thread(target=ask) for _ in range(3)]
    try:
        for thread in asking:
            thread.start()
        for n in range(20_000):
            pts_s = 26.0 + 2 * n / 20
            meter.take(EncodedPacket(n, n, None, 0, n % 20 == 0, b"x" * 125, STREAM, pts_s, START, START, pts_s))
    finally:
        done.set()
        for thread in asking:
            thread.join()
        sys.setswitchinterval(usual)
    assert failed == []


@pytest.mark.parametrize(
    ("groups_s", "words"),
    [
        ([10.0, 10.0], "keyframes 10 s apart (looks are as rare)"),
        ([40.0], "keyframes 40 s apart (the heartbeat decodes through)"),
        ([2.0, 2.0, 3.5, 2.0], "smart codec"),
    ],
)
def test_what_a_camera_should_be_set_to_is_said(groups_s: list[float], words: str) -> None:
    assert any(words in warning for warning in measured(groups_s).warnings(30.0))


def test_nothing_is_said_before_a_group_was_whole() -> None:
    meter = GopMeter()
    assert (meter.seconds, meter.fps, meter.kbps, meter.warnings(30.0)) == (None, None, None, [])
