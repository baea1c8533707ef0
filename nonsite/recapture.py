"""Re-capture: what the chain asks to look at again is filmed, judged, sealed, and answered."""

import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from detectors import AlertMessage, RecheckResult
from evidence import CameraFacts, FrameDetections, HealthFacts, Sealer
from geofence import GroundView, Street, StreetIndex
from nonsite.sealing import Witness, clip_window, seal_request
from nonsite.settings import SourceSettings
from nonsite.streaming import source_spec
from nonsite.watching import Ground
from nonsite.worker import Worker
from records import NonsiteError, parse_iso
from streams import Frame, PacketRing, Recordings, Source, open_source

log = structlog.get_logger("recapture")

LOOK_S = 20.0
EVERY_S = 2.0
PASSING_EVERY_S = 0.4
FARTHEST_M = 30.0
LONGEST = timedelta(seconds=LOOK_S)
STAGE = "after_notice"
DOUBTED_S = 30.0
"""How long an order waits whose camera was not as it was calibrated [given]."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command `recapture`: look again at the place of `alert`, not before `due`."""

    alert: AlertMessage
    due: datetime

    @classmethod
    def of(cls, message: dict[str, Any]) -> "Order":
        known = {name: value for name, value in message["alert"].items() if name in AlertMessage.model_fields}
        return cls(AlertMessage.model_validate(known), parse_iso(message["due"]))


@dataclass(frozen=True, slots=True)
class Footage:
    """Frames of a second look with the view of the ground at each, and the ring that they were cut from."""

    looks: list[tuple[Frame, GroundView]]
    ring: PacketRing
    ground: Ground
    witness: Witness


