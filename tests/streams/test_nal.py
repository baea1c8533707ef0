"""What packets hold, and how pictures are put together again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from streams import StreamInfo
from streams.assembly import Assembler
from streams.demux import Raw
from streams.nal import Content, content, length_prefixed, parameter_sets
from streams.times import PacketTime
from tests.streams.conftest import START

AUD, SPS, PPS = b"\x09\xf0", b"\x67\x42\x00\x0a", b"\x68\xce"
IDR, IDR_REST = b"\x65\x88\x80", b"\x65\x03\x80"
SLICE, SLICE_REST = b"\x41\x9a\x20", b"\x41\x03\xc9"
RECOVERY = b"\x06\x06\x01\xc4\x80"
OTHER_SEI = b"\x06\x05\x03\x06\x06\x06\x80"


def annexb(*nals: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + nal for nal in nals)


@pytest.mark.parametrize(
    ("nals", "what"),
    [
        ((AUD, SPS, PPS, IDR), Content.KEY),
        ((IDR,), Content.KEY),
        ((AUD, SLICE), Content.PICTURE),
        ((RECOVERY, SLICE), Content.KEY),  # open GOP
        ((OTHER_SEI, SLICE), Content.PICTURE),  # a message whose payload looks like one
        ((IDR_REST,), Content.REST),
        ((SPS, PPS, IDR_REST), Content.REST),
        ((SLICE_REST,), Content.REST),
        ((AUD, SPS, PPS), Content.NO_PICTURE),
        ((), Content.NO_PICTURE),
    ],
)
def test_h264_packets_are_known_by_their_bytes(nals: tuple[bytes, ...], what: Content) -> None:
    assert content(annexb(*nals), "h264", annexb=True) is what
    assert content(length_prefixed(annexb(*nals)), "h264", annexb=False) is what


@pytest.mark.parametrize(
    ("nals", "what"),
    [
        ((b"\x40\x01\x0c", b"\x26\x01\xaf"), Content.KEY),  # VPS, IDR
        ((b"\x2a\x01\xaf",), Content.KEY),  # CRA
        ((b"\x02\x01\xd0",), Content.PICTURE),
        ((b"\x26\x01\x2f",), Content.REST),
        ((b"\x40\x01\x0c", b"\x42\x01\x01"), Content.NO_PICTURE),
    ],
)
def test_h265_packets_are_known_by_their_bytes(nals: tuple[bytes, ...], what: Content) -> None:
    assert content(annexb(*nals), "hevc", annexb=True) is what


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_an_empty_unit_is_no_picture(codec: str) -> None:
    assert content(b"\0\0\1\0\0\0\1\0\0\1", codec, annexb=True) is Content.NO_PICTURE


def test_a_message_is_read_after_a_short_start_code_too() -> None:
    assert content(b"\0\0\1" + RECOVERY + b"\0\0\1" + SLICE, "h264", annexb=True) is Content.KEY


LIVE = StreamInfo("h264", None, Fraction(1, 90000), (320, 180), 10.0, None)
WHEN = PacketTime(0.0, START, START, 0.0, 0.0)


def raw(pts: int, data: bytes) -> Raw:
    """A demuxer's packet; FFmpeg says of everything at first that it is a keyframe."""
    return Raw(pts, 0, 0, key=True, corrupt=False, data=data)


def assembled(packets: list[tuple[int, bytes]], hold: bool = True) -> list[tuple[int, bytes, bool]]:
    assembler = Assembler(LIVE, hold)
    units = [assembler.push(raw(pts, data), WHEN) for pts, data in packets]
    return [(unit.pts, unit.data, unit.key) for unit in [*units, assembler.flush()] if unit is not None]


def test_parameter_sets_go_with_their_picture_and_slices_with_theirs() -> None:
    head, first, rest, following = annexb(SPS, PPS), annexb(IDR), annexb(SPS, IDR_REST), annexb(AUD, SLICE)
    assert assembled([(0, head), (1, first), (1, rest), (2, following)]) == [
        (1, head + first + rest, True),
        (2, following, False),
    ]


def test_nothing_comes_before_the_first_keyframe() -> None:
    assert assembled([(0, annexb(SLICE)), (1, annexb(SLICE_REST)), (2, annexb(IDR))]) == [(2, annexb(IDR), True)]


def test_without_holding_each_picture_comes_at_once() -> None:
    assert [pts for pts, _, _ in assembled([(0, annexb(IDR)), (1, annexb(SLICE))], hold=False)] == [0, 1]


def test_other_codecs_pass_as_they_are() -> None:
    assembler = Assembler(replace(LIVE, codec="mjpeg"), hold=True)
    unit = assembler.push(raw(0, b"\xff\xd8"), WHEN)
    assert unit is not None
    assert (unit.data, unit.key) == (b"\xff\xd8", True)


def test_parameter_sets_are_told_apart_from_pictures() -> None:
    assert parameter_sets(annexb(AUD, SPS, PPS, IDR), "h264", annexb=True) == SPS
    assert parameter_sets(annexb(IDR), "h264", annexb=True) == b""
    vps, sps, picture = b"\x40\x01\x0c", b"\x42\x01\x01", b"\x26\x01\xaf"
    assert parameter_sets(annexb(vps, sps, b"\x44\x01", picture), "hevc", annexb=True) == vps + sps
    assert parameter_sets(annexb(SPS), "mjpeg", annexb=True) == b""
