"""Training, in `make test-long`: reproducible, resumable after a kill, exported to what the program runs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from models import load_network, read_samples, shared_data
from models.train import read_config, train
from records import BadInput

CONFIG = Path(__file__).parents[2] / "configs" / "train" / "street-n.yaml"


def small_config(folder: Path, **changes: Any) -> Path:
    """The shipped configuration cut down to what trains in seconds."""
    document = yaml.safe_load(CONFIG.read_text())
    document |= {
        "name": "trial",
        "start": None,
        "canvas_px": [320, 192],
        "scenes": [{"families": ["close"], "pictures": 12, "seed": 3, "width_px": 320}],
        "real": {"signs_variants": 0, "street_variants": 0},
    }
    document["schedule"] |= {"epochs": 3, "batch": 4, "threads": 1, "precision": "fp32", "warmup_steps": 2}
    path = folder / "trial.yaml"
    path.write_text(yaml.safe_dump(document | changes))
    return path


def test_the_shipped_configuration_is_valid_and_trains_on_no_test_picture() -> None:
    config = read_config(CONFIG)
    assert config.name == "street-n"
    assert all("test" not in part.families for part in config.scenes)
    assert not any("coco128" in data.name for data in config.card.data)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"speed": 3}, "speed"),
        ({"branch": "tail"}, "branch"),
        # the family that test scenes come from cannot be trained on
        ({"scenes": [{"families": ["test"], "pictures": 1, "seed": 1}]}, "families"),
    ],
)
def test_a_wrong_configuration_is_refused_naming_the_field(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_config(small_config(tmp_path, **changes))
    assert refused.value.code == "E_CONFIG_INVALID"
    assert said in refused.value.message


def test_what_the_card_says_does_not_change_the_hash_of_the_training(tmp_path: Path) -> None:
    one = read_config(small_config(tmp_path))
    other = one.model_copy(update={"card": one.card.model_copy(update={"version": "9"})})
    assert one.sha256 == other.sha256
    assert one.sha256 != one.model_copy(update={"seed": 1}).sha256


needs_training = [
    pytest.mark.long,
    pytest.mark.skipif(
        shared_data() is None, reason="NO BASE WEIGHTS HERE: set NONSITE_SHARED_DATA; training was not tried"
    ),
]


class TestTraining:
    pytestmark = needs_training

    def test_a_killed_run_resumed_ends_with_the_weights_of_one_left_alone(self, tmp_path: Path) -> None:
        import torch

        config = small_config(tmp_path)
        whole = torch.load(train(config, tmp_path / "whole"), weights_only=False)
        self._train_until_killed(config, tmp_path / "broken")
        resumed = torch.load(train(config, tmp_path / "broken", resume=True), weights_only=False)
        assert whole["epoch"] == resumed["epoch"] == 3
        for name, value in whole["average"].items():
            assert torch.equal(value, resumed["average"][name]), name

    @staticmethod
    def _train_until_killed(config: Path, out: Path) -> None:
        script = "import sys; from pathlib import Path; from models.train import train; train(*map(Path, sys.argv[1:]))"
        process = subprocess.Popen([sys.executable, "-c", script, str(config), str(out)])
        while not (out / "checkpoint.pt").exists() and process.poll() is None:
            time.sleep(0.05)
        process.kill()
        process.wait()
        assert (out / "checkpoint.pt").exists()

    def test_a_trained_network_is_exported_and_runs(self, tmp_path: Path) -> None:
        from models.export import export

        checkpoint = train(small_config(tmp_path), tmp_path / "out")
        card = export(checkpoint, tmp_path / "net")
        network = load_network(card)
        assert network.card.training is not None and network.card.training.config_sha256
        (folder,) = (tmp_path / "out" / "pictures").iterdir()
        image = read_samples(folder)[0].image()
        assert network.detect([image, image], 0.001)[1]

    def test_a_run_keeps_its_share_of_the_one_it_starts_from(self, tmp_path: Path) -> None:
        import torch

        def weights(out: str, **changes: Any) -> dict[str, Any]:
            schedule = yaml.safe_load(small_config(tmp_path).read_text())["schedule"] | {"start_share": 0.0, **changes}
            start = str(tmp_path / "first" / "checkpoint.pt") if changes else None
            config = small_config(tmp_path, start=start, schedule=schedule)
            average: dict[str, Any] = torch.load(train(config, tmp_path / out), weights_only=False)["average"]
            return average

        first = weights("first")
        plain = weights("plain", start_share=0.0)
        mixed = weights("mixed", start_share=0.25)
        assert any(not torch.equal(first[name], plain[name]) for name in first)
        for name, value in mixed.items():
            assert torch.allclose(value.double(), 0.25 * first[name] + 0.75 * plain[name].double(), atol=1e-5), name

    def test_a_folder_in_use_and_another_configuration_are_refused(self, tmp_path: Path) -> None:
        config = small_config(tmp_path)
        train(config, tmp_path / "out")
        with pytest.raises(BadInput) as in_use:
            train(config, tmp_path / "out")
        assert in_use.value.code == "E_OUT_IN_USE"
        with pytest.raises(BadInput) as other:
            train(small_config(tmp_path, seed=1), tmp_path / "out", resume=True)
        assert other.value.code == "E_RESUME_CONFIG"
