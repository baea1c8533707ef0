"""The network made from a card and its weights: pictures in, detections of object kinds out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.card import Card, OutputCard
from models.session import FloatArray, Runtime, Session, open_session
from records import BadInput
from streams import Detection, Execution, Image, ObjectKind

PAD_GREY = 114
MAX_DETECTIONS = 300
SLENDER = 1.6
_NEARLY = np.float32(0.999)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """A picture scaled by `scale` and laid into `canvas` (width, height) px at `offset` (left, top) px."""

    scale: float
    offset: tuple[int, int]
    scaled: tuple[int, int]
    canvas: tuple[int, int]

    def apply(self, image: Image) -> Image:
        """Scaled picture on a grey canvas, same channel order."""
        resized = image
        if (image.shape[1], image.shape[0]) != self.scaled:
            resized = np.asarray(cv2.resize(image, self.scaled, interpolation=cv2.INTER_LINEAR), np.uint8)
        (width, height), (left, top) = self.canvas, self.offset
        right, bottom = width - left - self.scaled[0], height - top - self.scaled[1]
        grey = (PAD_GREY, PAD_GREY, PAD_GREY)
        padded = cv2.copyMakeBorder(resized, top, bottom, left, right, cv2.BORDER_CONSTANT, value=grey)
        return np.asarray(padded, np.uint8)

    def back(self, boxes: FloatArray, size: tuple[int, int]) -> FloatArray:
        """Boxes (n, 4) xyxy on the canvas to xyxy px of the picture of `size` (width, height), clipped to it."""
        offset = np.array([*self.offset, *self.offset], np.float32)
        limit = np.array([*size, *size], np.float32)
        restored: FloatArray = np.clip((boxes - offset) / np.float32(self.scale), 0, limit)
        return restored


def letterbox(size: tuple[int, int], max_side: int, stride: int, fixed: tuple[int, int] | None = None) -> Letterbox:
    """Place a picture of `size` (width, height) px on a canvas, or on a `fixed` one (width, height).

    The longer side becomes `max_side`. A picture as wide (or tall) as a camera's takes the smallest canvas whose
    sides are multiples of `stride`: 1280x720 takes 640x384, 40 % less work than 640x640. Squarer ones take the
    square that YOLO is trained on, because there the saving is small and precision falls (measured on
    coco128_train: furniture 0.64 on squares, 0.60 on the smallest rectangles).
    """
    room = fixed or (max_side, max_side)
    if max(size) < SLENDER * min(size):
        fixed = room
    scale = min(room[0] / size[0], room[1] / size[1])
    scaled = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    canvas = fixed or (-(-scaled[0] // stride) * stride, -(-scaled[1] // stride) * stride)
    offset = ((canvas[0] - scaled[0]) // 2, (canvas[1] - scaled[1]) // 2)
    return Letterbox(scale, offset, scaled, canvas)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Boxes before suppression: (n, 4) xyxy canvas px, score (n,), kind and raw class as indices (n,)."""

    boxes: FloatArray
    scores: FloatArray
    kinds: NDArray[np.int64]
    raw: NDArray[np.int64]


class _OutputReader:
    """Turns one output tensor into candidates; raw classes are numbered over all outputs of the card."""

    def __init__(self, card: OutputCard, raw_offset: int) -> None:
        self.channels = 4 + len(card.classes)
        self._raw_offset = raw_offset
        self._groups: list[tuple[int, NDArray[np.int64], np.float32, np.float32]] = []
        for index, kind in enumerate(ObjectKind):
            columns = [i for i, raw in enumerate(card.classes) if card.map.get(raw) is kind]
            if columns:
                power, scale = card.score_power.get(kind, 1.0), card.score_scale.get(kind, 1.0)
                self._groups.append((index, np.array(columns), np.float32(power), np.float32(scale)))

    def read(self, tensor: FloatArray, floor: FloatArray) -> Iterable[_Candidates]:
        """Candidates of one picture from `tensor` (4 + classes, anchors) with score >= `floor` of their kind."""
        for index, columns, power, scale in self._groups:
            # Few anchors come near the floor; only those are told exactly.
            near = (floor[index] / scale) ** (1 / power) * _NEARLY
            best = tensor[4 + columns[0]] if len(columns) == 1 else tensor[4 + columns].max(0)
            keep = np.flatnonzero(best >= near)
            top = best[keep] ** power * scale
            sure = top >= floor[index]
            keep, top = keep[sure], top[sure]
            if keep.size == 0:
                continue
            raw = columns[tensor[4 + columns[:, None], keep].argmax(0)]
            centre, half = tensor[:2, keep].T, tensor[2:4, keep].T / 2
            yield _Candidates(
                np.concatenate([centre - half, centre + half], axis=1),
                top,
                np.full(keep.size, index),
                raw + self._raw_offset,
            )


