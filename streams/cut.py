"""A cut from the ring: whole groups of original packets, to be muxed, hashed and decoded."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import av

from records import BadInput, iso
from streams.decoder import Decoder, to_frame
from streams.frame import Frame
from streams.packet import EncodedPacket, StreamInfo

PACKET_COLUMNS = ("n", "pts", "dts", "key", "size", "recv_utc", "sha256_nal")


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without packets, between two capture times; `reason` says how it is known."""

    started_at: datetime
    ended_at: datetime
    reason: str

    @property
    def seconds(self) -> float:
        """Length of the gap."""
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Cut:
    """Packets from a keyframe to the end of a group of pictures.

    `complete` is False where the last group was still arriving; it then ends with the last packet received. `gaps` are
    those inside the window that was asked for, lost connections included.
    """

    source_id: str
    packets: tuple[EncodedPacket, ...]
    gaps: tuple[Gap, ...]
    complete: bool

    @property
    def stream(self) -> StreamInfo:
        """Codec parameters, time base and size of the packets."""
        return self.packets[0].stream

    @property
    def started_at(self) -> datetime:
        """Capture time of the earliest picture, UTC."""
        return min(packet.captured_at for packet in self.packets)

    @property
    def ended_at(self) -> datetime:
        """Capture time of the latest picture, UTC."""
        return max(packet.captured_at for packet in self.packets)

    @property
    def base_shift(self) -> int:
        """What is taken from every pts in the clip, in units of the time base: the clip begins at 0."""
        return min(packet.pts for packet in self.packets)

    def decode(self) -> Iterator[Frame]:
        """The pictures in the order they are shown; `Frame.index` is the index in the clip, as framehash counts."""
        decoder = Decoder(self.stream)
        for index, (packet, decoded) in enumerate(decoder.run(self.packets)):
            yield to_frame(self.source_id, index, packet, decoded)

    def write_mp4(self, path: Path | str) -> None:
        """Mux the packets unchanged; the same cut gives the same bytes.

        Raises BadInput E_CLIP_CODEC where MP4 cannot carry the codec.
        """
        if self.stream.header is None:
            raise BadInput(
                "E_CLIP_CODEC",
                f"{self.source_id}: {self.stream.codec} has no place in an MP4 clip",
                "set the camera to H.264 or H.265",
            )
        options = {"movflags": "faststart"}
        with (
            av.open(io.BytesIO(self.stream.header), "r", format="mp4") as template,
            av.open(str(path), "w", format="mp4", options=options, container_options={"fflags": "+bitexact"}) as out,
        ):
            track = out.add_stream_from_template(template.streams.video[0])
            track.time_base = self.stream.time_base
            shift = self.base_shift
            for packet, dts in zip(self.packets, decode_times(self.packets), strict=True):
                muxed = av.Packet(packet.nal_bytes)
                muxed.stream = track
                muxed.time_base = self.stream.time_base
                muxed.pts = packet.pts - shift
                muxed.dts = dts - shift
                muxed.duration = packet.duration
                muxed.is_keyframe = packet.key
                out.mux_one(muxed)

    def packet_rows(self) -> Iterator[dict[str, str]]:
        """One row a packet, in the order of the clip, under `PACKET_COLUMNS`."""
        for packet in self.packets:
            yield {
                "n": str(packet.n),
                "pts": str(packet.pts),
                "dts": "" if packet.dts is None else str(packet.dts),
                "key": "1" if packet.key else "0",
                "size": str(packet.size),
                "recv_utc": iso(packet.recv_utc),
                "sha256_nal": packet.sha256_nal,
            }

    def packets_csv(self) -> str:
        """The ingest table of the clip (`packets.csv`), with `\\n` line ends."""
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, PACKET_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.packet_rows())
        return buffer.getvalue()


def decode_times(packets: tuple[EncodedPacket, ...]) -> list[int]:
    """A strictly rising dts <= pts for each packet.

    Cameras and Matroska leave dts out or repeat it, and a muxer refuses that; the sorted pts, moved back by the
    longest reordering, always serve.
    """
    order: list[int] = []
    for pts in sorted(packet.pts for packet in packets):
        order.append(max(pts, order[-1] + 1) if order else pts)
    delay = max(dts - packet.pts for dts, packet in zip(order, packets, strict=True))
    return [dts - delay for dts in order]
