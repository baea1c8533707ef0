"""Footage of a dwell: what the ring forgets while an incident stands, kept until it is sealed or has come to nothing.

A ring of a minute cannot show ten. From the opening of an incident on, the group of pictures that first showed it and
one original group a minute are kept on disk, beside the ring. An incident that ends without an alert takes its footage
with it: nobody's pictures are kept for nothing.
"""

import json
import math
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from detectors import OpenIncident
from evidence import Budget, FrameDetections, Room, RoomState
from nonsite.footage import Footage, read_footage, write_footage
from records import BadInput
from streams import PacketRing

log = structlog.get_logger("worker")
EVERY = timedelta(seconds=60)
LENGTHS_KEPT = 2
"""Footage is kept of at most so many times the dwell that an alert needs: the first, and the latest."""
BASIS = "basis.json"
TOLD_S = 10.0
"""How old what is told of the room may be: asking walks all that waits [given]."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Footage of an incident, oldest first; the observations of its alert, and what its judgement rests on."""

    footage: Sequence[Footage] = ()
    observations: Sequence[Mapping[str, Any]] = ()
    judgement: Mapping[str, Any] = field(default_factory=dict)


class FootageRoom:
    """The room for footage that waits on one machine, in the folder that all of its sources share.

    What belongs to an incident with an alert waits for its seal and is not given up.
    """

    def __init__(self, ring: Path, budget: Budget) -> None:
        self._ring, self._budget = ring, budget
        self._state = RoomState.OK
        self._told: tuple[float, Room] | None = None
        self._lock = threading.Lock()

    def may_keep(self, size: int) -> bool:
        """Whether `size` more bytes may be kept; footage that waits longest is given up for them."""
        with self._lock:
            gone = self._budget.make_room(self._ring, size, lambda path: (path.parent / BASIS).exists())
            room = self._budget.room(self._ring)
            if gone:
                log.warning("footage given up for room", files=len(gone), ring_bytes=room.ring_bytes)
            if room.state is not self._state:
                tell = log.info if room.state is RoomState.OK else log.error
                tell("room for footage", state=room.state.value, free=room.free_bytes, ring_bytes=room.ring_bytes)
            self._state = room.state
            return room.state is not RoomState.FULL and room.ring_bytes + size <= self._budget.ring_bytes

    def status(self) -> dict[str, Any]:
        """How it stands, or did some seconds ago, for whoever operates the machine."""
        if self._told is None or time.monotonic() - self._told[0] > TOLD_S:
            self._told = time.monotonic(), self._budget.room(self._ring)
        room = self._told[1]
        return {"state": room.state.value, "free_mb": room.free_bytes >> 20, "footage_mb": room.ring_bytes >> 20}


class DwellFootage:
    """Keeps the footage of one source's incidents in `folder`; `dwell_s` is the longest dwell that an alert needs.

    `room` is the machine's, shared by all of its sources.
    """

    def __init__(self, folder: Path, dwell_s: float, room: FootageRoom | None = None) -> None:
        self._folder, self._room = folder, room or FootageRoom(folder, Budget())
        self._most = max(2, math.ceil(LENGTHS_KEPT * dwell_s / EVERY.total_seconds()))
        self._last: dict[str, datetime] = {}
        self._due: dict[str, datetime] = {}

    def look(self, incidents: Sequence[OpenIncident], ring: PacketRing, seen: Sequence[FrameDetections]) -> None:
        """Keep what is due of the incidents that are open, and let go of what belongs to none any more."""
        for one in incidents:
            if not one.alerted:
                self._keep(one, ring, seen)
        known = {one.id for one in incidents}
        for gone in [name for name in self._last | self._due if name not in known]:
            self._last.pop(gone, None)
            self._due.pop(gone, None)
            if not (self._folder / gone / BASIS).exists():  # one that has its alert waits for its seal
                self.drop(gone)

    def alerted(
        self, incident_id: str, observations: Sequence[Mapping[str, Any]], judgement: Mapping[str, Any] | None = None
    ) -> None:
        """The incident has its alert: nothing more is kept of it, and what it rests on lies beside what is."""
        path = self._folder / incident_id / BASIS
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"observations": list(observations), "judgement": judgement or {}}))
        except OSError as error:
            log.error("observations not kept", incident=incident_id, reason=str(error))

    def of(self, incident_id: str) -> Kept:
        """What is kept of an incident."""
        found: list[Footage] = []
        for path in self._files(incident_id):
            try:
                found.append(read_footage(path))
            except BadInput as error:
                log.error("footage left out", incident=incident_id, reason=str(error))
        try:
            basis = json.loads((self._folder / incident_id / BASIS).read_text())
            return Kept(found, basis["observations"], basis["judgement"])
        except (OSError, ValueError, KeyError, TypeError):
            return Kept(found)

    def drop(self, incident_id: str) -> None:
        """Delete what is kept of an incident: it is sealed, or came to nothing."""
        self._last.pop(incident_id, None)
        self._due.pop(incident_id, None)
        shutil.rmtree(self._folder / incident_id, ignore_errors=True)

    def forget(self, older_than: datetime) -> None:
        """Delete what a process left of incidents whose latest footage is older: nobody came back to them."""
        for folder in self._folder.glob("*"):
            newest = self._newest_kept(folder.name)
            if newest is None or newest < older_than:
                self.drop(folder.name)

    def _keep(self, one: OpenIncident, ring: PacketRing, seen: Sequence[FrameDetections]) -> None:
        oldest = ring.oldest
        last = self._last.get(one.id) or self._newest_kept(one.id)
        if oldest is None or (last is not None and one.last_seen - last < EVERY):
            return
        at = max(oldest, self._due.setdefault(one.id, one.opened if last is None else one.last_seen))
        if not ring.holds_until(at):
            return  # the group is still arriving
        del self._due[one.id]
        try:
            cut = ring.cut(at, at)
            if not self._room.may_keep(sum(len(packet.data) for packet in cut.packets)):
                return  # sealed evidence comes first; the clip about the alert is still made
            looks = tuple(look for look in seen if cut.started_at <= look.captured_at <= cut.ended_at)
            folder = self._folder / one.id
            folder.mkdir(parents=True, exist_ok=True)
            write_footage(folder / f"{round(cut.started_at.timestamp() * 1000):015d}.gop", Footage(cut, looks))
            self._last[one.id] = at
            for surplus in self._files(one.id)[1 : 1 - self._most]:  # the first and the latest stay
                surplus.unlink()
        except (BadInput, OSError) as error:
            log.error("footage not kept", incident=one.id, reason=str(error))

    def _newest_kept(self, incident_id: str) -> datetime | None:
        """When the newest footage of an incident begins, after a restart."""
        files = self._files(incident_id)
        if not files:
            return None
        return datetime.fromtimestamp(int(files[-1].stem) / 1000, UTC)

    def _files(self, incident_id: str) -> list[Path]:
        return sorted((self._folder / incident_id).glob("*.gop"))
