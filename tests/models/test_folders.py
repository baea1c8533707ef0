"""Labelled folders in the layouts that others write, read by the names of their classes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.dataset import Sample, TruthBox, write_samples
from models.folders import open_folder
from records import BadInput
from streams import ObjectKind


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((100, 200, 3), np.uint8))
    return path


def labels(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def coco(path: Path, file_name: str) -> None:
    document = {
        "images": [{"id": 7, "file_name": file_name, "width": 200, "height": 100}],
        "categories": [{"id": 1, "name": "stall"}, {"id": 2, "name": "chair"}, {"id": 3, "name": "giraffe"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40]},
            {"id": 2, "image_id": 7, "category_id": 2, "bbox": [50, 20, 30, 40], "iscrowd": 1},
            {"id": 3, "image_id": 7, "category_id": 3, "bbox": [90, 20, 30, 40]},
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def kinds(samples: list[Sample]) -> list[ObjectKind]:
    return [box.kind for sample in samples for box in sample.boxes]


def test_yolo_classes_become_kinds_by_their_names(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "train" / "a.jpg")
    labels(tmp_path / "labels" / "train" / "a.txt", "0 0.5 0.5 0.5 0.5\n1 0.5 0.5 0.1 0.1\n2 0.1 0.1 0.1 0.1\n")
    (tmp_path / "data.yaml").write_text("names: [car, giraffe, goods]")
    (found,) = open_folder(tmp_path)
    assert kinds([found]) == [ObjectKind.VEHICLE, ObjectKind.GOODS]
    assert found.boxes[0].box == pytest.approx((50, 25, 150, 75))
    assert found.kinds == {ObjectKind.VEHICLE, ObjectKind.GOODS}


def test_yolo_without_names_has_our_own_numbers(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.jpg")
    labels(tmp_path / "labels" / "a.txt", "3 0.5 0.5 0.5 0.5\n")
    assert kinds(open_folder(tmp_path)) == [ObjectKind.STALL]


@pytest.mark.parametrize("layout", ["images/{split}/{name}.jpg", "{split}/images/{name}.jpg"])
def test_a_split_is_read_alone_in_either_layout(tmp_path: Path, layout: str) -> None:
    for split, number in (("train", 0), ("val", 3)):
        where = tmp_path / layout.format(split=split, name=split)
        picture(where)
        text = layout.format(split=split, name=split).replace("images", "labels").replace(".jpg", ".txt")
        labels(tmp_path / text, f"{number} 0.5 0.5 0.5 0.5\n")
    assert kinds(open_folder(tmp_path, "val")) == [ObjectKind.STALL]
    assert kinds(open_folder(tmp_path)) == [ObjectKind.PERSON, ObjectKind.STALL]


@pytest.mark.parametrize(
    ("annotations", "file"),
    [
        ("annotations/instances_val.json", "images/val/a.jpg"),
        ("annotations/instances_val.json", "val/a.jpg"),
        ("val/_annotations.coco.json", "val/a.jpg"),
    ],
)
def test_coco_is_read_with_its_crowds_ignored(tmp_path: Path, annotations: str, file: str) -> None:
    picture(tmp_path / file)
    coco(tmp_path / annotations, "a.jpg")
    (found,) = open_folder(tmp_path, "val")
    assert found.path == tmp_path / file
    assert found.boxes == (
        TruthBox(ObjectKind.STALL, (10, 20, 40, 60)),
        TruthBox(ObjectKind.FURNITURE, (50, 20, 80, 60), ignored=True),
    )
    assert found.kinds == {ObjectKind.STALL, ObjectKind.FURNITURE}


def test_our_own_index_is_read_whole_or_by_split(tmp_path: Path) -> None:
    for split in ("train", "test"):
        path = picture(tmp_path / split / f"{split}.jpg")
        write_samples(tmp_path / split, [Sample(path, (TruthBox(ObjectKind.STALL, (1, 2, 3, 4)),))])
    assert [one.path.stem for one in open_folder(tmp_path, "test")] == ["test"]
    assert len(open_folder(tmp_path)) == 2


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda folder: None, "E_DATA_MISSING"),
        (lambda folder: coco(folder / "annotations" / "a.json", "nowhere.jpg"), "E_DATA_MISSING"),
        (lambda folder: labels(folder / "annotations" / "a.json", '{"images": 3}'), "E_LABELS_INVALID"),
        (
            lambda folder: (picture(folder / "images" / "a.jpg"), labels(folder / "data.yaml", "names: 3")),
            "E_LABELS_INVALID",
        ),
    ],
)
def test_what_is_no_labelled_folder_is_refused(tmp_path: Path, prepare, code: str) -> None:
    prepare(tmp_path)
    with pytest.raises(BadInput) as refused:
        open_folder(tmp_path)
    assert refused.value.code == code
