"""Letterboxing and suppression, by property; the network itself in test_zoo.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.card import OutputCard
from models.network import Letterbox, _OutputReader, letterbox, suppress
from streams import ObjectKind

sizes = st.tuples(st.integers(16, 4000), st.integers(16, 4000))


def test_a_wide_picture_takes_the_smallest_canvas() -> None:
    box = letterbox((1280, 720), 640, 32)
    assert box == Letterbox(scale=0.5, offset=(0, 12), scaled=(640, 360), canvas=(640, 384))


def test_a_fixed_canvas_is_filled_up_with_grey() -> None:
    box = letterbox((100, 50), 640, 32, fixed=(640, 640))
    laid = box.apply(np.zeros((50, 100, 3), np.uint8))
    assert laid.shape == (640, 640, 3)
    assert (laid[:159] == 114).all() and (laid[160:480] == 0).all() and (laid[481:] == 114).all()


def test_a_picture_nearly_square_takes_the_whole_square() -> None:
    assert letterbox((1024, 768), 640, 32) == Letterbox(0.625, (0, 80), (640, 480), (640, 640))


@given(sizes)
def test_the_canvas_holds_the_picture_in_multiples_of_the_stride(size: tuple[int, int]) -> None:
    box = letterbox(size, 640, 32)
    assert max(box.scaled) == max(box.canvas) == 640
    slender = max(size) >= 1.6 * min(size)
    for side, inner, offset in zip(box.canvas, box.scaled, box.offset, strict=True):
        assert side % 32 == 0 and 0 <= offset <= side - inner
        assert side - inner < 32 if slender else side == 640


@given(sizes, st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_a_box_laid_on_the_canvas_comes_back_where_it_was(size: tuple[int, int], parts: list[float]) -> None:
    x1, x2 = sorted((parts[0] * size[0], parts[1] * size[0]))
    y1, y2 = sorted((parts[2] * size[1], parts[3] * size[1]))
    box = letterbox(size, 640, 32)
    on_canvas = np.array([[x1, y1, x2, y2]]) * box.scale + np.array([*box.offset, *box.offset])
    assert box.back(on_canvas.astype(np.float32), size)[0] == pytest.approx([x1, y1, x2, y2], abs=0.02)


def test_boxes_never_leave_the_picture() -> None:
    box = letterbox((100, 100), 640, 32)
    assert box.back(np.array([[-50, -50, 900, 900]], np.float32), (100, 100)).tolist() == [[0, 0, 100, 100]]


def test_overlapping_boxes_of_one_kind_become_one_and_of_two_kinds_stay_two() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10], [50, 50, 60, 60]], np.float32)
    scores = np.array([0.5, 0.9, 0.4, 0.3], np.float32)
    assert suppress(boxes, scores, np.array([0, 0, 1, 0]), 0.6).tolist() == [1, 2, 3]


@given(
    st.lists(
        st.tuples(
            *[st.integers(0, 40)] * 2,
            *[st.integers(2, 20)] * 2,
            st.integers(1, 100).map(lambda n: n / 100),
            st.integers(0, 2),
        ),
        max_size=15,
    )
)
def test_what_suppression_keeps_is_apart_and_in_order(rows: list[tuple[int, int, int, int, float, int]]) -> None:
    boxes = np.array([[x, y, x + w, y + h] for x, y, w, h, _, _ in rows], np.float32).reshape(-1, 4)
    scores = np.array([row[4] for row in rows], np.float32)
    kinds = np.array([row[5] for row in rows], np.int64)
    kept = suppress(boxes, scores, kinds, 0.6)
    assert len(kept) == 0 if not rows else kept[0] == scores.argmax() or scores[kept[0]] == scores.max()
    assert (np.diff(scores[kept]) <= 0).all()
    from models.evaluate import iou_matrix

    overlap = iou_matrix(boxes[kept].astype(float), boxes[kept].astype(float))
    same = kinds[kept][:, None] == kinds[kept][None]
    np.fill_diagonal(same, False)
    assert (overlap[same] <= 0.6 + 1e-3).all()


def test_classes_mapped_to_one_kind_compete_and_the_winner_gives_its_name() -> None:
    card = OutputCard(
        name="o",
        classes=("car", "truck", "dog"),
        map={"car": ObjectKind.VEHICLE, "truck": ObjectKind.VEHICLE},
        score_scale={ObjectKind.VEHICLE: 0.5},
        score_power={ObjectKind.VEHICLE: 2.0},
    )
    tensor = np.array([[50, 20], [50, 20], [10, 4], [20, 8], [0.2, 0.1], [0.8, 0.3], [0.9, 0.9]], np.float32)
    floor = np.full(len(ObjectKind), 0.25, np.float32)
    (found,) = _OutputReader(card, raw_offset=100).read(tensor, floor)
    assert found.boxes.tolist() == [[45, 40, 55, 60]]
    assert found.scores == pytest.approx([0.8**2 * 0.5])
    assert found.raw.tolist() == [101]
    assert found.kinds.tolist() == [list(ObjectKind).index(ObjectKind.VEHICLE)]
