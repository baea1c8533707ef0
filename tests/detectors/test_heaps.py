"""A heap of which the network sees too few in its small copy of the picture is counted again in the picture itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import cv2
import numpy as np
from street_scene import RULES, START

from detectors.groups import Group
from detectors.heaps import HeapCounter
from detectors.violation import Family
from streams import Detection, Execution, Frame, Image, ObjectKind, detect

SIZE = (1280, 720)


@dataclass
class BlobNetwork:
    """Every red blob is a bicycle; in a small copy neighbours run together."""

    name: str = "blobs"
    sha256: str = "0" * 64
    input_size: tuple[int, int] = (320, 320)
    execution: Execution = field(default=Execution("by colour"))
    looks: int = 0

    @property
    def thresholds(self) -> dict[ObjectKind, float]:
        return {ObjectKind.BICYCLE: 0.3}

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        self.looks += len(images)
        return [self._find(image) for image in images]

    def _find(self, image: Image) -> list[Detection]:
        _, _, stats, _ = cv2.connectedComponentsWithStats((image[:, :, 2] > 40).astype(np.uint8))
        boxes = [(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h, _ in stats[1:]]
        return [Detection(ObjectKind.BICYCLE, "bicycle", 0.9, box) for box in boxes]


def heap(count: int, second: float) -> Frame:
    """`count` bars, two pixels apart, three of them farther from the next."""
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for number in range(count):
        left = 600 + 12 * number + 12 * min(number, 3)
        image[400:440, left : left + 10, 2] = 255
    return Frame.of(image, captured_at=START + timedelta(seconds=second))


def gathered(found: Sequence[Detection], frame: Frame) -> list[Group]:
    """All of a frame's bicycles as one heap at one place."""
    boxes = np.array([one.box for one in found])
    hull = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
    return [
        Group(
            Family.BIKES, "mast", frame.captured_at, (), (1.0, 0.0), (0.0, 0.0, 4.0, 1.0), 1.0, hull, 0.2, 0.9,
            count=len(found),
        )
    ]  # fmt: skip


def watched(counter: HeapCounter, network: BlobNetwork, frame: Frame) -> int:
    (group,) = counter.counted(
        gathered(detect(network, [frame])[0], frame), frame, lambda found: gathered(found, frame)
    )
    return group.count


def test_a_heap_is_counted_again_at_native_resolution_and_the_larger_count_holds_for_a_while():
    network = BlobNetwork()
    counter = HeapCounter(network, RULES)
    assert len(detect(network, [heap(7, 0)])[0]) == 4
    assert [watched(counter, network, heap(7, second)) for second in (0, 2, 4)] == [7, 7, 7]
    assert network.looks == 1 + 3 + 1, "one close look for all three frames"
    assert watched(counter, network, heap(7, RULES.hysteresis_s + 1)) == 7
    assert network.looks == 5 + 2


def test_two_bicycles_and_a_heap_that_is_large_enough_are_not_looked_at_again():
    network = BlobNetwork()
    counter = HeapCounter(network, RULES)
    frame = heap(2, 0)
    for count in (2, RULES.count_threshold):
        group = replace(gathered(detect(network, [frame])[0], frame)[0], count=count)
        assert counter.counted([group], frame, lambda found: gathered(found, frame))[0].count == group.count
    assert network.looks == 2
