"""FFmpeg's demuxers with deadlines, and what is asked of an open one.

Reader processes load this module without the rest of the package, so it imports nothing heavy.
"""

from __future__ import annotations

import io
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import av
from av.error import FFmpegError
from av.stream import Discard

LIVE_SCHEMES = frozenset({"rtsp", "rtsps", "rtmp", "rtmps", "srt", "udp", "rtp"})
NETWORK_SCHEMES = LIVE_SCHEMES | {"http", "https"}


class Raw(NamedTuple):
    """A packet as the demuxer handed it out: stamps in the stream's time base, `data` its bytes.

    `ntp_us` is the camera's own clock at the picture, microseconds since 1970, where RTCP tells it (RFC 3550, 6.4.1);
    `waited` says that the packet was waited for, so it lay in no buffer.
    """

    pts: int
    dts: int | None
    duration: int
    key: bool
    corrupt: bool
    data: bytes
    ntp_us: int | None = None
    waited: bool = False


def scheme(url: str) -> str:
    """The scheme of a network address, or "" for a path."""
    found = urlsplit(url).scheme.lower()
    return found if found in NETWORK_SCHEMES else ""


def open_container(url: str, open_s: float, read_s: float) -> Any:
    """A container for reading packets; every blocking call on it ends by its deadline.

    Edit lists are ignored: they hide pictures that were recorded, and evidence keeps the original packets.
    Raises FFmpegError or OSError.
    """
    return av.open(url, "r", options=_options(scheme(url), read_s), timeout=(open_s, read_s))


def has_video(container: Any) -> bool:
    """Whether there is a stream with a picture size."""
    return any(_is_video(stream) for stream in container.streams.video)


def video_stream(container: Any) -> Any:
    """The stream that is looked at: the first with a picture size; all others are thrown away unread."""
    wanted = next(stream for stream in container.streams.video if _is_video(stream))
    for other in container.streams:
        if other is not wanted:
            other.discard = Discard.all
    return wanted


def raw_packet(packet: Any, waited: bool = False) -> Raw | None:
    """What a PyAV packet holds, or None for an empty one.

    Size, not dts, tells an empty packet: Matroska's first keyframe has no dts (PyAV issue 1917).
    """
    pts = packet.pts if packet.pts is not None else packet.dts
    if not packet.size or pts is None:
        return None
    ntp_us = None
    if packet.has_sidedata("prft"):  # AVProducerReferenceTime begins with int64 wall clock, microseconds
        ntp_us = int.from_bytes(bytes(packet.get_sidedata("prft"))[:8], "little", signed=True)
    return Raw(
        pts,
        packet.dts,
        packet.duration or 0,
        bool(packet.is_keyframe),
        bool(packet.is_corrupt),
        bytes(packet),
        ntp_us,
        waited,
    )


def parameters(stream: Any) -> dict[str, Any]:
    """The codec parameters of an open stream, as `packet.StreamInfo` has them."""
    context = stream.codec_context
    rate = stream.average_rate or stream.guessed_rate
    return {
        "codec": context.name,
        "extradata": bytes(context.extradata) if context.extradata else None,
        "time_base": stream.time_base,
        "size": (context.width, context.height),
        "fps": float(rate) if rate else None,
        "header": _mp4_header(stream),
    }


def _is_video(stream: Any) -> bool:
    context = stream.codec_context
    return context is not None and context.width > 0 and context.height > 0


def _options(kind: str, read_s: float) -> dict[str, str]:
    """`fpsprobesize` spares the seconds in which FFmpeg would only count pictures to guess their rate."""
    microseconds = str(int(read_s * 1_000_000))
    if kind in {"rtsp", "rtsps"}:
        return {
            "rtsp_transport": "tcp",
            "timeout": microseconds,
            "allowed_media_types": "video",
            "fpsprobesize": "0",
        }
    if kind in {"http", "https"}:
        return {"rw_timeout": microseconds}
    return {} if kind else {"ignore_editlist": "1"}


def _mp4_header(stream: Any) -> bytes | None:
    buffer = io.BytesIO()
    movflags = {"movflags": "empty_moov+default_base_moof+frag_custom"}
    try:
        with av.open(
            buffer, "w", format="mp4", options=movflags, container_options={"fflags": "+bitexact"}
        ) as container:
            container.add_stream_from_template(stream)
            container.start_encoding()
    except (FFmpegError, ValueError):
        return None
    return buffer.getvalue()
