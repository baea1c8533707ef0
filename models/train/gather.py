"""Collects the pictures of a training run: rendered streets and the real sets that may be trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from models.dataset import Sample, shared_data
from models.folders import open_folder
from models.generated import render_samples
from models.splits import signs_samples
from models.train.config import FolderData, TrainConfig
from models.train.pictures import Picture
from records import BadInput
from streams import ObjectKind

# No stall and no heap of goods stands on the real pictures we have: they teach what those are not.
ABSENT = frozenset({ObjectKind.STALL, ObjectKind.GOODS})


def gather(config: TrainConfig, folder: Path, progress: Callable[[str], None]) -> list[Picture]:
    """All pictures of the run, each with its variants.

    Raises:
        BadInput: E_DATA_MISSING where real pictures are wanted and not there, or nothing is wanted at all.
    """
    pictures: list[Picture] = []
    for part in config.scenes:
        home = (
            folder / f"{'-'.join(part.families)}-{part.seed}-{part.width_px}-{part.pictures}{'-traced' * part.traced}"
        )
        samples = render_samples(
            home, part.pictures, part.seed, part.families, part.width_px, progress, traced=part.traced
        )
        pictures += [Picture(sample, variant, taught=False) for variant in range(part.variants) for sample in samples]
    for samples, variants in _real(config):
        pictures += [Picture(sample, 1 + variant, taught=True) for variant in range(variants) for sample in samples]
    for folder_data in config.folders:
        pictures += _of_folder(folder_data)
    if not pictures:
        raise BadInput("E_DATA_MISSING", "the configuration names no pictures", "give scenes or real pictures")
    return pictures


def _of_folder(data: FolderData) -> list[Picture]:
    pictures: list[Picture] = []
    for sample in open_folder(Path(data.path), data.split):
        variants = (data.rejected_variants or data.variants) if sample.rejected else data.variants
        pictures += [Picture(sample, variant, data.taught) for variant in range(variants)]
    return pictures


def _real(config: TrainConfig) -> list[tuple[list[Sample], int]]:
    wanted = config.real
    if not (wanted.signs_variants or wanted.street_variants):
        return []
    data = shared_data()
    if data is None:
        raise BadInput(
            "E_DATA_MISSING", "real pictures are wanted", "point NONSITE_SHARED_DATA at the shared data folder"
        )
    signs = [replace(sample, kinds=ABSENT | {ObjectKind.SIGNBOARD}) for sample in signs_samples(data, held_back=False)]
    street = [Sample(path, (), ABSENT) for path in sorted((data / "images" / "geotagged_street_lund").glob("*.jpg"))]
    return [(signs, wanted.signs_variants), (street, wanted.street_variants)]
