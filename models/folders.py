"""Labelled folders as others write them: YOLO and COCO, and our own index; classes become object kinds by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from models.card import COCO80_CLASSES
from models.dataset import (
    COCO_CLASS_KINDS,
    PICTURE_SUFFIXES,
    UNIFIED_CLASS_KINDS,
    Sample,
    TruthBox,
    read_samples,
    yolo_samples,
)
from records import BadInput
from streams import ObjectKind

COCO_NAMES: Mapping[str, ObjectKind] = {COCO80_CLASSES[number]: kind for number, kind in COCO_CLASS_KINDS.items()}
KIND_NAMES: Mapping[str, ObjectKind] = {**COCO_NAMES, **{kind.value: kind for kind in ObjectKind}}
"""Class name to object kind: COCO's names and our own. Classes of any other name are none of ours."""


def open_folder(folder: Path, split: str | None = None) -> list[Sample]:
    """Samples of a labelled folder; of one `split` (`train`, `val`, `test`, …), or all of them.

    Known are: our own (`labels.jsonl`); COCO (`annotations/*.json`, or a `*.coco.json` beside the pictures); YOLO
    (`images/` and `labels/`, with the class names in `data.yaml`, else our own numbers). A split is a folder of that
    name above or below `images`, or part of the name of COCO's file.

    Raises:
        BadInput: E_DATA_MISSING if nothing of the kind lies there, E_LABELS_INVALID as the readers say.
    """
    if not folder.is_dir():
        raise BadInput("E_DATA_MISSING", f"no folder {folder}", "name a YOLO or COCO folder")
    parts = _indexes(folder, split) or _coco_files(folder, split)
    if parts:
        return [sample for path in parts for sample in _read(path)]
    pairs = _yolo_pairs(folder, split)
    if not pairs:
        what = f"split {split!r}" if split else "labelled pictures"
        raise BadInput("E_DATA_MISSING", f"{folder}: no {what}", "images/ with labels/, COCO's JSON, or labels.jsonl")
    class_kinds = _class_kinds(folder)
    return [sample for images, labels in pairs for sample in yolo_samples(images, labels, class_kinds)]


def _indexes(folder: Path, split: str | None) -> list[Path]:
    if split:
        return [path for path in [folder / split / "labels.jsonl"] if path.is_file()]
    return sorted([*folder.glob("labels.jsonl"), *folder.glob("*/labels.jsonl")])


def _coco_files(folder: Path, split: str | None) -> list[Path]:
    files = sorted({*folder.glob("annotations/*.json"), *folder.glob("*.coco.json"), *folder.glob("*/*.coco.json")})
    return [path for path in files if not split or split in path.name or path.parent.name == split]


def _yolo_pairs(folder: Path, split: str | None) -> list[tuple[Path, Path]]:
    """Folders of pictures with those of their labels, in the layouts `images[/split]` and `split/images`."""
    found = [
        *((path, folder / "labels" / path.name) for path in sorted(folder.glob("images/*")) if path.is_dir()),
        *((path, path.parent / "labels") for path in sorted(folder.glob("*/images"))),
    ]
    if split:
        return [(images, labels) for images, labels in found if split in (images.name, images.parent.name)]
    plain = folder / "images"
    if plain.is_dir() and any(path.suffix.lower() in PICTURE_SUFFIXES for path in plain.iterdir()):
        found.append((plain, folder / "labels"))
    return found


def _class_kinds(folder: Path) -> Mapping[int, ObjectKind]:
    """Kinds by class number, from the names in `data.yaml`; without one the numbers are those of our own files."""
    for path in (folder / "data.yaml", folder / "data.yml", folder / "dataset.yaml"):
        if path.is_file():
            try:
                names = yaml.safe_load(path.read_text(encoding="utf-8"))["names"]
                numbered = dict(enumerate(names)) if isinstance(names, Sequence) else dict(names)
                return {int(n): KIND_NAMES[str(name)] for n, name in numbered.items() if str(name) in KIND_NAMES}
            except (yaml.YAMLError, KeyError, TypeError, ValueError, UnicodeDecodeError) as error:
                raise BadInput("E_LABELS_INVALID", f"{path}: {error!r}", "names: a list of class names") from None
    return UNIFIED_CLASS_KINDS


def _read(path: Path) -> list[Sample]:
    return read_samples(path.parent) if path.name == "labels.jsonl" else coco_samples_of(path)


def coco_samples_of(path: Path) -> list[Sample]:
    """Samples of one COCO annotation file; a crowd is ignored. The kinds are those that its categories name.

    Pictures are looked for beside the file, in `images/`, and in a folder of the split's name.

    Raises:
        BadInput: E_LABELS_INVALID if the file is damaged, E_DATA_MISSING where a picture is nowhere.
    """
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        kinds = {int(one["id"]): KIND_NAMES[one["name"]] for one in document["categories"] if one["name"] in KIND_NAMES}
        boxes: dict[int, list[TruthBox]] = {}
        for one in document["annotations"]:
            if int(one["category_id"]) in kinds:
                x, y, width, height = (float(value) for value in one["bbox"])
                box = (x, y, x + width, y + height)
                truth = TruthBox(kinds[int(one["category_id"])], box, ignored=bool(one.get("iscrowd", 0)))
                boxes.setdefault(int(one["image_id"]), []).append(truth)
        pictures = [(int(one["id"]), str(one["file_name"])) for one in document["images"]]
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise BadInput("E_LABELS_INVALID", f"{path}: {error!r}", "give a COCO annotation file") from None
    labelled = frozenset(kinds.values())
    return [Sample(_picture(path, name), tuple(boxes.get(number, ())), labelled) for number, name in pictures]


def _picture(annotations: Path, name: str) -> Path:
    for home in _homes(annotations):
        if (home / name).is_file():
            return home / name
    raise BadInput("E_DATA_MISSING", f"{annotations}: no picture {name}", "keep pictures beside the file or in images/")


def _homes(annotations: Path) -> Iterator[Path]:
    folder = annotations.parent
    top = folder.parent if folder.name == "annotations" else folder
    split = annotations.stem.removeprefix("instances_")
    yield from (folder, top / "images", top / "images" / split, top / split, top)
