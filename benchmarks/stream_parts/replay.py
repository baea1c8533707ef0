"""An RTSP server that sends recorded H.264 at its own pace, as many cameras, over TCP (RFC 7826, RFC 6184).

Run as `python -m benchmarks.stream_parts.replay PORT VIDEO...`; camera n is rtsp://127.0.0.1:PORT/n and plays video n
modulo their number over and over, from the moment a client asks for it: from `ahead_s`, since cameras of a city keep
no step with each other, neither with their keyframes nor in what they see. Packets are as small as a camera's. Prints
"ready"; its own CPU time is what `/proc/PID/stat` says.
"""

from __future__ import annotations

import asyncio
import base64
import heapq
import math
import re
import struct
import sys
import time
from dataclasses import dataclass, field
from itertools import count

import av

MTU = 1400
CLOCK = 90_000
REPORT_S = 5.0
NTP_EPOCH_S = 2_208_988_800
BEHIND_BYTES = 8 << 20
SPREAD_S = 40.0
"""Cameras of one video show parts of it that lie up to so far apart; of a short one up to a quarter of it."""


def ahead_s(number: int, length_s: float) -> float:
    """Where in its video a camera is when it is first asked, seconds; the golden section spreads any number evenly."""
    return number * (math.sqrt(5) - 1) / 2 % 1 * min(SPREAD_S, length_s / 4)


@dataclass(frozen=True, slots=True)
class Picture:
    """One access unit: when it is due in its video (s), its interleaved RTP packets, and where each of them begins."""

    at_s: float
    key: bool
    data: bytes
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Video:
    pictures: list[Picture]
    length_s: float
    sets: list[bytes]

    def key_from(self, at_s: float) -> int:
        """The first keyframe at or after a time; the first of all where there is none."""
        return next((n for n, picture in enumerate(self.pictures) if picture.key and picture.at_s >= at_s), 0)


@dataclass(slots=True)
class Client:
    """One camera that is being watched."""

    writer: asyncio.StreamWriter
    video: Video
    began_s: float
    ssrc: int
    next: int = 0
    seq: int = 0
    sent_packets: int = 0
    sent_bytes: int = 0
    reported_s: float = 0.0
    gone: bool = False
    loops: int = field(default=0)

    def due_s(self) -> float:
        return self.began_s + self.loops * self.video.length_s + self.video.pictures[self.next].at_s


