"""Live updates: what the bus says, handed to every open page by server-sent events, replayed and never lost silently.

One reader per topic follows the bus and keeps the last events; every connection walks through them at its own pace.
A connection that falls out of what is kept is ended, never skipped: it comes back with its Last-Event-ID and is either
replayed from there or told to load afresh (`reset`).
"""

import asyncio
import json
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from prometheus_client import Gauge

if TYPE_CHECKING:
    from streams import Bus, Event

log = logging.getLogger(__name__)
HEARTBEAT_S = 15.0  # proxies drop silent connections after 30-60 s
RETRY_MS = 2000
KEPT = 1000
_listeners = Gauge("nonsite_console_live_connections", "Open live connections", ["topic"])


class LiveTopic:
    """One topic of the bus, followed for every open page of this process.

    `tell` turns a bus event into what a page may see, or None to keep it back.
    """

    def __init__(
        self,
        bus: "Bus",
        topic: str,
        tell: Callable[["Event"], dict[str, Any] | None],
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self.topic = topic
        self._heartbeat_s = heartbeat_s
        self._bus = bus
        self._tell = tell
        self._run = secrets.token_hex(4)  # ids of another run of the program mean nothing in this one
        self._kept: deque[tuple[str, str]] = deque(maxlen=KEPT)  # (bus id, SSE frame)
        self._first = 0  # absolute position of _kept[0]
        self._last_id: str | None = None
        self._news = asyncio.Condition()
        self._pulling = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = False

    async def start(self) -> None:
        """Take in what the bus still keeps and follow it from there."""
        self._loop = asyncio.get_running_loop()
        self._bus.subscribe(self.topic, f"console-{self._run}", self._wake)
        await self._pull()

    def _wake(self, _message: dict[str, Any]) -> None:
        """Called by the bus in the publisher's thread: only says that there is something to fetch, once for many."""
        if self._asked or self._loop is None or self._loop.is_closed():
            return
        self._asked = True
        asyncio.run_coroutine_threadsafe(self._pull(), self._loop)

    async def _pull(self) -> None:
        async with self._pulling:
            self._asked = False
            events = await asyncio.to_thread(self._bus.since, self.topic, self._last_id)
            for event in events:
                self._last_id = event.id
                try:
                    told = self._tell(event)
                except (KeyError, TypeError, ValueError, AttributeError) as error:  # not what this topic carries
                    log.warning("%s %s: not told on: %r", self.topic, event.key, error)
                    continue
                if told is not None:
                    self._keep(event.id, told)
        async with self._news:
            self._news.notify_all()

    def _keep(self, event_id: str, told: dict[str, Any]) -> None:
        if len(self._kept) == self._kept.maxlen:
            self._first += 1
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        self._kept.append((event_id, f"id: {self._run}-{event_id}\ndata: {text}\n\n"))

    @property
    def position(self) -> str:
        """The id after which a page that is rendered now has to listen."""
        return f"{self._run}-{self._kept[-1][0] if self._kept else ''}"

    def _place_after(self, last_id: str | None) -> int | None:
        """The absolute position that follows `last_id`; None where it is not known any more."""
        end = self._first + len(self._kept)
        if not last_id:
            return end
        run, _, event_id = last_id.partition("-")
        if run != self._run:
            return None
        if not event_id:  # a page from before the first event
            return 0 if self._first == 0 else None
        known = (place for place, (kept_id, _) in enumerate(self._kept, self._first) if kept_id == event_id)
        found = next(known, None)
        return None if found is None else found + 1

    async def listen(self, last_id: str | None, welcome: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
        """The text of one connection; it ends when `welcome` (asked once a heartbeat) says no, or when it lags."""
        _listeners.labels(self.topic).inc()
        try:
            yield f"retry: {RETRY_MS}\n\n"
            at = self._place_after(last_id)
            if at is None:
                yield f"event: reset\nid: {self.position}\ndata: {{}}\n\n"
                at = self._first + len(self._kept)
            loop = asyncio.get_running_loop()
            asked_s = loop.time()
            while at >= self._first:
                while at - self._first < len(self._kept) and at >= self._first:
                    frame = self._kept[at - self._first][1]
                    at += 1
                    yield frame
                if at < self._first:
                    break
                news = await self._wait(at)
                if not news or loop.time() - asked_s >= self._heartbeat_s:
                    if not await welcome():
                        break
                    asked_s = loop.time()
                if not news:
                    yield ": still here\n\n"
        finally:
            _listeners.labels(self.topic).dec()

    async def _wait(self, at: int) -> bool:
        """Whether something new came within a heartbeat."""
        try:
            async with asyncio.timeout(self._heartbeat_s), self._news:
                await self._news.wait_for(lambda: at - self._first < len(self._kept))
            return True
        except TimeoutError:
            return False
