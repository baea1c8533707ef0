"""The roles as processes of their own: hub and console over Kafka, and the patrol vehicle over HTTP.

Hub and console share the database and the data folder (evidence, documents, key). A worker (`nonsite.worker_role`)
seals into that same folder, or, with `hub_url`, into one of its own and uploads its packages as a patrol vehicle does.
"""

import fcntl
import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

import structlog
from sqlalchemy import text

from evidence import LOGS, Authority, EvidenceStore, Stamper, absorb, admit
from nonsite.calibrated import calibrated
from nonsite.health import HealthServer
from nonsite.hub import BEAT_S, Hub, StatusFile, void
from nonsite.keys import check_key, hub_database
from nonsite.logging import set_up_logging
from nonsite.memory import Memory
from nonsite.messages import CameraMessage
from nonsite.metrics import Figures
from nonsite.night import Night
from nonsite.orders import hold_silent
from nonsite.outflow import REST_S, Outflow
from nonsite.parts import Parts, check_writable, public_url
from nonsite.ports import StoredEvidence
from nonsite.run import look_before_writing, until_told_to_stop
from nonsite.serve import ConsoleThread, bind
from nonsite.settings import KafkaSettings, Settings
from nonsite.snapshot import Snapshot
from nonsite.uplink import Uplink
from nonsite.watching import Ground, need_device
from nonsite.worker import Worker
from records import BadInput, Database, outbox_depth
from streams import BrokerAccess, Bus, KafkaBus
from streams.topics import CAMERAS, EVIDENCE

log = structlog.get_logger("roles")
Say = Callable[[str], None]
ASK_S = 60.0
"""How often a vehicle in coverage asks where it is to be silent [given]."""
_LOAD_LOCK = 0x6E6F6E73697466  # one hub at a time loads registers, people and layers


