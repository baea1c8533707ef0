"""PyTorch in the place of ONNX Runtime, so that a network in training is measured by the code that will read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.card import COCO80_CLASSES, Card
from models.network import OnnxNetwork
from models.train.network import KINDS, StreetNetwork
from streams import Execution

FloatArray = NDArray[np.float32]
BASE_OUTPUT, STREET_OUTPUT = "base", "street"


class TorchSession:
    """Fulfils `models.session.Session` with the network itself, in evaluation."""

    def __init__(self, network: StreetNetwork) -> None:
        self._network = network
        self.execution = Execution(f"torch {torch.__version__}", "float32")
        self.inputs: dict[str, Sequence[Any]] = {"images": ["batch", 3, "height", "width"]}
        self.outputs: dict[str, Sequence[Any]] = {
            BASE_OUTPUT: ["batch", 4 + len(COCO80_CLASSES), "anchors"],
            STREET_OUTPUT: ["batch", 4 + len(KINDS), "anchors"],
        }

    def run(self, outputs: Sequence[str], inputs: Mapping[str, FloatArray]) -> list[FloatArray]:
        (images,) = inputs.values()
        device = next(self._network.parameters()).device
        with torch.inference_mode():
            answers = self._network(torch.from_numpy(images).to(device))
        whole = [one if isinstance(one, torch.Tensor) else one[0] for one in answers]
        named = dict(zip((BASE_OUTPUT, STREET_OUTPUT), whole, strict=True))
        return [named[name].float().cpu().numpy() for name in outputs]


def as_network(network: StreetNetwork, card: Card) -> OnnxNetwork:
    """The network as the rest of the program uses one; it must be in evaluation while it is asked."""
    return OnnxNetwork(card, Path("checkpoint"), session=TorchSession(network))
