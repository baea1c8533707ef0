"""Cards: what is accepted, what is refused and how plainly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.card import COCO80_CLASSES, Card, file_sha256, read_card, write_card
from records import BadInput
from streams import ObjectKind

DOCUMENT: dict[str, Any] = {
    "name": "trial",
    "version": "1",
    "licence": "AGPL-3.0",
    "weights_sha256": "0" * 64,
    "outputs": [{"name": "out", "classes": ["man", "woman", "dog"], "map": {"man": "person", "woman": "person"}}],
    "thresholds": {"person": 0.3},
}


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "card.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT | changes))
    return path


def test_a_card_says_which_kinds_its_network_gives(tmp_path: Path) -> None:
    card = read_card(written(tmp_path))
    assert card.kinds == (ObjectKind.PERSON,)
    assert card.input.max_side_px == 640


def test_the_short_name_coco80_stands_for_its_eighty_classes(tmp_path: Path) -> None:
    outputs = [{"name": "out", "classes": "coco80", "map": {"dining table": "furniture", "truck": "vehicle"}}]
    card = read_card(written(tmp_path, outputs=outputs, thresholds={"vehicle": 0.2, "furniture": 0.2}))
    assert card.outputs[0].classes == COCO80_CLASSES
    assert len(COCO80_CLASSES) == 80
    assert COCO80_CLASSES[56] == "chair" and COCO80_CLASSES[79] == "toothbrush"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        # a class that the network does not have
        ({"outputs": [{"name": "o", "classes": ["a"], "map": {"b": "person"}}]}, "not among its classes"),
        # nothing mapped: a network that sees nothing
        ({"outputs": [{"name": "o", "classes": ["a"], "map": {"a": None}}]}, "maps no class"),
        ({"outputs": [{"name": "o", "classes": ["a", "a"], "map": {"a": "person"}}]}, "distinct"),
        # a kind that is none of ours
        ({"outputs": [{"name": "o", "classes": ["a"], "map": {"a": "dragon"}}]}, "outputs.0.map.a"),
        ({"thresholds": {}}, "no value for"),
        ({"thresholds": {"person": 0.3, "stall": 0.3}}, "mapped by no output"),
        ({"thresholds": {"person": 1.5}}, "must lie in"),
        ({"weights_sha256": "abc"}, "weights_sha256"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wrong_card_is_refused_naming_the_field(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read_card(written(tmp_path, **changes))
    assert refusal.value.code == "E_CARD_INVALID"
    assert said in refusal.value.message
    assert "\n" not in str(refusal.value)


def test_a_missing_card_and_a_card_that_is_no_yaml_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as missing:
        read_card(tmp_path / "card.yaml")
    assert missing.value.code == "E_CARD_MISSING"
    (tmp_path / "card.yaml").write_text("a: [1,")
    with pytest.raises(BadInput) as damaged:
        read_card(tmp_path / "card.yaml")
    assert damaged.value.code == "E_CARD_INVALID"


def test_a_card_written_is_the_card_read(tmp_path: Path) -> None:
    card = Card.model_validate(DOCUMENT)
    write_card(card, tmp_path / "again.yaml")
    again = read_card(tmp_path / "again.yaml")
    assert again.thresholds == card.thresholds
    assert again.outputs[0].kinds == card.outputs[0].kinds


def test_the_hash_of_a_file_is_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
