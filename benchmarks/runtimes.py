"""Figures of what computes a network: ONNX Runtime in float32 beside OpenVINO in the precision the processor offers.

Run as `python -m benchmarks.runtimes [--json] [--quick] [--network NAME_OR_CARD] [--pictures FOLDER]`: CPU time of a
picture, and what the other precision costs in accuracy, on the splits that the card names (real ones where the shared
data is, generated ones drawn once into the folder); --quick leaves the generated ones out. One thread each.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.figure import Figure, tell, wanted
from models import OnnxNetwork, Report, Sample, evaluate, load_network, standard_splits
from records import BadInput
from streams import Detection, Image

ROUNDS = 5
LOOKS = 20
SIZE = (1280, 720)


def ms_a_picture(networks: Mapping[str, OnnxNetwork], image: Image) -> dict[str, float]:
    """CPU milliseconds of a picture, median of rounds that alternate between the networks."""
    taken: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(ROUNDS):
        for name, network in networks.items():
            network.detect([image])
            start = time.process_time()
            for _ in range(LOOKS):
                network.detect([image])
            taken[name].append(1000 * (time.process_time() - start) / LOOKS)
    return {name: statistics.median(values) for name, values in taken.items()}


def apart(networks: Sequence[OnnxNetwork], samples: Sequence[Sample]) -> tuple[list[float], list[float]]:
    """Differences in score and in pixels of what both networks see in the same place."""
    scores, boxes = [], []
    for sample in samples:
        one, other = (network.detect([sample.image()])[0] for network in networks)
        for mine in one:
            near = [their for their in other if their.kind is mine.kind and apart_px(mine, their) < 8]
            if near:
                their = min(near, key=lambda found: apart_px(mine, found))
                scores.append(abs(mine.score - their.score))
                boxes.append(apart_px(mine, their))
    return scores, boxes


def apart_px(one: Detection, other: Detection) -> float:
    return max(abs(a - b) for a, b in zip(one.box, other.box, strict=True))


def worst_drop(before: Report, after: Report) -> float:
    """Points of mAP50 by which the worst judged kind falls."""
    return max(100 * (one.map50 - after.kinds[one.kind].map50) for one in before.judged)


def accuracy(networks: Mapping[str, OnnxNetwork], pictures: Path, quick: bool) -> list[Figure]:
    """mAP50 of both on every split, and how far single answers lie apart."""
    figures: list[Figure] = []
    scores: list[float] = []
    boxes: list[float] = []
    for split, (origin, samples, _) in standard_splits(pictures, lambda said: print(said, file=sys.stderr)).items():
        if quick and origin != "real":
            continue
        reports = {name: evaluate(network, samples) for name, network in networks.items()}
        for name, report in reports.items():
            figures.append(Figure(f"{name}_map50_{split}", report.map50, "mean of the judged kinds"))
        plain, fast = reports.values()
        figures.append(wanted(f"points_lost_{split}", 100 * (plain.map50 - fast.map50), "points of mAP50", most=1))
        figures.append(Figure(f"points_lost_worst_kind_{split}", worst_drop(plain, fast), "points of mAP50"))
        more = apart(list(networks.values()), samples[:60])
        scores += more[0]
        boxes += more[1]
    for what, values, unit in (("score", scores, ""), ("box", boxes, "px")):
        figures.append(Figure(f"{what}_apart_p95", float(np.percentile(values, 95)), unit))
        figures.append(Figure(f"{what}_apart_p999", float(np.percentile(values, 99.9)), unit))
    return figures


def main() -> int:
    """Measure, print, and tell by the exit status whether every wanted figure was met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--quick", action="store_true", help="real pictures only")
    parser.add_argument("--network", help="a network of the registry or the path of a card")
    parser.add_argument("--pictures", type=Path, default=Path("runs/splits"), help="where generated streets are drawn")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    try:
        networks = {name: load_network(options.network, runtime=name) for name in ("onnx", "openvino")}
    except BadInput as error:
        print(f"not met: {error}", file=sys.stderr)
        return 1
    print(f"{networks['openvino'].execution} beside {networks['onnx'].execution}", file=sys.stderr)
    image = np.asarray(np.random.default_rng(1).integers(0, 255, (SIZE[1], SIZE[0], 3)), np.uint8)
    cost = ms_a_picture(networks, image)
    figures = [Figure(f"{name}_picture", value, "ms of CPU") for name, value in cost.items()]
    figures.append(Figure("times_cheaper", cost["onnx"] / cost["openvino"], "CPU ratio"))
    figures += accuracy(networks, options.pictures, options.quick)
    return tell(figures, options.json)


if __name__ == "__main__":
    sys.exit(main())
