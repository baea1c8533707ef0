"""Reliability: whether what scores 0.8 is right in eight of ten cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.evaluate import Ranked

BINS = 10
FROM_SCORE = 0.05
"""Calibration counts what scores at least this [given]: below lies what nobody acts on, by the thousand, and it would
decide the error alone."""


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """Detections with a score in [low, high): how many, their mean score, and the share that was right."""

    low: float
    high: float
    count: int
    score: float
    right: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """The curve of one kind, empty bins left out, and its expected calibration error."""

    bins: tuple[ScoreBin, ...]
    detections: int
    error: float | None


def reliability(ranked: Ranked) -> Reliability:
    """Bins of equal width over the score, and the expected calibration error: the mean over all detections of the
    distance between a bin's score and its share of hits at IoU 0.5 (Guo et al. 2017, On calibration of modern neural
    networks, ICML); None without a detection."""
    score, hit = ranked.judged()
    seen = score >= FROM_SCORE
    score, hit = score[seen], hit[seen]
    place = np.minimum((score * BINS).astype(int), BINS - 1)
    bins = tuple(
        ScoreBin(n / BINS, (n + 1) / BINS, int(here.sum()), float(score[here].mean()), float(hit[here].mean()))
        for n in range(BINS)
        if (here := place == n).any()
    )
    if not len(score):
        return Reliability((), 0, None)
    error = sum(one.count * abs(one.score - one.right) for one in bins) / len(score)
    return Reliability(bins, len(score), error)
