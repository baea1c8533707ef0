import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from records import BadInput, FrozenClock, SharedClock, SystemClock, iso, open_clock, parse_iso, utc, uuid7

NOON = datetime(2026, 5, 6, 4, 0, tzinfo=UTC)


def test_a_frozen_clock_moves_only_when_told():
    clock = FrozenClock(NOON)
    clock.advance(90)
    assert clock.now() == NOON + timedelta(seconds=90)
    assert clock.monotonic() == 90


def test_stepping_a_frozen_clock_leaves_monotonic_time_alone():
    clock = FrozenClock(NOON)
    clock.set(NOON - timedelta(hours=1))
    assert clock.now() == NOON - timedelta(hours=1)
    assert clock.monotonic() == 0


def test_another_process_reads_the_same_shared_clock(tmp_path):
    SharedClock(tmp_path / "clock").set(NOON)
    code = "import sys, records; print(records.iso(records.open_clock(sys.argv[1]).now()))"
    out = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "clock"], capture_output=True, text=True, check=True
    ).stdout
    assert out.strip() == iso(NOON)


def test_a_running_shared_clock_goes_forward(tmp_path):
    clock = SharedClock(tmp_path / "clock")
    clock.set(NOON, rate=1.0)
    first = clock.now()
    assert NOON <= first <= clock.now()


def test_a_missing_shared_clock_is_refused_in_one_line(tmp_path):
    with pytest.raises(BadInput, match="E_CLOCK"):
        SharedClock(tmp_path / "none").now()


def test_without_a_spec_the_host_clock_is_used(monkeypatch):
    monkeypatch.delenv("NONSITE_CLOCK", raising=False)
    assert isinstance(open_clock(), SystemClock)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        utc(datetime(2026, 1, 1))


def test_times_are_written_in_utc_and_read_back():
    assert iso(parse_iso("2026-06-03T16:15:00+08:00")) == "2026-06-03T08:15:00.000Z"


def test_ids_sort_by_the_time_they_were_made():
    clock = FrozenClock(NOON)
    ids = []
    for _ in range(50):
        ids.append(uuid7(clock))
        clock.advance(0.01)
    assert ids == sorted(ids)
    assert len(set(ids)) == 50
