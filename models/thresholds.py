"""The working threshold of every kind, chosen from what a network says on labelled pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.card import Card, ChosenThreshold, ThresholdCard
from models.dataset import Sample
from models.evaluate import FEW_BOXES, Ranked, rank
from streams import Detection, ObjectKind

BLOCK = 10
"""Neighbouring pictures look alike: they are dealt out in blocks of so many [given], one to choose on, one to judge."""
STEP = 1e-4
LOWEST, HIGHEST = 0.01, 0.99


@dataclass(frozen=True, slots=True)
class Choice:
    """A threshold and how it came about: `precision` is the lowest score that is precise enough; where none is, `f1`
    the score of the best F1; `kept` where there are too few boxes to choose by."""

    score: float
    by: Literal["precision", "f1", "kept"]


def choose(ranked: Ranked, precise: float, present: float) -> Choice:
    """The lowest score at which at least `precise` of what is handed out is right at IoU 0.5, else that of the best F1.

    `present` is kept where fewer than `FEW_BOXES` boxes are wanted.
    """
    score, hit = ranked.judged()
    if ranked.wanted < FEW_BOXES or not hit.any():
        return Choice(present, "kept")
    true = hit.cumsum()
    precision = true / np.arange(1, len(hit) + 1)
    ends = np.append(score[1:] < score[:-1], True)  # a threshold takes all that score alike
    enough = np.flatnonzero(ends & (precision >= precise) & (score >= LOWEST))
    if len(enough):
        return Choice(_rounded(float(score[enough[-1]])), "precision")
    f1 = np.where(ends, 2 * true / (np.arange(1, len(hit) + 1) + ranked.wanted), 0.0)
    return Choice(_rounded(float(score[f1.argmax()])), "f1")


def _rounded(score: float) -> float:
    return min(HIGHEST, max(LOWEST, round(math.floor(score / STEP + 1e-6) * STEP, 4)))


def halves(count: int) -> tuple[list[int], list[int]]:
    """Numbers of the pictures to choose on, and of those to judge the choice on: blocks in turn."""
    chosen_on = [n for n in range(count) if n // BLOCK % 2 == 0]
    return chosen_on, sorted(set(range(count)) - set(chosen_on))


def with_thresholds(
    card: Card, split: str, samples: Sequence[Sample], found: Sequence[Sequence[Detection]], precise: float
) -> Card:
    """The card with thresholds chosen on every other block of the pictures, and with what they give on the rest.

    Kinds that the pictures do not label, or too seldom, keep the threshold they have.
    """
    on, beside = halves(len(samples))
    kinds: dict[ObjectKind, ChosenThreshold] = {}
    for kind, present in card.thresholds.items():
        choice = choose(rank(kind, [samples[i] for i in on], [found[i] for i in on]), precise, present)
        rest = rank(kind, [samples[i] for i in beside], [found[i] for i in beside])
        kinds[kind] = _stated(choice, rest)
    values: Mapping[ObjectKind, float] = {kind: one.score for kind, one in kinds.items()}
    origin = ThresholdCard(split=split, precision_wanted=precise, pictures=len(on), judged_on=len(beside), kinds=kinds)
    return card.model_copy(update={"thresholds": dict(values), "thresholds_from": origin})


def _stated(choice: Choice, rest: Ranked) -> ChosenThreshold:
    score, hit = rest.judged()
    said = score >= choice.score
    right = int((hit & said).sum())
    return ChosenThreshold(
        score=round(choice.score, 4),
        by=choice.by,
        precision=round(right / int(said.sum()), 4) if said.any() else None,
        recall=round(right / rest.wanted, 4) if rest.wanted else None,
        boxes=rest.wanted,
    )
