"""What a stream turns out to be: how far apart its keyframes lie, its rate and weight, and what is wrong with it."""

from __future__ import annotations

from streams.packet import EncodedPacket, StreamInfo

LONG_GOP_S = 4.0
"""Keyframes farther apart than this are too far for a look every two seconds [given]."""
SMART_SPREAD = 1.5
"""A camera whose longest group is so many times its shortest moves its keyframes (H.264+, H.265+) [given]."""
_GROUPS = 12


class GopMeter:
    """Measures the groups of pictures as they pass; declared rates are not trusted. Any thread may ask meanwhile."""

    def __init__(self) -> None:
        self._stream: StreamInfo | None = None
        self._key_s: float | None = None
        self._pictures = 0
        self._bytes = 0
        self._groups: tuple[tuple[float, int, int], ...] = ()

    def take(self, packet: EncodedPacket) -> None:
        """The next packet of the stream."""
        if packet.stream is not self._stream:
            self._stream, self._key_s = packet.stream, None
            self._groups = ()
        if packet.key:
            if self._key_s is not None and packet.pts_s > self._key_s:
                group = (packet.pts_s - self._key_s, self._pictures, self._bytes)
                self._groups = (*self._groups, group)[-_GROUPS:]
            self._key_s, self._pictures, self._bytes = packet.pts_s, 0, 0
        self._pictures += 1
        self._bytes += len(packet.data)

    @property
    def groups(self) -> int:
        """Whole groups seen, at most the last dozen."""
        return len(self._groups)

    @property
    def seconds(self) -> float | None:
        """The longest group lately, seconds; None before one was whole."""
        return max((seconds for seconds, _, _ in self._groups), default=None)

    @property
    def fps(self) -> float | None:
        """Pictures a second, as they come."""
        groups = self._groups
        seconds = sum(group[0] for group in groups)
        return sum(group[1] for group in groups) / seconds if seconds else None

    @property
    def kbps(self) -> float | None:
        """Kilobits a second."""
        groups = self._groups
        seconds = sum(group[0] for group in groups)
        return sum(group[2] for group in groups) * 8 / 1000 / seconds if seconds else None

    @property
    def smart(self) -> bool:
        """Whether keyframes come when the camera likes: a "smart" codec saves them where nothing moves."""
        lengths = [seconds for seconds, _, _ in self._groups]
        return len(lengths) >= 3 and max(lengths) > SMART_SPREAD * min(lengths) and max(lengths) > LONG_GOP_S / 2

    def warnings(self, heartbeat_s: float) -> list[str]:
        """What to change at the camera, each in one line."""
        seconds = self.seconds
        if seconds is None:
            return []
        found = []
        if seconds > LONG_GOP_S:
            looks = "the heartbeat decodes through" if seconds > heartbeat_s else "looks are as rare"
            found.append(f"keyframes {seconds:.0f} s apart ({looks}): set an I-frame interval of 2 s")
        if self.smart:
            found.append("keyframes at changing distances (smart codec, H.264+ or H.265+): turn it off")
        return found
