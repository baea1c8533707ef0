"""The fitting itself: steps, the running average of the weights, and checkpoints that a killed run goes on from."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.train.cache import FeatureCache
from models.train.config import TrainConfig
from models.train.loss import StreetLoss
from models.train.network import StreetNetwork
from models.train.progress import bar
from models.train.start import CHECKPOINT_SUFFIX, averaged, exported_start, load_checkpoint
from records import BadInput


class Fit:
    """One run: a network, its optimiser and its averaged weights, epoch by epoch."""

    def __init__(self, config: TrainConfig, network: StreetNetwork, cache: FeatureCache) -> None:
        self.config, self.network = config, network
        self.epoch = 0
        self._cache = cache
        self._device = next(network.parameters()).device
        self._loss = StreetLoss(network.street_head.reg_max).to(self._device)
        network.train()
        network.to(memory_format=torch.channels_last)
        schedule = config.schedule
        self._optimiser = torch.optim.AdamW(_groups(network, schedule.weight_decay), lr=schedule.learning_rate)
        if config.start is not None and config.start.endswith(CHECKPOINT_SUFFIX):
            load_checkpoint(network, Path(config.start))
        self.average = {name: value.clone() for name, value in network.branch_state().items()}
        self._start = {name: value.clone() for name, value in self.average.items()} if exported_start(config) else None

    def resume(self, saved: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.network.load_state_dict(saved["branch"], strict=False)
        self._optimiser.load_state_dict(saved["optimiser"])
        self.average = {name: value.to(self._device) for name, value in saved["average"].items()}
        self.epoch = saved["epoch"]

    def run_epoch(self) -> float:
        """Train one epoch; the mean loss."""
        schedule, total = self.config.schedule, 0.0
        steps = math.ceil(len(self._cache) / schedule.batch)
        with bar(f"epoch {self.epoch + 1} of {schedule.epochs}", steps) as advance:
            batches = _batches(len(self._cache), schedule.batch, self.config.seed, self.epoch)
            for number, items in enumerate(batches):
                total += self._step(items, self.epoch * steps + number, steps * schedule.epochs)
                advance(number + 1, f"loss {total / (number + 1):.4f}")
        if self.epoch + 1 == schedule.epochs and self.config.start is not None:
            start = self._start if self._start is not None else averaged(Path(self.config.start))
            _mix(self.average, start, schedule.start_share)
        self.epoch += 1
        return total / steps

    def _step(self, items: list[int], step: int, steps: int) -> float:
        schedule = self.config.schedule
        for group in self._optimiser.param_groups:
            group["lr"] = schedule.learning_rate * _pace(step, schedule.warmup_steps, steps)
        features, targets = self._cache.batch(items, self._device)
        half = schedule.precision == "bf16"
        with torch.autocast(self._device.type, torch.bfloat16, enabled=half):
            raw = self.network.street([f.contiguous(memory_format=torch.channels_last) for f in features])
        loss = self._loss({"boxes": raw["boxes"].float(), "scores": raw["scores"].float(), "feats": features}, targets)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.branch_parameters(), 10.0)
        self._optimiser.step()
        self._follow(min(schedule.average_decay, (1 + step) / (10 + step)))
        return float(loss.item())

    def _follow(self, decay: float) -> None:
        with torch.no_grad():
            for name, value in self.network.branch_state().items():
                if value.dtype.is_floating_point:
                    self.average[name].lerp_(value, 1 - decay)

    def save(self, path: Path) -> None:
        """Replace the checkpoint in one move: a run killed meanwhile still has the one before."""
        state = {
            "config": self.config.model_dump(mode="json"),
            "config_sha256": self.config.sha256,
            "epoch": self.epoch,
            "branch": self.network.branch_state(),
            "average": self.average,
            "optimiser": self._optimiser.state_dict(),
        }
        partial = path.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, path)


def saved_state(checkpoint: Path, config: TrainConfig, resume: bool) -> dict[str, Any] | None:
    """What a run that was stopped left; None where there was none.

    Raises:
        BadInput: E_OUT_IN_USE where there was one and it is not to be resumed, E_RESUME_CONFIG if it was another's.
    """
    if not checkpoint.exists():
        return None
    if not resume:
        raise BadInput("E_OUT_IN_USE", f"{checkpoint} exists", "choose another folder, or resume")
    saved: dict[str, Any] = torch.load(checkpoint, weights_only=False, map_location="cpu")
    if saved["config_sha256"] != config.sha256:
        raise BadInput(
            "E_RESUME_CONFIG",
            f"{checkpoint} was made by another configuration",
            "resume with the one it was started by",
        )
    return saved


def _mix(average: dict[str, torch.Tensor], start: dict[str, torch.Tensor], share: float) -> None:
    """Let the average hold `share` of the weights that the run started from."""
    for name, value in average.items():
        if value.dtype.is_floating_point:
            value.lerp_(start[name].to(value.device), share)


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
