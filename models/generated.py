"""Labelled pictures of generated streets, as samples to train on or to be measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2

from models.dataset import Sample, TruthBox, read_samples, write_samples
from models.scenes.training import stills, wanted
from streams import ObjectKind

TEST_FAMILY = "test"
TEST_SEED = 90_001
TEST_PICTURES = 240
TEST_WIDTH_PX = 1280
JPEG_QUALITY = 92


def render_samples(
    folder: Path,
    pictures: int,
    seed: int,
    families: Sequence[str],
    width_px: int,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Sample]:
    """Render pictures of random streets into a folder; one rendered before is read as it is.

    What shows too little of itself or is too small (`models.scenes.training.wanted`) is marked ignored.
    """
    if (folder / "labels.jsonl").exists():
        return read_samples(folder)
    folder.mkdir(parents=True, exist_ok=True)
    samples: list[Sample] = []
    for still in stills(pictures, seed, width_px, families):
        path = folder / f"{still.name}.jpg"
        cv2.imwrite(str(path), still.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        boxes = tuple(TruthBox(ObjectKind(label.kind), label.box, not wanted(label)) for label in still.labels)
        samples.append(Sample(path, boxes))
        if len(samples) % 100 == 0:
            progress(f"rendered {len(samples)} of {pictures} pictures of {', '.join(families)}")
    write_samples(folder, samples)
    return samples


def held_back_scenes(folder: Path, progress: Callable[[str], None] = lambda text: None) -> list[Sample]:
    """The generated test split: streets of the family and seeds that no training run draws from."""
    return render_samples(folder, TEST_PICTURES, TEST_SEED, [TEST_FAMILY], TEST_WIDTH_PX, progress)
