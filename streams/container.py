"""Opening a container with deadlines, and saying in one line why it cannot be opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
from av.error import (
    DecoderNotFoundError,
    EOFError,
    ExitError,
    FFmpegError,
    HTTPClientError,
    HTTPUnauthorizedError,
    InvalidDataError,
    ProtocolNotFoundError,
)

from records import BadInput
from streams.demux import LIVE_SCHEMES, has_video, open_container, scheme, video_stream
from streams.spec import ConnectPolicy, redact

_LENGTH_IS_GUESSED = frozenset({"mpegts", "h264", "hevc", "mjpeg", "image2"})
_TAIL_S = 2.0
_FULL_WITHIN_S = 1.0


def open_video(url: str, policy: ConnectPolicy) -> Any:
    """Open `url` for reading packets; a container with at least one video stream, the first of which is wanted.

    Raises BadInput: E_SOURCE_MISSING, E_SOURCE_EMPTY, E_SOURCE_NOT_VIDEO, E_SOURCE_TRUNCATED, E_SOURCE_UNREACHABLE,
    E_SOURCE_DENIED.
    """
    kind = scheme(url)
    if not kind:
        _check_path(url)
    try:
        container = open_container(url, policy.open_s, policy.read_s)
    except (FFmpegError, OSError) as error:
        raise _refusal(url, kind, error) from error
    try:
        if not kind and not len(container.streams) and _says_mp4(url):
            raise _truncated(url, "its index is missing")
        if not has_video(container):
            raise BadInput(
                "E_SOURCE_NOT_VIDEO", f"{redact(url)}: no video in it", "give a video, a picture or a stream"
            )
        if not kind:
            _check_whole(url, container, policy)
    except BaseException:
        container.close()
        raise
    return container


def is_live(url: str, container: Any) -> bool:
    """Whether the stream goes on for ever: by its scheme, or over HTTP by having no length."""
    kind = scheme(url)
    return kind in LIVE_SCHEMES or (kind in {"http", "https"} and container.duration is None)


def _check_path(url: str) -> None:
    path = Path(url)
    if not path.exists():
        raise BadInput("E_SOURCE_MISSING", f"{url}: no such file", "check the path")
    if path.is_file() and path.stat().st_size == 0:
        raise BadInput("E_SOURCE_EMPTY", f"{url}: the file is empty", "copy it again")


def _check_whole(url: str, declared: Any, policy: ConnectPolicy) -> None:
    """Refuse a file whose last packets are missing, before anything is made from its beginning.

    Looks with a container of its own, since seeking back to the very first packet does not work in every format.
    """
    stream = video_stream(declared)
    if declared.format.name in _LENGTH_IS_GUESSED:
        return
    if stream.duration:
        declared_s, tolerance_s = float(stream.duration * stream.time_base), _FULL_WITHIN_S
    elif declared.duration:
        declared_s = declared.duration / av.time_base
        tolerance_s = max(_FULL_WITHIN_S, 0.05 * declared_s)  # another stream may be the longer one
    else:
        return
    try:
        ends_s = _tail_s(url, max(declared_s - _TAIL_S, 0.0), policy)
    except FFmpegError as error:
        raise _truncated(url, f"unreadable near its end: {error.strerror}") from error
    if declared_s - ends_s > tolerance_s:
        raise _truncated(url, f"ends at {ends_s:.1f} s of {declared_s:.1f} s")


def _tail_s(url: str, from_s: float, policy: ConnectPolicy) -> float:
    """Where the last packet ends, seconds from the stream's start; 0 where there is none after `from_s`."""
    with open_container(url, policy.open_s, policy.read_s) as container:
        stream = video_stream(container)
        start = stream.start_time or 0
        container.seek(start + int(from_s / stream.time_base), stream=stream, backward=True)
        ends = (
            float((packet.pts + (packet.duration or 0) - start) * stream.time_base)
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None
        )
        return max(ends, default=0.0)


def _truncated(url: str, why: str) -> BadInput:
    return BadInput("E_SOURCE_TRUNCATED", f"{url}: the video is cut off: {why}", "copy the file again, whole")


def _refusal(url: str, kind: str, error: Exception) -> BadInput:
    safe, why = redact(url), reason(error)
    if not kind:
        if isinstance(error, (InvalidDataError, EOFError)):
            if _says_mp4(url):
                return _truncated(url, "its index is missing")
            return BadInput(
                "E_SOURCE_NOT_VIDEO", f"{safe}: not a video or picture", "give a video, a picture or a stream"
            )
        return BadInput("E_SOURCE_UNREADABLE", f"{safe}: {why}", "check the file and its permissions")
    return refusal(url, type(error), why)


def refusal(url: str, error: type[Exception], why: str) -> BadInput:
    """What a network address answered, by the class of FFmpeg's error, in one line without credentials."""
    safe = redact(url)
    if issubclass(error, HTTPUnauthorizedError):
        return BadInput("E_SOURCE_DENIED", f"{safe}: {why}", "check user name and password")
    if issubclass(error, HTTPClientError):
        return BadInput("E_SOURCE_DENIED", f"{safe}: {why}", "check the path of the stream")
    if issubclass(error, (InvalidDataError, DecoderNotFoundError, ProtocolNotFoundError, ValueError)):
        return BadInput("E_SOURCE_NOT_VIDEO", f"{safe}: {why}", "check that the address serves video")
    return BadInput("E_SOURCE_UNREACHABLE", f"{safe}: {why}", "check address, network and that the device is on")


def reason(error: Exception) -> str:
    """What went wrong in words without addresses, for a state or an error line."""
    if isinstance(error, ExitError):
        return "no answer in time"
    if isinstance(error, FFmpegError):
        return error.strerror or type(error).__name__
    return redact(str(error)) or type(error).__name__


def _says_mp4(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(12)[4:8] == b"ftyp"
