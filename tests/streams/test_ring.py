"""The ring and its cuts: whole groups, original bytes, bounded memory."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import subprocess
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import BadInput, FrozenClock
from streams import Cut, EncodedPacket, PacketRing, SourceSpec, StreamInfo, open_source
from streams.cut import decode_times
from streams.nal import length_prefixed
from tests.streams.conftest import START, MakeVideo

INFO = StreamInfo("h264", b"\x01", Fraction(1, 10), (320, 180), 10.0, None)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def packet(n: int, *, key: bool, pts: int | None = None, info: StreamInfo = INFO, size: int = 10) -> EncodedPacket:
    """Packet `n` of a made-up stream at 10 pictures a second."""
    pts = n if pts is None else pts
    seconds = float(pts * info.time_base)
    return EncodedPacket(n, pts, n, 1, key, bytes(size), info, seconds, at(seconds), at(seconds), seconds)


def full_ring(path: Path, **spec: object) -> PacketRing:
    """The ring of a recording after it was read to its end."""
    source = open_source(SourceSpec("cam", str(path), start=START, ring_s=3600, **spec), FrozenClock(START))  # type: ignore[arg-type]
    assert sum(1 for _ in source.frames()) > 0
    return source.ring


def framehash(path: Path, *options: str) -> list[str]:
    """The last column of ffmpeg's framehash."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), *options, "-f", "framehash", "-hash", "sha256", "-"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split(",")[-1].strip() for line in lines if not line.startswith("#")]


OPEN_GOP = {"x264-params": "open-gop=1:keyint=10:min-keyint=10"}
VIDEOS = [
    ("plain.mp4", {}),
    ("reordered.mp4", {"bframes": 3}),
    ("reordered.mkv", {"bframes": 3}),  # the first packets have no dts
    ("annexb.ts", {"bframes": 2}),  # start codes instead of lengths
    ("open-gop.mp4", {"bframes": 3, **OPEN_GOP}),
    ("hevc.mkv", {"codec": "libx265", "bframes": 2}),
]


@pytest.mark.parametrize(("name", "how"), VIDEOS, ids=[name for name, _ in VIDEOS])
def test_a_clip_holds_the_original_packets_as_ffmpeg_counts_them(
    video: MakeVideo, tmp_path: Path, name: str, how: dict[str, object]
) -> None:
    cut = full_ring(video(name, **how)).cut(at(1.5), at(3.5))
    cut.write_mp4(tmp_path / "clip.mp4")
    assert [packet.sha256_nal for packet in cut.packets] == framehash(tmp_path / "clip.mp4", "-c", "copy")


@pytest.mark.parametrize(("name", "how"), VIDEOS, ids=[name for name, _ in VIDEOS])
def test_the_frames_of_a_cut_are_those_ffmpeg_decodes_from_its_clip(
    video: MakeVideo, tmp_path: Path, name: str, how: dict[str, object]
) -> None:
    cut = full_ring(video(name, **how)).cut(at(1.5), at(3.5))
    cut.write_mp4(tmp_path / "clip.mp4")
    frames = list(cut.decode())
    assert [frame.yuv420p_sha256() for frame in frames] == framehash(tmp_path / "clip.mp4", "-pix_fmt", "yuv420p")
    assert [frame.index for frame in frames] == list(range(len(frames)))


