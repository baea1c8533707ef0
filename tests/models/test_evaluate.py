"""The evaluator against cases worked by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.dataset import Sample, TruthBox
from models.evaluate import average_precision, iou_matrix, judge, match
from streams import Detection, ObjectKind

PERSON, STALL = ObjectKind.PERSON, ObjectKind.STALL
Box = tuple[float, float, float, float]
HERE: Box = (10, 10, 20, 30)
THERE: Box = (100, 100, 140, 160)


def sample(*boxes: TruthBox, kinds: frozenset[ObjectKind] = frozenset(ObjectKind)) -> Sample:
    return Sample(Path("none.jpg"), boxes, kinds)


def seen(score: float, box: Box, kind: ObjectKind = PERSON) -> Detection:
    return Detection(kind, kind.value, score, box)


def test_half_overlapping_squares_share_a_third() -> None:
    iou = iou_matrix(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2], [5, 5, 6, 6], [0, 0, 2, 2]]))
    assert iou[0] == pytest.approx([1 / 3, 0, 1])


@pytest.mark.parametrize(
    ("scores", "hits", "wanted", "expected"),
    [
        # found both, nothing else
        ([0.9, 0.8], [True, True], 2, 1.0),
        # found one of two: recall points 0.00 .. 0.50 at precision 1, the other 50 at 0
        ([0.9], [True], 2, 51 / 101),
        # a false one first: precision 1/2 wherever it is found
        ([0.9, 0.8], [False, True], 1, 0.5),
        # a false one last costs nothing
        ([0.9, 0.1], [True, False], 1, 1.0),
        # hit, miss, hit: 51 points at 1, 50 points at 2/3
        ([0.9, 0.8, 0.7], [True, False, True], 2, (51 + 50 * 2 / 3) / 101),
        ([], [], 3, 0.0),
        ([0.5], [False], 0, 0.0),
    ],
)
def test_average_precision_by_hand(scores: list[float], hits: list[bool], wanted: int, expected: float) -> None:
    assert average_precision(np.array(scores), np.array(hits, bool), wanted) == pytest.approx(expected)


def test_a_truth_box_is_hit_once_and_the_best_score_has_it() -> None:
    report = judge([sample(TruthBox(PERSON, HERE))], [[seen(0.6, HERE), seen(0.9, HERE)]], {PERSON: 0.5})
    found = report.kinds[PERSON]
    assert (found.boxes, found.hits, found.false) == (1, 1, 1)
    assert found.map50 == pytest.approx(1.0)


def test_a_loose_box_counts_at_half_overlap_but_not_at_the_strict_ones() -> None:
    truth, loose = (0.0, 0.0, 10.0, 10.0), (0.0, 0.0, 10.0, 14.0)
    report = judge([sample(TruthBox(PERSON, truth))], [[seen(0.9, loose)]], {PERSON: 0.5})
    assert report.kinds[PERSON].map50 == pytest.approx(1.0)
    # IoU is 100/140 = 0.714: levels 0.50 to 0.70 are met, 0.75 to 0.95 are not
    assert report.kinds[PERSON].map50_95 == pytest.approx(0.5)


def test_an_ignored_box_counts_neither_way() -> None:
    report = judge(
        [sample(TruthBox(PERSON, HERE, ignored=True), TruthBox(PERSON, THERE))],
        [[seen(0.95, HERE), seen(0.9, HERE), seen(0.8, THERE)]],
        {PERSON: 0.5},
    )
    found = report.kinds[PERSON]
    assert (found.boxes, found.hits, found.false, found.map50) == (1, 1, 0, pytest.approx(1.0))


def test_kinds_are_judged_apart_and_only_where_they_are_labelled() -> None:
    people_only = sample(TruthBox(PERSON, HERE), kinds=frozenset({PERSON}))
    both = sample(TruthBox(STALL, THERE))
    report = judge(
        [people_only, both], [[seen(0.9, HERE), seen(0.9, THERE, STALL)], [seen(0.8, THERE, STALL)]], {STALL: 0.5}
    )
    assert report.kinds[STALL].map50 == pytest.approx(1.0)
    assert report.kinds[STALL].false == 0


def test_hits_are_counted_at_the_networks_own_threshold() -> None:
    report = judge([sample(TruthBox(PERSON, HERE))], [[seen(0.3, HERE)]], {PERSON: 0.5})
    assert report.kinds[PERSON].hits == 0
    assert report.kinds[PERSON].map50 == pytest.approx(1.0)


def test_means_are_taken_over_kinds_with_boxes_enough() -> None:
    many = [sample(TruthBox(PERSON, HERE)) for _ in range(40)] + [sample(TruthBox(STALL, THERE))]
    report = judge(many, [[seen(0.9, HERE)]] * 40 + [[]], {PERSON: 0.5, STALL: 0.5})
    assert [kind.kind for kind in report.judged] == [PERSON]
    assert report.kinds[STALL].too_few_to_judge
    assert report.map50 == pytest.approx(1.0)


boxes = st.tuples(*[st.floats(0, 50) for _ in range(2)], *[st.floats(1, 50) for _ in range(2)]).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=6))
def test_no_more_hits_than_truth_and_never_more_at_a_stricter_level(found: list[Box], truth: list[Box]) -> None:
    hit, skip = match(
        np.array(found, float).reshape(-1, 4), np.array(truth, float).reshape(-1, 4), np.zeros(len(truth), bool)
    )
    counts = hit.sum(1)
    assert counts.max(initial=0) <= min(len(found), len(truth))
    assert (np.diff(counts) <= 0).all()
    assert not skip.any()


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=20), st.integers(20, 30))
def test_average_precision_lies_between_nothing_and_all(rows: list[tuple[float, bool]], wanted: int) -> None:
    value = average_precision(np.array([r[0] for r in rows]), np.array([r[1] for r in rows], bool), wanted)
    assert 0 <= value <= 1
