"""YOLO11n with a second, trainable branch for the nine object kinds beside its frozen 80-class head."""

# mypy: disallow-subclassing-any=false

from __future__ import annotations

import copy
from pathlib import Path

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Detect
from ultralytics.nn.tasks import DetectionModel

from streams import ObjectKind

KINDS = tuple(ObjectKind)
LAST_BACKBONE_LAYER = 10
BACKBONE_OUTPUTS = (4, 6, 10)
STRIDES = (8.0, 16.0, 32.0)
# Where the first weights of a kind come from: the COCO class whose looks are nearest.
KIND_SEEDS = {
    ObjectKind.PERSON: 0,
    ObjectKind.BICYCLE: 1,
    ObjectKind.MOTORCYCLE: 3,
    ObjectKind.VEHICLE: 2,
    ObjectKind.UMBRELLA: 25,
    ObjectKind.FURNITURE: 56,
}
FIRST_BIAS = -5.0


class Neck(nn.Module):
    """Layers 11-22 of YOLO11: features of stride 8, 16, 32 from the backbone to those the head reads."""

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = nn.ModuleDict({str(i): copy.deepcopy(layers[i]) for i in (11, 13, 14, 16, 17, 19, 20, 22)})

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        p3, p4, p5 = features
        run = self.layers
        middle = run["13"](torch.cat([run["11"](p5), p4], 1))
        fine = run["16"](torch.cat([run["14"](middle), p3], 1))
        mid = run["19"](torch.cat([run["17"](fine), middle], 1))
        coarse = run["22"](torch.cat([run["20"](mid), p5], 1))
        return [fine, mid, coarse]


class StreetNetwork(nn.Module):
    """Frozen base (backbone, neck, 80-class head) and a trainable branch (`head`, or `neck` and head).

    `forward` gives both outputs as exported: [N, 84, anchors] and [N, 13, anchors], xywh px and scores 0..1.
    """

    def __init__(self, base_weights: Path | None, branch: str, seed: int) -> None:
        super().__init__()
        base = DetectionModel("yolo11n.yaml", verbose=False)
        if base_weights is not None:
            base.load_state_dict(torch.load(base_weights, weights_only=True))
        torch.manual_seed(seed)
        self.backbone = nn.ModuleList(base.model[: LAST_BACKBONE_LAYER + 1])
        self.neck = Neck(base.model)
        self.head: Detect = base.model[-1]
        self.street_neck = Neck(base.model) if branch == "neck" else None
        self.street_head = _kinds_head(self.head)
        for part in (self.backbone, self.neck, self.head):
            part.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> StreetNetwork:
        """Only the street head leaves evaluation: BatchNorm statistics of the base are neutral and stay so."""
        super().train(False)
        self.street_head.training = mode
        return self

    def trunk(self, images: Tensor) -> list[Tensor]:
        """Backbone features of stride 8, 16, 32 from [N, 3, H, W] RGB 0..1."""
        kept, x = [], images
        for index, layer in enumerate(self.backbone):
            x = layer(x)
            if index in BACKBONE_OUTPUTS:
                kept.append(x)
        return kept

    def features(self, trunk: list[Tensor]) -> list[Tensor]:
        """What the branch starts from and what may be cached: it never changes while training."""
        return self.neck(trunk) if self.street_neck is None else trunk

    def street(self, features: list[Tensor]) -> dict[str, Tensor] | Tensor:
        """Raw predictions of the branch while training, decoded ones otherwise."""
        return self.street_head(features if self.street_neck is None else self.street_neck(features))

    def base(self, trunk: list[Tensor]) -> Tensor:
        """Decoded 80-class output of the frozen base, [N, 84, anchors]."""
        out = self.head(self.neck(trunk))
        return out if isinstance(out, Tensor) else out[0]

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        trunk = self.trunk(images)
        neck = self.neck(trunk)
        base = self.head(neck)
        street = self.street_head(neck if self.street_neck is None else self.street_neck(trunk))
        return base, street

    def branch_state(self) -> dict[str, Tensor]:
        """Weights that training changes."""
        return {name: value for name, value in self.state_dict().items() if name.startswith("street_")}

    def branch_parameters(self) -> list[nn.Parameter]:
        return [parameter for parameter in self.parameters() if parameter.requires_grad]


def _kinds_head(base: Detect) -> Detect:
    """A copy of the base's head whose last class layer gives the nine kinds."""
    head: Detect = copy.deepcopy(base)
    head.nc = len(KINDS)
    head.no = head.nc + 4 * head.reg_max
    head.stride = torch.tensor(STRIDES)
    base.stride = torch.tensor(STRIDES)
    for branch in head.cv3:
        old: nn.Conv2d = branch[-1]
        new = nn.Conv2d(old.in_channels, len(KINDS), 1)
        nn.init.normal_(new.weight, std=0.01)
        nn.init.constant_(new.bias, FIRST_BIAS)
        with torch.no_grad():
            for index, kind in enumerate(KINDS):
                if kind in KIND_SEEDS:
                    new.weight[index] = old.weight[KIND_SEEDS[kind]]
                    new.bias[index] = old.bias[KIND_SEEDS[kind]]
        branch[-1] = new
    return head
