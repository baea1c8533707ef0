"""Reading a sealed clip back: its packets as bytes, its frames as pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
from av.error import FFmpegError

from evidence.trust import CheckFailed
from streams import Picture


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


def frame_hashes(path: Path, wanted: Iterable[int]) -> dict[int, str]:
    """SHA-256 of the decoded planes of the wanted frames, by index; what is not there is left out.

    Only the groups of pictures that hold a wanted frame are decoded. Raises CheckFailed where the file is no clip.
    """
    hashes: dict[int, str] = {}
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            shown = sorted(p.pts for p in container.demux(stream) if p.size > 0 and p.pts is not None)
            for index in sorted(index for index in set(wanted) if 0 <= index < len(shown)):
                container.seek(shown[index], stream=stream)
                frame = next((one for one in container.decode(stream) if one.pts == shown[index]), None)
                if frame is not None:
                    hashes[index] = Picture(frame).yuv420p_sha256()
    except (FFmpegError, IndexError, OSError, ValueError, TypeError) as error:
        raise CheckFailed(f"{path.name}: cannot be decoded: {error}") from error
    return hashes
