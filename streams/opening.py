"""The one door to every source."""

from __future__ import annotations

from pathlib import Path

from records import BadInput, Clock
from streams.container import is_live, open_video
from streams.demux import LIVE_SCHEMES, scheme
from streams.live import LiveSource
from streams.pictures import PictureSource, is_pictures
from streams.source import Source
from streams.spec import SourceSpec
from streams.video import VideoSource


def open_source(spec: SourceSpec, clock: Clock, *, must_connect: bool = True) -> Source:
    """Open a file, a folder of pictures, or an HTTP or RTSP address.

    With `must_connect` what cannot be opened is refused at once: BadInput E_SOURCE_MISSING, E_SOURCE_EMPTY,
    E_SOURCE_TRUNCATED, E_SOURCE_NOT_VIDEO, E_SOURCE_UNREADABLE, E_SOURCE_UNREACHABLE or E_SOURCE_DENIED. Without it a
    network address is first tried when its frames are asked for, and again until it answers: one dead camera holds
    up nobody. Files are checked either way.
    """
    if not spec.url:
        raise BadInput("E_SOURCE_MISSING", f"{spec.id}: no address given", "a file, a folder, http:// or rtsp://")
    kind = scheme(spec.url)
    if kind:
        return _at_address(spec, clock, kind, must_connect)
    if "://" in spec.url:
        raise BadInput(
            "E_SOURCE_UNREACHABLE", f"{spec.safe_url}: unknown kind of address", "http, https, rtsp or a file"
        )
    path = Path(spec.url)
    if path.exists() and is_pictures(path) and (path.is_dir() or path.stat().st_size):
        return PictureSource(spec, clock)
    return VideoSource(spec, clock, open_video(spec.url, spec.connect))


def _at_address(spec: SourceSpec, clock: Clock, kind: str, must_connect: bool) -> Source:
    """A camera, or a recording behind an HTTP address. Over HTTP only opening tells which; what is not opened now is
    taken for a camera."""
    if kind not in LIVE_SCHEMES and must_connect:
        container = open_video(spec.url, spec.connect)
        if not is_live(spec.url, container):
            return VideoSource(spec, clock, container)
        container.close()
    source = LiveSource(spec, clock)
    if must_connect:
        source.connect()
    return source
