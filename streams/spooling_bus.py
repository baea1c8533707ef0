"""A bus that may be away: what is published goes to disk first, and on to the bus as soon as it answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence

import structlog

from records import BadInput
from streams import bus as contract
from streams.bus import Bus, Event, Handler, Letter, Message, ShareHandler, Subscription, need_compacted, stamped
from streams.spool import Spool

log = structlog.get_logger("bus")
BATCH = 200


class _Seat:
    """A subscription that begins as soon as the bus has been reached."""

    def __init__(self, open_seat: Callable[[Bus], Subscription]) -> None:
        self._open_seat = open_seat
        self._seat: Subscription | None = None
        self._closed = False

    @property
    def lag(self) -> int:
        return self._seat.lag if self._seat is not None else 0

    def begin(self, bus: Bus) -> None:
        """Take the seat, unless it was given up before."""
        if not self._closed and self._seat is None:
            self._seat = self._open_seat(bus)

    def close(self) -> None:
        self._closed = True
        if self._seat is not None:
            self._seat.close()


class SpoolingBus:
    """`Bus` over a bus that is connected to in the background and may be away at any time.

    `publish` returns when the message is on this machine's disk; a thread hands what waits on, in order. Nothing that
    publishes is ever held up by the broker. Questions to the bus (`table`, `since`, `retract`) need it to be there.
    """

    def __init__(self, connect: Callable[[], Bus], spool: Spool) -> None:
        self._connect, self.spool = connect, spool
        self._bus: Bus | None = None
        self._seats: list[_Seat] = []
        self._lock = threading.Lock()
        self._news = threading.Condition()
        self._stopping = False
        self.reason = "not connected yet"
        """Why what waits cannot go; empty while the bus takes it."""
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Whether the bus was reached and takes what it is given."""
        return self._bus is not None and not self.reason

    def publish(self, topic: str, key: str, message: Message) -> None:
        self.publish_all([(topic, key, message)])

    def publish_all(self, letters: Sequence[Letter]) -> None:
        self.spool.put(letters)
        with self._news:
            self._news.notify_all()

    def settled(self, within_s: float) -> bool:
        """Wait until all that was published has reached the bus; False where it has not in time."""
        deadline = time.monotonic() + within_s
        with self._news:
            while self.spool.depth and (left := deadline - time.monotonic()) > 0:
                self._news.wait(left)
        return self.spool.depth == 0

    def retract(self, topic: str, key: str) -> None:
        self._there().retract(topic, key)

    def subscribe(self, topic: str, group: str, handler: Handler) -> Subscription:
        stamped(topic, {})
        return self._seated(lambda bus: bus.subscribe(topic, group, handler))

    def share(self, topic: str, group: str, handler: ShareHandler) -> Subscription:
        need_compacted(topic)
        return self._seated(lambda bus: bus.share(topic, group, handler))

    def table(self, topic: str, keys: Collection[str] | None = None) -> dict[str, Message]:
        return self._there().table(topic, keys)

    def since(self, topic: str, last_id: str | None) -> list[Event]:
        return self._there().since(topic, last_id)

    def close(self) -> None:
        """Give up the seats, hand on what can be handed on now, and leave the rest on the disk."""
        for seat in list(self._seats):
            seat.close()
        if self._bus is not None:
            self.settled(5.0)
        with self._news:
            self._stopping = True
            self._news.notify_all()
        self._thread.join(30)
        if self._bus is not None:
            self._bus.close()
        self.spool.close()

    def _there(self) -> Bus:
        if self._bus is None:
            raise BadInput("E_BUS_DOWN", f"the bus was not reached: {self.reason}", "check the broker and its address")
        return self._bus

    def _seated(self, open_seat: Callable[[Bus], Subscription]) -> Subscription:
        seat = _Seat(open_seat)
        with self._lock:
            self._seats.append(seat)
            if self._bus is not None:
                seat.begin(self._bus)
        return seat

    def _run(self) -> None:
        while not self._stopping:
            try:
                if self._bus is None:
                    self._reach()
                self._hand_on()
                self._say("")
            except BadInput as error:
                self._say(str(error))
                with self._news:
                    if not self._stopping:
                        self._news.wait(contract.AGAIN_S)
            except Exception as error:  # whatever a client library raises, what waits is tried again
                log.exception("the bus failed")
                self._say(str(error))
                time.sleep(contract.AGAIN_S)

    def _reach(self) -> None:
        bus = self._connect()
        with self._lock:
            self._bus = bus
            for seat in self._seats:
                seat.begin(bus)

    def _hand_on(self) -> None:
        assert self._bus is not None
        waiting = self.spool.oldest(BATCH)
        if not waiting:
            with self._news:
                self._news.notify_all()
                if not self.spool.depth and not self._stopping:
                    self._news.wait(contract.AGAIN_S)
            return
        try:
            self._bus.publish_all([letter for _, letter in waiting])
        except BadInput as error:
            if error.code != "E_BUS_MESSAGE":
                raise
            waiting = self._one_by_one(waiting)
        self.spool.drop([number for number, _ in waiting])
        with self._news:
            self._news.notify_all()

    def _one_by_one(self, waiting: list[tuple[int, Letter]]) -> list[tuple[int, Letter]]:
        """One message is none that the bus will ever take: it is said aloud and dropped, the others go on."""
        assert self._bus is not None
        for _, (topic, key, message) in waiting:
            try:
                self._bus.publish(topic, key, message)
            except BadInput as error:
                if error.code != "E_BUS_MESSAGE":
                    raise
                log.error("the bus refuses", topic=topic, key=key, reason=str(error))
        return waiting

    def _say(self, reason: str) -> None:
        if reason and reason != self.reason:
            log.warning("the bus is away, what is told waits on disk", waiting=self.spool.depth, reason=reason)
        elif self.reason and not reason:
            log.info("the bus is there")
        self.reason = reason
