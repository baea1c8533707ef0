"""Between streams and worker: a clock that steps, faint detections, facts for the evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from detectors import DetectorRules, IncidentStore
from nonsite.rules import detector_rules
from nonsite.settings import SourceSettings
from nonsite.streaming import clock_facts, everything, follow_clock, gpu_providers, health_facts, source_spec
from notify import load_profile
from records import FrozenClock
from streams import Detection, Frame, LiveSource, Look, ObjectKind, SourceSpec

START = datetime(2026, 6, 3, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def rules() -> DetectorRules:
    return detector_rules(load_profile("demo"))


def stepped(clock: FrozenClock) -> LiveSource:
    """A camera on whose host the clock has just been put an hour ahead."""
    source = LiveSource(SourceSpec("cam", "rtsp://user:word@camera/main", kind="camera"), clock)
    clock.set(clock.now() + HOUR)
    source.look_at_clock()
    return source


def test_after_a_step_times_go_on_until_nothing_is_timed_and_packages_say_so(rules: DetectorRules) -> None:
    clock = FrozenClock(START)
    source, store = stepped(clock), IncidentStore(rules, clock)
    assert source.clock_step_s == pytest.approx(3600.0)
    assert "stepped by +3600.0 s" in source.reason
    facts = clock_facts(False, clock.now(), source)
    assert facts.suspect and facts.offset_ms == pytest.approx(3_600_000, abs=1000)
    assert not follow_clock(source, store, waiting=True), "an alert waits for its clip"
    assert follow_clock(source, store, waiting=False)
    assert source.clock_step_s == 0.0
    assert not clock_facts(False, clock.now(), source).suspect
    source.close()


def test_a_shared_clock_is_its_own_reference() -> None:
    facts = clock_facts(True, START)
    assert (facts.source, facts.offset_ms) == ("shared", 0)


def test_a_host_says_whether_anything_disciplines_its_clock() -> None:
    assert clock_facts(False, START).source in {"host, disciplined", "host, not disciplined"}


def test_the_watcher_is_given_what_is_faint_as_well() -> None:
    sure = Detection(ObjectKind.STALL, "stall", 0.7, (0, 0, 1, 1))
    faint = Detection(ObjectKind.STALL, "stall", 0.3, (2, 2, 3, 3))
    source = LiveSource(SourceSpec("cam", "rtsp://camera/main", kind="camera"), FrozenClock(START))
    frame = Frame.of(np.zeros((4, 4, 3), np.uint8))
    assert everything(Look(source, frame, (sure,), False, (faint,))) == (sure, faint)
    assert health_facts(source, 5).free_bytes == 5
    source.close()


def test_a_sources_two_addresses_reach_the_streams_and_are_not_shown() -> None:
    settings = SourceSettings.model_validate(
        {"id": "cam", "url": "rtsp://user:word@camera/main", "sub_url": "rtsp://user:word@camera/sub"}
    )
    spec = source_spec(settings)
    assert (spec.url, spec.sub_url, spec.kind) == (settings.url, settings.sub_url, "camera")
    assert "word" not in repr(settings) + repr(spec)


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        (["AzureExecutionProvider", "CPUExecutionProvider"], []),
        (["CUDAExecutionProvider", "CPUExecutionProvider"], ["CUDAExecutionProvider", "CPUExecutionProvider"]),
    ],
)
def test_a_gpu_is_used_where_the_runtime_offers_one(
    monkeypatch: pytest.MonkeyPatch, offered: list[str], taken: list[str]
) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: offered)
    assert gpu_providers() == taken
