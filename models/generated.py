"""Labelled pictures of generated streets, as samples to train on or to be measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import cv2

from models.dataset import Sample, TruthBox, read_samples, write_samples
from models.scenes.stage import Label
from models.scenes.traced import Tracer
from models.scenes.training import stills, wanted
from streams import ObjectKind

TEST_FAMILY = "test"
TEST_SEED = 90_001
TEST_PICTURES = 240
TEST_WIDTH_PX = 1280
LOOKED_AT_PX = 640
JPEG_QUALITY = 92
GENERATED_NOTE = (
    "streets of the family `test`, from seeds that no training run draws; boxes under 5 px or 60 px2 at 640 px width, "
    "or less than a quarter visible, are ignored"
)

CLEAR_VISIBLE = 0.65
CLEAR_AREA_PX2 = 256.0
CLEAR_NOTE = (
    "the pictures of generated_test; only what is at least 65 % visible and covers 256 px2 at 640 px width is wanted, "
    "all else ignored (65 % is what the 'reasonable' subset of Dollar et al., Pedestrian Detection, PAMI 2012, asks)"
)


def render_samples(
    folder: Path,
    pictures: int,
    seed: int,
    families: Sequence[str],
    width_px: int,
    progress: Callable[[str], None] = lambda text: None,
    *,
    traced: bool = False,
) -> list[Sample]:
    """Render pictures of random streets into a folder; one rendered before is read as it is.

    `traced` ones are path-traced by Blender (BadInput E_RENDER where its environment is not there).

    What shows too little of itself or is too small (`models.scenes.training.wanted`) at the size that networks
    look at is marked ignored, however large the picture was drawn.
    """
    if (folder / "labels.jsonl").exists():
        return read_samples(folder)
    folder.mkdir(parents=True, exist_ok=True)
    samples: list[Sample] = []
    with Tracer() if traced else nullcontext() as tracer:
        for still in stills(pictures, seed, width_px, families, tracer):
            path = folder / f"{still.name}.jpg"
            cv2.imwrite(str(path), still.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            boxes = tuple(_truth(label, LOOKED_AT_PX / max(still.image.shape)) for label in still.labels)
            samples.append(Sample(path, boxes))
            if len(samples) % 100 == 0:
                progress(f"rendered {len(samples)} of {pictures} pictures of {', '.join(families)}")
    write_samples(folder, samples)
    return samples


def _truth(label: Label, scale: float) -> TruthBox:
    x1, y1, x2, y2 = label.box
    looked_at = replace(label, box=(x1 * scale, y1 * scale, x2 * scale, y2 * scale))
    return TruthBox(ObjectKind(label.kind), label.box, ignored=not wanted(looked_at), visible=label.visible)


def held_back_scenes(folder: Path, progress: Callable[[str], None] = lambda text: None) -> list[Sample]:
    """The generated test split: streets of the family and seeds that no training run draws from."""
    return render_samples(folder, TEST_PICTURES, TEST_SEED, [TEST_FAMILY], TEST_WIDTH_PX, progress)


def clear_only(samples: Sequence[Sample]) -> list[Sample]:
    """The same samples, with everything ignored that is mostly hidden or far away."""
    return [_clear(sample) for sample in samples]


def _clear(sample: Sample) -> Sample:
    height, width = sample.image().shape[:2]
    scale = LOOKED_AT_PX / max(height, width)
    return replace(
        sample, boxes=tuple(replace(box, ignored=box.ignored or _unclear(box, scale)) for box in sample.boxes)
    )


def _unclear(box: TruthBox, scale: float) -> bool:
    x1, y1, x2, y2 = box.box
    return box.visible < CLEAR_VISIBLE or (x2 - x1) * (y2 - y1) * scale**2 < CLEAR_AREA_PX2
