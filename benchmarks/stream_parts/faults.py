"""What a real RTSP server does wrong, at the deadlines of an installation: how long until pictures come again.

Eight cameras run beside each other; the fault hits one of them, and the other seven must not notice: none lost, none
stalled. Sound means: no picture black, none out of order, none older than the outage.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks.figure import Figure
from benchmarks.stream_parts.live import memory_mb
from records import SystemClock
from streams import ConnectPolicy, Frame, Source, SourceSpec, SourceState, open_source
from tests.services.kafka import Unavailable, free_ports
from tests.services.netns import Namespace
from tests.services.rtsp import RtspServer

POLICY = ConnectPolicy()
OTHERS = 7
LONGEST_S = 120.0


@dataclass(slots=True)
class View:
    """One camera, and every picture that came of it with the moment of its coming."""

    source: Source
    frames: list[tuple[float, Frame]] = field(default_factory=list)

    def begin(self) -> View:
        def read() -> None:
            for frame in self.source.frames():
                self.frames.append((time.monotonic(), frame))

        threading.Thread(target=read, daemon=True).start()
        return self

    def sound(self) -> bool:
        frames = [frame for _, frame in self.frames]
        ordered = all(a.captured_at < b.captured_at for a, b in pairwise(frames))
        fresh = all(came_s - frame.received_monotonic_s < 2.5 for came_s, frame in self.frames)
        return ordered and fresh and all(frame.image().std() > 5 for frame in frames[-3:])

    def next_after(self, moment_s: float, count: int = 2) -> float | None:
        """Seconds from `moment_s` until so many pictures have come; None where they do not."""
        until_s = time.monotonic() + LONGEST_S
        while time.monotonic() < until_s:
            after = [came_s for came_s, _ in list(self.frames) if came_s > moment_s]
            if len(after) >= count:
                return after[count - 1] - moment_s
            time.sleep(0.05)
        return None


def view(url: str, name: str) -> View:
    spec = SourceSpec(name, url, kind="camera", connect=POLICY)
    return View(open_source(spec, SystemClock(), must_connect=False)).begin()


def figures() -> list[Figure]:
    """Recovery times. A part that needs root, or GStreamer, and does not have it is named and not met."""
    found: list[Figure] = []
    for name, fault in FAULTS.items():
        try:
            found += _one(name, fault)
        except Unavailable as error:
            print(f"{name}: {error}", file=sys.stderr)
            found.append(Figure(f"recovery_{name}", None, "s", "to be had", False))
    return found


def _one(name: str, fault: Callable[[RtspServer, View], float]) -> list[Figure]:
    near = RtspServer(fps=10, gop=10, paths=tuple(f"/cam{n}" for n in range(OTHERS)))
    hit = RtspServer(fps=10, gop=10)
    space: Namespace | None = None
    if name.startswith("network"):
        space = Namespace()
        space.start()
        hit = RtspServer(fps=10, gop=10, address=space.address, namespace=space.name)
    others: list[View] = []
    try:
        near.start()
        hit.start()
        _space[:] = [space] if space else []
        others = [view(url, f"other-{n}") for n, url in enumerate(near.urls)]
        struck = view(hit.url, name)
        begun = time.monotonic()
        for one in (*others, struck):
            one.next_after(begun - 60)
        before_mb, moment_s = memory_mb(), fault(hit, struck)
        recovered_s = struck.next_after(moment_s)
        lost = sum(one.source.reconnects for one in others)
        sound = all(one.sound() for one in (*others, struck))
        grown_mb = memory_mb() - before_mb
        struck.source.close()
    finally:
        for one in others:
            one.source.close()
        near.kill()
        hit.kill()
        if space is not None:
            space.close()
    good = recovered_s is not None and lost == 0 and sound
    print(f"{name}: others lost {lost}, sound {sound}, memory {grown_mb:+.1f} MB", file=sys.stderr)
    return [
        Figure(f"recovery_{name}", recovered_s, "s after it was over", "sound, others unaffected", good),
        Figure(f"memory_{name}", grown_mb, "MB grown"),
    ]


_space: list[Namespace] = []


def freeze(server: RtspServer, struck: View) -> float:
    server.freeze()
    time.sleep(30)
    server.thaw()
    return time.monotonic()


def drop(server: RtspServer, struck: View) -> float:
    server.kill()
    server.start()
    return time.monotonic()


def restart(server: RtspServer, struck: View) -> float:
    server.kill()
    time.sleep(20)
    server.start()
    return time.monotonic()


def another_size(server: RtspServer, struck: View) -> float:
    server.tell("size 640x360")
    return time.monotonic()


def loss(server: RtspServer, struck: View) -> float:
    server.tell("lose 0.3")
    time.sleep(20)
    server.tell("lose 0")
    return time.monotonic()


def cut(server: RtspServer, struck: View) -> float:
    _space[0].cut()
    time.sleep(60)
    _space[0].mend()
    return time.monotonic()


def dead_from_the_start(server: RtspServer, struck: View) -> float:
    """Another camera, of nine, that nobody answers for: the rest begin as if it were not there."""
    gone = view(f"rtsp://127.0.0.1:{free_ports(1)[0]}/main", "dead")
    moment_s = time.monotonic()
    time.sleep(5)
    assert gone.source.state in {SourceState.BACKOFF, SourceState.CONNECTING} and not gone.frames
    gone.source.close()
    return moment_s


FAULTS: dict[str, Callable[[RtspServer, View], float]] = {
    "freeze_30s": freeze,
    "drop": drop,
    "restart_20s": restart,
    "another_size": another_size,
    "loss_30_percent": loss,
    "dead_from_the_start": dead_from_the_start,
    "network_cut_60s": cut,
}
