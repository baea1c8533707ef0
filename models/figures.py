"""Puts measured figures into a card: of the named splits, and of another network beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from models.calibration import Reliability
from models.card import BesideFigures, Card, KindFigures, SplitFigures, write_card
from models.dataset import Sample, shared_data
from models.evaluate import Report, find, judge
from models.network import OnnxNetwork
from models.registry import find_card, load_network
from models.sheet import calibrations
from models.splits import REAL_SPLITS, SPLIT_NOTES, real_split
from streams import ObjectKind

Origin = Literal["real", "generated"]
Split = tuple[Origin, Sequence[Sample], str]
"""Origin, samples and a note on a named split."""


def standard_splits(folder: Path, progress: Callable[[str], None] = lambda text: None) -> dict[str, Split]:
    """The splits that a card quotes: the real ones where the shared data is, and generated streets drawn to `folder`.

    The pictures of generated streets are drawn once and read again afterwards.
    """
    from models.generated import (
        CLEAR_NOTE,
        GENERATED_NOTE,
        clear_only,
        held_back_scenes,
    )  # draws streets: not wanted at every start

    splits: dict[str, Split] = {}
    if shared_data() is not None:
        splits = {name: ("real", real_split(name), SPLIT_NOTES[name]) for name in REAL_SPLITS}
    samples = held_back_scenes(folder / "generated_test", progress)
    splits["generated_test"] = ("generated", samples, GENERATED_NOTE)
    splits["generated_test_clear"] = ("generated", clear_only(samples), CLEAR_NOTE)
    return splits


def split_figures(
    origin: Origin,
    report: Report,
    base: Report | None = None,
    note: str = "",
    reliable: Mapping[ObjectKind, Reliability] | None = None,
) -> SplitFigures:
    """A report as a card states it: no average precision for kinds with too few boxes, only hits."""
    return SplitFigures(
        origin=origin,
        pictures=report.pictures,
        note=note,
        map50_mean=round(report.map50, 4) if report.judged else None,
        kinds={kind: _kind_figures(report, kind, base, reliable or {}) for kind in report.kinds},
    )


def _kind_figures(
    report: Report, kind: ObjectKind, base: Report | None, reliable: Mapping[ObjectKind, Reliability]
) -> KindFigures:
    found = report.kinds[kind]
    figures = KindFigures(
        boxes=found.boxes,
        hits=found.hits,
        false=found.false,
        too_few_to_judge=found.too_few_to_judge,
        rejected=found.rejected,
        again=found.again,
    )
    if found.too_few_to_judge:
        return figures
    known = base is not None and kind in base.kinds and base.kinds[kind].map50 > 0
    return figures.model_copy(
        update={
            "map50": round(found.map50, 4),
            "map50_95": round(found.map50_95, 4),
            "precision": _rounded(found.precision),
            "recall": _rounded(found.recall),
            "calibration_error": _rounded(reliable[kind].error if kind in reliable else None),
            "base_map50": round(base.kinds[kind].map50, 4) if base is not None and known else None,
        }
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def figures_of(
    network: OnnxNetwork, split: Split, base: OnnxNetwork | None = None, beside: OnnxNetwork | None = None
) -> SplitFigures:
    """What a network does on one split; `base` and `beside`, if given, on the same pictures."""
    origin, samples, note = split
    found = find(network, samples)
    report = judge(samples, found, network.thresholds, network.name, network.sha256)
    figures = split_figures(
        origin,
        report,
        _report(base, samples) if base is not None else None,
        note,
        calibrations(samples, found, list(report.kinds)),
    )
    if beside is None:
        return figures
    other = split_figures(origin, _report(beside, samples))
    stated = BesideFigures(name=beside.name, sha256=beside.sha256, kinds=other.kinds)
    return figures.model_copy(update={"beside": stated})


def _report(network: OnnxNetwork, samples: Sequence[Sample]) -> Report:
    return judge(samples, find(network, samples), network.thresholds, network.name, network.sha256)


def measure(
    name_or_path: str | Path | None,
    splits: Mapping[str, Split],
    base: OnnxNetwork | None = None,
    beside: OnnxNetwork | None = None,
) -> Card:
    """Evaluate a network on named splits (origin, samples, note) and write the figures into its card.

    `base`, the weights that it was trained from, and `beside`, the network that it is to replace, are measured on the
    same pictures with the same evaluator, where given.
    """
    path = find_card(name_or_path)
    network = load_network(path)
    figures = dict(network.card.metrics)
    for name, split in splits.items():
        figures[name] = figures_of(network, split, base, beside)
    card = network.card.model_copy(update={"metrics": figures})
    write_card(card, path)
    return card
