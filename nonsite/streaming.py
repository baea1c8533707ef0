"""Between the streams and the rest of a worker: settings of a source, what is looked at, clock and health as facts."""

from datetime import datetime

import onnxruntime

from detectors import IncidentStore, open_incidents
from evidence import CameraFacts, ClockFacts, HealthFacts
from nonsite.settings import SourceSettings
from streams import Detection, HostClock, LiveSource, Look, Source, SourceSpec

_GPU = ("CUDAExecutionProvider", "ROCMExecutionProvider")


def gpu_providers() -> list[str]:
    """The execution providers to open a network with where this ONNX Runtime has a GPU's, the CPU behind it for what
    the GPU cannot; empty where there is none."""
    found = [name for name in onnxruntime.get_available_providers() if name in _GPU]
    return [*found, "CPUExecutionProvider"] if found else []


def source_spec(source: SourceSettings) -> SourceSpec:
    """The source as `streams` wants it."""
    return SourceSpec(
        source.id, source.url, kind=source.kind, start=source.start, watch=source.watch, sub_url=source.sub_url
    )


def everything(look: Look) -> tuple[Detection, ...]:
    """What a watcher follows: what the network is sure of, and what is faint but may be what stood there before."""
    return (*look.detections, *look.faint)


def clock_facts(shared: bool, now: datetime, source: Source | None = None) -> ClockFacts:
    """What is known of this machine's clock, for a package of `source`.

    A shared clock is its own reference. The host's is judged by its kernel; a step that a live source has not followed
    is an offset of the times in its package, whichever of the two is right.
    """
    if shared:
        return ClockFacts(source="shared", offset_ms=0, measured_at=now)
    host = HostClock.read()
    step_s = source.clock_step_s if isinstance(source, LiveSource) else 0.0
    name = "host, disciplined" if host.synchronised else "host, not disciplined"
    return ClockFacts(source=name, offset_ms=round(1000 * (host.offset_s + step_s)), measured_at=now)


def health_facts(source: Source, free_bytes: int | None = None, camera: CameraFacts | None = None) -> HealthFacts:
    """Whether the source came whole, and saw what it was calibrated on."""
    lost, reconnects = len(source.ring.gaps), source.reconnects
    return HealthFacts(packets_lost=lost, reconnects=reconnects, free_bytes=free_bytes, camera=camera)


def follow_clock(source: Source, store: IncidentStore, waiting: bool) -> bool:
    """Let a live source go over to the host's clock after a step of it, as soon as nothing of it is being timed: no
    incident runs and no alert waits for its clip. Returns whether it did."""
    if not isinstance(source, LiveSource) or source.clock_step_s == 0.0 or waiting:
        return False
    if any(not incident.alerted for incident in open_incidents(store, source.spec.id)):
        return False
    source.follow_clock()
    return True
