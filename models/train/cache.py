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
from models.train.pictures import Canvas, Picture, lay_out

LABELS = "labels.jsonl"
TAUGHT_KINDS = torch.tensor([kind in COCO_CLASS_KINDS.values() for kind in KINDS])


class FeatureCache:
    """Memory-mapped half-precision features and labels of pictures laid out on one canvas."""

    def __init__(self, folder: Path) -> None:
        """Open a finished cache."""
        self._labels = _read_labels(folder)
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
    """Run the frozen part over all pictures once; pictures done by a run that was stopped are not done again."""
    folder.mkdir(parents=True, exist_ok=True)
    done = _read_labels(folder)
    device = next(network.parameters()).device
    taught = sum(label["teacher"] is not None for label in done)
    rows = max(1, sum(picture.taught for picture in pictures))
    levels: list[NDArray[np.float16]] = []
    with (folder / LABELS).open("a", encoding="utf-8") as stream:
        for number in range(len(done), len(pictures)):
            picture = pictures[number]
            laid = lay_out(picture, canvas, min_side, seed + number)
            image = torch.from_numpy(np.ascontiguousarray(laid.image[:, :, ::-1].transpose(2, 0, 1)))[None]
            with torch.inference_mode():
                trunk = network.trunk(image.to(device).float() / 255)
                features = network.features(trunk)
                answers = _teacher_answers(network.base(trunk)) if picture.taught else None
            if not levels:
                shapes = [(len(pictures), *feature.shape[1:]) for feature in features]
                anchors = sum(feature.shape[2] * feature.shape[3] for feature in features)
                levels = [_map(folder / f"level-{i}.npy", shape) for i, shape in enumerate(shapes)]
                teacher = _map(folder / "teacher.npy", (rows, 4 + len(KINDS), anchors))
            for level, feature in zip(levels, features, strict=True):
                level[number] = feature[0].half().cpu().numpy()
            if answers is not None:
                teacher[taught] = answers
            label = _label(picture, laid, None if answers is None else taught)
            taught += answers is not None
            stream.write(json.dumps(label) + "\n")
            stream.flush()
            if (number + 1) % 100 == 0:
                progress(f"features of {number + 1} of {len(pictures)} pictures")
    return FeatureCache(folder)


def _read_labels(folder: Path) -> list[dict[str, Any]]:
    """Labels written so far; half a line at the end, from a run killed while writing, is cut off."""
    path = folder / LABELS
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return [json.loads(line) for line in whole.splitlines()]


def _map(path: Path, shape: tuple[int, ...]) -> NDArray[np.float16]:
    if path.exists():
        reopened: NDArray[np.float16] = np.load(path, mmap_mode="r+")
        return reopened
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


def _label(picture: Picture, laid: Canvas, teacher: int | None) -> dict[str, Any]:
    judged = [
        kind in picture.sample.kinds or (picture.taught and bool(TAUGHT_KINDS[index]))
        for index, kind in enumerate(KINDS)
    ]
    return {
        "kinds": laid.kinds.tolist(),
        "boxes": laid.boxes.tolist(),
        "ignored": laid.ignored.tolist(),
        "judged": [int(value) for value in judged],
        "teacher": teacher,
    }
