"""INT8: a network with convolutions in whole numbers, calibrated on real pictures, offered where little is lost."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.card import CARD_FILE, Card, QuantisedCard, file_sha256, read_card, write_card
from models.dataset import Sample, read_picture, shared_data
from models.evaluate import FEW_BOXES, Report, evaluate
from models.export import as_input
from models.network import OnnxNetwork
from models.registry import find_card, load_network, weights_of
from models.splits import signs_samples
from records import BadInput, Refused

FloatArray = NDArray[np.float32]
WEIGHTS_FILE, FIGURES_FILE = "weights.onnx", "int8.json"
CALIBRATION_PICTURES = 64
"""Pictures that the ranges of the activations are taken from [given]."""
MOST_LOST = 0.01
"""A point: the mAP50 that INT8 may lose as a mean over a split's kinds; more, and it is not offered."""
TIMED_PICTURES = 20
HEADS = ("head.cv2", "head.cv3", "head.dfl", "street_head.cv2", "street_head.cv3", "street_head.dfl")
"""Parts of a network that stay float32: boxes are read from a distribution over sixteen bins, which eight bits blur,
and a score's last digits decide whether it passes a threshold."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SplitLoss:
    """What a split says: mean mAP50 in float32 and in INT8."""

    split: str
    pictures: int
    float32: float
    int8: float

    @property
    def lost(self) -> float:
        return self.float32 - self.int8


@dataclass(frozen=True, slots=True)
class Comparison:
    """INT8 beside float32: accuracy by split, milliseconds for a picture on one thread (the least of the passes), and
    bytes of the weights."""

    splits: tuple[SplitLoss, ...]
    float32_ms: float
    int8_ms: float
    float32_bytes: int
    int8_bytes: int

    @property
    def offered(self) -> bool:
        """Whether no split loses more than `MOST_LOST`, and it is faster."""
        return all(one.lost <= MOST_LOST for one in self.splits) and self.int8_ms < self.float32_ms

    def to_json(self) -> dict[str, Any]:
        return {"offered": self.offered, **asdict(self)}


def calibration_pictures() -> tuple[list[Path], str]:
    """Real pictures that training may use, dealt out evenly, and what they are.

    Raises:
        BadInput: E_DATA_MISSING where the shared data is not there.
    """
    data = shared_data()
    if data is None:
        raise BadInput("E_DATA_MISSING", "INT8 is calibrated on real pictures", "point NONSITE_SHARED_DATA at them")
    signs = [sample.path for sample in signs_samples(data, held_back=False)]
    street = sorted((data / "images" / "geotagged_street_lund").glob("*.jpg"))
    wanted = max(1, CALIBRATION_PICTURES - len(street))
    return [*street, *signs[:: max(1, len(signs) // wanted)][:wanted]], "geotagged_street_lund and signs_facade"


def quantise(source: str | Path | None, out: Path, pictures: Sequence[Path], what: str) -> Path:
    """Write `out/weights.onnx` and `out/card.yaml`: the network with convolutions in INT8; returns the card's path.

    Ranges of the activations come from `pictures` (`what` names them in the card). The heads stay float32.

    Raises:
        BadInput: as `load_network`; E_EXTRA without the package onnx.
    """
    path = find_card(source)
    card = read_card(path)
    weights = weights_of(card, path)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        made = Path(folder) / WEIGHTS_FILE
        _quantise(weights, made, card, pictures, Path(folder))
        made.replace(out / WEIGHTS_FILE)
    origin = QuantisedCard(from_sha256=card.weights_sha256, calibrated_on=what, pictures=len(pictures))
    changes: dict[str, Any] = {
        "name": f"{card.name}-int8",
        "weights": WEIGHTS_FILE,
        "weights_sha256": file_sha256(out / WEIGHTS_FILE),
        "precision": "int8",
        "parity": None,
        "quantised": origin,
        "metrics": {},
    }
    write_card(card.model_copy(update=changes), out / CARD_FILE)
    return out / CARD_FILE


def _quantise(weights: Path, made: Path, card: Card, pictures: Sequence[Path], folder: Path) -> None:
    try:
        import onnx
        from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
        from onnxruntime.quantization.shape_inference import quant_pre_process
    except ImportError as error:
        raise BadInput("E_EXTRA", f"INT8 needs {error.name}", "pip install 'nonsite[train]'") from None
    prepared = folder / "prepared.onnx"
    quant_pre_process(str(weights), str(prepared), skip_symbolic_shape=True)
    nodes = onnx.load(str(prepared)).graph.node
    kept = [node.name for node in nodes if node.op_type == "Conv" and _of_head(node.input[1])]
    quantize_static(
        str(prepared),
        str(made),
        _Reader(card, pictures),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_exclude=kept,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
    )


def _of_head(weight: str) -> bool:
    return weight.startswith(HEADS)


class _Reader:
    """Hands the quantiser one picture after the other, as the network would get it."""

    def __init__(self, card: Card, pictures: Sequence[Path]) -> None:
        self._name, self._side, self._stride = card.input.name, card.input.max_side_px, card.input.stride_px
        self._inputs = self._all(pictures)

    def _all(self, pictures: Sequence[Path]) -> Iterator[dict[str, FloatArray]]:
        for path in pictures:
            yield {self._name: as_input(read_picture(path), self._side, self._stride)}

    def get_next(self) -> dict[str, FloatArray] | None:
        return next(self._inputs, None)


def compare(
    float32: OnnxNetwork,
    int8: OnnxNetwork,
    splits: Mapping[str, Sequence[Sample]],
    sizes: tuple[int, int],
    progress: Progress = lambda text: None,
) -> Comparison:
    """Both networks on the same pictures with the same evaluator, and both against the clock; `sizes` are bytes."""
    losses = []
    for name, samples in splits.items():
        before, after = evaluate(float32, samples), evaluate(int8, samples)
        losses.append(SplitLoss(name, len(samples), _mean(before), _mean(after)))
        progress(f"{name}: mAP50 {losses[-1].float32:.4f} in float32, {losses[-1].int8:.4f} in INT8")
    pictures = [sample.image() for samples in splits.values() for sample in samples[:TIMED_PICTURES]][:TIMED_PICTURES]
    best = [min(_pass_ms(network, pictures) for _ in range(3)) for network in (float32, int8)]
    return Comparison(tuple(losses), round(best[0], 2), round(best[1], 2), *sizes)


def _mean(report: Report) -> float:
    """Mean mAP50 over the kinds with boxes enough, or over all where none has."""
    judged = [one.map50 for one in report.kinds.values() if one.boxes >= FEW_BOXES]
    return float(np.mean(judged or [one.map50 for one in report.kinds.values()] or [0.0]))


def _pass_ms(network: OnnxNetwork, pictures: Sequence[Any]) -> float:
    began = time.perf_counter()
    for picture in pictures:
        network.detect([picture])
    return 1000 * (time.perf_counter() - began) / max(1, len(pictures))


def export_int8(
    source: str | Path | None, out: Path, splits: Mapping[str, Sequence[Sample]], progress: Progress = lambda text: None
) -> Comparison:
    """Quantise a network into `out`, hold it against the float32 one, and keep it only if it may be offered.

    The figures lie in `out/int8.json` either way.

    Raises:
        BadInput: as `quantise` and `calibration_pictures`.
        Refused: E_INT8_WORSE if it loses more than a point somewhere, or is no faster; no network is left then.
    """
    pictures, what = calibration_pictures()
    progress(f"calibrating on {len(pictures)} pictures")
    card = quantise(source, out, pictures, what)
    before = find_card(source)
    sizes = (weights_of(read_card(before), before).stat().st_size, (out / WEIGHTS_FILE).stat().st_size)
    found = compare(load_network(before), load_network(card), splits, sizes, progress)
    (out / FIGURES_FILE).write_text(json.dumps(found.to_json(), indent=1) + "\n", encoding="utf-8")
    if not found.offered:
        for name in (CARD_FILE, WEIGHTS_FILE):
            (out / name).unlink()
        raise Refused("E_INT8_WORSE", _why(found), "the float32 network stays the one to use")
    return found


def _why(found: Comparison) -> str:
    worst = max(found.splits, key=lambda one: one.lost)
    if worst.lost > MOST_LOST:
        return f"INT8 loses {100 * worst.lost:.1f} points of mAP50 on {worst.split}"
    return f"INT8 takes {found.int8_ms:.1f} ms a picture, float32 {found.float32_ms:.1f} ms"
