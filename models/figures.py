"""Puts measured figures into a card, and lets a new network into the zoo only if it is no worse."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from models.card import CARD_FILE, Card, KindFigures, SplitFigures, read_card, write_card
from models.dataset import Sample, shared_data
from models.evaluate import Report, evaluate
from models.network import OnnxNetwork
from models.registry import ZOO, find_card, load_network, weights_of
from models.splits import REAL_SPLITS, SPLIT_NOTES, real_split
from records import BadInput, Refused
from streams import ObjectKind

WORSE_BY = 0.02

Split = tuple[Literal["real", "generated"], Sequence[Sample], str]
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
    origin: Literal["real", "generated"], report: Report, base: Report | None = None, note: str = ""
) -> SplitFigures:
    """A report as a card states it: no average precision for kinds with too few boxes, only hits."""
    return SplitFigures(
        origin=origin,
        pictures=report.pictures,
        note=note,
        map50_mean=round(report.map50, 4) if report.judged else None,
        kinds={kind: _kind_figures(report, kind, base) for kind in report.kinds},
    )


def _kind_figures(report: Report, kind: ObjectKind, base: Report | None) -> KindFigures:
    found = report.kinds[kind]
    figures = KindFigures(
        boxes=found.boxes, hits=found.hits, false=found.false, too_few_to_judge=found.too_few_to_judge
    )
    if found.too_few_to_judge:
        return figures
    known = base is not None and kind in base.kinds and base.kinds[kind].map50 > 0
    return figures.model_copy(
        update={
            "map50": round(found.map50, 4),
            "map50_95": round(found.map50_95, 4),
            "base_map50": round(base.kinds[kind].map50, 4) if base is not None and known else None,
        }
    )


def measure(
    name_or_path: str | Path | None,
    splits: Mapping[str, Split],
    base: OnnxNetwork | None = None,
) -> Card:
    """Evaluate a network on named splits (origin, samples, note) and write the figures into its card.

    `base`, if given, is measured beside it on the same pictures with the same evaluator.
    """
    path = find_card(name_or_path)
    network = load_network(path)
    figures = dict(network.card.metrics)
    for name, (origin, samples, note) in splits.items():
        beside = evaluate(base, samples) if base is not None else None
        figures[name] = split_figures(origin, evaluate(network, samples), beside, note)
    card = network.card.model_copy(update={"metrics": figures})
    write_card(card, path)
    return card


def promote(candidate: str | Path, zoo: Path = ZOO) -> Path:
    """Take a measured network into the zoo under its own name; returns the folder there.

    Raises:
        BadInput: as `load_network`; E_NOT_MEASURED if the card states no figures.
        Refused: E_WORSE naming split and kind, if a figure falls by more than `WORSE_BY` below the network
            it would replace, or a split that network was measured on is not measured.
    """
    path = find_card(candidate, zoo)
    card = read_card(path)
    weights = weights_of(card, path)
    OnnxNetwork(card, weights)
    if not card.metrics:
        raise BadInput("E_NOT_MEASURED", f"{path} states no figures", "run `nonsite models evaluate` first")
    home = zoo / card.name
    if (home / CARD_FILE).exists():
        _refuse_if_worse(read_card(home / CARD_FILE), card)
    home.mkdir(parents=True, exist_ok=True)
    partial = home / "weights.onnx.partial"
    shutil.copyfile(weights, partial)
    partial.replace(home / "weights.onnx")
    write_card(card.model_copy(update={"weights": "weights.onnx"}), home / CARD_FILE)
    return home


def _refuse_if_worse(old: Card, new: Card) -> None:
    for split, before in old.metrics.items():
        if split not in new.metrics:
            raise Refused("E_WORSE", f"{split} is not measured for the new network", "measure it first")
        for kind, figures in before.kinds.items():
            after = new.metrics[split].kinds.get(kind)
            now = after.map50 if after is not None else None
            if figures.map50 is not None and (now is None or now < figures.map50 - WORSE_BY):
                raise Refused(
                    "E_WORSE",
                    f"{kind.value} on {split}: mAP50 {now} after {figures.map50}",
                    "a network that lost something is not promoted",
                )
