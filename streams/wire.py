"""What a reader process says to the program that started it: framed messages on one pipe.

Reader processes load this module without the rest of the package, so it imports nothing heavy.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from enum import IntEnum
from fractions import Fraction
from typing import Any, BinaryIO, NamedTuple

from streams.demux import Raw

_HEAD = struct.Struct("<BII")  # what, slot, length of what follows
_PACKET = struct.Struct("<qqqdqB")  # pts, dts, duration, received (monotonic, s), camera's clock (us), flags
_NONE = -(1 << 63)
_KEY, _CORRUPT, _WAITED = 1, 2, 4
_LONGEST = 64 << 20


class What(IntEnum):
    """Kinds of message. Each of the last three is about one slot: one attempt at one camera."""

    BEAT = 0
    OPENED = 1
    PACKET = 2
    FAILED = 3


class Failure(NamedTuple):
    """Why an attempt ended: the class of the error, and its words without the address that it was raised for."""

    opening: bool
    error: str
    text: str


class Said(NamedTuple):
    """One message: `body` is the mapping that `demux.parameters` gives, (`Raw`, received at monotonic s), a `Failure`,
    or None."""

    what: What
    slot: int
    body: Any


def beat_message() -> bytes:
    """That the process lives."""
    return _HEAD.pack(What.BEAT, 0, 0)


def opened_message(slot: int, parameters: dict[str, Any]) -> bytes:
    """That a camera is connected, and the parameters of its stream."""
    told = {name: value.hex() if isinstance(value, bytes) else value for name, value in parameters.items()}
    return _json_message(What.OPENED, slot, {**told, "time_base": str(parameters["time_base"])})


def failed_message(slot: int, failure: Failure) -> bytes:
    """That an attempt has ended."""
    return _json_message(What.FAILED, slot, failure)


def packet_message(slot: int, raw: Raw, received_s: float) -> bytes:
    """A packet, with the monotonic time at which it was read."""
    flags = _KEY * raw.key | _CORRUPT * raw.corrupt | _WAITED * raw.waited
    stamps = _PACKET.pack(
        raw.pts,
        _NONE if raw.dts is None else raw.dts,
        raw.duration,
        received_s,
        _NONE if raw.ntp_us is None else raw.ntp_us,
        flags,
    )
    return b"".join((_HEAD.pack(What.PACKET, slot, len(stamps) + len(raw.data)), stamps, raw.data))


def listen(pipe: BinaryIO) -> Iterator[Said]:
    """Messages until the pipe ends, however it ends; a message that breaks off, or cannot be one, is the last."""
    while len(head := pipe.read(_HEAD.size)) == _HEAD.size:
        what, slot, length = _HEAD.unpack(head)
        if length > _LONGEST or len(payload := pipe.read(length)) < length:
            return
        if what == What.PACKET:
            yield Said(What.PACKET, slot, _packet(payload))
        elif what == What.OPENED:
            yield Said(What.OPENED, slot, _parameters(json.loads(payload)))
        elif what == What.FAILED:
            yield Said(What.FAILED, slot, Failure(*json.loads(payload)))
        else:
            yield Said(What.BEAT, slot, None)


def _json_message(what: What, slot: int, body: Any) -> bytes:
    payload = json.dumps(body).encode()
    return _HEAD.pack(what, slot, len(payload)) + payload


def _parameters(told: dict[str, Any]) -> dict[str, Any]:
    def whole(text: str | None) -> bytes | None:
        return None if text is None else bytes.fromhex(text)

    return {
        **told,
        "extradata": whole(told["extradata"]),
        "header": whole(told["header"]),
        "time_base": Fraction(told["time_base"]),
        "size": tuple(told["size"]),
    }


def _packet(payload: bytes) -> tuple[Raw, float]:
    pts, dts, duration, received_s, ntp_us, flags = _PACKET.unpack_from(payload)
    raw = Raw(
        pts,
        None if dts == _NONE else dts,
        duration,
        bool(flags & _KEY),
        bool(flags & _CORRUPT),
        payload[_PACKET.size :],
        None if ntp_us == _NONE else ntp_us,
        bool(flags & _WAITED),
    )
    return raw, received_s