class Recapture:
    """Answers the chain's commands, one after the other, on a thread of its own.

    An order whose place no source has shown yet is tried again until the source is back; the chain's own fallback, an
    officer's visit, does not wait for it.
    """

    def __init__(self, worker: Worker, sealer: Sealer) -> None:
        self._worker, self._sealer = worker, sealer
        self.publish_street(worker.street)
        self._orders: list[Order] = []
        self._again: dict[str, float] = {}
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recapture", daemon=True)

    @property
    def waiting(self) -> int:
        return len(self._orders)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(30)

    def command(self, message: dict[str, Any]) -> None:
        """Take a message of `nonsite.commands`; other commands, and sources of other machines, are not ours."""
        if message.get("command") != "recapture":
            return
        order = Order.of(message)
        if order.alert.source_id not in self._worker.watchings:
            return
        with self._changed:
            if order not in self._orders:
                self._orders.append(order)
            self._changed.notify_all()

    def publish_street(self, street: Street) -> None:
        """Judge by new layers from now on."""
        self._index = StreetIndex(street)

    def recall(self, cameras: Collection[str], messages: Iterable[dict[str, Any]]) -> None:
        """Take up orders for cameras that have just come, given before they came and not answered yet."""
        for message in messages:
            alert = message["alert"] if message.get("command") == "recapture" else {}
            if alert.get("source_id") in cameras and alert["id"] not in self._worker.answered:
                self.command(message)

    def round(self) -> bool:
        """Try every order once; whether some wait for another try."""
        with self._changed:
            orders = list(self._orders)
        done = [order for order in orders if not self._stopping.is_set() and self._answered(order)]
        with self._changed:  # a camera that went to another machine takes its orders along
            here = self._worker.watchings
            self._orders = [one for one in self._orders if one not in done and one.alert.source_id in here]
            waiting = {one.alert.id for one in self._orders}
            self._again = {name: due_s for name, due_s in self._again.items() if name in waiting}
        return len(done) < len(orders)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._orders or self._stopping.is_set(), timeout=1.0)
            if self.round():
                self._stopping.wait(1.0)

    def _answered(self, order: Order) -> bool:
        if self._worker.clock.monotonic() < self._again.get(order.alert.id, float("-inf")):
            return False
        try:
            with self._footage(order) as footage:
                if footage is None or self._doubted(order, footage):
                    return False
                result = self._worker.recheck(order.alert, footage.looks, self._index)
                self._seal_and_tell(order, footage, result)
        except NonsiteError as error:
            log.error("re-check failed", alert=order.alert.id, code=error.code, reason=str(error))
        return True

    def _doubted(self, order: Order, footage: Footage) -> bool:
        """Whether the camera is not as it was calibrated: what it does not show proves nothing, nor what it does."""
        one = self._worker.watchings.get(order.alert.source_id)
        if one is None or not footage.looks or one.camera.doubt(footage.looks[-1][0]) is None:
            self._again.pop(order.alert.id, None)
            return False
        self._again[order.alert.id] = self._worker.clock.monotonic() + DOUBTED_S
        return True

    def _seal_and_tell(self, order: Order, footage: Footage, result: RecheckResult) -> None:
        at = result.best.captured_at
        message = result.message.model_dump(mode="json")
        request = seal_request(
            {**message, "answer": str(result.answer)},
            at,
            STAGE,
            footage.ring.cut(*clip_window(at)),
            [FrameDetections(frame.pts_s, frame.captured_at, found) for frame, found in result.frames],
            footage.ground.to_json(at),
            footage.witness,
            self._worker.clock_facts(),
            HealthFacts(packets_lost=len(footage.ring.gaps), camera=self._camera_facts(order)),
        )
        sealed = self._sealer.seal(request)
        self._worker.tell_recheck(order.alert, result, sealed.package_id)

    def _camera_facts(self, order: Order) -> CameraFacts | None:
        one = self._worker.watchings.get(order.alert.source_id)
        return None if one is None else one.camera.facts()

    @contextmanager
    def _footage(self, order: Order) -> Iterator[Footage | None]:
        """Frames of the order's source from its due time on; None where there are none yet."""
        one = self._worker.watchings.get(order.alert.source_id)
        if one is None:  # it went to another machine
            yield None
            return
        if one.source.live:
            end = one.source.ring.newest
            if end is None or end < order.due + timedelta(seconds=LOOK_S):
                yield None
                return
            frames = one.source.confirm(end - timedelta(seconds=LOOK_S), end, 1 / _every_s(one.ground))
            yield Footage(self._showing(order, frames, one.ground), one.source.ring, one.ground, one.witness)
            return
        found = self._recording(one.settings, order.due)
        if found is None:
            yield None
            return
        source, ground = found
        with closing(source):
            yield Footage(self._showing(order, source.frames(), ground), source.ring, ground, one.witness)

    def _showing(self, order: Order, frames: Iterator[Frame], ground: Ground) -> list[tuple[Frame, GroundView]]:
        """Frames in which the order's place lies in the picture and near enough, at most one every few moments."""
        place = self._index.plane.to_xy([[order.alert.lon, order.alert.lat]])[0]
        looks: list[tuple[Frame, GroundView]] = []
        next_s = float("-inf")
        for frame in frames:
            if frame.pts_s < next_s or (looks and frame.captured_at - looks[0][0].captured_at > LONGEST):
                continue
            view = ground.at(frame.captured_at)
            if view is None or (ground.moving and not _in_view(view, place, frame.size)):
                continue
            looks.append((frame, view))
            next_s = frame.pts_s + _every_s(ground) - 1e-3
        return looks

    def _recording(self, settings: SourceSettings, due: datetime) -> tuple[Source, Ground] | None:
        """The first recording of a source that begins at or after `due` and has been filmed by now."""
        now = self._worker.clock.now()
        for segment in Recordings(Path(settings.url).parent).covering(due, now):
            if segment.start < due or segment.start + timedelta(seconds=LOOK_S) > now:
                continue
            spec = replace(source_spec(settings), url=str(segment.path), start=segment.start, watch="all")
            track = segment.path.with_suffix(Path(settings.track).suffix) if settings.track else None
            there = settings.model_copy(update={"track": str(track) if track else None})
            return open_source(spec, self._worker.clock), Ground(there, self._worker.street)
        return None


def _in_view(view: GroundView, place: NDArray[np.float64], size: tuple[int, int]) -> bool:
    """Whether a place on the ground, and a metre above it, can be seen in a picture of `size`."""
    if float(np.hypot(*(place - np.asarray(view.camera_xy)))) > FARTHEST_M:
        return False
    px = view.pixel([[place[0], place[1], 0.0], [place[0], place[1], 1.0]])
    return bool(np.isfinite(px).all() and (px[:, 0] > 0).all() and (px[:, 0] < size[0]).all() and px[1, 1] < size[1])


def _every_s(ground: Ground) -> float:
    """Seconds between looks: a vehicle passes a place in two or three seconds."""
    return PASSING_EVERY_S if ground.moving else EVERY_S
