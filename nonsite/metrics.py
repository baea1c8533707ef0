"""The figures of worker and hub, as Prometheus reads them; docs/deployment.md says what each tells."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from prometheus_client import Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector
from sqlalchemy.exc import SQLAlchemyError

from records import Clock, NonsiteError
from streams import CameraState, Detection, Image, NetworkInFront, SourceState, SpoolingBus

if TYPE_CHECKING:
    from nonsite.worker import Worker

_SOON_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
FRAME_AGE = Histogram("nonsite_frame_age_seconds", "Age of a frame when it was judged", buckets=_SOON_S)
SESSION = Counter("nonsite_session_seconds", "Seconds that the network ran")
PICTURES = Counter("nonsite_session_pictures", "Pictures that the network saw")
ALERTS = Counter("nonsite_alerts", "Alerts raised", ["kind"])
ALERT_DELAY = Histogram("nonsite_alert_delay_seconds", "From the frame that met the rule to the bus", buckets=_SOON_S)
LEAD_DELAY = Histogram(
    "nonsite_lead_delay_seconds", "From the frame that met the rule to the database", buckets=_SOON_S
)
MESSAGES = Counter("nonsite_messages", "Messages of the bus that had their effect", ["topic"])
PUT_OFF = Counter("nonsite_messages_put_off", "Times that a message had to wait for the database", ["topic"])
SHADOW = Counter("nonsite_shadow_detections", "What a candidate and the present network see", ["kind", "who"])
DEAD_LETTERS = Counter("nonsite_dead_letters", "Messages that nobody could digest", ["topic"])


class TimedNetwork(NetworkInFront):
    """A network whose time is counted."""

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        began_s = time.perf_counter()
        try:
            return self._network.detect(images, min_score)
        finally:
            SESSION.inc(time.perf_counter() - began_s)
            PICTURES.inc(len(images))


class Figures(Collector):
    """Gauges that are read when somebody asks, each from the part that knows it."""

    def __init__(self, gauges: Mapping[str, tuple[str, Callable[[], float]]], lag: Callable[[], Mapping[str, int]]):
        self._gauges, self._lag = gauges, lag
        REGISTRY.register(self)

    def close(self) -> None:
        """Be asked no more."""
        REGISTRY.unregister(self)

    def collect(self) -> Iterator[Metric]:
        for name, (what, read) in self._gauges.items():
            try:
                value = read()
            except (NonsiteError, SQLAlchemyError):
                value = float("nan")  # what it is read from is away; the other figures are not
            yield GaugeMetricFamily(name, what, value=value)
        lag = GaugeMetricFamily("nonsite_bus_lag", "Messages of a topic yet to be taken", labels=["topic"])
        for topic, behind in self._lag().items():
            lag.add_metric([topic], behind)
        yield lag


class SourceFigures(Collector):
    """What became of every source's frames, and how each source is."""

    def __init__(self, worker: "Worker") -> None:
        self._worker = worker
        REGISTRY.register(self)

    def close(self) -> None:
        """Be asked no more."""
        REGISTRY.unregister(self)

    def collect(self) -> Iterator[Metric]:
        frames = CounterMetricFamily("nonsite_frames", "Frames by what became of them", labels=["source", "fate"])
        for source, counts in self._worker.crew.counts.items():
            for fate in ("offered", "decoded", "analysed", "carried", "replaced", "aged", "damaged"):
                frames.add_metric([source, fate], getattr(counts, fate))
        yield frames
        watched = list(self._worker.watchings.values())
        states = GaugeMetricFamily("nonsite_sources", "Sources by state", labels=["state"])
        for state in SourceState:
            states.add_metric([state.value], sum(one.source.state is state for one in watched))
        yield states
        lost = CounterMetricFamily("nonsite_source_reconnects", "Connections lost", labels=["source"])
        for one in watched:
            lost.add_metric([one.id], one.source.reconnects)
        yield lost
        ring = GaugeMetricFamily("nonsite_ring_bytes", "Bytes of original video kept in memory")
        ring.add_metric([], sum(one.source.ring.bytes for one in watched))
        yield ring
        yield from self._cameras()

    def _cameras(self) -> Iterator[Metric]:
        """How each camera is: its state, how far its scene lies off, how sharp it is, what its network has left."""
        watched = list(self._worker.watchings.values())
        states = GaugeMetricFamily("nonsite_cameras_state", "Cameras by what their pictures say", labels=["state"])
        for state in CameraState:
            states.add_metric([state.value], sum(one.camera.check.state is state for one in watched))
        yield states
        stopped = GaugeMetricFamily("nonsite_camera_stopped", "Raises no alerts: why", labels=["source", "reason"])
        shift = GaugeMetricFamily("nonsite_camera_shift_px", "How far the scene lies off", labels=["source"])
        sharp = GaugeMetricFamily("nonsite_camera_sharpness", "Share of its usual sharpness", labels=["source"])
        drift = GaugeMetricFamily(
            "nonsite_camera_drift", "Deviations of detections from history", labels=["source", "kind", "figure"]
        )
        for one in watched:
            if one.camera.check.state.stops:
                stopped.add_metric([one.id, one.camera.check.reason], 1)
            if one.camera.shift_px is not None:
                shift.add_metric([one.id], one.camera.shift_px)
            if one.camera.check.lens.sharpness is not None:
                sharp.add_metric([one.id], one.camera.check.lens.sharpness)
            for away in one.camera.drift.drifts:
                drift.add_metric([one.id, str(away.kind), str(away.figure)], away.deviation)
        yield from (stopped, shift, sharp, drift)


def spool_gauges(bus: SpoolingBus) -> dict[str, tuple[str, Callable[[], float]]]:
    """How a worker stands with the bus."""
    return {
        "nonsite_bus_connected": ("Whether the bus takes what it is given", lambda: float(bus.connected)),
        "nonsite_spool_messages": ("Messages that wait on disk for the bus", lambda: float(bus.spool.depth)),
        "nonsite_spool_bytes": ("Their size", lambda: float(bus.spool.bytes)),
        "nonsite_spool_room_bytes": ("The most they may be", lambda: float(bus.spool.max_bytes)),
    }


def age_s(clock: Clock, since: datetime) -> float:
    """Seconds since a moment, none below zero."""
    return max(0.0, (clock.now() - since).total_seconds())
