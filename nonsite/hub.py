"""The hub: alerts and evidence into the chain, time stamps, terms that fall due, messages out."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from evidence import Anchor, Stamper, overdue_s, waiting_since
from nonsite.messages import need_message
from nonsite.metrics import DEAD_LETTERS, LEAD_DELAY, MESSAGES, PUT_OFF, age_s
from notify import Chain
from records import Clock, Database, NonsiteError, drain_outbox, iso, outbox_depth, parse_iso, write_whole
from streams import Bus, Handler, NotNow, Subscription
from streams.topics import ALERTS, DEADLETTER, EVIDENCE

log = structlog.get_logger("hub")
BEAT_S = 0.25


class Hub:
    """Consumes the bus and does what time brings, every quarter of a second, until it is stopped.

    A fault in one duty is logged and tried again at the next beat; it never keeps the other duties waiting. Any number
    of hubs may work on one database: messages are dealt out among them and have their effect once, and each duty is
    one hub's at a time. While the database is away, messages wait on the bus.
    """

    def __init__(
        self,
        chain: Chain,
        bus: Bus,
        databases: list[Database],
        stamper: Stamper | None,
        machine: Database,
        clock: Clock,
        anchor: Anchor | None = None,
    ) -> None:
        self._chain, self._bus, self._databases = chain, bus, databases
        self._stamper, self._machine, self._clock, self._anchor = stamper, machine, clock, anchor
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
        self._seats: dict[str, Subscription] = {}
        self._told_overdue = False
        self._put_off: dict[str, str] = {}
        self.beats = 0

    def start(self) -> None:
        """Begin with duties and messages."""
        self.listen(ALERTS, "hub", self._alert)
        self.listen(EVIDENCE, "hub", self._evidence)
        self.listen(DEADLETTER, "hub", _tell_dead_letter)
        self._thread.start()

    def listen(self, topic: str, group: str, handler: Handler) -> None:
        """Take the messages of a topic as a member of a group; they wait while the database is away."""
        self._seats[f"{topic}/{group}"] = self._bus.subscribe(topic, group, patient(topic, handler))

    def stop(self) -> None:
        """Take no more messages and end after the present beat."""
        for seat in self._seats.values():
            seat.close()
        self._stopping.set()
        self._thread.join(30)

    @property
    def lag(self) -> dict[str, int]:
        """Messages yet to be taken, by topic and group."""
        return {name: seat.lag for name, seat in self._seats.items()}

    @property
    def well(self) -> bool:
        """Whether every duty of the last beat was done."""
        return self._thread.is_alive() and not self._put_off

    @property
    def queued(self) -> dict[str, int]:
        """What waits: messages for the bus, seals for their time stamp, messages to parties."""
        return {
            "outbox": sum(outbox_depth(database) for database in self._databases),
            "stamps": int(waiting_since(self._machine) is not None),
            "messages": self._chain.unsent(),
        }

    def beat(self) -> None:
        """One round of all duties."""
        self._duty("stamps", self._machine, self._stamp)
        for number, database in enumerate(self._databases):
            self._duty(f"outbox {number}", database, partial(drain_outbox, database, self._bus.publish, self._clock))
        self._duty("terms", self._databases[-1], self._chain.tick)
        if self._anchor is not None:
            self._duty("anchor", self._databases[-1], self._anchor.tick)
        self.beats += 1

    def _stamp(self) -> None:
        """Stamp what waits; what has waited too long is said aloud, once: nothing of it can issue."""
        if self._stamper is None:
            return
        self._stamper.drain()
        waited_s = overdue_s(self._machine, self._clock)
        if waited_s and not self._told_overdue:
            log.error("seals wait for their time stamp", waited_s=round(waited_s))
        self._told_overdue = bool(waited_s)

    def _alert(self, message: dict[str, Any]) -> None:
        need_message(ALERTS, message)
        self._chain.alert_raised(message)
        if "raised" in message:
            LEAD_DELAY.observe(age_s(self._clock, parse_iso(str(message["raised"]))))

    def _evidence(self, message: dict[str, Any]) -> None:
        need_message(EVIDENCE, message)
        self._chain.evidence_sealed(message)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.beat()
            self._stopping.wait(BEAT_S)

    def _duty(self, name: str, database: Database, duty: Callable[[], Any]) -> None:
        try:
            with alone(database, name) as ours:
                if ours:
                    duty()
            if self._put_off.pop(name, None):
                log.info("goes on", duty=name)
        except (NonsiteError, OSError, SQLAlchemyError) as error:
            reason = str(error).splitlines()[0]
            if self._put_off.get(name) != reason:
                log.warning("put off", duty=name, reason=reason)
            self._put_off[name] = reason
        except Exception as error:
            log.exception("failed", duty=name)
            self._put_off[name] = str(error)


@contextmanager
def alone(database: Database, duty: str) -> Iterator[bool]:
    """Whether a duty is ours now: on PostgreSQL one of several hubs does it at a time, whoever asks first.

    On SQLite there is one hub. The lock goes with its connection, so that of a hub that died is free.
    """
    if database.is_sqlite:
        yield True
        return
    with database.engine.connect() as connection:
        number = crc32(f"nonsite {duty}".encode())
        yield bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number}))


def patient(topic: str, handler: Handler) -> Handler:
    """A handler whose messages wait while the database is away, instead of being given up."""

    def take(message: dict[str, Any]) -> None:
        try:
            handler(message)
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise _not_now(topic, error) from error
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise _not_now(topic, error) from error
        MESSAGES.labels(topic).inc()

    return take


def _not_now(topic: str, error: Exception) -> NotNow:
    reason = str(error).splitlines()[0]
    log.warning("the database is away", topic=topic, reason=reason)
    PUT_OFF.labels(topic).inc()
    return NotNow(reason)


def _tell_dead_letter(message: dict[str, Any]) -> None:
    """A message that a consumer could not take after all tries: for the operator of the machine."""
    DEAD_LETTERS.labels(str(message.get("topic"))).inc()
    log.error("dead letter", **{name: message.get(name) for name in ("topic", "key", "group", "error")})


def void(_answer: object) -> None:
    """A consumer's answer is nobody's business."""


class StatusFile:
    """What a process is doing now, in a small JSON file beside its data, for the operator of the machine."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock

    def write(self, facts: dict[str, Any]) -> None:
        """Replace what it said."""
        known = {"at": iso(self._clock.now()), "pid": os.getpid(), **facts}
        write_whole(self._path, json.dumps(known, ensure_ascii=False))
