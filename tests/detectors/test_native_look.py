"""The confirm window looks at what it confirms at the picture's own resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from detectors.native import part_about, see_parts
from streams import Detection, Execution, Frame, Image, ObjectKind, detect

SIZE = (1280, 720)
LIMIT = (320, 320)


@dataclass
class RedNetwork:
    """Finds what is red: one stall, as long and as high as the red is in the picture that it is given."""

    name: str = "red"
    sha256: str = "0" * 64
    input_size: tuple[int, int] = LIMIT
    execution: Execution = field(default=Execution("by colour"))

    @property
    def thresholds(self) -> dict[ObjectKind, float]:
        return {ObjectKind.STALL: 0.3}

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        return [self._find(image) for image in images]

    def _find(self, image: Image) -> list[Detection]:
        rows, columns = np.nonzero(image[:, :, 2] > 128)
        if not len(rows):
            return []
        box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
        return [Detection(ObjectKind.STALL, "stall", 0.9, box)]


def painted(box: tuple[int, int, int, int]) -> Frame:
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    image[box[1] : box[3], box[0] : box[2], 2] = 255
    return Frame.of(image)


@pytest.mark.parametrize("box", [(601, 333, 662, 398), (3, 5, 64, 71), (1210, 640, 1279, 719)])
def test_a_part_shows_every_pixel_that_the_whole_picture_hides(box: tuple[int, int, int, int]) -> None:
    network, frame = RedNetwork(), painted(box)
    (coarse,) = detect(network, [frame])[0]
    part = part_about(coarse.box, SIZE, LIMIT)
    assert part is not None
    (sharp,) = see_parts(network, [(frame, part)])[0]
    assert sharp.box == pytest.approx(box, abs=0.01)
    assert max(abs(a - b) for a, b in zip(coarse.box, box, strict=True)) > 0.5


def test_what_the_edge_of_the_part_cuts_is_left_out_unless_the_picture_ends_there() -> None:
    network = RedNetwork()
    assert see_parts(network, [(painted((100, 100, 300, 200)), (200, 100, 520, 280))]) == [[]]
    assert len(see_parts(network, [(painted((0, 100, 60, 200)), (0, 50, 320, 230))])[0]) == 1


def test_a_part_lies_in_the_picture_and_has_room_about_the_thing() -> None:
    left, top, right, bottom = part_about((20.0, 300.0, 420.0, 500.0), SIZE, LIMIT) or (0, 0, 0, 0)
    assert (left, top >= 0, right <= SIZE[0], bottom <= SIZE[1]) == (0, True, True, True)
    assert right - left >= 1.7 * 400
    assert (right - left) / (bottom - top) == pytest.approx(16 / 9, rel=0.02)


def test_a_thing_that_fills_the_picture_is_not_looked_at_again() -> None:
    assert part_about((100.0, 50.0, 1100.0, 700.0), SIZE, LIMIT) is None
    assert part_about((600.0, 300.0, 700.0, 400.0), (300, 200), LIMIT) is None