def suppress(boxes: FloatArray, scores: FloatArray, kinds: NDArray[np.int64], iou: float) -> NDArray[np.int64]:
    """Indices of the boxes (n, 4) xyxy kept by non-maximum suppression within each kind, best score first."""
    if len(boxes) == 0:
        return np.empty(0, np.int64)
    xywh = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(xywh.tolist(), scores.tolist(), kinds.tolist(), 0.0, iou)
    order = np.asarray(kept, np.int64).reshape(-1)
    ranked: NDArray[np.int64] = order[np.argsort(-scores[order], kind="stable")][:MAX_DETECTIONS]
    return ranked


class OnnxNetwork:
    """Fulfils `streams.Network` with one session.

    Several outputs are merged: candidates of one kind from all of them compete in one suppression. Sessions
    are single-threaded by default, because the scheduler runs one per core.
    """

    def __init__(
        self,
        card: Card,
        weights: Path,
        providers: Sequence[str] | None = None,
        threads: int = 1,
        runtime: Runtime = "onnx",
        session: Session | None = None,
    ) -> None:
        """Open the session, unless one that is open already is handed in.

        Raises:
            BadInput: as `open_session`; E_WEIGHTS_INVALID if the file does not fit the card.
        """
        self.card = card
        self._session = session or open_session(weights, runtime, providers, threads)
        self._readers = _readers(card)
        self._raw_names = [raw for output in card.outputs for raw in output.classes]
        self._fixed_batch, self._fixed_size = _check_fit(card, self._session, weights)

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def sha256(self) -> str:
        return self.card.weights_sha256

    @property
    def execution(self) -> Execution:
        found = self._session.execution
        return found if self.card.precision == "float32" else replace(found, precision=self.card.precision)

    @property
    def input_size(self) -> tuple[int, int]:
        """(width, height) px: the fixed input, or the largest canvas of a network with free height and width."""
        return self._fixed_size or (self.card.input.max_side_px, self.card.input.max_side_px)

    @property
    def thresholds(self) -> Mapping[ObjectKind, float]:
        return self.card.thresholds

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        """Detections of each picture (BGR uint8), best first; `min_score` overrides the card's thresholds.

        Pictures of different sizes may be mixed: those that share a canvas run as one batch.
        """
        boxes = [self._letterbox(image) for image in images]
        batches: dict[tuple[int, int], list[int]] = {}
        for index, box in enumerate(boxes):
            batches.setdefault(box.canvas, []).append(index)
        found: list[list[Detection]] = [[] for _ in images]
        floor = self._floor(min_score)
        for members in batches.values():
            size = self._fixed_batch or len(members)
            for start in range(0, len(members), size):
                part = members[start : start + size]
                tensors = self._run([boxes[i].apply(images[i]) for i in part])
                for row, index in enumerate(part):
                    picture = (images[index].shape[1], images[index].shape[0])
                    found[index] = self._read([t[row] for t in tensors], boxes[index], picture, floor)
        return found

    def _letterbox(self, image: Image) -> Letterbox:
        if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape or image.dtype != np.uint8:
            raise BadInput(
                "E_PICTURE_SHAPE",
                f"a picture must be (height, width, 3) uint8, not {image.shape} {image.dtype}",
                "convert it to BGR first",
            )
        size = (image.shape[1], image.shape[0])
        return letterbox(size, self.card.input.max_side_px, self.card.input.stride_px, self._fixed_size)

    def _floor(self, min_score: float | None) -> FloatArray:
        absent = 2.0
        return np.array(
            [
                absent if kind not in self.thresholds else self.thresholds[kind] if min_score is None else min_score
                for kind in ObjectKind
            ],
            np.float32,
        )

    def _run(self, canvases: list[Image]) -> list[FloatArray]:
        """Output tensors [len(canvases), 4 + classes, anchors] in the order of the card's outputs."""
        blob = _blob(canvases)
        short = (self._fixed_batch or len(canvases)) - len(canvases)
        if short > 0:
            blob = np.concatenate([blob, np.repeat(blob[-1:], short, axis=0)])
        return self._session.run([output.name for output in self.card.outputs], {self.card.input.name: blob})

    def _read(
        self, tensors: list[FloatArray], box: Letterbox, size: tuple[int, int], floor: FloatArray
    ) -> list[Detection]:
        candidates = [
            part for reader, tensor in zip(self._readers, tensors, strict=True) for part in reader.read(tensor, floor)
        ]
        if not candidates:
            return []
        boxes = np.concatenate([part.boxes for part in candidates])
        scores = np.concatenate([part.scores for part in candidates])
        kinds = np.concatenate([part.kinds for part in candidates])
        raw = np.concatenate([part.raw for part in candidates])
        kept = suppress(boxes, scores, kinds, self.card.nms_iou)
        restored = box.back(boxes[kept], size)
        members = tuple(ObjectKind)
        return [
            Detection(
                kind=members[kinds[i]],
                raw_class=self._raw_names[raw[i]],
                score=float(scores[i]),
                box=(float(x1), float(y1), float(x2), float(y2)),
            )
            for i, (x1, y1, x2, y2) in zip(kept, restored, strict=True)
            if x2 > x1 and y2 > y1
        ]


