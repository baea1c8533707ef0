"""Footage of a dwell: the first group of pictures and one a minute, bounded, sealed with the alert or gone with the
incident."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from detectors import OpenIncident
from evidence import Budget, FrameDetections
from nonsite.dwell import DwellFootage, FootageRoom
from nonsite.footage import Footage, read_footage, write_footage
from records import BadInput, FrozenClock
from streams import Detection, Frame, ObjectKind, PacketRing, SourceSpec, open_source

START = datetime(2026, 5, 12, 8, 0, tzinfo=UTC)
MINUTES = 8
BOX = Detection(ObjectKind.STALL, "stall", 0.7654321, (10.123456, 20.0, 30.0, 40.0))


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """Eight minutes at 2 frames a second, a keyframe every 4 s."""
    path = tmp_path_factory.mktemp("street") / "long.mp4"
    rng = np.random.default_rng(3)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=2)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "8", "sc_threshold": "0", "bf": "2"}
        for _ in range(MINUTES * 120):
            image = rng.integers(0, 255, (96, 160, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return path


def watched(film: Path) -> Iterator[tuple[Frame, PacketRing]]:
    source = open_source(SourceSpec("cam-1", str(film), start=START, watch="keyframes"), FrozenClock(START))
    yield from ((frame, source.ring) for frame in source.frames())
    source.close()


def watch(
    film: Path, keeper: DwellFootage, opened: datetime, *, until: datetime, alerted: datetime | None = None
) -> list[FrameDetections]:
    """An incident stands from `opened` on; the keeper looks at every frame until `until`."""
    seen: list[FrameDetections] = []
    for frame, ring in watched(film):
        seen = [*seen, FrameDetections(frame.pts_s, frame.captured_at, (BOX,))][-30:]
        at = frame.captured_at
        if at > until:
            break
        here = [OpenIncident("i-1", opened, at, alerted is not None and at >= alerted)] if at >= opened else []
        keeper.look(here, ring, seen)
    return seen


def starts(keeper: DwellFootage) -> list[float]:
    return [(one.cut.started_at - START).total_seconds() for one in keeper.of("i-1").footage]


def test_the_group_that_first_showed_it_and_one_a_minute(film, tmp_path):
    keeper = DwellFootage(tmp_path / "dwell", dwell_s=600)
    opened = START + timedelta(seconds=41)
    watch(film, keeper, opened, until=START + timedelta(minutes=6))
    kept = starts(keeper)
    assert kept[0] == 40.0, "the whole group in which it was first seen"
    assert len(kept) == 6
    assert all(56 <= later - earlier <= 68 for earlier, later in pairwise(kept))
    assert all(one.cut.complete and one.cut.packets[0].key for one in keeper.of("i-1").footage)


def test_what_is_kept_is_original_to_the_byte_with_what_was_seen_in_it(film, tmp_path):
    keeper = DwellFootage(tmp_path / "dwell", dwell_s=600)
    watch(film, keeper, START + timedelta(seconds=41), until=START + timedelta(minutes=2))
    first = keeper.of("i-1").footage[0]
    with av.open(str(film)) as container:
        original = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    begin = original.index(first.cut.packets[0].data)
    assert [packet.data for packet in first.cut.packets] == original[begin : begin + 8]
    assert [look.captured_at for look in first.looks] == [START + timedelta(seconds=40)]
    assert first.looks[0].detections == (BOX,)


def test_never_more_than_twice_the_dwell_the_first_and_the_latest(film, tmp_path):
    keeper = DwellFootage(tmp_path / "dwell", dwell_s=60)
    watch(film, keeper, START, until=START + timedelta(minutes=7, seconds=50))
    kept = starts(keeper)
    assert len(kept) == 2
    assert kept[0] == 0.0
    assert kept[1] > 360


def test_at_the_alert_it_stops_and_waits_for_the_seal(film, tmp_path):
    keeper = DwellFootage(tmp_path / "dwell", dwell_s=600)
    alert = START + timedelta(minutes=3)
    watch(film, keeper, START, until=START + timedelta(minutes=6), alerted=alert)
    assert max(starts(keeper)) < 180
    keeper.alerted("i-1", [{"standing": "unlawful"}], {"rules": {}})
    for frame, ring in watched(film):
        keeper.look([], ring, [])
        if frame.captured_at > START + timedelta(seconds=30):
            break
    kept = keeper.of("i-1")
    assert len(kept.footage) == 3
    assert kept.judgement == {"rules": {}}
    assert kept.observations == [{"standing": "unlawful"}]
    keeper.drop("i-1")
    assert not keeper.of("i-1").footage
    assert list((tmp_path / "dwell").iterdir()) == []


def test_an_incident_that_comes_to_nothing_leaves_nothing(film, tmp_path):
    keeper = DwellFootage(tmp_path / "dwell", dwell_s=600)
    watch(film, keeper, START, until=START + timedelta(minutes=2))
    assert starts(keeper)
    for frame, ring in watched(film):
        keeper.look([], ring, [])
        if frame.captured_at > START:
            break
    assert list((tmp_path / "dwell").iterdir()) == []


def test_a_restart_goes_on_where_it_stood(film, tmp_path):
    folder = tmp_path / "dwell"
    watch(film, DwellFootage(folder, dwell_s=600), START, until=START + timedelta(minutes=2))
    before = starts(DwellFootage(folder, dwell_s=600))
    watch(film, DwellFootage(folder, dwell_s=600), START, until=START + timedelta(minutes=4))
    after = starts(DwellFootage(folder, dwell_s=600))
    assert after[: len(before)] == before, "nothing is taken twice"
    assert len(after) > len(before)


def test_what_a_dead_process_left_of_an_incident_that_is_over_goes_after_a_day(film, tmp_path):
    folder = tmp_path / "dwell"
    watch(film, DwellFootage(folder, dwell_s=600), START, until=START + timedelta(minutes=2))
    keeper = DwellFootage(folder, dwell_s=600)
    keeper.forget(START)
    assert starts(keeper)
    keeper.forget(START + timedelta(days=1))
    assert list(folder.iterdir()) == []


def test_a_full_disk_keeps_no_more_footage_and_stops_nothing(film, tmp_path):
    full = FootageRoom(tmp_path / "dwell", Budget(full_free_bytes=1 << 62))
    keeper = DwellFootage(tmp_path / "dwell", dwell_s=600, room=full)
    watch(film, keeper, START, until=START + timedelta(minutes=2))
    assert not keeper.of("i-1").footage


@pytest.mark.parametrize("damage", ["cut", "byte", "packet", "empty"])
def test_a_damaged_footage_is_left_out_and_the_others_are_sealed(film, tmp_path, damage):
    keeper = DwellFootage(tmp_path / "dwell", dwell_s=600)
    watch(film, keeper, START, until=START + timedelta(minutes=3))
    whole = starts(keeper)
    path = sorted((tmp_path / "dwell" / "i-1").glob("*.gop"))[1]
    data = path.read_bytes()
    path.write_bytes(
        {
            "cut": data[:-7],
            "byte": data[:10] + b"\xff" + data[11:],
            "empty": b"",
            "packet": data[:-100] + bytes([data[-100] ^ 1]) + data[-99:],
        }[damage]
    )
    assert starts(keeper) == [whole[0], *whole[2:]]


def test_a_cut_reads_back_as_it_was_written(film, tmp_path):
    *_, (frame, ring) = watched(film)
    cut = ring.cut(frame.captured_at - timedelta(seconds=10), frame.captured_at)
    write_footage(tmp_path / "one.gop", Footage(cut, ()))
    again = read_footage(tmp_path / "one.gop").cut
    assert again.packets_csv() == cut.packets_csv()
    assert (again.complete, again.gaps, again.base_shift) == (cut.complete, cut.gaps, cut.base_shift)
    cut.write_mp4(tmp_path / "a.mp4")
    again.write_mp4(tmp_path / "b.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    with pytest.raises(BadInput, match="E_FOOTAGE"):
        read_footage(tmp_path / "none.gop")


def test_footage_stays_within_its_budget_and_an_alert_that_waits_for_its_seal_loses_nothing(film, tmp_path):
    ring, at = tmp_path / "dwell", START + timedelta(minutes=3)
    keeper = DwellFootage(ring, dwell_s=600)
    watch(film, keeper, START, until=at)
    one = sum(path.stat().st_size for path in ring.rglob("*.gop")) // len(starts(keeper))
    keeper.alerted("i-1", [{"standing": "unlawful"}])
    before = starts(keeper)
    room = FootageRoom(ring, Budget(ring_bytes=one * 11 // 2, high_free_bytes=0, full_free_bytes=0))
    other = DwellFootage(ring / "other", dwell_s=600, room=room)
    watch(film, other, START, until=START + timedelta(minutes=7))
    assert sum(path.stat().st_size for path in ring.rglob("*.gop")) <= one * 11 // 2
    assert starts(keeper) == before, "what an alert rests on is not given up"
    assert starts(other)[0] == 0.0, "what first showed the other is the last to go"
    assert len(starts(other)) == 2 and starts(other)[1] > 300
    assert room.status()["state"] == "ok"
