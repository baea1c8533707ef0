"""One run of many cameras, the whole way up to alerts, in a process of its own.

`python -m benchmarks.stream_parts.live` takes its order (`Order`, as JSON) on standard input and answers with one JSON
document. The cameras come from `replay`, whose CPU is counted apart.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.stream_parts import replay, street
from detectors import IncidentStore, Watcher
from geofence import StreetIndex, load_street
from models import Runtime, load_network
from nonsite.camera import CameraHealth
from nonsite.demo.truth import Raised, score
from nonsite.rules import detector_rules
from nonsite.settings import CameraCheckSettings
from nonsite.streaming import everything
from nonsite.watching import Ground
from notify import load_profile
from records import parse_iso
from streams import InProcessBus, Look, Network, Scheduler, Source, SourceSpec, open_source, topics
from streams.readers import readers
from tests.services.kafka import free_ports

WARM_UP_S = 20.0
SILENT_S = 5.0
COUNTED = ("offered", "decoded", "analysed", "carried", "replaced", "aged", "damaged")


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: `cameras` for `seconds` of their videos (`length_s` long, which is as much more as their parts of it
    lie apart), `networks` sessions.

    One camera in ten looks at a street with its law, where every scripted incident must be found, or none (`law`). The
    others see the same people, cars and stalls where nothing is forbidden: a city does not break the law at every
    corner at once.
    """

    folder: str
    cameras: int
    seconds: float
    length_s: float
    gate: bool = True
    networks: int = 2
    network: str | None = None
    runtime: Runtime = "onnx"
    law: bool = True

    def eventful(self, n: int) -> bool:
        """Whether camera n looks at the street with its law: the first two of every twenty, one at each video."""
        return self.law and n % 20 < 2


class StoryClock:
    """The wall clock of the story that the videos tell; its pace is the host's."""

    def __init__(self, start: datetime) -> None:
        self._start, self._began_s = start, time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._began_s)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(slots=True)
class Seen:
    """What one camera gave."""

    watcher: Watcher
    ground: Ground
    camera: CameraHealth
    looks: int = 0
    alerts: list[dict[str, Any]] = field(default_factory=list)
    frame_s: float = 0.0
    handed_s: float = 0.0
    first_s: float = 0.0
    last_s: float = 0.0

    def looks_per_s(self, ended_s: float) -> float:
        """Looks a second from the first to the last of the stretch, by receipt of their pictures; to the stretch's end
        where the camera fell silent before it. (Looks over the stretch's length would be one more or one less by where
        in a camera's two seconds the stretch begins.)"""
        until_s = ended_s if ended_s - self.last_s > SILENT_S else self.last_s
        return (self.looks - 1) / (until_s - self.first_s) if self.looks > 1 else 0.0


@dataclass(slots=True)
class Marks:
    """Times of the measured stretch."""

    ages_s: list[float] = field(default_factory=list)
    received_to_told_s: list[float] = field(default_factory=list)
    met_to_told_s: list[float] = field(default_factory=list)
    observing_s: float = 0.0
    measuring: bool = False


def run(order: Order) -> dict[str, Any]:
    cv2.setNumThreads(1)
    made = street.scenes(Path(order.folder), order.length_s)
    clock = StoryClock(made[0].start)
    port = free_ports(1)[0]
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stream_parts.replay", str(port), *(str(scene.video) for scene in made)],
        stdout=subprocess.PIPE,
    )
    try:
        assert server.stdout is not None and server.stdout.readline().strip() == b"ready"
        return watched(order, made, clock, port, server.pid)
    finally:
        server.kill()


def cameras(
    order: Order, made: list[street.Scene], clock: StoryClock, port: int, network: Network, bus: InProcessBus
) -> tuple[list[Source], dict[str, Seen]]:
    """The sources of a run, and a watcher for each."""
    district = load_street(street.street())
    indices = {True: StreetIndex(district), False: StreetIndex(load_street(street.lenient()))}
    rules = detector_rules(load_profile("demo"))
    sources: list[Source] = []
    seen: dict[str, Seen] = {}
    for n in range(order.cameras):
        name = f"cam-{n:03d}"
        settings = made[n % len(made)].settings(name, f"rtsp://127.0.0.1:{port}/{n}")
        source = open_source(SourceSpec(name, settings.url, kind="camera", gate=order.gate), clock, must_connect=False)
        store, index = IncidentStore(rules, clock, name), indices[order.eventful(n)]
        ground = Ground(settings, district)
        camera = CameraHealth(settings, ground, CameraCheckSettings.model_validate({}), clock.now())
        watcher = Watcher(
            name, index, rules, network, clock, store, bus.publish, confirm=source.confirm, doubt=camera.doubt
        )
        seen[name] = Seen(watcher, ground, camera)
        sources.append(source)
    return sources, seen


