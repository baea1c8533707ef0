"""Finding networks, and refusing weights that are not what their card says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models import load_network, registry
from models.registry import DEFAULT_NETWORK, ZOO
from records import BadInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the network that ships, free to be damaged."""
    return Path(shutil.copytree(ZOO / DEFAULT_NETWORK, tmp_path / "net"))


def refusal(name: str | Path) -> str:
    with pytest.raises(BadInput) as refused:
        load_network(name)
    assert "\n" not in str(refused.value)
    return refused.value.code


def test_the_zoo_lists_the_network_that_ships() -> None:
    assert DEFAULT_NETWORK in [card.name for card in registry()]


def test_a_network_opens_by_folder_by_card_and_by_weights(folder: Path) -> None:
    hashes = {load_network(path).sha256 for path in (folder, folder / "card.yaml", folder / "weights.onnx")}
    assert len(hashes) == 1


def test_weights_with_another_hash_are_refused(folder: Path) -> None:
    with (folder / "weights.onnx").open("ab") as stream:
        stream.write(b"\0")
    assert refusal(folder) == "E_HASH_MISMATCH"


def test_weights_without_a_card_are_refused(folder: Path) -> None:
    (folder / "card.yaml").unlink()
    assert refusal(folder / "weights.onnx") == "E_CARD_MISSING"
    assert refusal(folder) == "E_CARD_MISSING"


def test_weights_beside_the_card_of_other_weights_are_refused(folder: Path) -> None:
    shutil.copyfile(folder / "weights.onnx", folder / "other.onnx")
    assert refusal(folder / "other.onnx") == "E_CARD_MISSING"


def test_a_card_without_its_weights_is_refused(folder: Path) -> None:
    (folder / "weights.onnx").unlink()
    assert refusal(folder) == "E_WEIGHTS_MISSING"


def test_an_unknown_name_is_refused_naming_the_known(folder: Path) -> None:
    with pytest.raises(BadInput) as refused:
        load_network("no-such-network")
    assert refused.value.code == "E_MODEL_UNKNOWN"
    assert DEFAULT_NETWORK in refused.value.hint


def test_a_file_that_is_no_network_is_refused_though_its_hash_is_right(folder: Path) -> None:
    from models.card import file_sha256, read_card, write_card

    (folder / "weights.onnx").write_bytes(b"not a network")
    card = read_card(folder / "card.yaml")
    changed = card.model_copy(update={"weights_sha256": file_sha256(folder / "weights.onnx")})
    write_card(changed, folder / "card.yaml")
    assert refusal(folder) == "E_WEIGHTS_INVALID"


def test_a_card_that_does_not_describe_its_weights_is_refused(folder: Path) -> None:
    from models.card import read_card, write_card

    card = read_card(folder / "card.yaml")
    output = card.outputs[0].model_copy(update={"name": "elsewhere"})
    write_card(card.model_copy(update={"outputs": (output,)}), folder / "card.yaml")
    assert refusal(folder) in {"E_WEIGHTS_INVALID", "E_CARD_INVALID"}