@pytest.mark.parametrize("form", ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le"])
def test_a_frame_hash_is_what_ffmpeg_prints_for_any_planar_picture(video: MakeVideo, form: str) -> None:
    path = video("clip.mp4", frames=5, size=(322, 180), form=form)
    source = open_source(SourceSpec("cam", str(path), watch="all"), FrozenClock(START))
    assert [frame.yuv420p_sha256() for frame in source.frames()] == framehash(path)


@pytest.mark.parametrize("bframes", [0, 3])
def test_a_cut_covers_the_window_with_whole_groups(video: MakeVideo, bframes: int) -> None:
    cut = full_ring(video("reordered.mp4", bframes=bframes)).cut(at(1.5), at(3.5))
    assert (cut.started_at, cut.ended_at, cut.complete) == (at(1.0), at(3.9), True)
    assert cut.packets[0].key
    assert [packet.n for packet in cut.packets] == list(range(10, 40))
    assert [frame.captured_at for frame in cut.decode()] == [at(1 + n / 10) for n in range(30)]


def test_a_cut_decodes_to_the_same_pictures_as_the_whole_recording(video: MakeVideo) -> None:
    path = video("reordered.mp4", bframes=3)
    source = open_source(SourceSpec("cam", str(path), start=START, watch="all"), FrozenClock(START))
    whole = {frame.pts: frame.yuv420p_sha256() for frame in source.frames()}
    cut = list(source.ring.cut(at(2.2), at(3.1)).decode())
    assert len(cut) == 20
    assert all(whole[frame.pts] == frame.yuv420p_sha256() for frame in cut)


def test_the_same_cut_writes_the_same_bytes(video: MakeVideo, tmp_path: Path) -> None:
    cut = full_ring(video("reordered.mp4", bframes=3)).cut(at(1), at(2))
    for name in ("one.mp4", "two.mp4"):
        cut.write_mp4(tmp_path / name)
    one, two = ((tmp_path / name).read_bytes() for name in ("one.mp4", "two.mp4"))
    assert one == two
    assert one.index(b"moov") < one.index(b"mdat"), "players want the index first"


def test_the_packet_table_names_each_packet(video: MakeVideo) -> None:
    cut = full_ring(video("plain.mp4")).cut(at(0), at(0.5))
    lines = cut.packets_csv().splitlines()
    assert lines[0] == "n,pts,dts,key,size,recv_utc,sha256_nal"
    assert len(lines) == 11
    first = cut.packets[0]
    assert lines[1] == f"0,{first.pts},{first.dts},1,{first.size},2026-06-03T08:00:00.000Z,{first.sha256_nal}"


def test_a_codec_that_mp4_cannot_carry_is_refused_by_name(tmp_path: Path) -> None:
    ring = PacketRing("cam")
    for n in range(3):
        ring.append(packet(n, key=n == 0))
    with pytest.raises(BadInput, match="E_CLIP_CODEC: cam: h264"):
        ring.cut(at(0), at(1)).write_mp4(tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()


def test_a_damaged_packet_is_marked_in_the_cut() -> None:
    ring = PacketRing("cam")
    for n in range(4):
        ring.append(packet(n, key=n == 0))
    ring.mark_damaged({2})
    assert [one.corrupt for one in ring.cut(at(0), at(1)).packets] == [False, False, True, False]


def test_packets_before_the_first_keyframe_are_dropped_and_counted() -> None:
    ring = PacketRing("cam")
    for n in range(15):
        ring.append(packet(n, key=n == 10))
    assert (len(ring), ring.dropped, ring.oldest) == (5, 10, at(1.0))


def test_a_window_the_ring_does_not_reach_is_refused() -> None:
    ring = PacketRing("cam")
    with pytest.raises(BadInput, match="E_RING_EMPTY"):
        ring.cut(at(0), at(1))
    for n in range(10):
        ring.append(packet(n, key=n == 0))
    with pytest.raises(BadInput, match="E_RING_EMPTY"):
        ring.cut(at(60), at(61))


def test_a_cut_into_the_group_that_is_still_arriving_says_so() -> None:
    ring = PacketRing("cam")
    for n in range(15):
        ring.append(packet(n, key=n % 10 == 0))
    assert not ring.cut(at(0.5), at(1.2)).complete
    ring.finish()
    assert ring.cut(at(0.5), at(1.2)).complete


def test_missing_packets_are_a_gap() -> None:
    ring = PacketRing("cam")
    for n in [*range(20), *range(60, 80)]:
        ring.append(packet(n, key=n % 10 == 0))
    (gap,) = ring.gaps
    assert (gap.started_at, gap.ended_at, gap.reason) == (at(1.9), at(6.0), "packets missing")
    assert gap.seconds == pytest.approx(4.1)
    assert ring.cut(at(1), at(7)).gaps == (gap,)
    assert ring.cut(at(6.5), at(7)).gaps == ()


def test_a_cut_over_a_lost_connection_keeps_to_one_and_tells_the_gap() -> None:
    ring, again = PacketRing("cam"), dataclasses.replace(INFO)
    for n in range(20):
        ring.append(packet(n, key=n % 10 == 0))
    for n in range(50, 90):
        ring.append(packet(n, key=n % 10 == 0, info=again))
    cut = ring.cut(at(1), at(8))
    assert {id(one.stream) for one in cut.packets} == {id(again)}
    assert [gap.reason for gap in cut.gaps] == ["connection lost"]


def test_a_step_of_the_wall_clock_empties_nothing() -> None:
    ring = PacketRing("cam", seconds=10)
    for n in range(100):
        back = timedelta(hours=1) if n >= 50 else timedelta()
        one = packet(n, key=n % 10 == 0)
        ring.append(dataclasses.replace(one, captured_at=one.captured_at - back))
    assert len(ring) == 100


@given(
    groups=st.lists(st.integers(1, 8), min_size=1, max_size=30),
    seconds=st.floats(0.2, 5),
    max_bytes=st.integers(30, 400),
    window=st.tuples(st.floats(-1, 12), st.floats(0, 4)),
)
def test_whatever_comes_the_ring_is_bounded_and_cuts_whole_groups(
    groups: list[int], seconds: float, max_bytes: int, window: tuple[float, float]
) -> None:
    ring, sent = PacketRing("cam", seconds, max_bytes), []
    for length in groups:
        for i in range(length):
            sent.append(packet(len(sent), key=i == 0))
            ring.append(sent[-1])
            assert ring.bytes <= max_bytes
    assert ring.bytes == 10 * len(ring)
    assert len(ring) + ring.dropped == len(sent)
    t0, t1 = at(window[0]), at(window[0] + window[1])
    try:
        cut = ring.cut(t0, t1)
    except BadInput:
        return
    numbers = [one.n for one in cut.packets]
    assert cut.packets[0].key
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    following = numbers[-1] + 1
    assert following == len(sent) or sent[following].key, "the last group is whole, or still arriving"
    assert cut.complete == (following < len(sent))
    oldest = ring.oldest
    assert oldest is not None
    assert cut.started_at <= max(t0, oldest), "the window is covered as far as the ring reaches back"


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20), st.data())
def test_decode_times_rise_and_never_pass_presentation_times(steps: list[int], data: st.DataObject) -> None:
    order = data.draw(st.permutations([sum(steps[: i + 1]) for i in range(len(steps))]))
    packets = tuple(packet(n, key=n == 0, pts=pts) for n, pts in enumerate(order))
    times = decode_times(packets)
    assert all(a < b for a, b in itertools.pairwise(times))
    assert all(dts <= one.pts for dts, one in zip(times, packets, strict=True))


@given(st.lists(st.binary(min_size=1, max_size=40).filter(lambda b: b"\0\0" not in b and b[-1] != 0), min_size=1))
def test_nal_units_survive_the_change_from_start_codes_to_lengths(units: list[bytes]) -> None:
    codes = [b"\0\0\1", b"\0\0\0\1"]
    annexb = b"".join(codes[i % 2] + unit for i, unit in enumerate(units))
    expected = b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)
    assert length_prefixed(annexb) == expected
    assert hashlib.sha256(length_prefixed(annexb + b"\0")).digest() == hashlib.sha256(expected).digest()


def test_a_cut_has_the_facts_that_evidence_asks_for(video: MakeVideo) -> None:
    cut: Cut = full_ring(video("plain.mp4")).cut(at(2), at(3))
    assert (cut.source_id, cut.stream.codec, cut.stream.size) == ("cam", "h264", (320, 180))
    assert cut.base_shift == cut.packets[0].pts
    assert cut.gaps == ()