def _blob(canvases: Sequence[Image]) -> FloatArray:
    """Pictures of one size as a network takes them: [n, red green blue, height, width] from 0 to 1; to the bit what
    OpenCV's `blobFromImages` gives."""
    height, width = canvases[0].shape[:2]
    blob = np.empty((len(canvases), 3, height, width), np.float32)
    for into, canvas in zip(blob, canvases, strict=True):
        for plane, colour in zip(into, reversed(cv2.split(canvas)), strict=True):
            np.multiply(colour, np.float32(1 / 255), out=plane)
    return blob


def _readers(card: Card) -> list[_OutputReader]:
    readers, offset = [], 0
    for output in card.outputs:
        readers.append(_OutputReader(output, offset))
        offset += len(output.classes)
    return readers


def _check_fit(card: Card, session: Session, weights: Path) -> tuple[int | None, tuple[int, int] | None]:
    """(fixed batch, fixed (width, height)) of the session, None where free; refuses what contradicts the card."""

    def refuse(what: str) -> BadInput:
        return BadInput("E_WEIGHTS_INVALID", f"{weights}: {what}", "the card does not describe these weights")

    inputs, outputs = session.inputs, session.outputs
    shape = inputs.get(card.input.name)
    if shape is None or len(shape) != 4:
        raise refuse(f"has inputs {sorted(inputs)}, not a picture input {card.input.name!r}")
    for output in card.outputs:
        channels = 4 + len(output.classes)
        found = outputs.get(output.name)
        if found is None:
            raise refuse(f"has outputs {sorted(outputs)}, not {output.name!r}")
        if len(found) != 3 or (isinstance(found[1], int) and found[1] != channels):
            raise refuse(f"output {output.name!r} is {found}, not [N, {channels}, anchors]")
    batch, _, height, width = shape
    fixed = (width, height) if isinstance(width, int) and isinstance(height, int) else None
    return (batch if isinstance(batch, int) else None), fixed