class RoleParts(Parts):
    """Parts of one role among others: the bus is Kafka, and seals wait for their stamp in the hub's database."""

    @cached_property
    def bus(self) -> Bus:
        return self.connect()

    def connect(self) -> KafkaBus:
        """A connection to the brokers; BadInput E_BUS_DOWN where none answers."""
        kafka = brokers(self.settings)
        name = f"nonsite-{self.settings.machine}"
        access = BrokerAccess(
            kafka.tls, kafka.ca, kafka.certificate, kafka.key, kafka.user, kafka.password_file, kafka.mechanism
        )
        servers = ",".join(kafka.servers)
        return KafkaBus(
            servers, name, shares=kafka.shares, replicas=kafka.replicas, strength=self.strength, access=access
        )

    @property
    def strength(self) -> float:
        """This machine's share of what is dealt out, beside others'."""
        return 1.0

    @cached_property
    def database(self) -> Database:
        """As in one process; of several hubs that start at once, one loads what the settings name at a time."""
        database = hub_database(self.settings)
        if database.is_sqlite:
            return super().database
        database.upgrade()
        with database.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOAD_LOCK})
            loaded = super().database
        database.close()
        return loaded

    @cached_property
    def authority(self) -> Authority:
        """Made once, by whichever role starts first on this folder."""
        assert self.settings.authority is not None
        if (self.settings.authority / "tsa.pem").exists():
            return super().authority
        check_writable(self.settings.authority)
        with (self.settings.authority / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return super().authority

    @cached_property
    def stamper(self) -> Stamper | None:
        if not self.authorities:
            return None
        return Stamper(self.store, self.database, self.authorities, self.tsa_trust, self.clock, log="hub")

    @property
    def queue(self) -> Database:
        return self.database

    @cached_property
    def evidence_gate(self) -> StoredEvidence:
        """The sealing machines' logs lie on those machines; what the hub has absorbed of them is held against them."""
        return StoredEvidence(self.store, self.ca_trust, self.tsa_trust, self.database, absorbed=True)


class ConsoleParts(RoleParts):
    """Registers, people and layers are the hub's to load; the console only reads what is there."""

    @cached_property
    def database(self) -> Database:
        database = hub_database(self.settings)
        database.upgrade()
        return check_key(database)


def run_hub(settings: Settings, say: Say) -> None:
    """The chain over Kafka and the shared database, until SIGTERM or SIGINT."""
    brokers(settings)
    set_up_logging()
    stopping = until_told_to_stop()
    parts = RoleParts(settings, public_url(settings))
    check_writable(settings.data)
    settings = calibrated(settings, parts.database)
    for source in settings.sources:  # whatever a worker could not use is refused before it is handed out
        Ground(source, parts.street)
        need_device(source)
    if not _await_bus(parts, stopping):
        return
    bus = parts.bus
    hub = Hub(parts.chain, bus, [parts.database], parts.stamper, parts.database, parts.clock, parts.anchor)
    publish_cameras(bus, settings)
    health = HealthServer(bind(settings.health.host, settings.health.port), lambda: {"duties": hub.well})
    depth = ("Messages in the database's outbox", lambda: float(outbox_depth(parts.database)))
    figures = Figures({"nonsite_outbox_messages": depth}, lambda: hub.lag)
    health.start()
    hub.listen(EVIDENCE, "hub-store", lambda message: take_in(parts.store, parts.database, message))
    hub.listen(LOGS, "hub-logs", lambda message: void(absorb(parts.database, message, parts.clock)))
    hub.start()
    nightly = Night(parts.keeper, parts.database, parts.clock, erase_due=parts.erase_due, chain=parts.chain)
    nightly.start()
    say("hub is up")
    try:
        status = StatusFile(settings.data / f"hub-{settings.machine}.json", parts.clock)
        report(status, lambda: {"health": health.url, "well": hub.well, "beats": hub.beats}, stopping=stopping)
    finally:
        nightly.stop()
        hub.stop()
        bus.close()
        health.stop()
        figures.close()


def publish_cameras(bus: Bus, settings: Settings) -> None:
    """Make the register on the bus what the hub's settings say; a hub without sources leaves it as it is."""
    if not settings.sources:
        return
    there = bus.table(CAMERAS)
    wanted = {(message := CameraMessage(camera=source)).key: message.to_json() for source in settings.sources}
    changed = [(CAMERAS, key, message) for key, message in wanted.items() if _plain(there.get(key)) != message]
    bus.publish_all(changed)
    gone = there.keys() - wanted.keys()
    for key in gone:
        bus.retract(CAMERAS, key)
    log.info("cameras", register=len(wanted), changed=len(changed), gone=len(gone))


def run_console(settings: Settings, say: Say) -> None:
    """The web application, its live updates out of Kafka, until SIGTERM or SIGINT."""
    brokers(settings)
    set_up_logging()
    stopping = until_told_to_stop()
    listener = bind(settings.console.host, settings.console.port)
    host, port = listener.getsockname()[:2]
    parts = ConsoleParts(settings, settings.public_url or f"http://{host}:{port}")
    if not _await_bus(parts, stopping):
        return
    bus = parts.bus
    check_writable(settings.data)
    console = ConsoleThread(parts.console, listener)
    console.start()
    say(f"console on http://{host}:{port}")
    try:
        stopping.wait()
    finally:
        console.stop()
        bus.close()


def run_patrol(settings: Settings, say: Say) -> None:
    """A vehicle: watch and seal here, send over HTTP when the hub can be reached, until SIGTERM or SIGINT."""
    uplink = uplink_of(settings)
    set_up_logging()
    parts = Parts(settings)
    look_before_writing(parts)
    check_writable(settings.data)
    memory = Memory(Snapshot(settings.data / "snapshot"), parts.machine)
    worker = Worker(
        settings, parts.profile, parts.street, parts.networks, parts.sealer, parts.machine, parts.clock,
        tell=memory.tell, states=memory.states(settings.sources), shadow=parts.shadow,
    )  # fmt: skip
    asked = float("-inf")

    def exchange() -> None:
        nonlocal asked
        uplink.drain(parts.machine, parts.store, parts.clock)
        if parts.clock.monotonic() - asked >= ASK_S:
            hold_silent(worker, uplink.silent())
            asked = parts.clock.monotonic()

    outflow = Outflow(exchange)
    outflow.start()
    worker.start()
    say(f"{settings.machine} watches {len(worker.watchings)} sources")
    try:
        report(
            StatusFile(settings.data / "worker.json", parts.clock),
            lambda: {
                "worker": worker.status(),
                "outbox": outbox_depth(parts.machine),
                "waits_for": outflow.reason,
            },
        )
    finally:
        worker.stop()
    outflow.stop()
    uplink.close()


def take_in(store: EvidenceStore, database: Database, message: dict[str, Any]) -> None:
    """Queue a package that lies in the store for its stamp; one that is still on its way comes with its upload."""
    if store.place_of(str(message["package_id"])).is_dir():
        admit(store, database, str(message["package_id"]))


def uplink_of(settings: Settings) -> Uplink:
    """The way to the hub that the settings name; BadInput where they name none."""
    if settings.hub_url is None:
        raise BadInput("E_CONFIG", "hub_url is not set", "name the console of the hub that this machine sends to")
    if settings.hub_token is None:
        raise BadInput("E_CONFIG", "hub_token is not set", "name the file with the token that the hub knows")
    return Uplink.to(settings.hub_url, settings.hub_token)


def report(
    status: StatusFile,
    facts: Callable[[], dict[str, Any]],
    well: Callable[[], bool] = lambda: True,
    stopping: threading.Event | None = None,
) -> None:
    """Write what the role is doing beside its data until it is told to stop or is no longer well."""
    stopping = stopping or until_told_to_stop()
    while well() and not stopping.wait(BEAT_S):
        status.write(facts())


def brokers(settings: Settings) -> KafkaSettings:
    """How to reach the brokers; BadInput where the settings name none."""
    if settings.kafka is None:
        raise BadInput("E_CONFIG", "kafka.servers is not set", "name the brokers, or use `nonsite run`: it needs none")
    return settings.kafka


def _await_bus(parts: RoleParts, stopping: threading.Event) -> bool:
    """Wait for the brokers, as long as it takes; False where told to stop meanwhile."""
    told = False
    while not stopping.is_set():
        try:
            assert parts.bus
            return True
        except BadInput as error:
            if error.code != "E_BUS_DOWN":
                raise
            if not told:
                log.warning("waiting for the bus", reason=str(error))
            told = True
            stopping.wait(REST_S)
    return False


def _plain(message: dict[str, Any] | None) -> dict[str, Any] | None:
    """A message without what the bus stamped on it."""
    return None if message is None else {key: value for key, value in message.items() if key != "schema"}
