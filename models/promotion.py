"""Who may take a network's place: one that is nowhere worse and somewhere better, put there by a person; and the way
back.

The weights of every network that was promoted stay under a name made of their hash, and its card beside them, so that
a change of network is one file replaced, whole or not at all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.card import CARD_FILE, Card, KindFigures, read_card, write_card
from models.network import OnnxNetwork
from models.registry import ZOO, find_card, weights_of
from records import BadInput, Clock, Refused, iso
from streams import ObjectKind

ALIKE = 0.005
"""Average precisions this near are the same [given]: another machine's rounding moves them by some thousandths."""
HISTORY = "promotions.jsonl"

Kinds = Mapping[ObjectKind, KindFigures]


def promote(
    candidate: str | Path, by: str, clock: Clock, zoo: Path = ZOO, over: str | None = None, why: str = ""
) -> Path:
    """Put a measured network into the zoo, in place of the one of its name (or `over`); returns its card there.

    Raises:
        BadInput: as `load_network`; E_NOT_MEASURED if the card states no figures, E_WHO without a person's name.
        Refused: E_WORSE as `better_where` says, if it is to replace another network.
    """
    _need_person(by)
    path = find_card(candidate, zoo)
    card = read_card(path)
    weights = weights_of(card, path)
    OnnxNetwork(card, weights)
    if not card.metrics:
        raise BadInput("E_NOT_MEASURED", f"{path} states no figures", "run `nonsite models evaluate` first")
    name = over or card.name
    home = zoo / name
    present = read_card(home / CARD_FILE) if (home / CARD_FILE).exists() else None
    better = better_where(present, card) if present is not None else []
    home.mkdir(parents=True, exist_ok=True)
    if present is not None:
        _keep(present, home)
    kept = f"weights-{card.weights_sha256[:12]}.onnx"
    partial = home / f"{kept}.partial"
    shutil.copyfile(weights, partial)
    partial.replace(home / kept)
    placed = card.model_copy(update={"name": name, "weights": kept})
    _keep(placed, home)
    _note(home, clock, "promote", by, why, present, placed, better)
    _place(placed, home)
    return home / CARD_FILE


def roll_back(name: str, by: str, clock: Clock, zoo: Path = ZOO, why: str = "") -> Path:
    """Put back the network that the present one took the place of; returns the card.

    Raises:
        BadInput: E_WHO without a person's name, E_MODEL_UNKNOWN without such a network, E_HASH_MISMATCH or
            E_WEIGHTS_MISSING if the earlier weights are no longer what they were.
        Refused: E_NO_EARLIER if it never took another's place.
    """
    _need_person(by)
    home = zoo / name
    if not (home / CARD_FILE).is_file():
        raise BadInput("E_MODEL_UNKNOWN", f"no network {name!r} in {zoo}", "`nonsite models list` names them")
    present = read_card(home / CARD_FILE)
    took = [line for line in history(name, zoo) if line["action"] == "promote" and line["to"] == present.weights_sha256]
    if not took or took[-1]["from"] is None:
        raise Refused("E_NO_EARLIER", f"{name} has not taken another network's place", "there is nothing to go back to")
    path = home / _card_name(took[-1]["from"])
    earlier = read_card(path)
    OnnxNetwork(earlier, weights_of(earlier, path))
    _note(home, clock, "rollback", by, why, present, earlier, [])
    _place(earlier, home)
    return home / CARD_FILE


def history(name: str, zoo: Path = ZOO) -> list[dict[str, Any]]:
    """Who put which network in place of which, oldest first."""
    path = zoo / name / HISTORY
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def better_where(present: Card, candidate: Card) -> list[str]:
    """The kinds and splits where a candidate is better than the present network.

    Both must have been measured on the same pictures: on every split that the present card quotes, and on any other
    beside the present network. A kind with boxes enough is held against its mAP50, one with few against hits and false
    ones; and no more of what a person rejected may come again.

    Raises:
        Refused: E_WORSE naming split and kind where it is worse, where it was not measured, or if it is nowhere better.
    """
    better: list[str] = []
    for split, before in _to_compare(present, candidate).items():
        if split not in candidate.metrics:
            raise Refused("E_WORSE", f"{split} is not measured for the new network", "measure it first")
        after = candidate.metrics[split].kinds
        for kind, old in before.items():
            change = _change(old, after.get(kind))
            if change < 0:
                raise Refused(
                    "E_WORSE",
                    f"{kind.value} on {split}: {_words(after.get(kind))}, before {_words(old)}",
                    "a network that lost something is not promoted",
                )
            if change > 0:
                better.append(f"{kind.value} on {split}: {_words(after[kind])}, before {_words(old)}")
    if not better:
        raise Refused("E_WORSE", "nowhere better than the present network", "keep the present one")
    return better


def _to_compare(present: Card, candidate: Card) -> dict[str, Kinds]:
    """The present network's figures by split: measured beside the candidate where that was done, else its card's."""
    compared: dict[str, Kinds] = {split: figures.kinds for split, figures in present.metrics.items()}
    for split, figures in candidate.metrics.items():
        if figures.beside is not None and figures.beside.sha256 == present.weights_sha256:
            compared[split] = figures.beside.kinds
        elif split not in compared:
            raise Refused(
                "E_WORSE",
                f"{split}: not measured beside the present network",
                "run `nonsite models evaluate` with --beside",
            )
    return compared


def _change(old: KindFigures, new: KindFigures | None) -> int:
    """-1 where the new figures are worse, 1 where they are better, 0 where they are alike."""
    if new is None or (new.boxes, new.rejected) != (old.boxes, old.rejected):
        return -1
    steps = [_sign(old.again - new.again)]
    if old.map50 is not None and new.map50 is not None:
        steps.append(_sign(new.map50 - old.map50, ALIKE))
    else:
        steps += [_sign(new.hits - old.hits), _sign(old.false - new.false)]
    return -1 if min(steps) < 0 else max(steps)


def _sign(value: float, alike: float = 0.0) -> int:
    return (value > alike) - (value < -alike)


def _words(figures: KindFigures | None) -> str:
    if figures is None:
        return "not measured"
    again = f", {figures.again} of {figures.rejected} rejected ones again" if figures.rejected else ""
    if figures.map50 is not None:
        return f"mAP50 {figures.map50}{again}"
    return f"{figures.hits} of {figures.boxes} hit, {figures.false} false{again}"


def _need_person(by: str) -> None:
    if not by.strip():
        raise BadInput("E_WHO", "nobody is named", "a person promotes a network: give their name")


def _card_name(sha256: str) -> str:
    return f"card-{sha256[:12]}.yaml"


def _keep(card: Card, home: Path) -> None:
    path = home / _card_name(card.weights_sha256)
    if not path.exists():
        write_card(card, path)


def _place(card: Card, home: Path) -> None:
    write_card(card, home / CARD_FILE)


def _note(
    home: Path, clock: Clock, action: str, by: str, why: str, present: Card | None, now: Card, better: list[str]
) -> None:
    """Written before the change itself: one that was not made shows as a line too many, never as one too few."""
    line = {
        "at": iso(clock.now()),
        "action": action,
        "by": by,
        "why": why,
        "from": present.weights_sha256 if present is not None else None,
        "to": now.weights_sha256,
        "better": better,
    }
    with (home / HISTORY).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
