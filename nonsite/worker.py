"""The worker: sources in; detections, alerts and sealed packages out. It needs no hub and no server."""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import structlog

from detectors import AlertMessage, IncidentStore, RecheckResult, judge_recheck
from evidence import ClockFacts, Sealer
from geofence import GroundView, Street, StreetIndex
from nonsite.crew import Crew
from nonsite.handover import Handover, State
from nonsite.lookout import Lookout
from nonsite.messages import group_of, key_of
from nonsite.metrics import ALERTS, FRAME_AGE
from nonsite.seals import Seals
from nonsite.settings import Settings, SourceSettings
from nonsite.shadow import Shadow
from nonsite.streaming import everything, follow_clock
from nonsite.watching import Watching
from notify import Profile
from records import BadInput, Clock, Database, NonsiteError, SharedClock, iso, outbox_put
from streams import Frame, Look, Network, Source, SourceCounts, topics

log = structlog.get_logger("worker")
Tell = Callable[[str, str, dict[str, Any]], None]


class Worker:
    """Watches sources until they end, are dropped, or it is stopped.

    What it has to tell goes by `tell`, else through the outbox of the machine's own database; either way an alert
    survives the death of the process between its raising and its telling.
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
        *,
        sources: Sequence[SourceSettings] | None = None,
        tell: Tell | None = None,
        states: Mapping[str, State] | None = None,
        shadow: Shadow | None = None,
    ) -> None:
        self._settings = settings
        self._networks = networks
        self._machine = machine
        self._tell = tell or self._put_out
        self._shadow = shadow
        self.clock = clock
        self._lookout = Lookout(settings, profile, street, networks, clock, self._publish)
        self._handover = Handover(settings.machine, clock)
        self._seals = Seals(
            sealer,
            clock,
            bool(settings.clock),
            self._handover.sealed,
            in_step=settings.clock_follows_sources,
        )
        self.crew = Crew(networks, clock, self._on_look, self._lookout.rules.hold_score_ratio)
        self._thread: threading.Thread | None = None
        self.watchings: dict[str, Watching] = {}
        self._of_source: dict[int, Watching] = {}
        self._going: dict[str, threading.Thread] = {}
        self.refused: dict[str, str] = {}
        self.finished = threading.Event()
        for source in settings.sources if sources is None else sources:
            self._begin(source, (states or {}).get(group_of(source)))

    @property
    def street(self) -> Street:
        """The layers that are in force here."""
        return self._lookout.street

    @property
    def failure(self) -> BaseException | None:
        """What ended the watching although nobody asked for it."""
        return self.crew.failure

    def start(self) -> None:
        """Begin to watch the sources that are there, on a thread of its own, until all have ended."""
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End soon; alerts that wait for their post-roll are sealed with what the ring holds."""
        self.crew.stop()
        if self._thread is not None:
            self._thread.join(30)
        else:
            self._end()
        self._seals.close()
        if self._shadow is not None:
            self._shadow.stop()

    def take(self, sources: Sequence[SourceSettings], states: Mapping[str, State]) -> None:
        """Watch more sources, their incidents going on from the states of their groups.

        One that cannot be watched is refused alone (`refused` has the reason); the others begin.
        """
        begun = []
        for source in sources:
            self._finish(source.id)
            try:
                begun.append(self._begin(source, states.get(group_of(source))))
                self.refused.pop(source.id, None)
            except NonsiteError as error:
                self.refused[source.id] = str(error)
                log.error("camera refused", source=source.id, reason=str(error))
        self.crew.add([one.source for one in begun])

    def drop(self, ids: Collection[str]) -> dict[str, State]:
        """Watch these no longer; tell, and return by group, the last state of their incidents: others go on from it."""
        groups = set()
        for name in ids:
            self.refused.pop(name, None)
        for one in [self.watchings.pop(name) for name in ids if name in self.watchings]:
            with one.lock:
                one.leaving = True
                groups.add(one.group)
                one.watcher.close()
                if not one.waiting:
                    self._let_go(one)
        left: dict[str, State] = {group: self._with_facts(self._lookout.groups[group].to_json()) for group in groups}
        for group in groups - {one.group for one in self.watchings.values()}:
            self._lookout.groups.pop(group, None)
        return left

    def publish_street(self, street: Street) -> None:
        """Go on under new layers; open incidents stay."""
        if street.version == self.street.version:
            return
        states = {group: self._with_facts(store.to_json()) for group, store in self._lookout.groups.items()}
        self._lookout.publish_street(street, states, list(self.watchings.values()))
        log.info("new layers", street=street.name, version=street.version)

    def status(self) -> dict[str, Any]:
        """State of every source with its reason, and whether all have ended."""
        counts = self.crew.counts
        return {
            "finished": self.finished.is_set(),
            "failure": None if self.failure is None else str(self.failure),
            "street": self.street.version,
            "room": self._lookout.room.status(),
            **({"shadow": self._shadow.status()} if self._shadow is not None else {}),
            "refused": self.refused,
            "sources": [one.status(counts.get(one.id, SourceCounts())) for one in list(self.watchings.values())],
        }

    @property
    def answered(self) -> set[str]:
        """Alerts whose second look was told lately, here or where their cameras were before."""
        return self._handover.answered

    def incidents_of(self, source_id: str) -> IncidentStore | None:
        """The incidents of a camera that is watched here, with the places where it is silent."""
        one = self.watchings.get(source_id)
        return None if one is None else self._lookout.groups.get(one.group)

    def _run(self) -> None:
        self.crew.run([one.source for one in self.watchings.values()])
        self._end()

    def _end(self) -> None:
        try:
            for one in list(self._of_source.values()):
                self._seals.due(one, ended=True)
                if not one.leaving:
                    one.watcher.close()
            self._seals.settle()
        finally:
            if self.failure is not None:
                log.error("worker stopped", exc_info=self.failure)
            self.finished.set()

    def _on_look(self, look: Look) -> None:
        one = self._of_source.get(id(look.source))
        if one is None:
            return  # a frame of a source that was dropped meanwhile
        at = look.frame.captured_at
        if self._settings.clock_follows_sources and isinstance(self.clock, SharedClock):
            self.clock.set(at)
        with one.lock:
            view = one.ground.at(at)
            if view is None:
                return
            if not look.carried:
                one.note(look.frame, list(look.detections))
                if self._shadow is not None:
                    self._shadow.offer(look)
            if look.source.live:
                FRAME_AGE.observe(max(0.0, self.clock.monotonic() - look.frame.received_monotonic_s))
            if not one.leaving:
                self._observe(one, look, view)
            one.inherit(at)
            self._seals.due(one)
            if one.leaving and not one.waiting:
                self._let_go(one)
            elif not one.leaving and follow_clock(one.source, self._lookout.incidents(one), one.timed):
                log.warning("the host's clock stepped; times follow it from now on", source=one.id)

    def _observe(self, one: Watching, look: Look, view: GroundView) -> None:
        if one.camera.look(look):
            self._publish(topics.HEALTH, one.id, one.camera.message(look.frame.captured_at))
            state = self._lookout.incidents(one).to_json()  # whoever comes next must know
            self._publish(topics.INCIDENTS, one.group, state)
        if (learnt := one.camera.memory.learnt()) is not None:
            self._publish(topics.REFERENCES, key_of(one.settings), learnt)
        if (why := one.camera.unfit()) is not None:
            one.watcher.stand_by(why)
            return
        for raised in one.watcher.observe(look.frame, everything(look), view):
            message = raised.message
            ALERTS.labels(str(message.kind)).inc()
            log.info("alert", kind=str(message.kind), source=one.id, alert=message.id)
            one.raised(raised)
        one.keep_footage(self._lookout.incidents(one))

    def _begin(self, settings: SourceSettings, state: State | None) -> Watching:
        one = self._lookout.equip(settings, state)
        one.inherited = self._handover.inherit(state, settings.id) if state else []
        self.watchings[settings.id] = self._of_source[id(one.source)] = one
        return one

    def _let_go(self, one: Watching) -> None:
        """Read a source no more. Not on this thread: it may be the one that the scheduler waits for."""
        if self._of_source.pop(id(one.source), None) is not None:
            going = threading.Thread(target=self.crew.remove, args=(one.id,), name="leave", daemon=True)
            self._going[one.id] = going
            going.start()

    def _finish(self, source_id: str) -> None:
        """Let what is left here of a camera that comes back end first."""
        for one in [one for one in list(self._of_source.values()) if one.id == source_id and one.leaving]:
            with one.lock:
                self._seals.due(one, ended=True)
                self._let_go(one)
        going = self._going.pop(source_id, None)
        if going is not None:
            going.join()

    def clock_facts(self, source: Source | None = None) -> ClockFacts:
        """What is known of this machine's clock."""
        return self._seals.clock_facts(source)

    def recheck(
        self, alert: AlertMessage, looks: Iterable[tuple[Frame, GroundView]], index: StreetIndex
    ) -> RecheckResult:
        """Judge a second look by this worker's rules and network."""
        return judge_recheck(alert, looks, index, self._lookout.rules, self._networks[-1], self.clock)

    def tell_recheck(self, alert: AlertMessage, result: RecheckResult, package_id: str) -> None:
        """Answer the chain's command: what was found, and the package that shows it."""
        self._handover.answer(alert)
        self._tell(
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

    def _publish(self, topic: str, key: str, message: dict[str, Any]) -> None:
        if topic == topics.ALERTS:
            self._handover.raised(AlertMessage.model_validate(message))
        elif topic == topics.INCIDENTS:
            message = dict(self._with_facts(message))
        try:
            self._tell(topic, key, message)
        except BadInput as error:  # said aloud, and the watching goes on
            log.error("cannot be told", topic=topic, key=key, code=error.code, reason=str(error))
            if topic == topics.ALERTS:  # no alert is lost: the machine's own database keeps it until there is room
                self._put_out(topic, key, message)

    def _with_facts(self, state: dict[str, Any]) -> State:
        mine = [one for one in list(self._of_source.values()) if one.group == state["group"]]
        watched = {one.id for one in mine if not one.leaving}
        state = state | {"cameras": {one.id: one.camera.memory.standing() for one in mine}}
        return self._handover.with_facts(state, {one.id for one in mine}, watched, self.street)

    def _put_out(self, topic: str, key: str, message: dict[str, Any]) -> None:
        with self._machine.session() as session:
            outbox_put(session, topic, key, message)
