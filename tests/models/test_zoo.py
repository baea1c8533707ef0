"""The network that ships and the base weights, run on real and on generated pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models import OnnxNetwork, Sample, evaluate, load_network, shared_data
from models.dataset import UNIFIED_CLASS_KINDS, yolo_samples
from models.generated import TEST_FAMILY, render_samples
from models.splits import REAL_SPLITS, real_split
from streams import Detection, Image, Network, ObjectKind

BASE_CARD = Path(__file__).parents[2] / "configs" / "models" / "yolo11n-coco.yaml"
POINTS = 0.03
AGREE = 0.01

needs_real_pictures = pytest.mark.skipif(
    shared_data() is None,
    reason="NO REAL PICTURES HERE: set NONSITE_SHARED_DATA; nothing real was judged in this run",
)


def parked_bike_samples(data: Path) -> list[Sample]:
    """The grey photographs of parked bicycles; their boxes merge clusters, so only presence means anything."""
    folder = data / "images" / "parked_bikes_gray"
    return yolo_samples(folder / "images", folder / "labels", UNIFIED_CLASS_KINDS, kinds=[ObjectKind.BICYCLE])


@pytest.fixture(scope="module")
def network() -> OnnxNetwork:
    return load_network()


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Pictures of generated streets of the held-back family, from seeds that neither training nor card uses."""
    return render_samples(tmp_path_factory.mktemp("street"), 16, 95_001, [TEST_FAMILY], 1280)


def picture(size: tuple[int, int], seed: int = 0) -> Image:
    return np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3)).astype(np.uint8)


def near(a: list[Detection], b: list[Detection]) -> bool:
    return len(a) == len(b) and all(
        x.kind is y.kind and abs(x.score - y.score) < 1e-3 and np.allclose(x.box, y.box, atol=0.5)
        for x, y in zip(a, b, strict=True)
    )


def test_it_is_a_network_as_the_streams_want_it(network: OnnxNetwork) -> None:
    assert isinstance(network, Network)
    assert network.input_size == (640, 640)
    assert set(network.thresholds) == set(ObjectKind)
    assert len(network.sha256) == 64


def test_its_weights_are_small_enough_to_ship() -> None:
    weights = Path(__file__).parents[2] / "models" / "zoo" / "street-n" / "weights.onnx"
    assert weights.stat().st_size <= 16_000_000


def test_it_finds_most_of_what_stands_on_a_street_it_never_saw(network: OnnxNetwork, street: list[Sample]) -> None:
    report = evaluate(network, street)
    wanted = sum(kind.boxes for kind in report.kinds.values())
    hits = sum(kind.hits for kind in report.kinds.values())
    false = sum(kind.false for kind in report.kinds.values())
    assert wanted > 60
    assert hits > 0.7 * wanted
    assert false < 0.4 * wanted


def test_a_batch_gives_what_the_pictures_give_one_by_one(network: OnnxNetwork, street: list[Sample]) -> None:
    images = [street[0].image(), picture((300, 500)), street[1].image(), street[0].image()[:500]]
    together = network.detect(images)
    assert together[0]
    for image, found in zip(images, together, strict=True):
        assert near(network.detect([image])[0], found)


def test_boxes_lie_in_the_picture_and_scores_above_the_thresholds(network: OnnxNetwork, street: list[Sample]) -> None:
    image = street[0].image()
    height, width = image.shape[:2]
    for detection in network.detect([image])[0]:
        x1, y1, x2, y2 = detection.box
        assert 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height
        assert network.thresholds[detection.kind] <= detection.score <= 1


def test_a_lower_score_shows_more_and_no_pictures_give_no_answers(network: OnnxNetwork, street: list[Sample]) -> None:
    image = street[0].image()
    assert len(network.detect([image], 0.01)[0]) > len(network.detect([image])[0])
    assert network.detect([]) == []


@needs_real_pictures
@pytest.mark.parametrize("split", sorted(REAL_SPLITS))
def test_the_card_states_what_comes_out_on_real_pictures(network: OnnxNetwork, split: str) -> None:
    stated = network.card.metrics[split]
    report = evaluate(network, real_split(split))
    assert report.pictures == stated.pictures
    for kind, found in report.kinds.items():
        figures = stated.kinds[kind]
        assert (found.boxes, found.too_few_to_judge) == (figures.boxes, figures.too_few_to_judge)
        assert figures.too_few_to_judge or found.map50 == pytest.approx(figures.map50, abs=AGREE)
        assert abs(found.hits - figures.hits) <= 1


@needs_real_pictures
def test_the_base_weights_run_through_a_card_of_their_own() -> None:
    base = load_network(BASE_CARD)
    assert base.input_size == (640, 640)
    assert ObjectKind.STALL not in base.thresholds
    report = evaluate(base, real_split("coco128_train"))
    judged = {report.kind.value: report.map50 for report in report.judged}
    assert judged == pytest.approx({"person": 0.718, "vehicle": 0.384, "furniture": 0.641}, abs=0.02)


@needs_real_pictures
def test_a_fixed_batch_of_one_takes_many_pictures() -> None:
    base = load_network(BASE_CARD)
    images = [sample.image() for sample in real_split("coco128_train")[:3]]
    assert [near(base.detect([i])[0], found) for i, found in zip(images, base.detect(images), strict=True)] == [
        True
    ] * 3


def test_the_card_says_that_nothing_real_was_unlearned(network: OnnxNetwork) -> None:
    kinds = network.card.metrics["coco128_train"].kinds
    for kind in (ObjectKind.PERSON, ObjectKind.VEHICLE, ObjectKind.FURNITURE):
        figures = kinds[kind]
        assert figures.map50 is not None and figures.base_map50 is not None
        assert figures.map50 >= figures.base_map50 - POINTS


def test_the_card_says_where_it_comes_from_and_what_it_cannot(network: OnnxNetwork) -> None:
    card = network.card
    assert card.training is not None and all(data.licence and data.source for data in card.training.data)
    assert card.limits
    assert not any("coco128" in data.name for data in card.training.data if data.used_for != "testing")


@needs_real_pictures
def test_it_sees_rows_of_parked_bicycles_on_real_photographs(network: OnnxNetwork) -> None:
    data = shared_data()
    assert data is not None
    found = [network.detect([sample.image()])[0] for sample in parked_bike_samples(data)]
    rows = sum(sum(d.kind is ObjectKind.BICYCLE for d in detections) >= 5 for detections in found)
    assert rows >= 3
