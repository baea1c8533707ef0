"""Figures of the streams: cameras on this machine up to their alerts, cost of a look, memory, growth, recovery.

Run as `python -m benchmarks.streams [--json] [--quick] [--only PART...] [--cameras N] [--network NAME_OR_CARD]
[--runtime NAME]`. Parts:

core      decoding, gate, bus, and the whole way over bare decode + bare network of the same frames
gate-on   many 1080p25 cameras, paced by an RTSP server of our own whose CPU is counted apart, up to alerts
gate-off  the same with every keyframe sent to the network
growth    1, 4, 16, 64, 100 cameras: CPU, memory, ages
peers     what people write today on the same video with the same weights (environments of their own in `runs/`)
faults    recovery from what a real RTSP server does wrong, at the deadlines of an installation (minutes)

Videos are made at the start and kept in `runs/streams`. CPU seconds are user and system time of processes, so other
work on the machine disturbs ages and counts more than costs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2

from benchmarks.figure import Figure, tell, wanted
from benchmarks.stream_parts import core, faults, peers
from benchmarks.stream_parts.live import Order
from models import load_network
from records import BadInput

FOLDER = Path("runs/streams")
LENGTH_S = 190.0
RUN_S = 150.0
AT_ONCE_S = 0.5
PARTS = ("core", "gate-on", "gate-off", "growth", "peers", "faults")


def core_part(options: argparse.Namespace) -> list[Figure]:
    seconds = 10 if options.quick else 40
    with tempfile.TemporaryDirectory() as folder:
        path = core.make_video(Path(folder) / "street.mp4", seconds)
        figures = core.decoding(path, seconds)
        try:
            figures += core.whole_way(path, load_network(options.network), seconds * core.FPS // core.GOP)
        except BadInput as error:
            print(f"no network, so no whole way: {error}", file=sys.stderr)
            figures.append(wanted("whole_way_to_bare", None, "CPU ratio", most=1.15))
    return [*figures, core.bus(2_000 if options.quick else 20_000)]


def live(
    options: argparse.Namespace, cameras: int, seconds: float, gate: bool = True, law: bool = True
) -> dict[str, Any]:
    """One run in a process of its own; its report goes to standard error as it comes."""
    length_s = 30.0 if options.quick else LENGTH_S
    order = Order(
        str(FOLDER), cameras, seconds, length_s, gate, network=options.network, runtime=options.runtime, law=law
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stream_parts.live"],
        input=json.dumps(asdict(order)), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the run of {cameras} cameras failed: {done.stderr.strip()[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    print(json.dumps(report), file=sys.stderr)
    return report


def many(options: argparse.Namespace, gate: bool) -> list[Figure]:
    """The run that counts: so many cameras, each looked at every two seconds, none missed, ages bounded."""
    aim = 100 if gate else 45
    cameras = options.cameras or (4 if options.quick else aim)
    report = live(options, cameras, 30.0 if options.quick else RUN_S, gate)
    name = "gate_on" if gate else "gate_off"
    ages = report["age_s"] or {"p95": None}
    a0 = report["a0_from_rule_met_s"] or {"p95": None}
    short = report["incidents"]["wanted"] - report["incidents"]["matched"]
    good = (
        round(report["looks_per_s_min"], 3) >= 0.5
        and ages["p95"] is not None
        and ages["p95"] <= 2.5
        and short == 0
        and (not gate or report["passed_share"] >= 0.2)
    )
    frames = report["frames"]
    return [
        wanted(f"{name}_cameras_kept_up_with", cameras if good else 0, "cameras", least=aim),
        Figure(f"{name}_looks_min", report["looks_per_s_min"], "looks/s of a camera"),
        wanted(f"{name}_age_p95", ages["p95"], "s", most=2.5),
        Figure(f"{name}_incidents_missed", short, f"of {report['incidents']['wanted']}", "0", short == 0),
        Figure(f"{name}_alerts_beside", report["incidents"]["beside"] + report["incidents"]["repeated"], "alerts"),
        Figure(f"{name}_passed_share", report["passed_share"], "of looks"),
        Figure(f"{name}_dropped", frames["replaced"] + frames["aged"] + frames["missed"], "frames"),
        Figure(f"{name}_cpu", report["cpu_cores"]["program"] + report["cpu_cores"]["readers"], "cores"),
        Figure(f"{name}_server_cpu", report["cpu_cores"]["server"], "cores"),
        wanted(f"{name}_a0_p95", None if a0["p95"] is None else 1000 * a0["p95"], "ms", most=150),
    ]


def growth(options: argparse.Namespace) -> list[Figure]:
    """CPU, memory and ages from one camera to a hundred, all alike: nobody breaks the law. CPU is linear where
    all lie near one straight line, from four cameras, that carry the program, to as many as never wait."""
    steps = (1, 4) if options.quick else (1, 4, 16, 64, 100)
    runs = {n: live(options, n, 30.0 if options.quick else 80.0, law=False) for n in steps}
    cost = {n: 100 * (run["cpu_cores"]["program"] + run["cpu_cores"]["readers"]) / n for n, run in runs.items()}
    beside = {n: run["memory_mb"]["after"] - run["memory_mb"]["rings"] for n, run in runs.items()}
    few, most = steps[1], steps[-1]
    at_once = [cost[n] for n in steps[1:] if (runs[n]["age_s"] or {"p95": 9.0})["p95"] < AT_ONCE_S] or [cost[few]]
    return [
        *(Figure(f"growth_cpu_{n}", value, "% of a core a camera") for n, value in cost.items()),
        *(Figure(f"growth_age_p95_{n}", (run["age_s"] or {}).get("p95"), "s") for n, run in runs.items()),
        *(Figure(f"growth_passed_share_{n}", run["passed_share"], "of looks") for n, run in runs.items()),
        wanted("growth_cpu_off_the_line", 100 * _off_line(at_once), "%", most=10),
        wanted("memory_per_camera", (beside[most] - beside[few]) / (most - few), "MB beside its ring", most=12),
        Figure("memory_program", beside[steps[0]], "MB beside the ring of one camera"),
    ]


def _off_line(costs: list[float]) -> float:
    """How far from the straight line through nothing that fits them best the costs of one lie at most, as a share."""
    return (max(costs) - min(costs)) / (max(costs) + min(costs))


def main() -> int:
    """Measure, print, and tell by the exit status whether every wanted figure was met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--quick", action="store_true", help="small: core and a few cameras, within a minute or two")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts alone")
    parser.add_argument("--cameras", type=int, help="instead of those wanted")
    parser.add_argument("--network", help="a network of the registry or the path of a card")
    parser.add_argument(
        "--runtime", choices=("onnx", "openvino"), default="openvino" if find_spec("openvino") else "onnx",
        help="what computes the network of all parts but core, which stays on ONNX Runtime as its peer does",
    )  # fmt: skip
    options = parser.parse_args()
    cv2.setNumThreads(1)
    parts: dict[str, Callable[[], list[Figure]]] = {
        "core": lambda: core_part(options),
        "gate-on": lambda: many(options, gate=True),
        "gate-off": lambda: many(options, gate=False),
        "growth": lambda: growth(options),
        "peers": lambda: peers.figures(FOLDER, LENGTH_S, options.runtime),
        "faults": faults.figures,
    }
    figures: list[Figure] = []
    for part in options.only or (("core", "gate-on") if options.quick else PARTS):
        figures += parts[part]()
    return tell(figures, options.json)


if __name__ == "__main__":
    sys.exit(main())
