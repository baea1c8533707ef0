"""A street of cameras, as a process of its own: HTTP streams in real time in which red stalls come and go by a script.

`GET /cam-7.ts` is an endless MPEG transport stream, 384x216, two pictures a second, a keyframe every two seconds;
whoever connects is first sent the last ten seconds at once, as servers that cache do, and then what happens. The script
is a JSON file, read again whenever it changes:
`[{"camera": "cam-7", "from": <epoch seconds>, "to": …}]`. `python -m tests.services.street_cameras PORT SCRIPT`.
"""

from __future__ import annotations

import io
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import numpy as np

SIZE, FPS, GOP = (384, 216), 2, 4
CACHED = 20
SQUARE = (150, 90, 190, 120)
"""x1, y1, x2, y2 of the stall, in pixels."""
TICKS = 90_000


def clip(stall: bool) -> bytes:
    """One group of pictures of the street, with or without its stall."""
    street = np.repeat(np.random.default_rng(4).integers(60, 150, (SIZE[1], SIZE[0], 1), dtype=np.uint8), 3, axis=2)
    if stall:
        x1, y1, x2, y2 = SQUARE
        street[y1:y2, x1:x2] = (20, 20, 230)
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as out:
        track = out.add_stream("libx264", rate=FPS)
        track.width, track.height, track.pix_fmt = *SIZE, "yuv420p"
        track.options = {"g": str(GOP), "bf": "0", "preset": "veryfast", "tune": "zerolatency", "crf": "30"}
        for _ in range(GOP):
            out.mux(track.encode(av.VideoFrame.from_ndarray(street, format="bgr24")))
        out.mux(track.encode())
    return file.getvalue()


class Script:
    """Who stands where, when."""

    def __init__(self, path: Path) -> None:
        self._path, self._read_at, self._lines = path, -1, []
        self._lock = threading.Lock()

    def shows(self, camera: str, at_s: float) -> bool:
        """Whether a stall stands before a camera."""
        with self._lock:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._read_at:
                self._lines, self._read_at = json.loads(self._path.read_text()), stamp
        return any(line["camera"] == camera and line["from"] <= at_s < line["to"] for line in self._lines)


class Cameras(BaseHTTPRequestHandler):
    """Answers with one camera's stream."""

    script: Script
    clips: tuple[bytes, bytes]

    def do_GET(self) -> None:
        camera = self.path.strip("/").removesuffix(".ts")
        self.send_response(200)
        self.send_header("Content-Type", "video/mp2t")
        self.end_headers()
        try:
            self._stream(camera)
        except (BrokenPipeError, ConnectionResetError, av.error.FFmpegError):
            return

    def _stream(self, camera: str) -> None:
        began_s = time.time()
        packets = [self._packets(which) for which in (0, 1)]
        with av.open(io.BytesIO(self.clips[0])) as like:
            out = av.open(_Pipe(self.wfile), "w", format="mpegts", options={"flush_packets": "1"})
            track = out.add_stream_from_template(like.streams.video[0])
            number = -CACHED
            while True:
                due_s = began_s + number / FPS
                time.sleep(max(0.0, due_s - time.time()))
                if number % GOP == 0:
                    group = packets[self.script.shows(camera, due_s)]
                data, key = group[number % GOP]
                packet = av.Packet(data)
                packet.stream, packet.is_keyframe = track, key
                packet.pts = packet.dts = (CACHED + number) * TICKS // FPS
                packet.time_base = track.time_base
                out.mux(packet)
                number += 1

    def _packets(self, which: int) -> list[tuple[bytes, bool]]:
        with av.open(io.BytesIO(self.clips[which])) as file:
            return [(bytes(packet), packet.is_keyframe) for packet in file.demux(video=0) if packet.size]

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads who connected."""


class _Pipe:
    """What PyAV writes to."""

    def __init__(self, out: Any) -> None:
        self._out = out

    def write(self, data: bytes) -> int:
        self._out.write(data)
        return len(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def main() -> None:
    """Serve until killed."""
    Cameras.script = Script(Path(sys.argv[2]))
    Cameras.clips = (clip(False), clip(True))
    _Server(("127.0.0.1", int(sys.argv[1])), Cameras).serve_forever()


if __name__ == "__main__":
    main()
