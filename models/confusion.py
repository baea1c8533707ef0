"""The confusion sheet: what each thing was taken for at the working thresholds, and what stood for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.dataset import Sample, TruthBox
from models.evaluate import iou_matrix
from streams import Detection, ObjectKind

KINDS = tuple(ObjectKind)
BACKGROUND = len(KINDS)
NEEDED_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Error:
    """A mistake in one picture: a wanted box that was `missed`, something `false`, or one kind taken for another.

    `truth` is None where nothing is there, `said` where nothing was said.
    """

    sample: Sample
    truth: TruthBox | None
    said: Detection | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts (kinds + 1, kinds + 1): rows what is there, columns what was said, the last of each the background."""

    counts: NDArray[np.int64]
    errors: tuple[Error, ...]

    def to_json(self) -> dict[str, object]:
        """Rows by what is there, with the names of rows and columns."""
        names = [*(kind.value for kind in KINDS), "background"]
        return {"rows_are": "truth", "columns_are": "said", "names": names, "counts": self.counts.tolist()}


def confusion(
    samples: Sequence[Sample], found: Sequence[Sequence[Detection]], thresholds: Mapping[ObjectKind, float]
) -> Confusion:
    """Match what is handed out to what is there at IoU 0.5, whatever the kind, one to one.

    Like goes to like first. What is left over of either side is matched across kinds, best overlap first. Ignored
    boxes, and kinds that a picture does not label, count neither way.
    """
    counts = np.zeros((BACKGROUND + 1, BACKGROUND + 1), np.int64)
    errors: list[Error] = []
    for sample, detections in zip(samples, found, strict=True):
        said = sorted((d for d in detections if d.score >= thresholds.get(d.kind, 1.0)), key=lambda d: -d.score)
        for truth, one in _pairs(sample, said):
            row = BACKGROUND if truth is None else KINDS.index(truth.kind)
            column = BACKGROUND if one is None else KINDS.index(one.kind)
            counts[row, column] += 1
            if row != column:
                errors.append(Error(sample, truth, one))
    return Confusion(counts, tuple(errors))


def _pairs(sample: Sample, said: Sequence[Detection]) -> list[tuple[TruthBox | None, Detection | None]]:
    truth = list(sample.boxes)
    overlap = iou_matrix(
        np.array([d.box for d in said], float).reshape(-1, 4), np.array([t.box for t in truth], float).reshape(-1, 4)
    )
    alike = np.array([[d.kind is t.kind for t in truth] for d in said], bool).reshape(overlap.shape)
    wanted = np.array([not t.ignored for t in truth], bool)
    pairs: list[tuple[TruthBox | None, Detection | None]] = []
    free_said, free_truth = set(range(len(said))), set(np.flatnonzero(wanted).tolist())
    for allowed in (alike, ~alike):
        usable = np.where(allowed & wanted, overlap, 0.0)
        for n, m in sorted(zip(*np.nonzero(usable >= NEEDED_IOU), strict=True), key=lambda at: -usable[at]):
            if n in free_said and m in free_truth:
                free_said.discard(int(n))
                free_truth.discard(int(m))
                pairs.append((truth[m], said[n]))
    over: NDArray[np.bool_] = np.where(alike & ~wanted, overlap, 0.0) >= NEEDED_IOU
    skipped = np.any(over, axis=1).tolist()
    pairs += [(None, said[n]) for n in sorted(free_said) if said[n].kind in sample.kinds and not skipped[n]]
    pairs += [(truth[m], None) for m in sorted(free_truth) if truth[m].kind in sample.kinds]
    return pairs
