"""One worker among others: the bus deals the cameras out, and what is known of them goes with them."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from geofence import Street, load_street
from nonsite.handover import State, with_references
from nonsite.messages import camera_of, group_of, key_of
from nonsite.orders import Orders
from nonsite.recapture import Recapture
from nonsite.settings import SourceSettings
from nonsite.snapshot import Snapshot
from nonsite.worker import Worker
from records import NonsiteError
from streams import SpoolingBus, Subscription, Table, topics

log = structlog.get_logger("fleet")
GROUP = "workers"
FIRST_CONTACT_S = 5.0
"""How long a starting worker waits for the bus before it goes by what it heard last [given]."""
SETTLE_S = 3.0
"""How long a camera that leaves may keep its successor waiting for the last state of its incidents [given]."""


def street_of(bus: SpoolingBus, snapshot: Snapshot, configured: Street) -> Street:
    """The layers to begin with: the published ones of the configured street, else those heard last, else its file."""
    deadline = time.monotonic() + FIRST_CONTACT_S
    while not bus.connected and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        published = bus.table(topics.STREET).get(configured.name)
        if published is not None:
            snapshot.keep_street(published["geojson"])
            return load_street(published["geojson"])
    except NonsiteError as error:
        log.warning("layers as heard last", reason=str(error))
    return snapshot.street() or configured


class Fleet:
    """Holds a worker to the cameras that the group protocol assigns to it.

    A camera that leaves is stopped, and the last state of its incidents is on the bus, before its next worker gets it;
    that one goes on from there. A worker out of reach keeps its cameras until it is told otherwise.
    """

    def __init__(self, worker: Worker, recapture: Recapture, bus: SpoolingBus, snapshot: Snapshot, name: str) -> None:
        self._worker, self._bus, self._snapshot = worker, bus, snapshot
        self._orders = Orders(worker, recapture)
        self._name = name
        self._tried: dict[str, SourceSettings] = {}
        self._lock = threading.RLock()
        self._share: Subscription | None = None
        self._seats: list[Subscription] = []
        self.holding: int | None = None
        """Cameras assigned; None until the group has spoken."""

    def start(self) -> None:
        """Join the group. Where the bus is away, watch what was watched last."""
        if not self._bus.connected:
            cameras = self._snapshot.cameras()
            log.warning("no bus: watching what was watched last", cameras=len(cameras))
            self._take(cameras, self._snapshot.states([group_of(camera) for camera in cameras]))
        self._seats = [
            self._bus.subscribe(topics.STREET, f"worker-{self._name}", self._new_layers),
            self._bus.subscribe(topics.COMMANDS, f"worker-{self._name}", self._orders.command),
        ]
        self._share = self._bus.share(topics.CAMERAS, GROUP, self._hold)

    def stop(self) -> None:
        """Leave the group: the others take the cameras over at once, with their incidents."""
        if self._share is not None:
            self._share.close()
        for seat in self._seats:
            seat.close()

    @property
    def lag(self) -> dict[str, int]:
        """Messages of the bus that this worker has yet to take, by topic."""
        seats = dict(zip((topics.STREET, topics.COMMANDS), self._seats, strict=False))
        if self._share is not None:
            seats[topics.CAMERAS] = self._share
        return {topic: seat.lag for topic, seat in seats.items()}

    def tell(self, topic: str, key: str, message: dict[str, Any]) -> None:
        """The worker's way to the bus; states of incidents stay here too."""
        if topic == topics.INCIDENTS:
            self._snapshot.keep_state(key, message)
        self._bus.publish(topic, key, message)

    def _hold(self, table: Table) -> None:
        """What is ours from now on, as the group says."""
        wanted = _cameras(table)
        with self._lock:
            watched = self._worker.watchings
            gone = [name for name, one in list(watched.items()) if wanted.get(name) != one.settings]
            left = self._worker.drop([*gone, *(self._worker.refused.keys() - wanted.keys())])
            if gone and not self._bus.settled(SETTLE_S):
                log.warning("the last states are still on their way", cameras=len(gone))
            self._tried = {name: camera for name, camera in self._tried.items() if name in wanted}
            fresh = [
                camera for name, camera in wanted.items() if name not in watched and self._tried.get(name) != camera
            ]
            states = {**self._states(fresh), **left} if fresh else left
            self._take(fresh, states)
            self.holding = len(wanted)
            self._snapshot.keep_cameras(one.settings for one in watched.values())
        if gone or fresh:
            open_ones = sum(len(state["incidents"]) for state in states.values())
            log.info("cameras moved", left=len(gone), came=len(fresh), incidents=open_ones, watched=len(watched))

    def _take(self, cameras: Sequence[SourceSettings], states: Mapping[str, Mapping[str, Any]]) -> None:
        if not cameras:
            return
        self._worker.take(cameras, states)
        for camera in cameras:
            self._tried[camera.id] = camera
        if self._bus.connected:
            self._orders.recall(
                {camera.id for camera in cameras}, [e.message for e in self._bus.since(topics.COMMANDS, None)]
            )

    def _states(self, cameras: Sequence[SourceSettings]) -> dict[str, State]:
        """The newest state of the cameras' groups, on the bus, or here where the bus was away when it was told; with
        the references learnt of them."""
        groups = {group_of(camera) for camera in cameras}
        told, here = self._bus.table(topics.INCIDENTS, groups), self._snapshot.states(groups)
        for group, state in here.items():
            if group not in told or str(told[group].get("at", "")) < str(state.get("at", "")):
                told[group] = state
        learnt = self._bus.table(topics.REFERENCES, {key_of(camera) for camera in cameras})
        return with_references(told, learnt.values())

    def _new_layers(self, message: dict[str, Any]) -> None:
        if message["street"] != self._worker.street.name:
            return
        street = load_street(message["geojson"])
        with self._lock:
            self._snapshot.keep_street(message["geojson"])
            self._worker.publish_street(street)
            self._orders.publish_street(street)


def _cameras(table: Table) -> dict[str, SourceSettings]:
    found = {}
    for key, message in table.items():
        try:
            camera = camera_of(dict(message))
            found[camera.id] = camera
        except NonsiteError as error:
            log.error("no camera", key=key, reason=str(error))
    return found
