"""The hub: alerts and evidence into the chain, time stamps, terms that fall due, messages out."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from evidence import Stamper, waiting_since
from notify import Chain
from records import Clock, Database, NonsiteError, drain_outbox, iso, outbox_depth
from streams import Bus
from streams.topics import ALERTS, DEADLETTER, EVIDENCE

log = structlog.get_logger("hub")
BEAT_S = 0.25


class Hub:
    """Consumes the bus and does what time brings, every quarter of a second, until it is stopped.

    A fault in one duty is logged and tried again at the next beat; it never keeps the other duties waiting.
    """

    def __init__(
        self,
        chain: Chain,
        bus: Bus,
        databases: list[Database],
        stamper: Stamper | None,
        machine: Database,
        clock: Clock,
    ) -> None:
        self._chain, self._bus, self._databases = chain, bus, databases
        self._stamper, self._machine, self._clock = stamper, machine, clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
        self.beats = 0

    def start(self) -> None:
        self._bus.subscribe(ALERTS, "hub", lambda message: void(self._chain.alert_raised(message)))
        self._bus.subscribe(EVIDENCE, "hub", lambda message: void(self._chain.evidence_sealed(message)))
        self._bus.subscribe(DEADLETTER, "hub", _tell_dead_letter)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(30)

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
        self._duty("stamps", lambda: self._stamper.drain() if self._stamper else None)
        for database in self._databases:
            self._duty("outbox", lambda database=database: drain_outbox(database, self._bus.publish, self._clock))  # type: ignore[misc]
        self._duty("terms", self._chain.tick)
        self.beats += 1

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.beat()
            self._stopping.wait(BEAT_S)

    def _duty(self, name: str, duty: Callable[[], Any]) -> None:
        try:
            duty()
        except (NonsiteError, OSError) as error:
            log.warning("put off", duty=name, reason=str(error))
        except Exception:
            log.exception("failed", duty=name)


def _tell_dead_letter(message: dict[str, Any]) -> None:
    """A message that a consumer could not take after all tries: for the operator of the machine."""
    log.error("dead letter", **{name: message.get(name) for name in ("topic", "key", "group", "error")})


def void(_answer: object) -> None:
    """A consumer's answer is nobody's business."""


class StatusFile:
    """What a process is doing now, in a small JSON file beside its data, for the operator of the machine."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock

    def write(self, facts: dict[str, Any]) -> None:
        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        fresh.write_text(json.dumps({"at": iso(self._clock.now()), "pid": os.getpid(), **facts}, ensure_ascii=False))
        fresh.replace(self._path)
