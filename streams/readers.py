"""The processes that read cameras, seen from the program that watches them.

A demuxer that hangs or crashes takes its process with it, never the program: what is kept of a camera (its ring, its
incidents) lies on this side. A process holds many cameras, since each costs some 15 MB, and a camera whose reader hung
is read next among its like: healthy cameras share no process with one that may have to be killed.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from streams import allocator
from streams.demux import Raw
from streams.wire import Failure, What, listen

CAMERAS_A_PROCESS = 32
"""More would make a killed process a larger loss, fewer would cost memory [given]."""
SILENT_S = 6.0
"""A process that has not said for so long that it lives is killed [given]."""
TICK_S = 0.2
"""How often the deadlines of sources are looked at [given]."""
_PIPE_BYTES = 1 << 20
_BUFFER_BYTES = 1 << 18
_CHILD = Path(__file__).with_name("reader_process.py")


class Listener(Protocol):
    """Who hears about one attempt at a camera; called from the pool's threads, one call at a time an attempt."""

    def opened(self, ticket: Ticket, parameters: dict[str, Any]) -> None: ...

    def packet(self, ticket: Ticket, raw: Raw, received_s: float) -> None: ...

    def failed(self, ticket: Ticket, failure: Failure) -> None: ...


class Ticking(Protocol):
    """What has deadlines."""

    def tick(self) -> None: ...


@dataclass(slots=True, eq=False)
class Ticket:
    """One attempt to read one camera, in one process."""

    slot: int
    listener: Listener
    process: _Process


@dataclass(slots=True, eq=False)
class _Process:
    suspects: bool
    popen: subprocess.Popen[bytes]
    tickets: dict[int, Ticket] = field(default_factory=dict)
    heard_s: float = 0.0
    why_killed: str = ""

    def tell(self, command: dict[str, Any]) -> None:
        assert self.popen.stdin is not None
        with contextlib.suppress(OSError):  # a dead process is noticed by its silent output
            self.popen.stdin.write(json.dumps(command).encode() + b"\n")
            self.popen.stdin.flush()

    def kill(self, why: str) -> None:
        self.why_killed = self.why_killed or why
        self.popen.kill()


class ReaderPool:
    """Starts, fills, watches over and ends reader processes."""

    def __init__(self, cameras_a_process: int = CAMERAS_A_PROCESS, silent_s: float = SILENT_S) -> None:
        self._limit = cameras_a_process
        self._silent_s = silent_s
        self._lock = threading.RLock()
        self._processes: list[_Process] = []
        self._ticking: list[Ticking] = []
        self._slots = count(1)
        self._keeper: threading.Thread | None = None

    @property
    def pids(self) -> list[int]:
        """The process ids of the readers, for those who want to look at them, or to kill one."""
        with self._lock:
            return [process.popen.pid for process in self._processes]

    def watch(self, one: Ticking) -> None:
        """Tick `one` from now on, until `forget`."""
        with self._lock:
            if one not in self._ticking:
                self._ticking.append(one)
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="readers", daemon=True)
                self._keeper.start()

    def forget(self, one: Ticking) -> None:
        """Tick `one` no more; with the last of them the processes end."""
        with self._lock:
            if one in self._ticking:
                self._ticking.remove(one)
            if not self._ticking:
                self.end()

    def open(self, listener: Listener, url: str, open_s: float, read_s: float, suspect: bool) -> Ticket:
        """Begin an attempt; what comes of it is told to the listener."""
        with self._lock:
            process = self._process_for(suspect)
            ticket = Ticket(next(self._slots), listener, process)
            process.tickets[ticket.slot] = ticket
        process.tell({"open": ticket.slot, "url": url, "open_s": open_s, "read_s": read_s})
        return ticket

    def close(self, ticket: Ticket) -> None:
        """Want no more of an attempt. Its reader lets go by its own deadline."""
        self._drop(ticket)
        ticket.process.tell({"close": ticket.slot})

    def abandon(self, ticket: Ticket) -> None:
        """Give up a reader that did not keep its deadline. Its thread stays hung where it is; among suspects, where
        that would add up, the process is killed."""
        self._drop(ticket)
        if ticket.process.suspects:
            ticket.process.kill("another of its readers hung")

    def _drop(self, ticket: Ticket) -> None:
        with self._lock:
            ticket.process.tickets.pop(ticket.slot, None)

    def _process_for(self, suspect: bool) -> _Process:
        for process in self._processes:
            if process.suspects is suspect and len(process.tickets) < self._limit and not process.why_killed:
                return process
        process = _start(suspect)
        process.heard_s = time.monotonic() + self._silent_s  # it may take its time to start
        self._processes.append(process)
        threading.Thread(target=self._hear, args=(process,), name=f"reader-{process.popen.pid}", daemon=True).start()
        return process

    def _hear(self, process: _Process) -> None:
        """Pass on what a process says; when it has no more to say, it is dead."""
        for said in listen(cast("BinaryIO", process.popen.stdout)):
            process.heard_s = time.monotonic()
            ticket = process.tickets.get(said.slot)
            if ticket is None:
                continue
            if said.what is What.PACKET:
                ticket.listener.packet(ticket, *said.body)
            elif said.what is What.OPENED:
                ticket.listener.opened(ticket, said.body)
            else:
                self._drop(ticket)
                ticket.listener.failed(ticket, said.body)
        process.kill("it answered what cannot be")
        code = process.popen.wait()
        with self._lock:
            self._processes.remove(process)
            orphans = list(process.tickets.values())
            process.tickets.clear()
        why = f"the reader process was killed: {process.why_killed}" if code == -9 else "the reader process ended"
        for ticket in orphans:
            ticket.listener.failed(ticket, Failure(False, "ReaderDied", f"{why} ({_ending(code)})"))

    def _keep(self) -> None:
        """Look at every deadline, for ever; a pause of our own (a suspended host) is nobody's silence."""
        looked_s = time.monotonic()
        while True:
            time.sleep(TICK_S)
            now_s = time.monotonic()
            paused = now_s - looked_s > 10 * TICK_S
            looked_s = now_s
            with self._lock:
                processes, ticking = list(self._processes), list(self._ticking)
            for process in processes:
                if paused:
                    process.heard_s = now_s
                elif now_s - process.heard_s > self._silent_s:
                    process.kill(f"no sign of life for {self._silent_s:.0f} s")
            for one in ticking:
                one.tick()

    def end(self) -> None:
        """Kill every reader process."""
        with self._lock:
            for process in self._processes:
                process.kill("no camera is left")


def _start(suspects: bool) -> _Process:
    """A new process. Addresses reach it by its input, never by its arguments: those anybody on the host can read."""
    popen = subprocess.Popen(
        [sys.executable, "-P", str(_CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **allocator.SMALL},
        start_new_session=True,  # Ctrl-C is the program's to answer
        bufsize=_BUFFER_BYTES,
        pipesize=_PIPE_BYTES,
    )
    return _Process(suspects, popen)


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"status {code}"


_pool: ReaderPool | None = None
_pool_lock = threading.Lock()


def readers() -> ReaderPool:
    """The pool of this program."""
    global _pool
    with _pool_lock:
        if _pool is None:
            allocator.give_back()
            allocator.settle()
            _pool = ReaderPool()
            atexit.register(_pool.end)
        return _pool
