"""Footage of a dwell: what the ring forgets while an incident stands, kept until it is sealed or has come to nothing.

A ring of a minute cannot show ten. From the opening of an incident on, the group of pictures that first showed it and
one original group a minute are kept on disk, beside the ring. An incident that ends without an alert takes its footage
with it: nobody's pictures are kept for nothing.
"""

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from detectors import OpenIncident
from evidence import FrameDetections
from nonsite.footage import Footage, read_footage, write_footage
from records import BadInput
from streams import PacketRing

log = structlog.get_logger("worker")
EVERY = timedelta(seconds=60)
LENGTHS_KEPT = 2
"""Footage is kept of at most so many times the dwell that an alert needs: the first, and the latest."""
BASIS = "basis.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """Footage of an incident, oldest first; the observations of its alert, and what its judgement rests on."""

    footage: Sequence[Footage] = ()
    observations: Sequence[Mapping[str, Any]] = ()
    judgement: Mapping[str, Any] = field(default_factory=dict)


class DwellFootage:
    """Keeps the footage of one source's incidents in `folder`; `dwell_s` is the longest dwell that an alert needs."""

    def __init__(self, folder: Path, dwell_s: float, min_free_bytes: int = 1 << 30) -> None:
        self._folder, self._min_free_bytes = folder, min_free_bytes
        self._most = max(2, math.ceil(LENGTHS_KEPT * dwell_s / EVERY.total_seconds()))
        self._last: dict[str, datetime] = {}
        self._due: dict[str, datetime] = {}
        self._told_full = False

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
        if shutil.disk_usage(self._root()).free < self._min_free_bytes:
            if not self._told_full:  # sealed evidence comes first; the clip about the alert is still made
                log.error("disk full: no footage of dwells is kept", free_below=self._min_free_bytes)
            self._told_full = True
            return
        self._told_full = False
        try:
            cut = ring.cut(at, at)
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

    def _root(self) -> Path:
        return next(path for path in (self._folder, *self._folder.parents) if path.exists())
