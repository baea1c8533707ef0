"""Reliability, confusion, thresholds by data, and the sheets that a person looks at."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models import read_card
from models.calibration import reliability
from models.confusion import BACKGROUND, KINDS, confusion
from models.dataset import Sample, TruthBox, read_picture
from models.evaluate import judge, rank
from models.registry import DEFAULT_NETWORK, ZOO
from models.sheet import contact_sheet, worst, write_sheets
from models.thresholds import choose, halves, with_thresholds
from streams import Detection, ObjectKind

PERSON, STALL, GOODS = ObjectKind.PERSON, ObjectKind.STALL, ObjectKind.GOODS
Box = tuple[float, float, float, float]
HERE: Box = (10, 10, 40, 60)
THERE: Box = (100, 60, 140, 110)


def sample(*boxes: TruthBox, kinds: frozenset[ObjectKind] = frozenset(ObjectKind)) -> Sample:
    return Sample(Path("none.jpg"), boxes, kinds)


def seen(score: float, box: Box = HERE, kind: ObjectKind = STALL) -> Detection:
    return Detection(kind, kind.value, score, box)


def scored(right: dict[float, tuple[int, int]]) -> tuple[list[Sample], list[list[Detection]]]:
    """Pictures with one stall each; by score, how many detections hit it and how many miss."""
    samples, found = [], []
    for score, (hits, misses) in right.items():
        for n in range(hits + misses):
            samples.append(sample(TruthBox(STALL, HERE)))
            found.append([seen(score, HERE if n < hits else THERE)])
    return samples, found


def at(truth: ObjectKind | None, said: ObjectKind | None) -> tuple[int, int]:
    return (
        BACKGROUND if truth is None else KINDS.index(truth),
        BACKGROUND if said is None else KINDS.index(said),
    )


class TestReliability:
    def test_scores_that_keep_their_word_have_no_error(self) -> None:
        curve = reliability(rank(STALL, *scored({0.75: (75, 25), 0.25: (5, 15)})))
        assert curve.error == pytest.approx(0.0, abs=1e-9)
        assert [(one.low, one.count) for one in curve.bins] == [(0.2, 20), (0.7, 100)]

    def test_the_error_is_the_mean_distance_from_the_diagonal(self) -> None:
        curve = reliability(rank(STALL, *scored({0.9: (30, 30), 0.5: (10, 10)})))
        assert curve.error == pytest.approx((60 * 0.4 + 20 * 0.0) / 80)

    def test_what_nobody_acts_on_does_not_count_and_nothing_has_no_error(self) -> None:
        assert reliability(rank(STALL, *scored({0.01: (0, 50)}))).error is None


class TestConfusion:
    def test_like_goes_to_like_and_the_rest_to_the_background(self) -> None:
        samples = [sample(TruthBox(STALL, HERE), TruthBox(PERSON, THERE))]
        found = [[seen(0.9), seen(0.9, (200, 200, 240, 240), GOODS)]]
        counts = confusion(samples, found, {STALL: 0.5, GOODS: 0.5, PERSON: 0.5}).counts
        assert counts[at(STALL, STALL)] == counts[at(PERSON, None)] == counts[at(None, GOODS)] == 1
        assert counts.sum() == 3

    def test_a_thing_taken_for_another_is_one_error_not_two(self) -> None:
        counts = confusion([sample(TruthBox(STALL, HERE))], [[seen(0.9, kind=GOODS)]], {GOODS: 0.5}).counts
        assert counts[at(STALL, GOODS)] == 1 == counts.sum()

    def test_a_right_answer_is_not_taken_away_by_a_surer_one_of_another_kind(self) -> None:
        found = [[seen(0.99, kind=GOODS), seen(0.6)]]
        counts = confusion([sample(TruthBox(STALL, HERE))], found, {STALL: 0.5, GOODS: 0.5}).counts
        assert counts[at(STALL, STALL)] == counts[at(None, GOODS)] == 1

    def test_ignored_boxes_and_unlabelled_kinds_count_neither_way(self) -> None:
        samples = [sample(TruthBox(STALL, HERE, ignored=True), kinds=frozenset({STALL}))]
        found = [[seen(0.9), seen(0.9, THERE, GOODS)]]
        assert confusion(samples, found, {STALL: 0.5, GOODS: 0.5}).counts.sum() == 0

    def test_what_lies_below_its_threshold_was_not_said(self) -> None:
        counts = confusion([sample(TruthBox(STALL, HERE))], [[seen(0.4)]], {STALL: 0.5}).counts
        assert counts[at(STALL, None)] == 1 == counts.sum()


class TestThresholds:
    def test_it_is_the_lowest_score_that_is_precise_enough(self) -> None:
        ranked = rank(STALL, *scored({0.9: (40, 0), 0.6: (30, 5), 0.3: (10, 60)}))
        choice = choose(ranked, 0.9, present=0.5)
        assert (choice.score, choice.by) == (pytest.approx(0.6), "precision")

    def test_where_nothing_is_precise_enough_it_is_the_best_f1(self) -> None:
        ranked = rank(STALL, *scored({0.9: (20, 10), 0.6: (40, 30), 0.3: (1, 80)}))
        choice = choose(ranked, 0.9, present=0.5)
        assert (choice.score, choice.by) == (pytest.approx(0.6), "f1")

    def test_too_few_boxes_choose_nothing(self) -> None:
        assert choose(rank(STALL, *scored({0.9: (20, 0)})), 0.9, present=0.5).by == "kept"

    def test_a_choice_is_judged_on_pictures_that_had_no_say_in_it(self) -> None:
        on, beside = halves(35)
        assert sorted(on + beside) == list(range(35)) and not set(on) & set(beside)
        good, bad = scored({0.8: (10, 0)}), scored({0.8: (0, 10)})
        blocks = [good, bad] * 5  # every block to choose on is right, every one beside it wrong
        samples = [one for block in blocks for one in block[0]]
        found = [one for block in blocks for one in block[1]]
        card = read_card(ZOO / DEFAULT_NETWORK / "card.yaml")
        chosen = with_thresholds(card, "made up", samples, found, 0.9)
        assert chosen.thresholds_from is not None
        stall = chosen.thresholds_from.kinds[STALL]
        assert chosen.thresholds[STALL] == stall.score == pytest.approx(0.8)
        assert (stall.by, stall.precision, stall.recall, stall.boxes) == ("precision", 0.0, 0.0, 50)
        assert chosen.thresholds[PERSON] == card.thresholds[PERSON]


@pytest.fixture
def street(tmp_path: Path) -> list[Sample]:
    image = np.full((120, 200, 3), 90, np.uint8)
    cv2.imwrite(str(tmp_path / "street.png"), image)
    return [Sample(tmp_path / "street.png", (TruthBox(STALL, HERE), TruthBox(PERSON, THERE)))]


def test_the_sheets_hold_what_the_evaluation_found(street: list[Sample], tmp_path: Path) -> None:
    found = [[seen(0.9), seen(0.7, (150, 20, 190, 50), GOODS)]]
    report = write_sheets(tmp_path / "out", street, found, {STALL: 0.5, GOODS: 0.5, PERSON: 0.5}, "n", "0" * 64)
    assert report.kinds[STALL].precision == report.kinds[STALL].recall == 1.0
    said = json.loads((tmp_path / "out" / "report.json").read_text())
    assert said["kinds"]["person"]["hits"] == 0 and said["kinds"]["stall"]["reliability"]["detections"] == 1
    counts = np.array(json.loads((tmp_path / "out" / "confusion.json").read_text())["counts"])
    assert counts[at(STALL, STALL)] == counts[at(PERSON, None)] == counts[at(None, GOODS)] == 1
    for name in ("reliability.svg", "confusion.svg"):
        assert (tmp_path / "out" / name).read_text().startswith("<svg ")
    assert read_picture(tmp_path / "out" / "errors.png").shape[1] > 200


def test_the_worst_errors_come_first_and_each_has_its_tile(street: list[Sample]) -> None:
    found = [[seen(0.6, (150, 20, 190, 50), GOODS), seen(0.95, (60, 20, 90, 50), GOODS)]]
    errors = worst(confusion(street, found, dict.fromkeys(ObjectKind, 0.5)).errors)
    assert [round(e.said.score, 2) if e.said else None for e in errors] == [0.95, 0.6, None, None]
    page = contact_sheet(errors)
    # the tile of the first shows what was said framed in red
    assert (page[:200, :240] == (50, 50, 220)).all(-1).any()


def test_no_error_makes_an_empty_page(street: list[Sample]) -> None:
    report = judge(street, [[seen(0.9), seen(0.9, THERE, PERSON)]], {STALL: 0.5, PERSON: 0.5})
    assert report.kinds[STALL].false == 0
    assert (contact_sheet([]) == 255).all()
