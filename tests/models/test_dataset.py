"""Reading and writing labelled pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models import Sample, TruthBox, read_picture, read_samples, write_samples, yolo_samples
from models.dataset import COCO_CLASS_KINDS, UNIFIED_CLASS_KINDS
from models.splits import signs_held_back
from records import BadInput
from streams import ObjectKind


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((100, 200, 3), np.uint8))
    return path


def test_yolo_labels_become_boxes_in_pixels(picture: Path) -> None:
    (picture.parent / "a.txt").write_text("5 0.5 0.5 0.25 0.5\n77 0.5 0.5 1 1\n")
    (sample,) = yolo_samples(picture.parent, picture.parent, UNIFIED_CLASS_KINDS)
    assert sample.boxes == (TruthBox(ObjectKind.SIGNBOARD, (75.0, 25.0, 125.0, 75.0)),)


def test_coco_classes_map_to_our_kinds_and_benches_to_none() -> None:
    assert COCO_CLASS_KINDS[2] is COCO_CLASS_KINDS[5] is COCO_CLASS_KINDS[7] is ObjectKind.VEHICLE
    assert COCO_CLASS_KINDS[60] is ObjectKind.FURNITURE
    assert not {6, 13, 57} & set(COCO_CLASS_KINDS)


def test_a_damaged_label_line_is_refused_with_its_place(picture: Path) -> None:
    (picture.parent / "a.txt").write_text("5 0.5 0.5 0.25 0.5\n5 0.5\n")
    with pytest.raises(BadInput, match=r"a\.txt:2"):
        yolo_samples(picture.parent, picture.parent, UNIFIED_CLASS_KINDS)


def test_samples_written_are_the_samples_read(picture: Path) -> None:
    sample = Sample(
        picture,
        (TruthBox(ObjectKind.STALL, (1.0, 2.0, 3.5, 4.0), ignored=True, visible=0.5),),
        frozenset({ObjectKind.STALL}),
        (TruthBox(ObjectKind.STALL, (5.0, 6.0, 7.0, 8.0)),),
        partly=True,
    )
    write_samples(picture.parent, [sample])
    assert read_samples(picture.parent) == [sample]


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read_samples(tmp_path)
    assert refused.value.code == "E_LABELS_INVALID"


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_a_missing_empty_or_false_picture_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        read_picture(path)
    assert refused.value.code == "E_PICTURE_UNREADABLE"


def test_signs_are_held_back_in_blocks_of_neighbours() -> None:
    held = [number for number in range(1, 391) if signs_held_back(f"facade_{number:04d}")]
    assert held[:3] == [30, 31, 32] and 39 in held and 40 not in held
    assert 80 <= len(held) <= 110
