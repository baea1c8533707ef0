"""Average precision of a network on labelled pictures, COCO style (101 recall points), per object kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.dataset import Sample
from streams import Detection, Network, ObjectKind

IOUS: tuple[float, ...] = tuple(0.5 + 0.05 * step for step in range(10))
FEW_BOXES = 40
LOWEST_SCORE = 0.001

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class KindReport:
    """Figures of one kind: wanted `boxes`; `hits` and `false` count at the network's own threshold, IoU 0.5."""

    kind: ObjectKind
    boxes: int
    map50: float
    map50_95: float
    hits: int
    false: int

    @property
    def too_few_to_judge(self) -> bool:
        """Fewer than `FEW_BOXES` boxes: an average precision would say more about the sample than the network."""
        return self.boxes < FEW_BOXES


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one network on one set of pictures."""

    network: str
    sha256: str
    pictures: int
    kinds: Mapping[ObjectKind, KindReport]

    @property
    def judged(self) -> list[KindReport]:
        """Kinds with boxes enough."""
        return [report for report in self.kinds.values() if not report.too_few_to_judge]

    @property
    def map50(self) -> float:
        """Mean over the judged kinds (0 without any)."""
        return float(np.mean([report.map50 for report in self.judged])) if self.judged else 0.0

    @property
    def map50_95(self) -> float:
        """Mean over the judged kinds (0 without any)."""
        return float(np.mean([report.map50_95 for report in self.judged])) if self.judged else 0.0


def evaluate(network: Network, samples: Sequence[Sample]) -> Report:
    """Run the network over the samples at the lowest score and judge every kind that occurs in their labels."""
    found = [network.detect([sample.image()], LOWEST_SCORE)[0] for sample in samples]
    return judge(samples, found, network.thresholds, network.name, network.sha256)


def judge(
    samples: Sequence[Sample],
    found: Sequence[Sequence[Detection]],
    thresholds: Mapping[ObjectKind, float],
    name: str = "",
    sha256: str = "",
) -> Report:
    """Figures of detections already made, `found[i]` on `samples[i]`."""
    kinds = [kind for kind in ObjectKind if any(box.kind is kind for sample in samples for box in sample.boxes)]
    reports = {kind: _judge_kind(kind, samples, found, thresholds.get(kind, 1.0)) for kind in kinds}
    return Report(name, sha256, len(samples), reports)


def _judge_kind(
    kind: ObjectKind, samples: Sequence[Sample], found: Sequence[Sequence[Detection]], threshold: float
) -> KindReport:
    scores: list[FloatArray] = []
    matches: list[BoolArray] = []
    ignored: list[BoolArray] = []
    wanted = 0
    for sample, detections in zip(samples, found, strict=True):
        if kind not in sample.kinds:
            continue
        ours = sorted((d for d in detections if d.kind is kind), key=lambda d: -d.score)
        truth = [box for box in sample.boxes if box.kind is kind]
        wanted += sum(not box.ignored for box in truth)
        hit, skip = match(
            np.array([d.box for d in ours], float).reshape(-1, 4),
            np.array([box.box for box in truth], float).reshape(-1, 4),
            np.array([box.ignored for box in truth], bool),
        )
        scores.append(np.array([d.score for d in ours], float))
        matches.append(hit)
        ignored.append(skip)
    if not scores:
        return KindReport(kind, 0, 0.0, 0.0, 0, 0)
    score, hit, skip = np.concatenate(scores), np.concatenate(matches, axis=1), np.concatenate(ignored, axis=1)
    precisions = [average_precision(score[~s], h[~s], wanted) for h, s in zip(hit, skip, strict=True)]
    handed_out = (score >= threshold) & ~skip[0]
    return KindReport(
        kind=kind,
        boxes=wanted,
        map50=precisions[0],
        map50_95=float(np.mean(precisions)),
        hits=int((hit[0] & handed_out).sum()),
        false=int((~hit[0] & handed_out).sum()),
    )


def match(boxes: FloatArray, truth: FloatArray, ignored: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Match detections to truth, COCO style: best score first, each to the best free truth box.

    Args:
        boxes: (n, 4) xyxy, best score first.
        truth: (m, 4) xyxy.
        ignored: (m,) truth boxes that count neither way and may take any number of detections.

    Returns:
        hit and skip, both (len(IOUS), n): matched a wanted box; matched only an ignored one.
    """
    hit = np.zeros((len(IOUS), len(boxes)), bool)
    skip = np.zeros_like(hit)
    overlap = iou_matrix(boxes, truth)
    for level, needed in enumerate(IOUS):
        free = ~ignored
        for n in range(len(boxes)):
            enough = overlap[n] >= needed - 1e-9
            candidates = np.flatnonzero(enough & free)
            if candidates.size:
                free[candidates[overlap[n, candidates].argmax()]] = False
                hit[level, n] = True
            elif (enough & ignored).any():
                skip[level, n] = True
    return hit, skip


def iou_matrix(a: FloatArray, b: FloatArray) -> FloatArray:
    """Intersection over union of xyxy boxes (n, 4) and (m, 4): (n, m)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(1), (b[:, 2:] - b[:, :2]).prod(1)
    union = area_a[:, None] + area_b[None] - common
    iou: FloatArray = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return iou


def average_precision(scores: FloatArray, hits: BoolArray, wanted: int) -> float:
    """Area under the precision envelope at 101 recall points, as COCO has it; 0 if nothing was wanted."""
    if wanted == 0 or len(scores) == 0:
        return 0.0
    order = np.argsort(-scores, kind="stable")
    true = hits[order].cumsum()
    recall = true / wanted
    precision = true / np.arange(1, len(order) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101) - 1e-12, side="left")
    return float(np.where(at < len(envelope), envelope[np.minimum(at, len(envelope) - 1)], 0.0).mean())
