"""What a worker watches by: the street, the incidents of each group of sources, and a watcher for every source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from detectors import IncidentStore, Watcher
from evidence import Budget
from geofence import Street, StreetIndex
from nonsite.camera import CameraHealth, camera_maker
from nonsite.closer import closer_look
from nonsite.dwell import DwellFootage, FootageRoom
from nonsite.handover import State, shift_of
from nonsite.messages import group_of
from nonsite.rules import detector_rules
from nonsite.sealing import Witness
from nonsite.settings import Settings, SourceSettings
from nonsite.streaming import source_spec
from nonsite.watching import Ground, Watching, witness_of
from notify import Profile
from records import Clock
from streams import Network, Source, open_source

log = structlog.get_logger("worker")
FORGOTTEN = timedelta(days=1)
Publish = Callable[[str, str, dict[str, Any]], None]


class Lookout:
    """Equips sources, and keeps the incidents of their groups; `publish` is where their watchers tell."""

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        street: Street,
        networks: Sequence[Network],
        clock: Clock,
        publish: Publish,
    ) -> None:
        self.rules = detector_rules(profile)
        self.groups: dict[str, IncidentStore] = {}
        self._kept = settings.data / "dwell"
        self.room = FootageRoom(self._kept, Budget(ring_bytes=settings.keeping.footage_mb << 20))
        self._network = networks[0]
        self._clock = clock
        self._publish = publish
        self._closer = closer_look(settings.brands)
        self._camera = camera_maker(settings.camera_check, clock.now)
        self._set_street(street)

    def equip(self, settings: SourceSettings, state: State | None) -> Watching:
        """Open a source, its incidents going on from the state of its group. Raises BadInput where it cannot be."""
        ground = Ground(settings, self.street)
        witness = self._witness(settings)
        camera = self._camera(settings, ground, ((state or {}).get("cameras") or {}).get(settings.id))
        source = open_source(source_spec(settings), self._clock, must_connect=False)
        group = group_of(settings)
        if group not in self.groups:
            self.groups[group] = self._store(group, state)
        footage = DwellFootage(self._kept / settings.id, max(self.rules.dwell_s.values()), self.room)
        footage.forget(self._clock.now() - FORGOTTEN)
        watcher = self._watcher(settings, ground, source, camera)
        return Watching(settings, source, ground, watcher, witness, camera, footage)

    def incidents(self, one: Watching) -> IncidentStore:
        """The incidents of a source's group."""
        return self.groups[one.group]

    def publish_street(self, street: Street, states: dict[str, State], watchings: Iterable[Watching]) -> None:
        """Go on under new layers from the `states` of all groups."""
        self._set_street(street)
        self.groups.update({group: self._store(group, state) for group, state in states.items()})
        for one in watchings:
            with one.lock:
                one.ground = one.camera.ground = Ground(one.settings, street)
                one.watcher = self._watcher(one.settings, one.ground, one.source, one.camera)
                one.witness = self._witness(one.settings)

    def _set_street(self, street: Street) -> None:
        self.street = street
        self._index = StreetIndex(street)
        self._geofence = {**street.features_geojson(), "version": street.version}

    def _watcher(self, settings: SourceSettings, ground: Ground, source: Source, camera: CameraHealth) -> Watcher:
        return Watcher(
            settings.id,
            self._index,
            self.rules,
            self._network,
            self._clock,
            self.groups[group_of(settings)],
            self._publish,
            confirm=source.confirm,
            view_at=ground.at if ground.moving else None,
            moving=ground.moving,
            closer=self._closer,
            doubt=camera.doubt,
        )

    def _store(self, group: str, state: State | None) -> IncidentStore:
        store = IncidentStore(self.rules, self._clock, group)
        shift = shift_of(state, self.street) if state is not None else None
        if state is not None and shift is not None:
            store.restore(dict(state), shift)
        elif state is not None:
            log.error("incidents of another place", group=group, origin=state.get("origin"))
        return store

    def _witness(self, source: SourceSettings) -> Witness:
        return witness_of(source, self._network, self._geofence)
