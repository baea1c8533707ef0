"""When a live picture was taken: by its stamps, by the camera's own clock, and across a step of ours."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from records import FrozenClock
from streams import HostClock
from streams.demux import Raw
from streams.times import LIVE_ERROR_S, LiveTimes, PacketTime
from tests.streams.conftest import START

BASE = Fraction(1, 1000)


class Camera:
    """A camera at 1 picture a second whose packets come `delay_s` after the light fell in."""

    def __init__(self, delay_s: float = 0.2, clock_ahead_s: float | None = None) -> None:
        self.clock = FrozenClock(START)
        self.times = LiveTimes(self.clock)
        self.delay_s = delay_s
        self.ahead_s = clock_ahead_s
        self.taken = 0

    def next(self, late_s: float = 0.0) -> tuple[float, PacketTime]:
        """The next packet: the monotonic moment of its picture, and what we make of it."""
        self.taken += 1
        moment_s = float(self.taken)
        self.clock.advance(moment_s + self.delay_s + late_s - self.clock.monotonic())
        ntp_us = None
        if self.ahead_s is not None:
            told = START + timedelta(seconds=moment_s + self.ahead_s)
            ntp_us = round(told.timestamp() * 1e6)
        raw = Raw(round(moment_s * 1000), None, 0, True, False, b"", ntp_us)
        return moment_s, self.times.of(raw, BASE, self.clock.monotonic())

    def error_s(self, moment_s: float, times: PacketTime) -> float:
        return (times.captured_at - (START + timedelta(seconds=moment_s))).total_seconds()


def test_a_late_packet_does_not_shake_the_capture_time() -> None:
    camera = Camera()
    camera.next()
    moment_s, times = camera.next(late_s=0.7)
    assert camera.error_s(moment_s, times) == pytest.approx(0.2)
    assert times.pts_s == pytest.approx(1.0)
    assert times.clock_error_s == pytest.approx(LIVE_ERROR_S + 0.7)


def test_a_camera_whose_clock_is_right_says_when_the_light_fell_in() -> None:
    camera = Camera(delay_s=0.4, clock_ahead_s=0.0)
    seen = [camera.next() for _ in range(30)]
    moment_s, times = seen[-1]
    assert camera.error_s(moment_s, times) == pytest.approx(0.0, abs=1e-3)
    assert camera.times.camera_offset_s == pytest.approx(-0.4, abs=1e-3)
    captured = [times.captured_at for _, times in seen]
    assert captured == sorted(captured), "the correction moves slowly, so that times stay in order"
    assert all(abs(camera.error_s(*one)) <= one[1].clock_error_s for one in seen)


@pytest.mark.parametrize("ahead_s", [3600.0, -28800.0, -2.0, 0.6])
def test_a_camera_whose_clock_is_off_is_not_believed_and_said_to_be(ahead_s: float) -> None:
    camera = Camera(delay_s=0.1, clock_ahead_s=ahead_s)
    seen = [camera.next() for _ in range(10)]
    assert all(camera.error_s(*one) == pytest.approx(0.1) for one in seen)
    assert camera.times.camera_offset_s == pytest.approx(ahead_s - 0.1, abs=1e-3)


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, 0.5])
def test_a_step_of_the_hosts_clock_bends_no_duration_and_widens_the_bound(step_s: float) -> None:
    camera = Camera()
    _, before = camera.next()
    camera.clock.set(camera.clock.now() + timedelta(seconds=step_s))
    camera.times.line.look()
    _, after = camera.next()
    assert after.captured_at - before.captured_at == timedelta(seconds=1)
    assert after.clock_error_s >= abs(step_s)
    assert camera.times.line.step_s == pytest.approx(step_s)


def test_the_line_follows_the_clock_when_it_is_told_to() -> None:
    camera = Camera()
    camera.next()
    camera.clock.set(camera.clock.now() + timedelta(hours=1))
    assert camera.times.line.look() == pytest.approx(3600.0)
    camera.times.line.follow()
    moment_s, times = camera.next()
    assert camera.error_s(moment_s, times) == pytest.approx(3600.2)
    assert times.clock_error_s < 1.0
    assert camera.times.line.look() == 0.0


def test_the_host_says_how_well_it_knows_the_time() -> None:
    host = HostClock.read()
    assert host.error_s > 0, "no clock is perfect"
    assert abs(host.offset_s) <= max(host.error_s, 1.0)
    assert host.synchronised or host.error_s >= 0.1, "an undisciplined clock has a wide bound"


def test_stamps_that_begin_anew_are_tied_anew() -> None:
    camera = Camera()
    camera.next()
    camera.times.reconnected()
    raw = Raw(5_000_000, None, 0, True, False, b"")
    camera.clock.advance(1.0)
    times = camera.times.of(raw, BASE, camera.clock.monotonic())
    assert isinstance(times.captured_at, datetime)
    assert times.captured_at == camera.clock.now()
    assert times.pts_s == pytest.approx(1.0)
