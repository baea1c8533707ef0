"""What the chain asks of the machine that watches: second looks, and places where a camera is to be silent."""

from collections.abc import Collection, Iterable
from typing import Any

import structlog

from detectors import Suppression
from geofence import Street
from nonsite.recapture import Recapture
from nonsite.worker import Worker

log = structlog.get_logger("orders")


def hold_silent(worker: Worker, known: Iterable[Suppression]) -> None:
    """Let exactly what the hub has on record hold for the cameras that are watched here."""
    of_source: dict[str, list[Suppression]] = {}
    for one in known:
        of_source.setdefault(one.source_id, []).append(one)
    for source_id in list(worker.watchings):
        store = worker.incidents_of(source_id)
        if store is not None:
            store.suppressions.replace(source_id, of_source.get(source_id, ()))


class Orders:
    """Takes the messages of `nonsite.commands`; those for cameras of other machines are not ours."""

    def __init__(self, worker: Worker, recapture: Recapture) -> None:
        self._worker, self._recapture = worker, recapture

    def command(self, message: dict[str, Any]) -> None:
        """Take one message; a command that is not known here is another's."""
        self._silence(message)
        self._recapture.command(message)

    def recall(self, cameras: Collection[str], messages: Iterable[dict[str, Any]]) -> None:
        """Take up what was asked of cameras that have just come, in the order in which it was asked."""
        known = list(messages)
        for message in known:
            if message.get("source_id") in cameras:
                self._silence(message)
        self._recapture.recall(cameras, known)

    def publish_street(self, street: Street) -> None:
        """Judge by new layers from now on."""
        self._recapture.publish_street(street)

    def _silence(self, message: dict[str, Any]) -> None:
        store = self._worker.incidents_of(str(message.get("source_id")))
        if store is None:
            return
        if message.get("command") == "suppress":
            one = Suppression.model_validate(message["suppression"])
            store.suppressions.add(one)
            log.info("silent", source=one.source_id, kind=str(one.kind), until=one.until.isoformat(), by=one.by)
        elif message.get("command") == "lift":
            store.suppressions.lift(str(message["source_id"]), str(message["suppression_id"]))
            log.info("no longer silent", source=message["source_id"], by=message.get("by"))
