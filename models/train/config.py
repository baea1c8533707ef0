"""What a training run is: data, branch, schedule, and the words its card will carry."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.card import DataCard
from records import read_yaml
from streams import ObjectKind


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SceneData(_Part):
    """Pictures of generated streets; the family `test` and its seeds are for measuring only."""

    families: tuple[Literal["mast", "vehicle", "close"], ...] = ("mast", "vehicle", "close")
    pictures: int = Field(ge=1)
    seed: int = Field(ge=1, lt=90_000)
    width_px: int = Field(default=640, ge=64)
    variants: int = Field(default=1, ge=1, description="The plain picture and augmented copies of it")
    traced: bool = Field(default=False, description="Path-traced by Blender (scripts/setup-render)")


class RealData(_Part):
    """Real pictures from the shared data folder; kinds of the base are taught by the base's own outputs."""

    signs_variants: int = Field(default=0, ge=0, description="Copies of each picture of signs_facade's training part")
    street_variants: int = Field(default=0, ge=0, description="Copies of each picture of geotagged_street_lund")


class FolderData(_Part):
    """A labelled folder: YOLO, COCO, or our own index, such as `nonsite models feedback` writes."""

    path: str = Field(description="relative to cwd or absolute")
    split: str | None = Field(default=None, description="train, val, …; all of it if left out")
    variants: int = Field(default=1, ge=1, description="The plain picture and augmented copies of it")
    rejected_variants: int | None = Field(
        default=None, ge=1, description="As variants, for pictures with hard negatives; the same if left out"
    )
    taught: bool = Field(default=False, description="The base teaches its own kinds there: they are not labelled")


class Validation(_Part):
    """Pictures that every epoch is measured on; they decide nothing about the weights."""

    folder: FolderData | None = None
    scenes: SceneData | None = None


class Schedule(_Part):
    epochs: int = Field(ge=1)
    batch: int = Field(default=16, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-4, ge=0)
    warmup_steps: int = Field(default=50, ge=0)
    average_decay: float = Field(default=0.998, ge=0, lt=1, description="Exponential average of the weights")
    start_share: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Part of the start's weights in what the run ends with, to keep what this run would lose of it"
        " (Wortsman et al. 2022, Robust fine-tuning of zero-shot models, CVPR)",
    )
    threads: int = Field(default=1, ge=1)
    precision: Literal["fp32", "bf16"] = Field(
        default="fp32", description="Of the branch while training; bf16 halves the time where the processor has it"
    )


class CardWords(_Part):
    """What the card says that no computation can find out."""

    version: str
    description: str
    licence: str
    thresholds: dict[ObjectKind, float]
    street_score_scale: dict[ObjectKind, float] = Field(default_factory=dict)
    street_score_power: dict[ObjectKind, float] = Field(default_factory=dict)
    nms_iou: float = 0.6
    data: tuple[DataCard, ...]
    limits: tuple[str, ...]


class TrainConfig(_Part):
    """One training run; read from configs/train/*.yaml."""

    name: str
    seed: int
    base: str | None = Field(
        default=None,
        description="State dict of YOLO11n, relative to the shared data folder or absolute; none is needed where the "
        "start is a network, which holds its base",
    )
    start: str | None = Field(
        default=None,
        description="The checkpoint of an earlier run to go on from, relative to cwd, or a network of the registry",
    )
    branch: Literal["head", "neck"] = Field(
        default="neck", description="What is trained: a head on the base's neck, or a neck of its own as well"
    )
    canvas_px: tuple[int, int] = (640, 384)
    min_side_px: float = Field(default=5.0, description="Boxes with a shorter side on the canvas are ignored")
    device: Literal["auto", "cpu", "cuda"] = "auto"
    scenes: tuple[SceneData, ...] = ()
    real: RealData = RealData()
    folders: tuple[FolderData, ...] = ()
    validation: Validation = Validation()
    schedule: Schedule
    card: CardWords

    @property
    def sha256(self) -> str:
        """Hash of everything that decides the weights (the card's words do not, nor what they are measured on)."""
        decisive = self.model_dump(mode="json", exclude={"card", "device", "validation"})
        if not self.folders:
            del decisive["folders"]  # the runs before there were any keep their hash
        for part in decisive["scenes"]:
            if not part["traced"]:
                del part["traced"]
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def read_config(path: Path) -> TrainConfig:
    """Read a training configuration.

    Raises:
        BadInput: E_CONFIG_INVALID naming file and field.
    """
    return read_yaml(path, TrainConfig, "E_CONFIG_INVALID", "give a training configuration")
