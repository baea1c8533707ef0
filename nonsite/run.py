"""The roles as running processes: `run` is all of them in one, on SQLite and the in-process bus."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import structlog

from detectors import Suppression
from evidence import LOGS, absorb
from geofence import load_street
from nonsite.calibrated import calibrated, may_be_calibrated
from nonsite.closer import closer_look
from nonsite.hub import Hub, StatusFile, void
from nonsite.logging import set_up_logging
from nonsite.memory import Memory
from nonsite.night import Night
from nonsite.orders import Orders, hold_silent
from nonsite.parts import Parts, check_writable
from nonsite.recapture import Recapture
from nonsite.rules import detector_rules
from nonsite.serve import ConsoleThread, bind
from nonsite.settings import Settings
from nonsite.snapshot import Snapshot
from nonsite.watching import Ground, need_device
from nonsite.worker import Worker
from streams.topics import COMMANDS, STREET

log = structlog.get_logger("run")


def run_all(settings: Settings, say: Callable[[str], None]) -> None:
    """Worker, hub and console in one process, until SIGTERM or SIGINT; what can be refused is refused first."""
    set_up_logging()
    listener = bind(settings.console.host, settings.console.port)
    host, port = listener.getsockname()[:2]
    parts = Parts(settings, settings.public_url or f"http://{host}:{port}")
    look_before_writing(parts)
    check_writable(settings.data)
    settings = calibrated(settings, parts.database, settings.camera_check.folder)
    memory = Memory(Snapshot(settings.data / "snapshot"), parts.machine)
    worker = Worker(
        settings, parts.profile, parts.published_street, parts.networks, parts.sealer, parts.machine, parts.clock,
        tell=memory.tell, states=memory.states(settings.sources), shadow=parts.shadow,
    )  # fmt: skip
    recapture = Recapture(worker, parts.sealer)
    orders = Orders(worker, recapture)
    hold_silent(worker, (Suppression.model_validate(one.to_json()) for one in parts.chain.suppressions()))
    databases = [parts.machine, parts.database]
    hub = Hub(parts.chain, parts.bus, databases, parts.stamper, parts.machine, parts.clock, parts.anchor)
    console = ConsoleThread(parts.console, listener)
    nightly = Night(parts.keeper, parts.database, parts.clock, erase_due=parts.erase_due, chain=parts.chain)
    status = StatusFile(settings.data / "status.json", parts.clock)
    stopping = until_told_to_stop()

    def new_layers(message: dict[str, Any]) -> None:
        """Judge by what was just published here, as workers of a city do by their bus."""
        if message["street"] == worker.street.name:
            street = load_street(message["geojson"])
            worker.publish_street(street)
            orders.publish_street(street)

    parts.bus.subscribe(COMMANDS, "worker", orders.command)
    hub.listen(LOGS, "hub-logs", lambda message: void(absorb(parts.database, message, parts.clock)))
    parts.bus.subscribe(STREET, "worker", new_layers)
    hub.start()
    console.start()
    recapture.start()
    worker.start()
    nightly.start()
    say(f"console on http://{host}:{port}")
    try:
        while not stopping.wait(0.25):
            status.write(
                {"worker": worker.status(), "queued": hub.queued, "recaptures": recapture.waiting, "beats": hub.beats}
            )
    finally:
        log.info("stopping")
        nightly.stop()
        worker.stop()
        recapture.stop()
        hub.stop()
        console.stop()
        parts.bus.close()


def look_before_writing(parts: Parts) -> None:
    """Refuse whatever the settings name and a worker cannot use, while nothing has been written yet."""
    detector_rules(parts.profile)
    closer_look(parts.settings.brands)
    street, networks = parts.street, parts.networks
    assert networks
    for source in parts.settings.sources:
        if not may_be_calibrated(source, parts.settings):
            Ground(source, street)
        need_device(source)


def until_told_to_stop() -> threading.Event:
    """An event that SIGTERM or SIGINT sets."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping
