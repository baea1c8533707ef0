"""The training run: pictures, cached features, epochs, checkpoints. Same configuration, same weights."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.dataset import shared_data
from models.train.cache import FeatureCache, build_cache
from models.train.config import TrainConfig
from models.train.gather import gather
from models.train.loss import StreetLoss
from models.train.network import StreetNetwork
from records import BadInput

CHECKPOINT = "checkpoint.pt"
SAY_EVERY = 100


def run(config: TrainConfig, out: Path, resume: bool) -> Path:
    """Train; see `models.train.train`."""
    checkpoint = out / CHECKPOINT
    saved = _saved(checkpoint, config, resume)
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(config.schedule.threads)
    network = StreetNetwork(base_weights(config), config.branch, config.seed).to(_device(config))
    pictures = gather(config, out / "pictures", _say)
    cache = build_cache(out / "features", network, pictures, config.canvas_px, config.min_side_px, config.seed, _say)
    _fit(config, network, cache, checkpoint, saved)
    return checkpoint


def base_weights(config: TrainConfig) -> Path:
    """State dict of the base, absolute or in the shared data folder.

    Raises:
        BadInput: E_DATA_MISSING.
    """
    data = shared_data()
    path = Path(config.base) if Path(config.base).is_absolute() or data is None else data / config.base
    if not path.is_file():
        raise BadInput("E_DATA_MISSING", f"no base weights at {path}", "point NONSITE_SHARED_DATA at the shared data")
    return path


def _saved(checkpoint: Path, config: TrainConfig, resume: bool) -> dict[str, Any] | None:
    if not checkpoint.exists():
        return None
    if not resume:
        raise BadInput("E_OUT_IN_USE", f"{checkpoint} exists", "choose another folder, or resume")
    saved: dict[str, Any] = torch.load(checkpoint, weights_only=False)
    if saved["config_sha256"] != config.sha256:
        raise BadInput(
            "E_RESUME_CONFIG",
            f"{checkpoint} was made by another configuration",
            "resume with the one it was started by",
        )
    return saved


def _device(config: TrainConfig) -> torch.device:
    if config.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(config.device)


def _fit(
    config: TrainConfig, network: StreetNetwork, cache: FeatureCache, checkpoint: Path, saved: dict[str, Any] | None
) -> None:
    schedule = config.schedule
    device = next(network.parameters()).device
    loss_of = StreetLoss(network.street_head.reg_max).to(device)
    network.train()
    network.to(memory_format=torch.channels_last)
    half = schedule.precision == "bf16"
    optimiser = torch.optim.AdamW(_groups(network, schedule.weight_decay), lr=schedule.learning_rate)
    average = {name: value.clone() for name, value in network.branch_state().items()}
    steps_per_epoch = math.ceil(len(cache) / schedule.batch)
    first = 0
    if config.start is not None and saved is None:
        _start_from(Path(config.start), network, average)
    if saved is not None:
        network.load_state_dict(saved["branch"], strict=False)
        optimiser.load_state_dict(saved["optimiser"])
        average, first = saved["average"], saved["epoch"]
    for epoch in range(first, schedule.epochs):
        started, total = time.monotonic(), 0.0
        for number, items in enumerate(_batches(len(cache), schedule.batch, config.seed, epoch)):
            step = epoch * steps_per_epoch + number
            for group in optimiser.param_groups:
                group["lr"] = schedule.learning_rate * _pace(
                    step, schedule.warmup_steps, steps_per_epoch * schedule.epochs
                )
            features, targets = cache.batch(items, device)
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                raw = network.street([f.contiguous(memory_format=torch.channels_last) for f in features])
            loss = loss_of({"boxes": raw["boxes"].float(), "scores": raw["scores"].float(), "feats": features}, targets)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.branch_parameters(), 10.0)
            optimiser.step()
            total += loss.item()
            _follow(average, network, min(schedule.average_decay, (1 + step) / (10 + step)))
            if (number + 1) % SAY_EVERY == 0:
                _say(f"epoch {epoch + 1}: step {number + 1} of {steps_per_epoch}, loss {total / (number + 1):.4f}")
        if epoch + 1 == schedule.epochs and config.start is not None:
            _mix(average, _started_from(Path(config.start)), schedule.start_share)
        _save(checkpoint, config, network, optimiser, average, epoch + 1)
        seconds = time.monotonic() - started
        _log(checkpoint.parent, {"epoch": epoch + 1, "loss": total / steps_per_epoch, "seconds": round(seconds, 1)})
        _say(f"epoch {epoch + 1} of {schedule.epochs}: loss {total / steps_per_epoch:.4f}, {seconds:.0f} s")


def _start_from(path: Path, network: StreetNetwork, average: dict[str, torch.Tensor]) -> None:
    """Begin with the averaged weights of an earlier run of the same shape.

    Raises:
        BadInput: E_CHECKPOINT.
    """
    try:
        network.load_state_dict(_started_from(path), strict=False)
    except RuntimeError as error:
        raise BadInput("E_CHECKPOINT", f"{path}: {error}", "train the run it starts from first") from None
    average.update({name: value.clone() for name, value in network.branch_state().items()})


def _started_from(path: Path) -> dict[str, torch.Tensor]:
    try:
        earlier: dict[str, torch.Tensor] = torch.load(path, weights_only=False)["average"]
    except (OSError, KeyError, RuntimeError) as error:
        raise BadInput("E_CHECKPOINT", f"{path}: {error}", "train the run it starts from first") from None
    return earlier


def _mix(average: dict[str, torch.Tensor], start: dict[str, torch.Tensor], share: float) -> None:
    """Let the average hold `share` of the weights that the run started from."""
    for name, value in average.items():
        if value.dtype.is_floating_point:
            value.lerp_(start[name], share)


def _groups(network: StreetNetwork, weight_decay: float) -> list[dict[str, Any]]:
    parameters = network.branch_parameters()
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _batches(count: int, size: int, seed: int, epoch: int) -> Iterator[list[int]]:
    order = np.random.default_rng([seed, epoch]).permutation(count).tolist()
    # Sorted inside a batch, because features lie on disk in this order.
    yield from (sorted(order[start : start + size]) for start in range(0, count, size))


def _pace(step: int, warmup: int, steps: int) -> float:
    """Share of the learning rate at a step: linear start, cosine end at 2 %."""
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def _follow(average: dict[str, torch.Tensor], network: StreetNetwork, decay: float) -> None:
    with torch.no_grad():
        for name, value in network.branch_state().items():
            if value.dtype.is_floating_point:
                average[name].lerp_(value, 1 - decay)


def _save(
    path: Path,
    config: TrainConfig,
    network: StreetNetwork,
    optimiser: torch.optim.Optimizer,
    average: dict[str, torch.Tensor],
    epoch: int,
) -> None:
    """Replace the checkpoint in one move: a run killed meanwhile still has the one before."""
    state = {
        "config": config.model_dump(mode="json"),
        "config_sha256": config.sha256,
        "epoch": epoch,
        "branch": network.branch_state(),
        "average": average,
        "optimiser": optimiser.state_dict(),
    }
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def _log(out: Path, row: dict[str, Any]) -> None:
    with (out / "log.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
