"""The named sets of pictures that cards quote figures on, and which part of a set may be trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

from models.dataset import COCO_CLASS_KINDS, UNIFIED_CLASS_KINDS, Sample, shared_data, yolo_samples
from records import BadInput
from streams import ObjectKind

SIGNS_BLOCK = 10
SIGNS_HELD_BACK_EVERY = 4


def signs_held_back(stem: str) -> bool:
    """Whether a picture of signs_facade (`facade_0042`) belongs to the test part.

    Neighbouring numbers often show one facade, so whole blocks of ten are held back, every fourth.
    """
    return int(stem.rsplit("_", 1)[1]) // SIGNS_BLOCK % SIGNS_HELD_BACK_EVERY == SIGNS_HELD_BACK_EVERY - 1


def held_back_day(camera: str, day: date, share: float) -> bool:
    """Whether what a camera saw on a local day is held back from training: about `share` of all camera-days, the same
    ones for ever, since neighbouring pictures of one day show one thing."""
    digest = hashlib.sha256(f"{camera} {day.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def signs_samples(data: Path, held_back: bool) -> list[Sample]:
    """signs_facade: its test part (`held_back`) or its training part; only signboards are labelled."""
    folder = data / "images" / "signs_facade"
    return yolo_samples(
        folder / "images",
        folder / "labels",
        UNIFIED_CLASS_KINDS,
        kinds=[ObjectKind.SIGNBOARD],
        keep=lambda stem: signs_held_back(stem) is held_back,
    )


def coco_samples(data: Path) -> list[Sample]:
    """All 88 pictures of coco128_train with COCO's own labels: testing only, never trained on."""
    folder = data / "images" / "coco128_train"
    return yolo_samples(folder / "images", folder / "labels_coco80", COCO_CLASS_KINDS)


REAL_SPLITS: dict[str, Callable[[Path], list[Sample]]] = {
    "coco128_train": coco_samples,
    "signs_facade_held_back": lambda data: signs_samples(data, held_back=True),
}
"""Splits of real pictures by the name a card uses."""

SPLIT_NOTES: dict[str, str] = {
    "coco128_train": "all 88 pictures, COCO labels mapped to our kinds; the base weights have seen these pictures",
    "signs_facade_held_back": "every fourth block of ten pictures, never trained on; European shop signs by day",
}
"""What a reader must know of each real split."""


def real_split(name: str) -> list[Sample]:
    """Samples of a real split.

    Raises:
        BadInput: E_SPLIT_UNKNOWN, or E_DATA_MISSING where the shared data folder is not there.
    """
    if name not in REAL_SPLITS:
        raise BadInput("E_SPLIT_UNKNOWN", f"no split {name!r}", f"known: {', '.join(REAL_SPLITS)}")
    data = shared_data()
    if data is None:
        raise BadInput("E_DATA_MISSING", f"no real pictures for {name}", "point NONSITE_SHARED_DATA at the shared data")
    return REAL_SPLITS[name](data)
