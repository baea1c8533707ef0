"""The card that goes with every set of weights: what it sees, how its outputs are read, what it was made from."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from records import BadInput, read_yaml, write_whole
from streams import ObjectKind

CARD_FILE = "card.yaml"

COCO80 = (
    "person bicycle car motorcycle airplane bus train truck boat traffic_light fire_hydrant stop_sign "
    "parking_meter bench bird cat dog horse sheep cow elephant bear zebra giraffe backpack umbrella handbag "
    "tie suitcase frisbee skis snowboard sports_ball kite baseball_bat baseball_glove skateboard surfboard "
    "tennis_racket bottle wine_glass cup fork knife spoon bowl banana apple sandwich orange broccoli carrot "
    "hot_dog pizza donut cake chair couch potted_plant bed dining_table toilet tv laptop mouse remote keyboard "
    "cell_phone microwave oven toaster sink refrigerator book clock vase scissors teddy_bear hair_drier "
    "toothbrush"
)
COCO80_CLASSES: tuple[str, ...] = tuple(name.replace("_", " ") for name in COCO80.split())
"""Class names of COCO in the order of YOLO weights trained on it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OutputCard(_Part):
    """How one output tensor [N, 4 + classes, anchors] (xywh in input pixels, then class scores) is read."""

    name: str = Field(description="Name of the ONNX output")
    classes: tuple[str, ...] = Field(description="Raw classes in the order of the tensor, or the word coco80")
    map: dict[str, ObjectKind | None] = Field(
        description="Raw class to object kind; a class left out or null is ignored"
    )
    score_scale: dict[ObjectKind, float] = Field(
        default_factory=dict,
        description="Factor on the scores of a kind, so that a second output may add but not outvote; 1 if left out",
    )

    score_power: dict[ObjectKind, float] = Field(
        default_factory=dict,
        description="Exponent on the scores of a kind before the factor: above 1 it lowers what the output is "
        "unsure of, so that a second output adds what it knows and no clutter; 1 if left out",
    )

    @field_validator("classes", mode="before")
    @classmethod
    def _named_list(cls, value: object) -> object:
        return COCO80_CLASSES if value == "coco80" else value

    @model_validator(mode="after")
    def _consistent(self) -> OutputCard:
        if not self.classes or len(set(self.classes)) != len(self.classes):
            raise ValueError(f"classes of output {self.name!r} must be given and distinct")
        if unknown := [raw for raw in self.map if raw not in self.classes]:
            raise ValueError(f"output {self.name!r} maps {unknown}, which are not among its classes")
        if not any(self.map.values()):
            raise ValueError(f"output {self.name!r} maps no class to an object kind")
        if stray := [kind.value for kind in {**self.score_scale, **self.score_power} if kind not in self.kinds]:
            raise ValueError(f"output {self.name!r} scales {stray}, which it does not map")
        if bad := [kind.value for kind, scale in self.score_scale.items() if not 0 < scale <= 1]:
            raise ValueError(f"score_scale of {bad} must lie in (0, 1]")
        if bad := [kind.value for kind, power in self.score_power.items() if not 0.1 <= power <= 10]:
            raise ValueError(f"score_power of {bad} must lie in [0.1, 10]")
        return self

    @property
    def kinds(self) -> tuple[ObjectKind, ...]:
        """Object kinds this output can give, in the order of `ObjectKind`."""
        return tuple(kind for kind in ObjectKind if kind in self.map.values())


class InputCard(_Part):
    """How a picture becomes the input tensor (RGB, 0..1, letterboxed with grey 114)."""

    name: str = "images"
    max_side_px: int = Field(default=640, ge=64, le=4096, description="Longer side after letterboxing")
    stride_px: int = Field(default=32, ge=1, description="Sides are padded to multiples of this")


class DataCard(_Part):
    """One body of training data, with where it comes from."""

    name: str
    source: str
    licence: str
    pictures: int = Field(ge=0)
    used_for: str


class TrainingCard(_Part):
    """What the weights were made from, and how."""

    base: str
    method: str
    config: str | None = None
    config_sha256: str | None = None
    finished: date | None = None
    data: tuple[DataCard, ...] = ()


class KindFigures(_Part):
    """Figures of one kind on one split; below `FEW_BOXES` boxes average precision is not stated, only hits."""

    boxes: int
    hits: int = Field(description="Boxes found at the card's threshold, IoU 0.5")
    false: int = Field(default=0, description="Detections at the card's threshold that hit nothing")
    map50: float | None = None
    map50_95: float | None = None
    precision: float | None = Field(default=None, description="hits / (hits + false), at the card's threshold")
    recall: float | None = Field(default=None, description="hits / boxes, at the card's threshold")
    calibration_error: float | None = Field(default=None, description="Expected calibration error of the scores")
    base_map50: float | None = Field(default=None, description="Base weights, same evaluator, same pictures")
    too_few_to_judge: bool = False
    rejected: int = Field(default=0, description="Things on these pictures that a person said are none of the kind")
    again: int = Field(default=0, description="How many of them are handed out all the same")


