"""NAL units: what a packet of H.264 or H.265 holds, by its own bytes.

Containers are not to be believed: FFmpeg marks every packet that it reads before the first parameter sets as a
keyframe, and hands out parameter sets in a packet of their own where RTSP sends them so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

CODECS = frozenset({"h264", "hevc"})
_START = b"\x00\x00\x01"
_START_CODE = re.compile(_START)
_RECOVERY_POINT = 6


class Content(Enum):
    """What a packet is good for."""

    KEY = "a picture that decodes alone"
    PICTURE = "a picture that leans on others"
    REST = "further slices of the picture before"
    NO_PICTURE = "parameter sets or messages only"


def content(data: bytes, codec: str, annexb: bool) -> Content:
    """What is in one packet (ITU-T H.264 table 7-1 and annex D; H.265 table 7-1).

    The first slice of a picture says so in its first bit: `first_mb_in_slice` 0 is coded as 1 (H.264 7.4.3), and H.265
    has `first_slice_segment_in_pic_flag` (7.3.6.1). A recovery point (open GOP) counts as a keyframe, as in FFmpeg.
    """
    recovers = False
    for at in _starts(data, annexb):
        nal = data[at : at + 3]  # of a picture no more is asked for, and a keyframe is long
        if not nal or (annexb and nal.startswith(b"\0\0")):  # nothing between two start codes
            continue
        if codec == "hevc":
            kind = nal[0] >> 1 & 0x3F
            if kind < 32:
                first = len(nal) > 2 and nal[2] & 0x80
                return Content.REST if not first else Content.KEY if 16 <= kind <= 23 else Content.PICTURE
            continue
        kind = nal[0] & 0x1F
        if kind == 6:
            recovers = recovers or _RECOVERY_POINT in _messages(
                next(units(data[at - (3 if annexb else 4) :], annexb))[1:]
            )
        elif 1 <= kind <= 5:
            first = kind in {3, 4} or (len(nal) > 1 and nal[1] & 0x80)
            return Content.REST if not first else Content.KEY if recovers or kind == 5 else Content.PICTURE
    return Content.NO_PICTURE


def parameter_sets(data: bytes, codec: str, annexb: bool) -> bytes:
    """The video and sequence parameter sets in front of a picture (H.264 7.3.2.1, H.265 7.3.2.1 and 7.3.2.2), one after
    the other; empty where there are none. They say size and profile."""
    if codec not in CODECS:
        return b""
    found = []
    for nal in units(data, annexb):
        if not nal:
            continue
        kind = nal[0] >> 1 & 0x3F if codec == "hevc" else nal[0] & 0x1F
        if kind in ((32, 33) if codec == "hevc" else (7,)):
            found.append(nal)
        elif kind < 32 if codec == "hevc" else 1 <= kind <= 5:
            break
    return b"".join(found)


def units(data: bytes, annexb: bool) -> Iterator[bytes]:
    """The NAL units of a packet, one after the other.

    In Annex B zero bytes before a start code belong to the code (`trailing_zero_8bits`), not to the unit.
    """
    if not annexb:
        at = 0
        while at + 4 <= len(data):
            length = int.from_bytes(data[at : at + 4], "big")
            yield data[at + 4 : at + 4 + length]
            at += 4 + length
        return
    code = _START_CODE.search(data)
    while code is not None:
        start, code = code.end(), _START_CODE.search(data, code.end())
        yield data[start : code.start() if code else len(data)].rstrip(b"\x00")


def _starts(data: bytes, annexb: bool) -> Iterator[int]:
    """Where the NAL units of a packet begin."""
    if annexb:
        at = data.find(_START) + len(_START)
        while at >= len(_START):
            yield at
            at = data.find(_START, at) + len(_START)
        return
    at = 0
    while at + 4 <= len(data):
        yield at + 4
        at += 4 + int.from_bytes(data[at : at + 4], "big")


def length_prefixed(annexb: bytes) -> bytes:
    """Annex B (start codes) as MP4 holds it (ISO/IEC 14496-15): each unit after its length, 4 bytes big-endian."""
    return b"".join(len(nal).to_bytes(4, "big") + nal for nal in units(annexb, True) if nal)


def _messages(sei: bytes) -> list[int]:
    """The payload types of the messages in an SEI unit."""
    found, at = [], 0
    while at + 2 <= len(sei) and sei[at:] != b"\x80":
        kind, at = _coded(sei, at)
        size, at = _coded(sei, at)
        found.append(kind)
        at += size
    return found


def _coded(data: bytes, at: int) -> tuple[int, int]:
    """A number in 0xFF steps, and where it ends."""
    value = 0
    while at < len(data) and data[at] == 0xFF:
        value, at = value + 255, at + 1
    return value + (data[at] if at < len(data) else 0), at + 1
