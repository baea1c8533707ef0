"""Where a run begins: the frozen base, an earlier run's checkpoint, or the whole of a network as it was exported."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.card import read_card
from models.dataset import shared_data
from models.registry import find_card, weights_of
from models.train.config import TrainConfig
from models.train.network import StreetNetwork
from records import BadInput

CHECKPOINT_SUFFIX = ".pt"


def new_network(config: TrainConfig) -> StreetNetwork:
    """The network that a run begins with, before what it starts from is loaded into its branch.

    Raises:
        BadInput: E_DATA_MISSING without base weights, E_CHECKPOINT as `load_exported`.
    """
    whole = exported_start(config)
    if whole is None:
        return StreetNetwork(base_weights(config), config.branch, config.seed)
    network = StreetNetwork(None, config.branch, config.seed)
    load_exported(network, whole)
    return network


def base_weights(config: TrainConfig) -> Path:
    """State dict of the base, absolute or in the shared data folder.

    Raises:
        BadInput: E_DATA_MISSING.
    """
    if config.base is None:
        raise BadInput("E_DATA_MISSING", "the configuration names no base", "name its weights, or start from a network")
    data = shared_data()
    path = Path(config.base) if Path(config.base).is_absolute() or data is None else data / config.base
    if not path.is_file():
        raise BadInput("E_DATA_MISSING", f"no base weights at {path}", "point NONSITE_SHARED_DATA at the shared data")
    return path


def exported_start(config: TrainConfig) -> Path | None:
    """Weights of the network that the run starts from; None where it starts from a checkpoint, or from the base."""
    if config.start is None or config.start.endswith(CHECKPOINT_SUFFIX):
        return None
    card = find_card(config.start)
    return weights_of(read_card(card), card)


def load_exported(network: StreetNetwork, weights: Path) -> None:
    """Fill a network from its own export. The export has put every BatchNorm into the convolution before it: here each
    gets one that changes nothing, and the convolution's bias as its own.

    Raises:
        BadInput: E_CHECKPOINT if the file is not the export of such a network.
    """
    import onnx
    from onnx import numpy_helper

    stored = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(weights)).graph.initializer}
    modules = dict(network.named_modules())
    state: dict[str, Tensor] = {}
    try:
        for name in network.state_dict():
            owner, _, field = name.rpartition(".")
            if owner.endswith(".bn"):
                norm = modules[owner]
                assert isinstance(norm, nn.BatchNorm2d)
                state[name] = _neutral(norm, field, stored[f"{owner[:-3]}.conv.bias"])
            elif name in stored:
                state[name] = torch.from_numpy(stored[name].copy())
        missing, _ = network.load_state_dict(state, strict=False)
    except (KeyError, RuntimeError) as error:
        raise BadInput("E_CHECKPOINT", f"{weights}: {error}", "start from a network of the same shape") from None
    if unknown := [name for name in missing if not name.endswith("dfl.conv.weight")]:
        raise BadInput("E_CHECKPOINT", f"{weights} has no {unknown[0]}", "start from a network of the same shape")


def _neutral(norm: nn.BatchNorm2d, field: str, bias: Any) -> Tensor:
    shape = norm.running_var.shape if norm.running_var is not None else (norm.num_features,)
    if field == "num_batches_tracked":
        return torch.tensor(0)
    if field == "bias":
        return torch.from_numpy(bias.copy())
    values = {"weight": math.sqrt(1.0 + norm.eps), "running_mean": 0.0, "running_var": 1.0}
    return torch.full(shape, values[field])


def load_checkpoint(network: StreetNetwork, path: Path) -> None:
    """Begin with the averaged weights of an earlier run of the same shape.

    Raises:
        BadInput: E_CHECKPOINT.
    """
    try:
        network.load_state_dict(averaged(path), strict=False)
    except RuntimeError as error:
        raise BadInput("E_CHECKPOINT", f"{path}: {error}", "train the run it starts from first") from None


def averaged(path: Path) -> dict[str, Tensor]:
    """The averaged weights of a run.

    Raises:
        BadInput: E_CHECKPOINT.
    """
    try:
        earlier: dict[str, Tensor] = torch.load(path, weights_only=False)["average"]
    except (OSError, KeyError, RuntimeError) as error:
        raise BadInput("E_CHECKPOINT", f"{path}: {error}", "train the run it starts from first") from None
    return earlier
