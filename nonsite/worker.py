"""The worker: sources in; detections, alerts and sealed packages out. It needs no hub and no server."""

import shutil
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import structlog

from detectors import AlertMessage, IncidentStore, RecheckResult, Watcher, judge_recheck
from evidence import ClockFacts, DeviceFacts, HealthFacts, Sealer
from geofence import GroundView, Street, StreetIndex
from nonsite.rules import detector_rules
from nonsite.sealing import Witness, clip_window, seal_request
from nonsite.settings import DeviceSettings, Settings, SourceSettings
from nonsite.streaming import clock_facts, everything, follow_clock, health_facts, source_spec
from nonsite.watching import Ground, Watching
from notify import Profile
from records import BadInput, Clock, Database, NonsiteError, SharedClock, iso, outbox_put
from streams import Frame, Look, Network, Scheduler, Source, SourceSpec, open_source, topics

log = structlog.get_logger("worker")


class Worker:
    """Watches the configured sources until they end or it is stopped.

    What it has to tell goes through the outbox of the machine's own database, so an alert survives the death of the
    process between its raising and its telling.
    """

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        street: Street,
        networks: Sequence[Network],
        sealer: Sealer,
        machine: Database,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._profile = profile
        self.street = street
        self._index = StreetIndex(street)
        self._networks = networks
        self._sealer = sealer
        self._machine = machine
        self.clock = clock
        self._rules = detector_rules(profile)
        self._incidents: dict[str, IncidentStore] = {}
        self._seals = ThreadPoolExecutor(1, thread_name_prefix="seal")
        self._thread: threading.Thread | None = None
        self._scheduler: Scheduler | None = None
        self.watchings: dict[str, Watching] = {}
        self.finished = threading.Event()
        self.failure: BaseException | None = None
        for source in settings.sources:
            self.watchings[source.id] = self._watch(source)

    def start(self) -> None:
        """Begin to watch, on a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End soon; alerts that wait for their post-roll are sealed with what the ring holds."""
        if self._scheduler is not None:
            self._scheduler.stop()
        if self._thread is not None:
            self._thread.join(30)
        self._seals.shutdown(wait=True)

    def status(self) -> dict[str, Any]:
        """State of every source with its reason, and whether all have ended."""
        counts = self._scheduler.counts if self._scheduler else {}
        return {
            "finished": self.finished.is_set(),
            "failure": None if self.failure is None else str(self.failure),
            "sources": [
                {
                    "id": one.id,
                    "kind": one.settings.kind,
                    "state": str(one.source.state),
                    "reason": one.source.reason,
                    "waiting": len(one.waiting),
                    "decoded": counts[one.id].decoded if one.id in counts else 0,
                    "analysed": counts[one.id].analysed if one.id in counts else 0,
                    "dropped": counts[one.id].dropped if one.id in counts else {},
                    "missed": one.source.missed,
                    "reconnects": one.source.reconnects,
                }
                for one in self.watchings.values()
            ],
        }

    def _run(self) -> None:
        try:
            sources = [one.source for one in self.watchings.values()]
            self._scheduler = Scheduler(sources, self._networks, self.clock, hold_ratio=self._rules.hold_score_ratio)
            if sources:
                self._scheduler.run(self._on_look)
            for one in self.watchings.values():
                self._seal_due(one, ended=True)
                one.watcher.close()
            self._seals.submit(lambda: None).result()  # the queue is in order: all before it are sealed
        except BaseException as error:
            self.failure = error
            log.exception("worker stopped")
        finally:
            self.finished.set()

    def _on_look(self, look: Look) -> None:
        one = self.watchings[look.source.spec.id]
        at = look.frame.captured_at
        if self._settings.clock_follows_sources and isinstance(self.clock, SharedClock):
            self.clock.set(at)
        view = one.ground.at(at)
        if view is None:
            return
        if not look.carried:
            one.note(look.frame, list(look.detections))
        for raised in one.watcher.observe(look.frame, everything(look), view):
            message = raised.message
            log.info("alert", kind=str(message.kind), source=one.id, alert=message.id)
            for frame, detections in raised.confirmed:
                one.note(frame, list(detections))
            one.raised(message)
        self._seal_due(one)
        store = self._incidents[one.settings.group or one.id]
        if follow_clock(one.source, store, bool(one.waiting)):
            log.warning("the host's clock stepped; times follow it from now on", source=one.id)

    def _seal_due(self, one: Watching, ended: bool = False) -> None:
        now = None if ended else one.source.ring.newest
        if now is None and not ended:
            return
        for alert in one.due(now):
            job = self._seals.submit(self._seal, one, alert)
            if self._settings.clock_follows_sources:
                job.result()  # recordings run faster than time: the ring must not run away from the seal

    def _seal(self, one: Watching, alert: AlertMessage) -> None:
        try:
            cut = one.source.ring.cut(*clip_window(alert.raised))
            request = seal_request(
                alert.model_dump(mode="json"),
                alert.raised,
                alert.stage,
                cut,
                list(one.seen),
                one.ground.to_json(alert.raised),
                one.witness,
                self.clock_facts(one.source),
                self._health(one.source),
            )
            self._sealer.seal(request)
        except NonsiteError as error:
            log.error("not sealed", alert=alert.id, code=error.code, reason=str(error))

    def clock_facts(self, source: Source | None = None) -> ClockFacts:
        """What is known of this machine's clock."""
        return clock_facts(bool(self._settings.clock), self.clock.now(), source)

    def _health(self, source: Source) -> HealthFacts:
        return health_facts(source, shutil.disk_usage(self._sealer.store.root).free)

    def _watch(self, source: SourceSettings) -> Watching:
        ground = Ground(source, self.street)
        opened = open_source(self.spec(source), self.clock, must_connect=False)
        watcher = Watcher(
            source.id,
            self._index,
            self._rules,
            self._networks[0],
            self.clock,
            self._incidents.setdefault(source.group or source.id, IncidentStore(self._rules, self.clock)),
            self._publish,
            confirm=opened.confirm,
            view_at=ground.at if ground.moving else None,
            moving=ground.moving,
        )
        return Watching(source, opened, ground, watcher, self.witness(source))

    def now(self) -> datetime:
        return self.clock.now()

    def recheck(
        self, alert: AlertMessage, looks: Iterable[tuple[Frame, GroundView]], index: StreetIndex
    ) -> RecheckResult:
        """Judge a second look by this worker's rules and network."""
        return judge_recheck(alert, looks, index, self._rules, self._networks[-1], self.clock)

    def tell_recheck(self, alert: AlertMessage, result: RecheckResult, package_id: str) -> None:
        """Answer the chain's command: what was found, and the package that shows it."""
        self._publish(
            topics.ALERTS,
            alert.cell,
            {
                "event": "recheck",
                "event_id": f"recheck:{result.message.id}",
                "alert_id": alert.id,
                "result": str(result.answer),
                "package_id": package_id,
                "at": iso(result.best.captured_at),
                "message": result.message.model_dump(mode="json"),
            },
        )

    def spec(self, source: SourceSettings) -> SourceSpec:
        """The source as `streams` wants it."""
        return source_spec(source)

    def witness(self, source: SourceSettings) -> Witness:
        """What every package of a source says of device, network and street."""
        network = self._networks[0]
        return Witness(
            device=DeviceFacts(id=source.id, **need_device(source).model_dump()),
            model={
                "name": network.name,
                "weights_sha256": network.sha256,
                "thresholds": {str(kind): score for kind, score in network.thresholds.items()},
            },
            geofence={**self.street.features_geojson(), "version": self.street.version},
        )

    def _publish(self, topic: str, key: str, message: dict[str, Any]) -> None:
        with self._machine.session() as session:
            outbox_put(session, topic, key, message)


def need_device(source: SourceSettings) -> DeviceSettings:
    """The source's device; BadInput where none is given, since evidence must name it."""
    if source.device is None:
        raise BadInput("E_DEVICE", f"source {source.id}: no device", "say whose camera it is and where it stands")
    return source.device