def watched(order: Order, made: list[street.Scene], clock: StoryClock, port: int, server: int) -> dict[str, Any]:
    """Let the cameras run, warm up, and measure the rest."""
    networks = [load_network(order.network, runtime=order.runtime) for _ in range(order.networks)]
    marks, bus = Marks(), InProcessBus()
    before_mb = memory_mb()
    sources, seen = cameras(order, made, clock, port, networks[0], bus)
    on_look, told = noting(seen, marks, clock)
    bus.subscribe(topics.ALERTS, "benchmark", told)
    hold_ratio = detector_rules(load_profile("demo")).hold_score_ratio
    scheduler = Scheduler(sources, networks, clock, hold_ratio=hold_ratio, concurrent=True)
    runner = threading.Thread(target=scheduler.run, args=(on_look,), daemon=True)
    runner.start()
    wait(WARM_UP_S)
    counts, cpu, observed = totals(scheduler, sources), cpu_s(server), marks.observing_s
    marks.measuring, began_s = True, time.monotonic()
    wait(order.seconds - WARM_UP_S)
    marks.measuring, ended_s = False, time.monotonic()
    passed_s = ended_s - began_s
    after, spent = totals(scheduler, sources), {who: cpu_s(server)[who] - cpu[who] for who in cpu}
    states = Counter(str(source.state) for source in sources)
    ring_mb = sum(source.ring.bytes for source in sources) / 1e6
    used_mb = memory_mb()
    scheduler.stop()
    runner.join(30)
    done = {name: after[name] - counts[name] for name in after}
    return {
        "order": asdict(order),
        "videos": [json.loads(street.described(scene)) for scene in made],
        "states": dict(states),
        "seconds": passed_s,
        "frames": done,
        "passed_share": done["analysed"] / max(done["analysed"] + done["carried"], 1),
        "looks_per_s_mean": float(np.mean([one.looks for one in seen.values()])) / passed_s,
        "looks_per_s_min": min(one.looks_per_s(ended_s) for one in seen.values()),
        "age_s": spread(marks.ages_s),
        "cpu_cores": {who: value / passed_s for who, value in spent.items()},
        "observing_cores": (marks.observing_s - observed) / passed_s,
        "memory_mb": {"before": before_mb, "after": used_mb, "rings": ring_mb},
        "a0_from_receipt_s": spread(marks.received_to_told_s),
        "a0_from_rule_met_s": spread(marks.met_to_told_s),
        **judged(order, made, seen),
    }


def noting(
    seen: dict[str, Seen], marks: Marks, clock: StoryClock
) -> tuple[Callable[[Look], None], Callable[[dict[str, Any]], None]]:
    """What takes in each look, and each alert that is told, and marks when."""

    def on_look(look: Look) -> None:
        one, now_s = seen[look.source.spec.id], time.monotonic()
        one.frame_s, one.handed_s = look.frame.received_monotonic_s, now_s
        if marks.measuring:
            one.first_s, one.last_s = one.first_s or one.frame_s, one.frame_s
            one.looks += 1
            marks.ages_s.append((clock.now() - look.frame.captured_at).total_seconds())
        view = one.ground.at(look.frame.captured_at)
        one.camera.look(look)
        if view is not None:
            one.watcher.observe(look.frame, everything(look), view)
        marks.observing_s += time.monotonic() - now_s

    def told(message: dict[str, Any]) -> None:
        one, now_s = seen[message["source_id"]], time.monotonic()
        one.alerts.append(message)
        marks.received_to_told_s.append(now_s - one.frame_s)
        marks.met_to_told_s.append(now_s - one.handed_s)

    return on_look, told


def judged(order: Order, made: list[street.Scene], seen: dict[str, Seen]) -> dict[str, Any]:
    """Alerts against the script, camera by camera: of the incidents whose dwell was over well before the end."""
    found = Counter[str]()
    missed: list[str] = []
    for n, (name, one) in enumerate(seen.items()):
        scene = made[n % len(made)]
        if not order.eventful(n):
            found["beside"] += len(one.alerts)
            continue
        last = scene.start + timedelta(seconds=order.seconds - WARM_UP_S - 75.0)
        ahead = timedelta(seconds=replay.ahead_s(n, order.length_s))
        shown = [replace(one, start=one.start - ahead, end=one.end - ahead) for one in scene.incidents]
        due = [incident for incident in shown if incident.lawful or incident.start <= last]
        result = score(due, [raised(message) for message in one.alerts], {})
        found["wanted"] += sum(not incident.lawful for incident in due)
        found["matched"] += len(result.matched)
        found["repeated"] += len(result.repeated)
        found["beside"] += len(one.alerts) - len(result.matched) - len(result.repeated)
        missed += [f"{name}:{incident}" for incident in result.missed]
    return {"incidents": dict(found), "missed": missed[:20]}


def raised(message: dict[str, Any]) -> Raised:
    """An alert message as the score wants it."""
    opened, at = parse_iso(message["opened"]), parse_iso(message["raised"])
    return Raised(message["id"], message["kind"], message["lon"], message["lat"], opened, at)


def wait(seconds: float) -> None:
    threading.Event().wait(max(0.0, seconds))


def totals(scheduler: Scheduler, sources: list[Source]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in scheduler.counts.values():
        total.update({name: getattr(counts, name) for name in COUNTED})
    total["missed"] = sum(source.missed for source in sources)
    return total


def cpu_s(server: int) -> dict[str, float]:
    """CPU seconds, user and system, of this process, of the readers and of the sending server."""
    return {
        "program": time.process_time(),
        "readers": sum(_cpu_of(pid) for pid in readers().pids),
        "server": _cpu_of(server),
    }


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def memory_mb() -> float:
    """Proportional memory of this process and its readers, MB."""
    total = 0
    for pid in ("self", *readers().pids):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total * 1024 / 1e6


def spread(values: list[float]) -> dict[str, float] | None:
    if not values:
        return None
    p50, p95 = np.percentile(values, [50, 95])
    return {"p50": float(p50), "p95": float(p95), "max": max(values), "n": len(values)}


if __name__ == "__main__":
    print(json.dumps(run(Order(**json.load(sys.stdin)))))
