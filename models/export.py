"""From a training checkpoint to a network folder: ONNX, checked against torch, and the card that goes with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.card import (
    CARD_FILE,
    COCO80_CLASSES,
    Card,
    InputCard,
    OutputCard,
    ParityCard,
    TrainingCard,
    file_sha256,
    write_card,
)
from models.dataset import COCO_CLASS_KINDS, shared_data
from models.network import letterbox
from models.splits import REAL_SPLITS, real_split
from records import BadInput, Clock, SystemClock
from streams import Image, ObjectKind

OPSET = 17
WEIGHTS_FILE = "weights.onnx"
LARGEST_BYTES = 16_000_000
BOX_TOLERANCE_PX = 1.0
SCORE_TOLERANCE = 0.01
PARITY_PICTURES = 100
PARITY_SEED = 88_001
BASE_OUTPUT, STREET_OUTPUT = "base", "street"
FloatArray = NDArray[np.float32]
COCO_MAP: Mapping[str, ObjectKind | None] = {COCO80_CLASSES[index]: kind for index, kind in COCO_CLASS_KINDS.items()}


def export(checkpoint: Path, out: Path, clock: Clock | None = None, config: Path | None = None) -> Path:
    """Write `out/weights.onnx` and `out/card.yaml` from a checkpoint of `models.train`; returns the card's path.

    The ONNX has free batch, height and width (multiples of 32) and both outputs; it is run beside torch before
    it is given out. The card carries no figures yet: `figures.measure` puts them in. Its words (thresholds, data,
    limits) are those of the run, or those that `config`, the same run's configuration, says by now.

    Raises:
        BadInput: E_TRAIN_EXTRA, E_CHECKPOINT, E_RESUME_CONFIG, E_EXPORT_PARITY, E_EXPORT_SIZE.
    """
    try:
        import torch

        from models.train.config import TrainConfig, read_config
        from models.train.start import new_network
    except ImportError as error:
        raise BadInput("E_TRAIN_EXTRA", f"export needs {error.name}", "pip install 'nonsite[train]'") from None
    try:
        saved: dict[str, Any] = torch.load(checkpoint, weights_only=False, map_location="cpu")
        run = TrainConfig.model_validate(saved["config"]) if config is None else read_config(config)
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        raise BadInput("E_CHECKPOINT", f"{checkpoint}: {error}", "give the checkpoint.pt of a training run") from None
    if run.sha256 != saved["config_sha256"]:
        raise BadInput("E_RESUME_CONFIG", f"{config} is not what {checkpoint} was trained by", "give that one")
    network = new_network(run)
    network.load_state_dict(saved["average"], strict=False)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        partial = Path(folder) / WEIGHTS_FILE
        _write_onnx(network, partial)
        checked = parity(network, partial, parity_inputs(max(run.canvas_px)))
        if partial.stat().st_size > LARGEST_BYTES:
            raise BadInput("E_EXPORT_SIZE", f"{partial.stat().st_size} bytes", f"at most {LARGEST_BYTES} are shipped")
        partial.replace(out / WEIGHTS_FILE)
    card = card_of(run, file_sha256(out / WEIGHTS_FILE), (clock or SystemClock()).now())
    write_card(card.model_copy(update={"parity": checked}), out / CARD_FILE)
    return out / CARD_FILE


def _write_onnx(network: Any, path: Path) -> None:
    import torch

    for head in (network.head, network.street_head):
        head.export, head.dynamic, head.format = True, True, "onnx"
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    for module in network.modules():
        if hasattr(module, "conv") and hasattr(module, "bn"):
            _fold(module)
    free = {0: "batch", 2: "height", 3: "width"}
    torch.onnx.export(
        network,
        (torch.zeros(2, 3, 384, 640),),
        str(path),
        opset_version=OPSET,
        input_names=["images"],
        output_names=[BASE_OUTPUT, STREET_OUTPUT],
        dynamic_axes={
            "images": free,
            BASE_OUTPUT: {0: "batch", 2: "anchors"},
            STREET_OUTPUT: {0: "batch", 2: "anchors"},
        },
        dynamo=False,
    )


def _fold(module: Any) -> None:
    """Put BatchNorm into the convolution before it, once."""
    from ultralytics.utils.torch_utils import fuse_conv_and_bn

    module.conv = fuse_conv_and_bn(module.conv, module.bn)
    delattr(module, "bn")
    module.forward = module.forward_fuse


def parity(network: Any, path: Path, batches: Iterable[FloatArray]) -> ParityCard:
    """Run ONNX Runtime and torch on inputs [n, 3, height, width] and compare every anchor's box and scores.

    Raises:
        BadInput: E_EXPORT_PARITY if boxes differ by more than `BOX_TOLERANCE_PX` or scores by `SCORE_TOLERANCE`.
    """
    import torch

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    pictures, largest_box, largest_score = 0, 0.0, 0.0
    for images in batches:
        ours: list[FloatArray] = session.run([BASE_OUTPUT, STREET_OUTPUT], {"images": images})
        with torch.inference_mode():
            theirs = [tensor.numpy() for tensor in network(torch.from_numpy(images))]
        for name, a, b in zip([BASE_OUTPUT, STREET_OUTPUT], ours, theirs, strict=True):
            box, score = float(np.abs(a[:, :4] - b[:, :4]).max()), float(np.abs(a[:, 4:] - b[:, 4:]).max())
            if box > BOX_TOLERANCE_PX or score > SCORE_TOLERANCE:
                raise BadInput(
                    "E_EXPORT_PARITY",
                    f"output {name} differs from torch by {box:.3f} px, {score:.4f} at {images.shape}",
                    "the exporter and this torch do not go together",
                )
            largest_box, largest_score = max(largest_box, box), max(largest_score, score)
        pictures += len(images)
    return ParityCard(pictures=pictures, largest_box_px=round(largest_box, 4), largest_score=round(largest_score, 6))


def parity_inputs(max_side: int) -> Iterator[FloatArray]:
    """What the parity is tried on: noise in several shapes, and `PARITY_PICTURES` pictures (real ones where the shared
    data is, else drawn ones)."""
    rng = np.random.default_rng(0)
    for shape in [(2, 3, 640, 640), (1, 3, 640, 480)]:
        coarse = rng.random((shape[0], 3, shape[2] // 16, shape[3] // 16), np.float32)
        yield coarse.repeat(16, axis=2).repeat(16, axis=3)
    for image in _parity_pictures():
        yield as_input(image, max_side)


def _parity_pictures() -> Iterator[Image]:
    samples = [sample for name in REAL_SPLITS for sample in real_split(name)] if shared_data() is not None else []
    if samples:
        yield from (sample.image() for sample in samples[:PARITY_PICTURES])
        return
    from models.scenes.training import stills  # draws streets: not wanted at every start

    yield from (still.image for still in stills(PARITY_PICTURES, PARITY_SEED, 640, ["close"]))


def as_input(image: Image, max_side: int, stride: int = 32) -> FloatArray:
    """A picture as the network's input [1, 3, height, width], letterboxed as it will be."""
    box = letterbox((image.shape[1], image.shape[0]), max_side, stride)
    planes: FloatArray = np.ascontiguousarray(box.apply(image)[:, :, ::-1].transpose(2, 0, 1), np.float32)
    return planes[None] / np.float32(255)


