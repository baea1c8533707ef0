"""What a camera sends, found out when it is enrolled rather than when evidence is missing."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass

from records import BadInput, Clock
from streams.demux import scheme
from streams.live import LiveSource
from streams.spec import SourceSpec

GROUPS = 3
"""Whole groups of pictures after which enough is known [given]."""
LONGEST_S = 25.0
"""A camera that has not sent so many after this long is judged by what it sent [given]."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What was measured, and what to change at the camera, each in one line.

    `gop_s` is the longest group of pictures; None where not one was whole in the time given.
    """

    codec: str
    size: tuple[int, int]
    fps: float | None
    gop_s: float | None
    kbps: float | None
    smart: bool
    camera_offset_s: float | None
    warnings: tuple[str, ...]


def probe(spec: SourceSpec, clock: Clock, *, longest_s: float = LONGEST_S) -> Probe:
    """Read a live address for some groups of pictures.

    Raises BadInput as `open_source` does, and E_SOURCE_KIND for a file: what a recording holds it shows when played.
    """
    if not scheme(spec.url):
        raise BadInput("E_SOURCE_KIND", f"{spec.safe_url}: not an address", "a camera is an rtsp:// or http:// address")
    with closing(LiveSource(spec, clock)) as source:
        source.connect()
        until_s = clock.monotonic() + longest_s
        pause = threading.Event()
        while source.gop.groups < GROUPS and clock.monotonic() < until_s:
            pause.wait(0.1)
        return _found(source, longest_s)


def _found(source: LiveSource, longest_s: float) -> Probe:
    stream, gop = source.stream, source.gop
    if stream is None:
        raise BadInput("E_SOURCE_UNREACHABLE", f"{source.spec.safe_url}: {source.reason}", "try again")
    warnings = gop.warnings(source.spec.heartbeat_s)
    if gop.seconds is None:
        warnings.append(f"not one whole group of pictures in {longest_s:.0f} s: set an I-frame interval of 2 s")
    if stream.header is None:
        warnings.append(f"{stream.codec} has no place in an MP4 clip, so nothing can be sealed: set H.264 or H.265")
    offset_s = source.camera_offset_s
    if offset_s is not None and abs(offset_s) > 1.0:
        warnings.append(f"its clock is {offset_s:+.1f} s off: set a time server")
    return Probe(stream.codec, stream.size, gop.fps, gop.seconds, gop.kbps, gop.smart, offset_s, tuple(warnings))
