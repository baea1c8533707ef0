"""Training, in `make test-long`: reproducible, resumable after a kill, exported to what the program runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from models import TruthBox, evaluate, load_network, read_samples, shared_data, write_samples
from models.generated import render_samples
from models.registry import ZOO
from models.train import read_config, train
from records import BadInput, Refused
from streams import ObjectKind

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


@pytest.mark.long
class TestStartingFromAShippedNetwork:
    def test_its_weights_come_back_out_of_its_export(self, tmp_path: Path) -> None:
        from models.train.network import StreetNetwork
        from models.train.session import as_network
        from models.train.start import load_exported

        shipped = load_network()
        network = StreetNetwork(None, "neck", seed=0)
        load_exported(network, ZOO / "street-n" / "weights.onnx")
        (sample,) = render_samples(tmp_path / "pictures", 1, 7, ["close"], 640)
        ours = as_network(network, shipped.card).detect([sample.image()], 0.05)[0]
        theirs = shipped.detect([sample.image()], 0.05)[0]
        assert len(ours) == len(theirs) > 10
        for a, b in zip(ours, theirs, strict=True):
            assert a.kind is b.kind and abs(a.score - b.score) < 1e-3
            assert max(abs(x - y) for x, y in zip(a.box, b.box, strict=True)) < 0.1

    def test_it_trains_on_labelled_folders_without_any_base_weights(self, tmp_path: Path) -> None:
        import torch

        samples = render_samples(tmp_path / "mine" / "train", 4, 8, ["close"], 320)
        booth = TruthBox(ObjectKind.STALL, (10.0, 60.0, 60.0, 110.0))
        write_samples(tmp_path / "mine" / "train", [replace(samples[0], rejected=(booth,)), *samples[1:]])
        render_samples(tmp_path / "mine" / "val", 2, 9, ["close"], 320)
        folder = {"path": str(tmp_path / "mine"), "split": "train", "variants": 1, "rejected_variants": 3}
        changes: dict[str, Any] = {"base": None, "start": "street-n", "scenes": [], "folders": [folder]}
        changes["validation"] = {"folder": {"path": str(tmp_path / "mine"), "split": "val"}}
        out = train(small_config(tmp_path, **changes), tmp_path / "out").parent
        labels = (out / "features" / "labels.jsonl").read_text().splitlines()
        assert len(labels) == 3 + 3  # the one with a hard negative three times
        rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
        assert [row["epoch"] for row in rows] == [1, 2, 3] and all("map50" in row for row in rows)
        for name in ("loss.svg", "metrics.svg", "validation/errors.png", "validation/report.json"):
            assert (out / name).is_file(), name
        whole = torch.load(out / "checkpoint.pt", weights_only=False)["average"]
        unmeasured = small_config(tmp_path, **(changes | {"validation": {}}))
        again = torch.load(train(unmeasured, tmp_path / "again"), weights_only=False)["average"]
        for name, value in whole.items():  # to be measured changes nothing
            assert torch.equal(value, again[name]), name

    def test_an_export_that_is_no_such_network_is_refused(self, tmp_path: Path) -> None:
        from models.train.network import StreetNetwork
        from models.train.start import load_exported

        data = shared_data()
        if data is None:
            pytest.skip("NO OTHER NETWORK HERE: set NONSITE_SHARED_DATA; a foreign start was not tried")
        with pytest.raises(BadInput) as refused:
            load_exported(StreetNetwork(None, "neck", seed=0), data / "weights" / "yolo11n_coco.onnx")
        assert refused.value.code == "E_CHECKPOINT"


@pytest.mark.long
@pytest.mark.skipif(shared_data() is None, reason="NO REAL PICTURES HERE: set NONSITE_SHARED_DATA; INT8 was not tried")
class TestInt8:
    def test_it_says_what_it_is_and_sees_nearly_what_it_came_from_sees(self, tmp_path: Path) -> None:
        from models.quantise import calibration_pictures, quantise

        pictures, what = calibration_pictures()
        network = load_network(quantise("street-n", tmp_path / "int8", pictures[::8], what))
        assert network.execution.precision == "int8" and network.name == "street-n-int8"
        assert network.card.quantised is not None and network.card.quantised.from_sha256 == load_network().sha256
        samples = render_samples(tmp_path / "pictures", 12, 7, ["close"], 640)
        before, after = evaluate(load_network(), samples), evaluate(network, samples)
        hits = [sum(kind.hits for kind in report.kinds.values()) for report in (before, after)]
        assert hits[1] > 0.7 * hits[0] > 10

    def test_one_that_loses_more_than_a_point_or_is_no_faster_is_not_offered(self, tmp_path: Path) -> None:
        from models.quantise import export_int8

        samples = render_samples(tmp_path / "pictures", 12, 7, ["close"], 640)
        try:
            found = export_int8("street-n", tmp_path / "int8", {"streets": samples})
        except Refused as refused:
            assert refused.code == "E_INT8_WORSE"
            assert not (tmp_path / "int8" / "weights.onnx").exists()
        else:
            assert found.offered and all(one.lost <= 0.01 for one in found.splits)
            assert (tmp_path / "int8" / "card.yaml").is_file()
        assert json.loads((tmp_path / "int8" / "int8.json").read_text())["splits"][0]["pictures"] == 12
