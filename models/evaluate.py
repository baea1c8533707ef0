"""Average precision of a network on labelled pictures, COCO style (101 recall points), per object kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.dataset import Sample, TruthBox
from streams import Detection, Network, ObjectKind

IOUS: tuple[float, ...] = tuple(0.5 + 0.05 * step for step in range(10))
FEW_BOXES = 40
LOWEST_SCORE = 0.001
MOST_OF_A_KIND = 100
"""Detections of one kind that count in a picture, best first, as COCO has it."""

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class KindReport:
    """Figures of one kind: wanted `boxes`; `hits` and `false` count at the network's own threshold, IoU 0.5.

    Of `rejected`, what a person said is none of the kind, it is sure of `again` all the same.
    """

    kind: ObjectKind
    boxes: int
    map50: float
    map50_95: float
    hits: int
    false: int
    rejected: int = 0
    again: int = 0

    @property
    def too_few_to_judge(self) -> bool:
        """Fewer than `FEW_BOXES` boxes: an average precision would say more about the sample than the network."""
        return self.boxes < FEW_BOXES

    @property
    def precision(self) -> float | None:
        """Share of what is handed out that is right; None where nothing is handed out."""
        said = self.hits + self.false
        return self.hits / said if said else None

    @property
    def recall(self) -> float | None:
        """Share of the wanted boxes that is handed out; None where none is wanted."""
        return self.hits / self.boxes if self.boxes else None


@dataclass(frozen=True, slots=True)
class Ranked:
    """All detections of one kind on the pictures that label it: `score` (n,), best first.

    `hit` and `skip` (len(IOUS), n) as `match` gives them; `wanted` counts the truth boxes that are not ignored.
    """

    score: FloatArray
    hit: BoolArray
    skip: BoolArray
    wanted: int

    def judged(self) -> tuple[FloatArray, BoolArray]:
        """Score and whether it hit at IoU 0.5, of those that count either way."""
        counts = ~self.skip[0]
        return self.score[counts], self.hit[0][counts]


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
    return judge(samples, find(network, samples), network.thresholds, network.name, network.sha256)


def find(
    network: Network, samples: Sequence[Sample], progress: Callable[[int], None] = lambda done: None
) -> list[list[Detection]]:
    """What the network sees in every sample at the lowest score; `progress` is told how many are done."""
    found: list[list[Detection]] = []
    for sample in samples:
        found += network.detect([sample.image()], LOWEST_SCORE)
        progress(len(found))
    return found


def judge(
    samples: Sequence[Sample],
    found: Sequence[Sequence[Detection]],
    thresholds: Mapping[ObjectKind, float],
    name: str = "",
    sha256: str = "",
) -> Report:
    """Figures of detections already made, `found[i]` on `samples[i]`."""
    named = {box.kind for sample in samples for box in (*sample.boxes, *sample.rejected)}
    kinds = [kind for kind in ObjectKind if kind in named]
    reports = {kind: _judge_kind(kind, samples, found, thresholds.get(kind, 1.0)) for kind in kinds}
    return Report(name, sha256, len(samples), reports)


def _judge_kind(
    kind: ObjectKind, samples: Sequence[Sample], found: Sequence[Sequence[Detection]], threshold: float
) -> KindReport:
    ranked = rank(kind, samples, found)
    precisions = [
        average_precision(ranked.score[~skip], hit[~skip], ranked.wanted)
        for hit, skip in zip(ranked.hit, ranked.skip, strict=True)
    ]
    score, hit = ranked.judged()
    handed_out = score >= threshold
    return KindReport(
        kind=kind,
        boxes=ranked.wanted,
        map50=precisions[0],
        map50_95=float(np.mean(precisions)),
        hits=int((hit & handed_out).sum()),
        false=int((~hit & handed_out).sum()),
        rejected=sum(box.kind is kind for sample in samples for box in sample.rejected),
        again=sum(
            said_again(box, detections, threshold)
            for sample, detections in zip(samples, found, strict=True)
            for box in sample.rejected
            if box.kind is kind
        ),
    )


def said_again(box: TruthBox, detections: Sequence[Detection], threshold: float) -> bool:
    """Whether a thing that was rejected is handed out once more, at IoU 0.5."""
    same = [one.box for one in detections if one.kind is box.kind and one.score >= threshold]
    return bool(same) and bool(iou_matrix(np.array(same), np.array([box.box])).max() >= IOUS[0])


def rank(kind: ObjectKind, samples: Sequence[Sample], found: Sequence[Sequence[Detection]]) -> Ranked:
    """Match and rank the detections of one kind, `found[i]` on `samples[i]`, where the sample labels the kind."""
    scores, hits, skips = [np.empty(0)], [np.empty((len(IOUS), 0), bool)], [np.empty((len(IOUS), 0), bool)]
    wanted = 0
    for sample, detections in zip(samples, found, strict=True):
        if kind not in sample.kinds:
            continue
        ours = sorted((d for d in detections if d.kind is kind), key=lambda d: -d.score)[:MOST_OF_A_KIND]
        truth = [box for box in sample.boxes if box.kind is kind]
        wanted += sum(not box.ignored for box in truth)
        hit, skip = match(
            np.array([d.box for d in ours], float).reshape(-1, 4),
            np.array([box.box for box in truth], float).reshape(-1, 4),
            np.array([box.ignored for box in truth], bool),
        )
        scores.append(np.array([d.score for d in ours], float))
        hits.append(hit)
        skips.append(skip)
    score = np.concatenate(scores)
    order = np.argsort(-score, kind="stable")
    return Ranked(score[order], np.concatenate(hits, axis=1)[:, order], np.concatenate(skips, axis=1)[:, order], wanted)


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