class BesideFigures(_Part):
    """What another network does on the same pictures with the same evaluator."""

    name: str
    sha256: str
    kinds: dict[ObjectKind, KindFigures]


class SplitFigures(_Part):
    """Figures on one named test split."""

    origin: Literal["real", "generated"]
    pictures: int
    note: str = ""
    map50_mean: float | None = Field(default=None, description="Mean over the kinds judged")
    kinds: dict[ObjectKind, KindFigures] = Field(default_factory=dict)
    beside: BesideFigures | None = Field(default=None, description="The network that it is to replace")


class ChosenThreshold(_Part):
    """How the threshold of one kind came about, and what it gives on pictures that had no say in it."""

    score: float
    by: Literal["precision", "f1", "kept"] = Field(
        description="precision: the lowest score that is precise enough; f1: none is, the best F1; kept: too few boxes"
    )
    precision: float | None = None
    recall: float | None = None
    boxes: int = 0


class ThresholdCard(_Part):
    """Which pictures the thresholds were chosen on and by which wish."""

    split: str
    precision_wanted: float = Field(gt=0, lt=1)
    pictures: int = Field(description="chosen on so many")
    judged_on: int = Field(description="precision and recall are of so many others of the same set")
    kinds: dict[ObjectKind, ChosenThreshold]


class ParityCard(_Part):
    """How far the exported network's answers lie from PyTorch's, over all anchors of so many pictures."""

    pictures: int
    largest_box_px: float = Field(description="pixels of the network's canvas")
    largest_score: float


class QuantisedCard(_Part):
    """Where whole-number weights come from."""

    from_sha256: str = Field(description="SHA-256 of the float32 weights")
    calibrated_on: str
    pictures: int


class Card(_Part):
    """A network: its weights by hash, its outputs, its thresholds, its making, its figures and its limits."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    version: str
    description: str = ""
    licence: str
    weights: str = Field(default="weights.onnx", description="Path of the ONNX file, relative to the card")
    weights_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    input: InputCard = InputCard()
    outputs: tuple[OutputCard, ...] = Field(min_length=1)
    nms_iou: float = Field(default=0.6, gt=0, lt=1, description="Boxes of one kind overlapping more are one")
    thresholds: dict[ObjectKind, float] = Field(description="Lowest score handed out, per kind")
    thresholds_from: ThresholdCard | None = Field(
        default=None, description="How the thresholds were chosen, if by data"
    )
    precision: Literal["float32", "int8"] = "float32"
    parity: ParityCard | None = Field(default=None, description="The export held against PyTorch")
    quantised: QuantisedCard | None = None
    training: TrainingCard | None = None
    metrics: dict[str, SplitFigures] = Field(default_factory=dict)
    limits: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _thresholds_cover_kinds(self) -> Card:
        if missing := [kind.value for kind in self.kinds if kind not in self.thresholds]:
            raise ValueError(f"thresholds: no value for {missing}")
        if stray := [kind.value for kind in self.thresholds if kind not in self.kinds]:
            raise ValueError(f"thresholds: {stray} are mapped by no output")
        if bad := [kind.value for kind, score in self.thresholds.items() if not 0 < score < 1]:
            raise ValueError(f"thresholds: {bad} must lie in (0, 1)")
        return self

    @property
    def kinds(self) -> tuple[ObjectKind, ...]:
        """Object kinds the network can give, in the order of `ObjectKind`."""
        return tuple(kind for kind in ObjectKind if any(kind in output.kinds for output in self.outputs))


def read_card(path: Path) -> Card:
    """Read and check a card file.

    Raises:
        BadInput: E_CARD_MISSING if there is none, E_CARD_INVALID naming the field that is wrong.
    """
    if not path.is_file():
        hint = "weights are loaded only with the card.yaml that describes them"
        raise BadInput("E_CARD_MISSING", f"no card at {path}", hint)
    return read_yaml(path, Card, "E_CARD_INVALID", "mend the card: a UTF-8 YAML file")


def write_card(card: Card, path: Path) -> None:
    """Write a card as YAML, whole or not at all, COCO's class list by its short name."""
    document = card.model_dump(mode="json", exclude_none=False)
    for output in document["outputs"]:
        if tuple(output["classes"]) == COCO80_CLASSES:
            output["classes"] = "coco80"
        output["map"] = {raw: kind for raw, kind in output["map"].items() if kind is not None}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    write_whole(path, text)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