def load(path: str) -> Video:
    """A video's pictures as RTP packets whose sequence number, time stamp and source are filled in when sent."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        sets = parameter_sets(bytes(stream.codec_context.extradata))
        pictures, first, interval = [], None, 1.0 / float(stream.average_rate)
        for packet in container.demux(stream):
            if not packet.size or packet.pts is None:
                continue
            first = packet.pts if first is None else first
            at_s = float((packet.pts - first) * packet.time_base)
            units = [*(sets if packet.is_keyframe else []), *nal_units(bytes(packet))]
            pictures.append(packetised(at_s, packet.is_keyframe, units))
    return Video(pictures, pictures[-1].at_s + interval, sets)


def parameter_sets(avcc: bytes) -> list[bytes]:
    """SPS and PPS of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1)."""
    sets, at = [], 5
    for mask in (0x1F, 0xFF):
        number, at = avcc[at] & mask, at + 1
        for _ in range(number):
            length = int.from_bytes(avcc[at : at + 2], "big")
            sets.append(avcc[at + 2 : at + 2 + length])
            at += 2 + length
    return sets


def nal_units(data: bytes) -> list[bytes]:
    units, at = [], 0
    while at + 4 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        units.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return units


def packetised(at_s: float, key: bool, units: list[bytes]) -> Picture:
    payloads: list[bytes] = []
    for unit in units:
        if len(unit) <= MTU:
            payloads.append(unit)
            continue
        indicator, kind, body = unit[0] & 0xE0 | 28, unit[0] & 0x1F, unit[1:]
        for start in range(0, len(body), MTU - 2):
            first, last = start == 0, start + MTU - 2 >= len(body)
            header = bytes((indicator, kind | (0x80 if first else 0) | (0x40 if last else 0)))
            payloads.append(header + body[start : start + MTU - 2])
    data, offsets = bytearray(), []
    for n, payload in enumerate(payloads):
        offsets.append(len(data))
        marker = 0x80 if n == len(payloads) - 1 else 0
        data += struct.pack(">BBHBBHII", 0x24, 0, 12 + len(payload), 0x80, 96 | marker, 0, 0, 0) + payload
    return Picture(at_s, key, bytes(data), tuple(offsets))


class Server:
    def __init__(self, videos: list[Video]) -> None:
        self.videos = videos
        self.due: list[tuple[float, int, Client]] = []
        self.serial = count(1)

    async def pace(self) -> None:
        """Send every picture when it is due, for ever."""
        while True:
            now_s = time.monotonic()
            while self.due and self.due[0][0] <= now_s:
                _, order, client = heapq.heappop(self.due)
                if client.gone or client.writer.is_closing():
                    continue
                self.send(client)
                heapq.heappush(self.due, (client.due_s(), order, client))
            wait_s = self.due[0][0] - time.monotonic() if self.due else 0.05
            await asyncio.sleep(min(max(wait_s, 0.002), 0.05))

    def send(self, client: Client) -> None:
        picture = client.video.pictures[client.next]
        stamp = round((client.loops * client.video.length_s + picture.at_s) * CLOCK) & 0xFFFFFFFF
        data = bytearray(picture.data)
        for offset in picture.offsets:
            struct.pack_into(">HII", data, offset + 6, client.seq, stamp, client.ssrc)
            client.seq = (client.seq + 1) & 0xFFFF
        transport = client.writer.transport
        if transport.get_write_buffer_size() > BEHIND_BYTES:
            print("a client does not keep up", file=sys.stderr, flush=True)
            client.gone = True
            transport.abort()
            return
        client.writer.write(data)
        client.sent_packets += len(picture.offsets)
        client.sent_bytes += len(data)
        client.next += 1
        if client.next == len(client.video.pictures):
            client.next, client.loops = 0, client.loops + 1
        now_s = time.monotonic()
        if now_s - client.reported_s > REPORT_S:
            client.reported_s = now_s
            client.writer.write(self.report(client, stamp))

    @staticmethod
    def report(client: Client, stamp: int) -> bytes:
        """A sender report: what the wall clock is at a stamp (RFC 3550, 6.4.1)."""
        wall_s = time.time() + NTP_EPOCH_S
        body = struct.pack(
            ">BBHIIIIII", 0x80, 200, 6, client.ssrc, int(wall_s), int(wall_s % 1 * 2**32), stamp,
            client.sent_packets & 0xFFFFFFFF, client.sent_bytes & 0xFFFFFFFF,
        )  # fmt: skip
        return struct.pack(">BBH", 0x24, 1, len(body)) + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client: Client | None = None
        try:
            while True:
                first = await reader.readexactly(1)
                if first == b"$":  # a receiver report
                    length = int.from_bytes((await reader.readexactly(3))[1:], "big")
                    await reader.readexactly(length)
                    continue
                request = (first + await reader.readuntil(b"\r\n\r\n")).decode()
                method, url = request.split()[:2]
                number = int(re.search(r"//[^/]+/(\d+)", url)[1])
                video = self.videos[number % len(self.videos)]
                writer.write(self.answer(request, method, url, video, number).encode())
                if method == "PLAY":
                    ahead = ahead_s(number, video.length_s)
                    client = Client(writer, video, time.monotonic() - ahead, number + 1, video.key_from(ahead))
                    heapq.heappush(self.due, (client.due_s(), next(self.serial), client))
                if method == "TEARDOWN":
                    break
        except (asyncio.IncompleteReadError, ConnectionError, TypeError, ValueError):
            pass
        if client is not None:
            client.gone = True
        writer.close()

    @staticmethod
    def answer(request: str, method: str, url: str, video: Video, number: int) -> str:
        cseq = re.search(r"CSeq: *(\d+)", request, re.IGNORECASE)[1]
        head, body = f"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nSession: {number + 1};timeout=60\r\n", ""
        if method == "OPTIONS":
            head += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n"
        elif method == "DESCRIBE":
            sprop = ",".join(base64.b64encode(one).decode() for one in video.sets)
            body = (
                "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=replay\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
                "a=rtpmap:96 H264/90000\r\n"
                f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sprop}\r\na=control:track0\r\n"
            )
            head += f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        elif method == "SETUP":
            head += f"Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc={number + 1:08X}\r\n"
        return f"{head}\r\n{body}"


async def main(port: int, paths: list[str]) -> None:
    server = Server([load(path) for path in paths])
    listening = await asyncio.start_server(server.serve, "127.0.0.1", port, backlog=512)
    print("ready", flush=True)
    async with listening:
        await server.pace()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
