"""A cut of original packets, with what was seen in it, as one file that outlives the process."""

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from evidence import FrameDetections
from records import BadInput, iso, parse_iso, write_whole
from streams import Cut, Detection, EncodedPacket, Gap, ObjectKind, StreamInfo

_HEAD = struct.Struct("<I")
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Footage:
    """A cut and the analysed frames in it."""

    cut: Cut
    looks: tuple[FrameDetections, ...]


def write_footage(path: Path, footage: Footage) -> None:
    """Write a footage whole or not at all; raises OSError."""
    cut = footage.cut
    head = json.dumps(
        {
            "source": cut.source_id,
            "complete": cut.complete,
            "gaps": [[iso(gap.started_at), iso(gap.ended_at), gap.reason] for gap in cut.gaps],
            "stream": {
                "codec": cut.stream.codec,
                "extradata": cut.stream.extradata.hex() if cut.stream.extradata is not None else None,
                "time_base": str(cut.stream.time_base),
                "size": cut.stream.size,
                "fps": cut.stream.fps,
                "header": cut.stream.header.hex() if cut.stream.header is not None else None,
            },
            "packets": [
                [
                    p.n, p.pts, p.dts, p.duration, p.key, len(p.data), p.pts_s, p.captured_at.isoformat(),
                    p.recv_utc.isoformat(), p.recv_monotonic_s, p.clock_error_s, p.corrupt,
                ]
                for p in cut.packets
            ],
            "looks": [
                [look.pts_s, look.captured_at.isoformat(), [_plain(one) for one in look.detections]]
                for look in footage.looks
            ],
        }
    ).encode()  # fmt: skip
    body = b"".join((_HEAD.pack(len(head)), head, *(packet.data for packet in cut.packets)))
    write_whole(path, body + hashlib.sha256(body).digest())


def read_footage(path: Path) -> Footage:
    """The footage in a file; raises BadInput where it is none."""
    try:
        data, digest = (whole := path.read_bytes())[:-_DIGEST], whole[-_DIGEST:]
        if hashlib.sha256(data).digest() != digest:
            raise ValueError("not what was written")
        (length,) = _HEAD.unpack_from(data)
        head = json.loads(data[_HEAD.size : _HEAD.size + length])
        stream = _stream(head["stream"])
        packets, at = [], _HEAD.size + length
        for row in head["packets"]:
            packets.append(_packet(row, data[at : at + row[5]], stream))
            at += row[5]
        gaps = tuple(Gap(parse_iso(start), parse_iso(end), reason) for start, end, reason in head["gaps"])
        if at != len(data) or not packets:
            raise ValueError("cut short")
        return Footage(Cut(head["source"], tuple(packets), gaps, head["complete"]), _looks(head["looks"]))
    except (OSError, ValueError, KeyError, TypeError, IndexError, struct.error) as error:
        raise BadInput("E_FOOTAGE", f"{path}: no footage: {error}", "it is left out of the package") from error


def _stream(facts: Mapping[str, Any]) -> StreamInfo:
    def plain(text: str | None) -> bytes | None:
        return None if text is None else bytes.fromhex(text)

    width, height = facts["size"]
    return StreamInfo(
        codec=facts["codec"],
        extradata=plain(facts["extradata"]),
        time_base=Fraction(facts["time_base"]),
        size=(width, height),
        fps=facts["fps"],
        header=plain(facts["header"]),
    )


def _packet(row: Sequence[Any], data: bytes, stream: StreamInfo) -> EncodedPacket:
    n, pts, dts, duration, key, _, pts_s, captured_at, recv_utc, recv_monotonic_s, clock_error_s, corrupt = row
    return EncodedPacket(
        n=n,
        pts=pts,
        dts=dts,
        duration=duration,
        key=key,
        data=data,
        stream=stream,
        pts_s=pts_s,
        captured_at=datetime.fromisoformat(captured_at),
        recv_utc=datetime.fromisoformat(recv_utc),
        recv_monotonic_s=recv_monotonic_s,
        clock_error_s=clock_error_s,
        corrupt=corrupt,
    )


def _looks(rows: Sequence[Sequence[Any]]) -> tuple[FrameDetections, ...]:
    return tuple(
        FrameDetections(pts_s, datetime.fromisoformat(at), tuple(_detection(one) for one in found))
        for pts_s, at, found in rows
    )


def _plain(one: Detection) -> dict[str, Any]:
    return {"kind": one.kind.value, "raw_class": one.raw_class, "score": one.score, "box": list(one.box)}


def _detection(one: Mapping[str, Any]) -> Detection:
    x1, y1, x2, y2 = (float(value) for value in one["box"])
    return Detection(ObjectKind(one["kind"]), str(one["raw_class"]), float(one["score"]), (x1, y1, x2, y2))
