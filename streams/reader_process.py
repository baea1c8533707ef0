"""The process that reads cameras: whatever hangs or crashes in a demuxer hangs or crashes here, and may be killed.

It is started with the path of this file, takes commands as JSON lines on its standard input, holds many cameras, each
on a thread of its own, and answers on its standard output as `wire` says. It ends when its input does. Of this package
it loads what touches FFmpeg and nothing else: a process costs some 15 MB.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # the package by its folder alone: its door would bring in OpenCV and the database
    _package = types.ModuleType("streams")
    _package.__path__ = [str(Path(__file__).parent)]
    sys.modules["streams"] = _package

from av.error import FFmpegError

from streams.demux import has_video, open_container, parameters, raw_packet, scheme, video_stream
from streams.wire import Failure, beat_message, failed_message, opened_message, packet_message

REST_S = 0.2
"""How long a camera is let alone once it was read empty, so that threads do not wake for every packet [given]."""
BATCH_S = 0.05
"""How long a packet may lie until others go with it; a keyframe goes at once [given]."""
BEAT_S = 0.5
"""How often the process says that it is alive [given]."""
WAITED_S = 0.02
"""A packet that was waited for this long was not lying in a buffer [given]."""
_STACK_BYTES = 1 << 20
_KEPT_BY_TCP = frozenset({"rtsp", "rtsps", "http", "https"})


class Readers:
    """The cameras of this process."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._speaking = threading.Lock()
        self._lying: list[bytes] = []
        self._closed: set[int] = set()

    def obey(self, command: dict[str, Any]) -> None:
        """`{"open": slot, "url", "open_s", "read_s"}` or `{"close": slot}`."""
        if "close" in command:
            self._closed.add(command["close"])
            return
        slot = command["open"]
        threading.Thread(target=self._read, args=(slot, command), name=f"slot-{slot}", daemon=True).start()

    def beat(self) -> None:
        """Say that the process lives, for ever, and what lies waiting."""
        beaten_s = float("-inf")
        while True:
            now_s = time.monotonic()
            if now_s - beaten_s >= BEAT_S:
                beaten_s = now_s
                self._say(beat_message())
            elif self._lying:
                self._say()
            time.sleep(BATCH_S)

    def _read(self, slot: int, command: dict[str, Any]) -> None:
        opening = True
        try:
            with open_container(command["url"], command["open_s"], command["read_s"]) as container:
                if not has_video(container):
                    raise ValueError("no video in it")
                stream = video_stream(container)
                self._say(opened_message(slot, parameters(stream)))
                opening = False
                rest_s = REST_S if scheme(command["url"]) in _KEPT_BY_TCP else 0.0
                self._relay(slot, container, stream, rest_s)
            failure = Failure(False, "EOFError", "the server ended the stream")
        except Exception as error:
            failure = Failure(opening, type(error).__name__, _words(error))
        if slot not in self._closed:
            self._say(failed_message(slot, failure))
        self._closed.discard(slot)

    def _relay(self, slot: int, container: Any, stream: Any, rest_s: float) -> None:
        """Pass packets on. What comes during a rest lies in the socket, and is read in one go."""
        asked_s = time.monotonic()
        for packet in container.demux(stream):
            received_s = time.monotonic()
            if slot in self._closed:
                return
            waited = received_s - asked_s >= WAITED_S
            raw = raw_packet(packet, waited)
            if raw is not None:
                self._say(packet_message(slot, raw, received_s), urgent=raw.key)
            if waited and rest_s:
                time.sleep(rest_s)
            asked_s = time.monotonic()

    def _say(self, message: bytes = b"", *, urgent: bool = True) -> None:
        """Send a message after those that lie waiting, or lay it to them. Few large writes wake the program less."""
        with self._speaking:
            self._lying.append(message)
            if not urgent:
                return
            view = memoryview(b"".join(self._lying))
            self._lying.clear()
            try:
                while view:
                    view = view[os.write(self._out, view) :]
            except OSError:  # nobody listens any more
                os._exit(0)


def _words(error: Exception) -> str:
    """An error's words; those of FFmpeg end with the address, password and all, so only its own part is taken."""
    if isinstance(error, FFmpegError):
        return error.strerror or ""
    return str(error) if type(error) is ValueError else ""


def main() -> None:
    """Obey until the input ends."""
    threading.stack_size(_STACK_BYTES)
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not get between the messages
    readers = Readers(out)
    threading.Thread(target=readers.beat, name="beat", daemon=True).start()
    for line in sys.stdin:
        readers.obey(json.loads(line))
    os._exit(0)


if __name__ == "__main__":
    main()