def card_of(config: Any, sha256: str, now: datetime) -> Card:
    """The card of a run's network with those weights; it states no figures yet."""
    words = config.card
    return Card(
        name=config.name,
        version=words.version,
        description=words.description,
        licence=words.licence,
        weights=WEIGHTS_FILE,
        weights_sha256=sha256,
        input=InputCard(max_side_px=max(config.canvas_px)),
        outputs=(
            OutputCard(name=BASE_OUTPUT, classes=COCO80_CLASSES, map=dict(COCO_MAP)),
            OutputCard(
                name=STREET_OUTPUT,
                classes=tuple(kind.value for kind in ObjectKind),
                map={kind.value: kind for kind in ObjectKind},
                score_scale=words.street_score_scale,
                score_power=words.street_score_power,
            ),
        ),
        nms_iou=words.nms_iou,
        thresholds=words.thresholds,
        training=TrainingCard(
            base=f"YOLO11n, COCO-80 ({Path(config.base or config.start).name}), Ultralytics, AGPL-3.0",
            method=f"frozen base, second {config.branch} for nine kinds; base taught its own kinds on real pictures",
            config=f"configs/train/{config.name}.yaml",
            config_sha256=config.sha256,
            finished=now.date(),
            data=words.data,
        ),
        limits=words.limits,
    )
