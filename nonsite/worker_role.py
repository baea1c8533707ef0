"""`nonsite worker` over Kafka: cameras come from the bus, what is seen goes to it, and both may be away."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import structlog

from nonsite.fleet import Fleet, street_of
from nonsite.health import HealthServer
from nonsite.hub import StatusFile
from nonsite.logging import set_up_logging
from nonsite.metrics import ALERT_DELAY, Figures, SourceFigures, TimedNetwork, age_s, spool_gauges
from nonsite.outflow import Outflow
from nonsite.parts import check_writable
from nonsite.recapture import Recapture
from nonsite.roles import RoleParts, brokers, report, uplink_of
from nonsite.rules import detector_rules
from nonsite.run import until_told_to_stop
from nonsite.serve import bind
from nonsite.settings import Settings
from nonsite.snapshot import Snapshot
from nonsite.uplink import Uplink
from nonsite.worker import Worker
from records import NonsiteError, drain_outbox, outbox_depth, parse_iso
from streams import Spool, SpoolingBus, topics

log = structlog.get_logger("worker")
Say = Callable[[str], None]
FULL = 0.9
"""Share of the spool's room from which the worker says that it is not ready [given]."""


class WorkerParts(RoleParts):
    """Parts of a worker: its bus may be away at any time, at the start too."""

    @cached_property
    def spooling(self) -> SpoolingBus:
        """The bus, with what waits for it on this machine's disk."""
        kafka = brokers(self.settings)
        return SpoolingBus(lambda: self.connect(), Spool(self.settings.data / "spool.db", kafka.spool_mb << 20))

    @property
    def strength(self) -> float:
        """What the settings say, else the networks that look at once: one a core."""
        return brokers(self.settings).strength or float(len(self.networks))


class WorkerRole:
    """The parts of one worker process, wired."""

    def __init__(self, parts: WorkerParts, uplink: Uplink | None) -> None:
        settings = parts.settings
        self._parts, self._uplink = parts, uplink
        self.bus = parts.spooling
        snapshot = Snapshot(settings.data / "snapshot")
        street = street_of(self.bus, snapshot, parts.street)
        networks = [TimedNetwork(network) for network in parts.networks]
        self.worker = Worker(
            settings, parts.profile, street, networks, parts.sealer, parts.machine, parts.clock,
            sources=(), tell=self._tell, shadow=parts.shadow,
        )  # fmt: skip
        self.recapture = Recapture(self.worker, parts.sealer)
        self.fleet = Fleet(self.worker, self.recapture, self.bus, snapshot, settings.machine)
        self.outflow = Outflow(self._send)
        health = settings.health
        self.health = HealthServer(bind(health.host, health.port), self.ready)
        gauges = spool_gauges(self.bus) | {
            "nonsite_cameras": ("Cameras watched", lambda: float(len(self.worker.watchings))),
            "nonsite_cameras_refused": ("Cameras that cannot be watched", lambda: float(len(self.worker.refused))),
            "nonsite_outbox_messages": ("Messages in the machine's outbox", lambda: float(outbox_depth(parts.machine))),
            "nonsite_recaptures_waiting": ("Second looks that wait", lambda: float(self.recapture.waiting)),
        }
        self._figures = (Figures(gauges, lambda: self.fleet.lag), SourceFigures(self.worker))

    def start(self) -> None:
        """Join the others."""
        self.health.start()
        self.outflow.start()
        self.recapture.start()
        self.fleet.start()

    def stop(self) -> None:
        """Give the cameras to the others, seal what waits, tell it, and leave."""
        self.fleet.stop()
        self.worker.stop()
        self.recapture.stop()
        self.outflow.stop()
        self.bus.close()
        self.health.stop()
        for figures in self._figures:
            figures.close()

    def ready(self) -> dict[str, bool]:
        """What of its work the worker can do."""
        return {
            "bus": self.bus.connected,
            "cameras": self.fleet.holding is not None,
            "spool": self.bus.spool.bytes < FULL * self.bus.spool.max_bytes,
            "watching": self.worker.failure is None,
        }

    def status(self) -> dict[str, Any]:
        """What the worker is doing."""
        return {
            "health": self.health.url,
            "worker": self.worker.status(),
            "cameras": self.fleet.holding,
            "spool": self.bus.spool.depth,
            "outbox": outbox_depth(self._parts.machine),
            "waits_for": self.bus.reason or self.outflow.reason,
        }

    def _tell(self, topic: str, key: str, message: dict[str, Any]) -> None:
        self.fleet.tell(topic, key, message)
        if topic == topics.ALERTS and "raised" in message:
            ALERT_DELAY.observe(age_s(self._parts.clock, parse_iso(str(message["raised"]))))

    def _send(self) -> None:
        if self._uplink is not None:
            self._uplink.drain(self._parts.machine, self._parts.store, self._parts.clock, self.bus.publish)
        else:
            drain_outbox(self._parts.machine, self.bus.publish, self._parts.clock)


def run_worker(settings: Settings, say: Say) -> None:
    """Watch, seal, and tell over Kafka, until SIGTERM or SIGINT. A bus that is away stops nothing: it is told later."""
    brokers(settings)
    uplink = uplink_of(settings) if settings.hub_url else None
    set_up_logging()
    stopping = until_told_to_stop()
    parts = WorkerParts(settings)
    detector_rules(parts.profile)
    assert parts.street and parts.networks
    check_writable(settings.data)
    role = WorkerRole(parts, uplink)
    role.start()
    say(f"{settings.machine} is one of the workers")
    status = StatusFile(settings.data / "worker.json", parts.clock)
    try:
        report(status, role.status, lambda: role.worker.failure is None, stopping)
    finally:
        role.stop()
    if role.worker.failure is not None:
        raise NonsiteError("E_WORKER", f"the watching failed: {role.worker.failure}", "see the log; a restart goes on")
