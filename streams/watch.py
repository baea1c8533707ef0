"""Which pictures are decoded to be looked at; all others stay packets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streams.decoder import Decoded, Decoder, DecoderPool
from streams.packet import EncodedPacket, StreamInfo
from streams.spec import Watch

Due = tuple[EncodedPacket, Any]
"""A packet whose picture is due, and its PyAV frame, or None where it is a keyframe that nobody has decoded yet."""


class Watcher:
    """Decodes as little as a watch rule allows.

    "keyframes" decodes keyframes alone. A number of seconds decodes a group of pictures from its keyframe up to the
    picture that is due, and no group in which none is due. "all" is the same with every picture due. Where keyframes
    are farther apart than `heartbeat_s` (smart codecs), the picture due then is decoded through its group.
    """

    def __init__(
        self, stream: StreamInfo, rule: Watch, heartbeat_s: float, pool: DecoderPool, *, lazy: bool = False
    ) -> None:
        """With `lazy` a keyframe that is looked at alone is left to be decoded by whoever wants its picture."""
        self.stream = stream
        self.damaged: set[int] = set()
        self._pool = pool
        self._lazy = lazy
        self._runner: Decoder | None = None
        self._keys_alone = rule == "keyframes"
        self._every_s = heartbeat_s if rule == "keyframes" else 0.0 if rule == "all" else float(rule)
        self._due_s = float("-inf")
        self._group: list[EncodedPacket] = []
        self._started = False
        self._running = False

    def due(self, packet: EncodedPacket) -> bool:
        """Whether `packet` is one that `feed` may answer with a picture."""
        return packet.key or (self._started and packet.pts_s >= self._due_s)

    def feed(self, packet: EncodedPacket) -> list[Due]:
        """The pictures that are due and complete after `packet`."""
        due: list[Due] = []
        if packet.key:
            self._started = True
            due += self._leave_group()
            if self._keys_alone:
                self._group = [packet]
                return due + self._take(self._alone(packet), key=True)
        if not self._started:
            return due
        self._group.append(packet)
        return due + self._catch_up() if packet.pts_s >= self._due_s else due

    def flush(self) -> list[Due]:
        """What the decoder still holds at the end of the stream."""
        return self._take(self._drain()) if self._running else []

    def _alone(self, packet: EncodedPacket) -> Sequence[Due]:
        if self._lazy:
            return [(packet, None)]
        picture = self._pool.alone(packet)
        if picture is None:
            self.damaged.add(packet.n)
            return []
        return [(packet, picture)]

    def _drain(self) -> list[Decoded]:
        """The rest of a run; its decoder, which holds many pictures, is let go where runs are rare."""
        assert self._runner is not None
        rest = self._runner.drain()
        self.damaged |= self._runner.damaged
        if self._keys_alone:
            self._runner = None
        return rest

    def _leave_group(self) -> list[Due]:
        """A keyframe came: what of the last group was not needed is never decoded."""
        skipped = bool(self._group)
        self._group.clear()
        if self._running and (skipped or self._keys_alone):
            self._running = False
            return self._take(self._drain())
        return []

    def _catch_up(self) -> list[Due]:
        pending, self._group = self._group, []
        self._running = True
        if self._runner is None:
            self._runner = Decoder(self.stream)
        decoded = [picture for packet in pending for picture in self._runner.push(packet)]
        self.damaged |= self._runner.damaged
        self._runner.damaged.clear()
        return self._take(decoded)

    def _take(self, decoded: Sequence[Due], key: bool = False) -> list[Due]:
        taken: list[Due] = []
        for packet, picture in decoded:
            if not key and packet.pts_s < self._due_s:
                continue
            taken.append((packet, picture))
            if key or self._due_s == float("-inf"):
                self._due_s = packet.pts_s + self._every_s
            else:
                self._due_s += self._every_s * max(1, (packet.pts_s - self._due_s) // (self._every_s or 1) + 1)
        return taken
