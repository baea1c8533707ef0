"""The training run: pictures, cached features, epochs, and a folder to look at. Same configuration, same weights."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from models.card import Card
from models.charts import curves
from models.dataset import Sample
from models.evaluate import Report, find, judge
from models.export import card_of
from models.folders import open_folder
from models.generated import render_samples
from models.sheet import write_sheets
from models.train.cache import build_cache
from models.train.config import TrainConfig
from models.train.fit import Fit, saved_state
from models.train.gather import gather
from models.train.pictures import Picture
from models.train.progress import say
from models.train.session import as_network
from models.train.start import base_weights, new_network
from records import SystemClock

__all__ = ["CHECKPOINT", "base_weights", "run"]

CHECKPOINT, LOG = "checkpoint.pt", "log.jsonl"
OWN_PICTURES = 48
"""Of its own pictures a run without others is held against so many at its end [given]."""
NO_WEIGHTS_YET = "0" * 64


def run(config: TrainConfig, out: Path, resume: bool) -> Path:
    """Train; see `models.train.train`."""
    checkpoint = out / CHECKPOINT
    saved = saved_state(checkpoint, config, resume)
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(config.schedule.threads)
    network = new_network(config).to(_repeatable(_device(config)))
    pictures = gather(config, out / "pictures", say)
    cache = build_cache(out / "features", network, pictures, config.canvas_px, config.min_side_px, config.seed, say)
    fit = Fit(config, network, cache)
    if saved is not None:
        fit.resume(saved)
    _cut_log(out, fit.epoch)
    held_out = _held_out(config, out)
    while fit.epoch < config.schedule.epochs:
        started = time.monotonic()
        loss = fit.run_epoch()
        fit.save(checkpoint)
        last = fit.epoch == config.schedule.epochs
        report = _measure(fit, held_out, out / "validation" if last else None) if held_out else None
        _log(out, fit.epoch, loss, report, time.monotonic() - started)
        _draw(out)
    if not held_out:
        _measure(fit, _own(pictures), out / "training")
    return checkpoint


def _repeatable(device: torch.device) -> torch.device:
    """The device, told to choose its algorithms by rule and not by speed."""
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = False
        torch.use_deterministic_algorithms(True, warn_only=True)
    return device


def _own(pictures: Sequence[Picture]) -> list[Sample]:
    """Some of the run's own pictures, evenly dealt out: what it still gets wrong there is worth a look, no more."""
    samples = list({picture.sample.path: picture.sample for picture in pictures}.values())
    return samples[:: max(1, len(samples) // OWN_PICTURES)][:OWN_PICTURES]


def _device(config: TrainConfig) -> torch.device:
    if config.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(config.device)


def _held_out(config: TrainConfig, out: Path) -> list[Sample]:
    wanted, samples = config.validation, []
    if wanted.folder is not None:
        samples += open_folder(Path(wanted.folder.path), wanted.folder.split)
    if wanted.scenes is not None:
        part = wanted.scenes
        home = out / "pictures" / f"validation-{part.seed}-{part.width_px}-{part.pictures}{'-traced' * part.traced}"
        samples += render_samples(home, part.pictures, part.seed, part.families, part.width_px, say, traced=part.traced)
    return samples


def _measure(fit: Fit, samples: list[Sample], sheets: Path | None) -> Report:
    """Measure the averaged weights, which are what an export would take; the training goes on as if nothing was."""
    network, card = fit.network, _card(fit.config)
    kept = {name: value.clone() for name, value in network.branch_state().items()}
    network.load_state_dict(fit.average, strict=False)
    network.train(False)
    found = find(as_network(network, card), samples)
    network.load_state_dict(kept, strict=False)
    network.train()
    if sheets is None:
        return judge(samples, found, card.thresholds, card.name)
    return write_sheets(sheets, samples, found, card.thresholds, card.name)


def _card(config: TrainConfig) -> Card:
    return card_of(config, NO_WEIGHTS_YET, SystemClock().now())


def _log(out: Path, epoch: int, loss: float, report: Report | None, seconds: float) -> None:
    row: dict[str, Any] = {"epoch": epoch, "loss": loss, "seconds": round(seconds, 1)}
    words = f"epoch {epoch}: loss {loss:.4f}, {seconds:.0f} s"
    if report is not None:
        row |= {
            "map50": report.map50,
            "map50_95": report.map50_95,
            "kinds": {kind.value: round(one.map50, 4) for kind, one in report.kinds.items()},
            "false": sum(one.false for one in report.kinds.values()),
        }
        words += f", mAP50 {report.map50:.4f}"
    with (out / LOG).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")
    say(words)


def _rows(out: Path) -> list[dict[str, Any]]:
    path = out / LOG
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _cut_log(out: Path, epochs: int) -> None:
    """Forget lines about epochs that a resumed run does again."""
    rows = [row for row in _rows(out) if row["epoch"] <= epochs]
    (out / LOG).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _draw(out: Path) -> None:
    """`loss.svg`, and `metrics.svg` where every epoch is measured."""
    rows = _rows(out)
    loss = curves("loss", {"training": [(row["epoch"], row["loss"]) for row in rows]}, ("epoch", "loss"))
    (out / "loss.svg").write_text(loss, encoding="utf-8")
    measured = [row for row in rows if "map50" in row]
    if not measured:
        return
    names = sorted({name for row in measured for name in row["kinds"]})
    lines = {name: [(row["epoch"], row["kinds"][name]) for row in measured if name in row["kinds"]] for name in names}
    chart = curves("mAP50 of the validation pictures", lines, ("epoch", "mAP50"), (None, (0.0, 1.0)))
    (out / "metrics.svg").write_text(chart, encoding="utf-8")
