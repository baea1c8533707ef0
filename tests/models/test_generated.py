"""Pictures of generated streets as samples to be measured on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from models.dataset import Sample, TruthBox
from models.generated import TEST_FAMILY, clear_only, render_samples
from streams import ObjectKind


def test_pictures_drawn_once_are_read_again_as_they_are(tmp_path: Path) -> None:
    drawn = render_samples(tmp_path, 2, 95_002, [TEST_FAMILY], 640)
    stamps = [sample.path.stat().st_mtime_ns for sample in drawn]
    again = render_samples(tmp_path, 2, 95_002, [TEST_FAMILY], 640)
    assert [(sample.path, len(sample.boxes)) for sample in again] == [(s.path, len(s.boxes)) for s in drawn]
    assert [sample.path.stat().st_mtime_ns for sample in again] == stamps
    assert any(0 < box.visible < 1 for sample in drawn for box in sample.boxes)


def test_of_the_clear_things_only_the_seen_and_near_ones_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "street.jpg"
    cv2.imwrite(str(path), np.zeros((720, 1280, 3), np.uint8))
    big, small = (0.0, 0.0, 100.0, 100.0), (0.0, 0.0, 30.0, 30.0)  # 30 px of 1280 are 15 px at 640
    boxes = (
        TruthBox(ObjectKind.STALL, big, visible=0.65),
        TruthBox(ObjectKind.STALL, big, visible=0.64),
        TruthBox(ObjectKind.STALL, small),
        TruthBox(ObjectKind.STALL, big, ignored=True),
    )
    (clear,) = clear_only([Sample(path, boxes)])
    assert [box.ignored for box in clear.boxes] == [False, True, True, True]
    assert clear.path == path
