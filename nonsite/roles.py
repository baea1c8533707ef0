"""The roles as processes of their own: worker, hub and console over Kafka, and the patrol vehicle over HTTP.

Hub and console share the database and the data folder (evidence, documents, key). A worker seals into that same folder,
or, with `hub_url`, into one of its own and uploads its packages as a patrol vehicle does.
"""

import fcntl
import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

import structlog

from evidence import Authority, EvidenceStore, Stamper, TsaClient, admit, load_trust
from nonsite.hub import BEAT_S, Hub, StatusFile
from nonsite.logging import set_up_logging
from nonsite.parts import Parts, check_writable
from nonsite.ports import StoredEvidence
from nonsite.recapture import Recapture
from nonsite.run import look_before_writing, until_told_to_stop
from nonsite.serve import ConsoleThread, bind
from nonsite.settings import Settings
from nonsite.uplink import Uplink
from nonsite.worker import Worker
from records import BadInput, Database, NonsiteError, drain_outbox, outbox_depth
from streams import Bus, KafkaBus
from streams.topics import COMMANDS, EVIDENCE

log = structlog.get_logger("roles")
REST_S = 1.0
Say = Callable[[str], None]


class RoleParts(Parts):
    """Parts of one role among others: the bus is Kafka, and seals wait for their stamp in the hub's database."""

    @cached_property
    def bus(self) -> Bus:
        return KafkaBus(",".join(_brokers(self.settings)), f"nonsite-{self.settings.machine}")

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
        if not self.settings.tsa_url:
            return None
        clients, trust = [TsaClient(self.settings.tsa_url)], load_trust(self.authority.tsa_ca)
        return Stamper(self.store, self.database, clients, trust, self.clock, log="hub")

    @cached_property
    def evidence_gate(self) -> StoredEvidence:
        """The sealing machines' logs lie on those machines: packages are judged by themselves."""
        return StoredEvidence(self.store, load_trust(self.authority.ca), load_trust(self.authority.tsa_ca), None)


class ConsoleParts(RoleParts):
    """Registers, people and layers are the hub's to load; the console only reads what is there."""

    @cached_property
    def database(self) -> Database:
        database = Database(self.settings.database_url)
        database.upgrade()
        return database


