"""Features of the frozen part, computed once per picture and read again in every epoch."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.dataset import COCO_CLASS_KINDS
from models.train.loss import Targets
from models.train.network import KINDS, StreetNetwork
from models.train.pictures import Picture, lay_out

TAUGHT_KINDS = torch.tensor([kind in COCO_CLASS_KINDS.values() for kind in KINDS])


class FeatureCache:
    """Memory-mapped half-precision features and labels of pictures laid out on one canvas."""

    def __init__(self, folder: Path) -> None:
        """Open a finished cache."""
        self._labels: list[dict[str, Any]] = json.loads((folder / "labels.json").read_text())
        self._levels = [np.load(path, mmap_mode="r") for path in sorted(folder.glob("level-*.npy"))]
        self._teacher: NDArray[np.float16] = np.load(folder / "teacher.npy", mmap_mode="r")

    def __len__(self) -> int:
        return len(self._labels)

    def batch(self, items: Sequence[int], device: torch.device) -> tuple[list[Tensor], Targets]:
        """Features and targets of the pictures numbered `items`."""
        order = list(items)
        features = [torch.from_numpy(level[order].astype(np.float32)).to(device) for level in self._levels]
        return features, self._targets([self._labels[i] for i in order], device)

    def _targets(self, labels: list[dict[str, Any]], device: torch.device) -> Targets:
        most = max(1, max(len(label["kinds"]) for label in labels))
        kinds = torch.zeros(len(labels), most, 1)
        boxes = torch.zeros(len(labels), most, 4)
        wanted = torch.zeros(len(labels), most, 1, dtype=torch.bool)
        ignored = torch.zeros(len(labels), most, 1, dtype=torch.bool)
        teacher = torch.zeros(len(labels), self._teacher.shape[2], 4 + len(KINDS))
        for row, label in enumerate(labels):
            count = len(label["kinds"])
            if count:
                kinds[row, :count, 0] = torch.tensor(label["kinds"], dtype=torch.float32)
                boxes[row, :count] = torch.tensor(label["boxes"], dtype=torch.float32)
                ignored[row, :count, 0] = torch.tensor(label["ignored"])
                wanted[row, :count] = ~ignored[row, :count]
            if label["teacher"] is not None:
                teacher[row] = torch.from_numpy(self._teacher[label["teacher"]].astype(np.float32)).T
        return Targets(
            labels=kinds.to(device),
            boxes=boxes.to(device),
            wanted=wanted.to(device),
            ignored=ignored.to(device),
            judged=torch.tensor([label["judged"] for label in labels], dtype=torch.float32, device=device),
            taught=torch.tensor([label["teacher"] is not None for label in labels], device=device),
            teacher=teacher.to(device),
            taught_kinds=TAUGHT_KINDS.to(device),
        )


def build_cache(
    folder: Path,
    network: StreetNetwork,
    pictures: Sequence[Picture],
    canvas: tuple[int, int],
    min_side: float,
    seed: int,
    progress: Callable[[str], None],
) -> FeatureCache:
    """Run the frozen part over all pictures once; a cache that is finished already is opened as it is."""
    if (folder / "labels.json").exists():
        return FeatureCache(folder)
    folder.mkdir(parents=True, exist_ok=True)
    device = next(network.parameters()).device
    levels: list[NDArray[np.float16]] = []
    teacher: NDArray[np.float16] | None = None
    labels: list[dict[str, Any]] = []
    taught = 0
    for number, picture in enumerate(pictures):
        laid = lay_out(picture, canvas, min_side, seed + number)
        image = torch.from_numpy(np.ascontiguousarray(laid.image[:, :, ::-1].transpose(2, 0, 1)))[None]
        with torch.inference_mode():
            trunk = network.trunk(image.to(device).float() / 255)
            features = network.features(trunk)
            answers = _teacher_answers(network.base(trunk)) if picture.taught or teacher is None else None
        if teacher is None or not levels:
            assert answers is not None
            levels = [_map(folder / f"level-{i}.npy", (len(pictures), *f.shape[1:])) for i, f in enumerate(features)]
            rows = max(1, sum(p.taught for p in pictures))
            teacher = _map(folder / "teacher.npy", (rows, *answers.shape))
        for level, feature in zip(levels, features, strict=True):
            level[number] = feature[0].half().cpu().numpy()
        row = None
        if picture.taught and answers is not None:
            row, taught = taught, taught + 1
            teacher[row] = answers
        labels.append(_label(picture, laid.kinds, laid.boxes, laid.ignored, row))
        if (number + 1) % 100 == 0:
            progress(f"features of {number + 1} of {len(pictures)} pictures")
    (folder / "labels.json").write_text(json.dumps(labels))
    return FeatureCache(folder)


def _map(path: Path, shape: tuple[int, ...]) -> NDArray[np.float16]:
    mapped: NDArray[np.float16] = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
    return mapped


def _teacher_answers(base: Tensor) -> NDArray[np.float16]:
    """The base's output [1, 84, A] as boxes xyxy px and scores of the nine kinds, (4 + kinds, A)."""
    centre, half, scores = base[0, :2], base[0, 2:4] / 2, base[0, 4:]
    kinds = torch.zeros(len(KINDS), scores.shape[1], device=scores.device)
    for raw, kind in COCO_CLASS_KINDS.items():
        index = KINDS.index(kind)
        kinds[index] = torch.maximum(kinds[index], scores[raw])
    answers: NDArray[np.float16] = torch.cat([centre - half, centre + half, kinds]).half().cpu().numpy()
    return answers


def _label(
    picture: Picture,
    kinds: NDArray[np.int64],
    boxes: NDArray[np.float32],
    ignored: NDArray[np.bool_],
    teacher: int | None,
) -> dict[str, Any]:
    judged = [
        kind in picture.sample.kinds or (picture.taught and bool(TAUGHT_KINDS[index]))
        for index, kind in enumerate(KINDS)
    ]
    return {
        "kinds": kinds.tolist(),
        "boxes": boxes.tolist(),
        "ignored": ignored.tolist(),
        "judged": [int(value) for value in judged],
        "teacher": teacher,
    }
