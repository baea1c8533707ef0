"""Which pictures are decoded to be looked at; all others stay packets."""

from __future__ import annotations

from streams.decoder import Decoded, Decoder
from streams.packet import EncodedPacket
from streams.spec import Watch


class Watcher:
    """Decodes as little as a watch rule allows.

    "keyframes" decodes keyframes alone. A number of seconds decodes a group of pictures from its keyframe up to the
    picture that is due, and no group in which none is due. "all" is the same with every picture due. Where keyframes
    are farther apart than `heartbeat_s` (smart codecs), the picture due then is decoded through its group.
    """

    def __init__(self, decoder: Decoder, rule: Watch, heartbeat_s: float) -> None:
        self.decoder = decoder
        self._keys_alone = rule == "keyframes"
        self._every_s = heartbeat_s if rule == "keyframes" else 0.0 if rule == "all" else float(rule)
        self._due_s = float("-inf")
        self._group: list[EncodedPacket] = []
        self._started = False
        self._running = False

    def feed(self, packet: EncodedPacket) -> list[Decoded]:
        """The pictures that are due and complete after `packet`."""
        due: list[Decoded] = []
        if packet.key:
            self._started = True
            due += self._leave_group()
            if self._keys_alone:
                self._group = [packet]
                return due + self._take(self.decoder.alone(packet), key=True)
        if not self._started:
            return due
        self._group.append(packet)
        return due + self._catch_up() if packet.pts_s >= self._due_s else due

    def flush(self) -> list[Decoded]:
        """What the decoder still holds at the end of the stream."""
        return self._take(self.decoder.drain()) if self._running else []

    def _leave_group(self) -> list[Decoded]:
        """A keyframe came: what of the last group was not needed is never decoded."""
        skipped = bool(self._group)
        self._group.clear()
        if self._running and (skipped or self._keys_alone):
            self._running = False
            return self._take(self.decoder.drain())
        return []

    def _catch_up(self) -> list[Decoded]:
        pending, self._group = self._group, []
        self._running = True
        decoded = [picture for packet in pending for picture in self.decoder.push(packet)]
        return self._take(decoded)

    def _take(self, decoded: list[Decoded], key: bool = False) -> list[Decoded]:
        taken: list[Decoded] = []
        for packet, picture in decoded:
            if not key and packet.pts_s < self._due_s:
                continue
            taken.append((packet, picture))
            if key or self._due_s == float("-inf"):
                self._due_s = packet.pts_s + self._every_s
            else:
                self._due_s += self._every_s * max(1, (packet.pts_s - self._due_s) // (self._every_s or 1) + 1)
        return taken