class Outflow:
    """Sends on what waits in a machine's outbox, over and over; while the other side is away everything stays there."""

    def __init__(self, send: Callable[[], object]) -> None:
        self._send = send
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outflow", daemon=True)
        self.reason = ""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after a last try."""
        self._stopping.set()
        self._thread.join(30)
        self._try()

    def _run(self) -> None:
        while not self._stopping.wait(BEAT_S if self._try() else REST_S):
            pass

    def _try(self) -> bool:
        try:
            self._send()
        except (NonsiteError, OSError) as error:
            if str(error) != self.reason:
                log.warning("put off", reason=str(error))
            self.reason = str(error)
            return False
        except Exception:
            log.exception("outflow failed")
            return False
        self.reason = ""
        return True


def run_worker(settings: Settings, say: Say) -> None:
    """Watch, seal, and tell over Kafka, until SIGTERM or SIGINT. A bus that is away stops nothing: it is told later."""
    _brokers(settings)
    uplink = _uplink(settings) if settings.hub_url else None
    set_up_logging()
    parts = RoleParts(settings)
    look_before_writing(parts)
    check_writable(settings.data)
    worker = _worker(parts)
    recapture = Recapture(worker, parts.sealer)
    listening: list[object] = []

    def send() -> None:
        if not listening:  # every machine hears every command: only it knows its sources
            listening.append(parts.bus.subscribe(COMMANDS, f"worker-{settings.machine}", recapture.command))
        if uplink is not None:
            uplink.drain(parts.machine, parts.store, parts.clock, parts.bus.publish)
        else:
            drain_outbox(parts.machine, parts.bus.publish, parts.clock)

    outflow = Outflow(send)
    recapture.start()
    _watch(parts, worker, outflow, say)
    recapture.stop()
    outflow.stop()
    if listening:
        parts.bus.close()


def run_hub(settings: Settings, say: Say) -> None:
    """The chain over Kafka and the shared database, until SIGTERM or SIGINT."""
    _brokers(settings)
    set_up_logging()
    parts = RoleParts(settings, _public_url(settings))
    bus = parts.bus
    check_writable(settings.data)
    hub = Hub(parts.chain, bus, [parts.database], parts.stamper, parts.database, parts.clock)
    bus.subscribe(EVIDENCE, "hub-store", lambda message: take_in(parts.store, parts.database, message))
    hub.start()
    say("hub is up")
    try:
        _report(parts, "hub", lambda: {"queued": hub.queued, "beats": hub.beats})
    finally:
        hub.stop()
        bus.close()


def run_console(settings: Settings, say: Say) -> None:
    """The web application, its live updates out of Kafka, until SIGTERM or SIGINT."""
    _brokers(settings)
    set_up_logging()
    listener = bind(settings.console.host, settings.console.port)
    host, port = listener.getsockname()[:2]
    parts = ConsoleParts(settings, settings.public_url or f"http://{host}:{port}")
    bus = parts.bus
    check_writable(settings.data)
    console = ConsoleThread(parts.console, listener)
    console.start()
    say(f"console on http://{host}:{port}")
    try:
        until_told_to_stop().wait()
    finally:
        console.stop()
        bus.close()


def run_patrol(settings: Settings, say: Say) -> None:
    """A vehicle: watch and seal here, send over HTTP when the hub can be reached, until SIGTERM or SIGINT."""
    uplink = _uplink(settings)
    set_up_logging()
    parts = Parts(settings)
    look_before_writing(parts)
    check_writable(settings.data)
    worker = _worker(parts)
    outflow = Outflow(lambda: uplink.drain(parts.machine, parts.store, parts.clock))
    _watch(parts, worker, outflow, say)
    outflow.stop()
    uplink.close()


def take_in(store: EvidenceStore, database: Database, message: dict[str, Any]) -> None:
    """Queue a package that lies in the store for its stamp; one that is still on its way comes with its upload."""
    if store.place_of(str(message["package_id"])).is_dir():
        admit(store, database, str(message["package_id"]))


def _uplink(settings: Settings) -> Uplink:
    if settings.hub_url is None:
        raise BadInput("E_CONFIG", "hub_url is not set", "name the console of the hub that this machine sends to")
    if settings.hub_token is None:
        raise BadInput("E_CONFIG", "hub_token is not set", "name the file with the token that the hub knows")
    return Uplink.to(settings.hub_url, settings.hub_token)


def _worker(parts: Parts) -> Worker:
    return Worker(parts.settings, parts.profile, parts.street, parts.networks, parts.sealer, parts.machine, parts.clock)


def _watch(parts: Parts, worker: Worker, outflow: Outflow, say: Say) -> None:
    outflow.start()
    worker.start()
    say(f"{parts.settings.machine} watches {len(worker.watchings)} sources")
    try:
        _report(
            parts,
            "worker",
            lambda: {"worker": worker.status(), "outbox": outbox_depth(parts.machine), "waits_for": outflow.reason},
        )
    finally:
        worker.stop()


def _report(parts: Parts, role: str, facts: Callable[[], dict[str, Any]]) -> None:
    """Write what the role is doing beside its data until it is told to stop."""
    status = StatusFile(parts.settings.data / f"{role}.json", parts.clock)
    stopping = until_told_to_stop()
    while not stopping.wait(BEAT_S):
        status.write(facts())


def _brokers(settings: Settings) -> tuple[str, ...]:
    if settings.kafka is None:
        raise BadInput("E_CONFIG", "kafka.servers is not set", "name the brokers, or use `nonsite run`: it needs none")
    return settings.kafka.servers


def _public_url(settings: Settings) -> str:
    return settings.public_url or f"http://{settings.console.host}:{settings.console.port}"
