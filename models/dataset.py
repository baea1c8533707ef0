"""Labelled pictures: what a network is measured on and trained on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from records import BadInput
from streams import Image, ObjectKind

SHARED_DATA_VARIABLE = "NONSITE_SHARED_DATA"
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})

COCO_CLASS_KINDS: Mapping[int, ObjectKind] = {
    0: ObjectKind.PERSON,
    1: ObjectKind.BICYCLE,
    2: ObjectKind.VEHICLE,
    3: ObjectKind.MOTORCYCLE,
    5: ObjectKind.VEHICLE,
    7: ObjectKind.VEHICLE,
    25: ObjectKind.UMBRELLA,
    56: ObjectKind.FURNITURE,
    60: ObjectKind.FURNITURE,
}
"""COCO-80 class number to object kind; bench, couch, train and all others are none of ours."""

UNIFIED_CLASS_KINDS: Mapping[int, ObjectKind] = dict(enumerate(ObjectKind))
"""Class numbers of our own label files: the order of `ObjectKind`."""


@dataclass(frozen=True, slots=True)
class TruthBox:
    """A labelled box, xyxy px. An `ignored` one (too small, too hidden) is neither wanted nor counted false.

    `visible` is the share of the thing that nothing covers, where that is known.
    """

    kind: ObjectKind
    box: tuple[float, float, float, float]
    ignored: bool = False
    visible: float = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture on disk; `kinds` are those labelled completely, all others are not judged on it.

    `rejected` are hard negatives: a network was sure of this kind here, and a person said that it is none.
    """

    path: Path
    boxes: tuple[TruthBox, ...]
    kinds: frozenset[ObjectKind] = frozenset(ObjectKind)
    rejected: tuple[TruthBox, ...] = ()

    def image(self) -> Image:
        """The picture as BGR.

        Raises:
            BadInput: E_PICTURE_UNREADABLE.
        """
        return read_picture(self.path)


def read_picture(path: Path) -> Image:
    """Decode a picture file to BGR.

    Raises:
        BadInput: E_PICTURE_UNREADABLE if it is missing or no picture.
    """
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise BadInput("E_PICTURE_UNREADABLE", f"{path}: {error.strerror}", "give a picture file") from None
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if decoded is None:
        raise BadInput("E_PICTURE_UNREADABLE", f"{path} is not a picture", "give a JPEG or PNG file")
    image: Image = np.asarray(decoded, np.uint8)
    return image


def shared_data() -> Path | None:
    """The optional folder of real pictures (`NONSITE_SHARED_DATA`, else ../shared/data), None if it is not there."""
    folder = Path(os.environ.get(SHARED_DATA_VARIABLE) or Path(__file__).parents[2] / "shared" / "data")
    return folder if (folder / "images").is_dir() else None


def yolo_samples(
    images: Path,
    labels: Path,
    class_kinds: Mapping[int, ObjectKind],
    kinds: Iterable[ObjectKind] | None = None,
    keep: Callable[[str], bool] = lambda stem: True,
) -> list[Sample]:
    """Samples of a folder of pictures and one of YOLO labels (`class cx cy w h`, normalised), by name.

    A picture without a label file has no boxes. Classes that `class_kinds` does not name are dropped.

    Raises:
        BadInput: E_LABELS_INVALID naming file and line.
    """
    judged = frozenset(kinds) if kinds is not None else frozenset(class_kinds.values())
    pictures = [p for p in sorted(images.iterdir()) if p.suffix.lower() in PICTURE_SUFFIXES and keep(p.stem)]
    return [Sample(p, tuple(_yolo_boxes(p, labels / f"{p.stem}.txt", class_kinds)), judged) for p in pictures]


def _yolo_boxes(picture: Path, label: Path, class_kinds: Mapping[int, ObjectKind]) -> Iterator[TruthBox]:
    if not label.is_file():
        return
    height, width = read_picture(picture).shape[:2]
    for number, line in enumerate(label.read_text().splitlines(), 1):
        if not line.strip():
            continue
        try:
            raw, cx, cy, w, h = (float(value) for value in line.split()[:5])
        except ValueError:
            raise BadInput("E_LABELS_INVALID", f"{label}:{number}: {line!r}", "class cx cy w h per line") from None
        kind = class_kinds.get(int(raw))
        if kind is not None:
            left, top = (cx - w / 2) * width, (cy - h / 2) * height
            yield TruthBox(kind, (left, top, left + w * width, top + h * height))


def write_samples(folder: Path, samples: Sequence[Sample]) -> None:
    """Write the index of samples whose pictures lie in `folder` (`labels.jsonl`, one line a picture)."""
    with (folder / "labels.jsonl").open("w", encoding="utf-8") as stream:
        for sample in samples:
            line = {
                "file": sample.path.relative_to(folder).as_posix(),
                "kinds": sorted(kind.value for kind in sample.kinds),
                "boxes": [_row(box) for box in sample.boxes],
            }
            if sample.rejected:
                line["rejected"] = [_row(box) for box in sample.rejected]
            stream.write(json.dumps(line) + "\n")


def _row(box: TruthBox) -> list[str | float]:
    return [box.kind.value, *(round(v, 2) for v in box.box), int(box.ignored), round(box.visible, 3)]


def read_samples(folder: Path) -> list[Sample]:
    """Samples written by `write_samples`.

    Raises:
        BadInput: E_LABELS_INVALID if the index is missing or damaged.
    """
    index = folder / "labels.jsonl"
    try:
        lines = index.read_text(encoding="utf-8").splitlines()
        return [_read_line(folder, json.loads(line)) for line in lines]
    except OSError:
        raise BadInput("E_LABELS_INVALID", f"no labels.jsonl in {folder}", "give a folder of samples") from None
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("E_LABELS_INVALID", f"{index}: {error}", "write the folder anew") from None


def _read_line(folder: Path, line: dict[str, list[list[str]]]) -> Sample:
    kinds = frozenset(ObjectKind(str(k)) for k in line["kinds"])
    rejected = _read_rows(line.get("rejected", []))
    return Sample(folder / str(line["file"]), _read_rows(line["boxes"]), kinds, rejected)


def _read_rows(rows: list[list[str]]) -> tuple[TruthBox, ...]:
    return tuple(
        TruthBox(
            ObjectKind(kind), (float(x1), float(y1), float(x2), float(y2)), bool(int(ignored)), *map(float, visible)
        )
        for kind, x1, y1, x2, y2, ignored, *visible in rows
    )
