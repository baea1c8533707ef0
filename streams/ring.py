"""The packet ring: the last minute of a source as it was sent, for the evidence clip."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from records import BadInput
from streams.cut import Cut, Gap
from streams.packet import EncodedPacket

GAP_S = 1.0
"""Pictures farther apart than this, and than three usual intervals, have a gap between them [given]."""


class PacketRing:
    """Keeps original packets of one source: at least `seconds` of them, never more than `max_bytes`.

    Written by the reader, cut by the workers, so every access holds the lock. Whole groups of pictures leave at once,
    since a group without its keyframe shows nothing.
    """

    def __init__(self, source_id: str = "", seconds: float = 60.0, max_bytes: int = 64 << 20) -> None:
        self.source_id = source_id
        self.seconds = seconds
        self.max_bytes = max_bytes
        self.bytes = 0
        self.dropped = 0
        self._packets: deque[EncodedPacket] = deque()
        self._damaged: set[int] = set()
        self._usual_s: float | None = None
        self._gaps: deque[Gap] = deque(maxlen=256)
        self._newest: EncodedPacket | None = None
        self._finished = False
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def oldest(self) -> datetime | None:
        """Capture time of the first packet kept, UTC."""
        with self._lock:
            return self._packets[0].captured_at if self._packets else None

    @property
    def newest(self) -> datetime | None:
        """Capture time of the latest picture, UTC."""
        newest = self._newest
        return newest.captured_at if newest else None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Stretches without packets met so far (the last 256), those in what is no longer kept included."""
        with self._lock:
            return tuple(self._gaps)

    def holds_until(self, captured_at: datetime) -> bool:
        """Whether every group of pictures up to `captured_at` is here to its end."""
        with self._lock:
            return self._finished or next(
                (p.captured_at > captured_at for p in reversed(self._packets) if p.key), False
            )

    def append(self, packet: EncodedPacket) -> None:
        """Take the next packet; what comes before the first keyframe is of no use and is dropped."""
        with self._lock:
            if not self._packets and not packet.key:
                self.dropped += 1
                return
            self._note_gap(packet)
            self._packets.append(packet)
            self.bytes += len(packet.data)
            if self._newest is None or packet.pts_s > self._newest.pts_s:
                self._newest = packet
            if packet.key or self.bytes > self.max_bytes:
                self._evict(self._newest.pts_s - self.seconds)

    def clear(self) -> None:
        """Keep nothing of what there is."""
        with self._lock:
            self._packets.clear()
            self._damaged.clear()
            self._gaps.clear()
            self._newest, self.bytes = None, 0

    def finish(self) -> None:
        """The recording is at its end: the last group is whole."""
        self._finished = True

    def mark_damaged(self, numbers: set[int]) -> None:
        """Remember packets (by `n`) that the decoder refused; cuts carry them as corrupt."""
        with self._lock:
            self._damaged |= numbers

    def since_key(self, t0: datetime, t1: datetime) -> tuple[EncodedPacket, ...]:
        """Packets to decode the pictures between `t0` and `t1`: from the keyframe before to the group's end."""
        with self._lock:
            return self._window(t0, t1)[0] if self._packets else ()

    def cut(self, t0: datetime, t1: datetime) -> Cut:
        """Whole groups of pictures that cover `t0` to `t1` as far as the ring does (capture times, UTC).

        Where the connection was lost in between, packets of one connection only can make a clip: the one that covers
        most; `gaps` tell. Raises BadInput E_RING_EMPTY where nothing of the window is kept.
        """
        with self._lock:
            packets, complete = self._window(t0, t1) if self._packets else ((), False)
            if not packets:
                raise BadInput(
                    "E_RING_EMPTY",
                    f"{self.source_id}: no packets between {t0} and {t1}",
                    "cut sooner, or keep a longer ring",
                )
            marked = tuple(replace(p, corrupt=True) if p.n in self._damaged else p for p in packets)
            gaps = tuple(gap for gap in self._gaps if gap.ended_at >= t0 and gap.started_at <= t1)
            return Cut(self.source_id, marked, gaps, complete)

    def _window(self, t0: datetime, t1: datetime) -> tuple[tuple[EncodedPacket, ...], bool]:
        runs = [list(run) for _, run in groupby(self._packets, key=lambda packet: id(packet.stream))]
        run = max(reversed(runs), key=lambda packets: _overlap_s(packets, t0, t1))
        groups = [i for i, packet in enumerate(run) if packet.key]
        if not groups or run[groups[0]].captured_at > t1 or max(p.captured_at for p in run) < t0:
            return (), False
        first = max((i for i in groups if run[i].captured_at <= t0), default=groups[0])
        last = next((i for i in groups if run[i].captured_at > t1), None)
        return tuple(run[first:last]), last is not None or self._finished

    def _note_gap(self, packet: EncodedPacket) -> None:
        newest = self._newest
        if newest is None:
            return
        if self._packets and packet.stream is not self._packets[-1].stream:
            self._gaps.append(Gap(newest.captured_at, packet.captured_at, "connection lost"))
            return
        passed_s = packet.pts_s - newest.pts_s
        if passed_s <= 0:
            return
        if passed_s > max(GAP_S, 3 * (self._usual_s or passed_s)):
            self._gaps.append(Gap(newest.captured_at, packet.captured_at, "packets missing"))
        else:
            self._usual_s = passed_s if self._usual_s is None else 0.9 * self._usual_s + 0.1 * passed_s

    def _evict(self, horizon_s: float) -> None:
        """Ages are counted on the stream's own time, so that a step of the wall clock empties nothing."""
        while (end := self._first_group_end()) is not None:
            if self.bytes <= self.max_bytes and self._packets[end].pts_s > horizon_s:
                return
            self._drop(end)
        if self.bytes > self.max_bytes:
            self._drop(len(self._packets))

    def _first_group_end(self) -> int | None:
        return next((i for i, packet in enumerate(self._packets) if i and packet.key), None)

    def _drop(self, count: int) -> None:
        for _ in range(count):
            gone = self._packets.popleft()
            self.bytes -= len(gone.data)
            self._damaged.discard(gone.n)
            self.dropped += 1


def _overlap_s(packets: list[EncodedPacket], t0: datetime, t1: datetime) -> float:
    times = [packet.captured_at for packet in packets]
    return (min(max(times), t1) - max(min(times), t0)).total_seconds()
