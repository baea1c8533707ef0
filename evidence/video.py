"""Reading a sealed clip back: its packets as bytes, its frames as pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
from av.error import FFmpegError

from evidence.trust import CheckFailed
from streams.frame import Picture


def packet_hashes(path: Path) -> list[str]:
    """SHA-256 of each packet of a clip, in file order, as `ffmpeg -c copy -f framehash` prints them.

    Raises CheckFailed where the file is no clip.
    """
    try:
        with av.open(str(path)) as container:
            return [hashlib.sha256(bytes(packet)).hexdigest() for packet in container.demux(video=0) if packet.size > 0]
    except (FFmpegError, IndexError, OSError) as error:
        raise CheckFailed(f"{path.name}: cannot be read as a clip: {error}") from error


def pictures(path: Path) -> Iterator[tuple[float, Picture]]:
    """Time in the clip (seconds) and picture of each frame, in the order shown: counted, its index in the clip.

    Raises CheckFailed where the file is no clip.
    """
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                yield frame.time, Picture(frame)
    except (FFmpegError, IndexError, OSError, ValueError) as error:
        raise CheckFailed(f"{path.name}: cannot be decoded: {error}") from error


def frame_hashes(path: Path, last: int) -> list[str]:
    """SHA-256 of the decoded planes of frames 0 to `last`. Raises CheckFailed."""
    return [picture.yuv420p_sha256() for _, picture in islice(pictures(path), last + 1)]
