"""Loss of the street branch: task-aligned assignment to labels, and the base's own answers as a teacher."""

# mypy: disallow-subclassing-any=false

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from ultralytics.utils.loss import BboxLoss
from ultralytics.utils.metrics import bbox_iou
from ultralytics.utils.tal import TaskAlignedAssigner, dist2bbox, make_anchors

from models.train.network import KINDS, STRIDES

BOX_GAIN, CLASS_GAIN, SHAPE_GAIN, TEACH_BOX_GAIN = 7.5, 0.5, 1.5, 2.0
TEACH_BOX_FROM = 0.2


@dataclass(frozen=True, slots=True)
class Targets:
    """Labels of a batch on the canvas.

    labels: (N, M, 1) kind index; boxes: (N, M, 4) xyxy px; wanted, ignored: (N, M, 1) bool, neither for padding.
    judged: (N, kinds) 1 where the kind is labelled on the picture, 0 where it must not be learnt from it.
    taught: (N,) bool; teacher: (N, anchors, 4 + kinds) base's boxes xyxy px and scores (0 where not taught).
    taught_kinds: (kinds,) bool.
    """

    labels: Tensor
    boxes: Tensor
    wanted: Tensor
    ignored: Tensor
    judged: Tensor
    taught: Tensor
    teacher: Tensor
    taught_kinds: Tensor


class StreetLoss(nn.Module):
    """Scalar loss of raw predictions (`boxes` [N, 64, A], `scores` [N, kinds, A], `feats`) against `Targets`."""

    def __init__(self, reg_max: int) -> None:
        super().__init__()
        self.assigner = TaskAlignedAssigner(
            topk=10, num_classes=len(KINDS), alpha=0.5, beta=6.0, stride=[int(s) for s in STRIDES]
        )
        self.box_loss = BboxLoss(reg_max)
        self.register_buffer("bins", torch.arange(reg_max, dtype=torch.float32))

    def forward(self, predictions: dict[str, Tensor], targets: Targets) -> Tensor:
        distances = predictions["boxes"].permute(0, 2, 1).contiguous()
        scores = predictions["scores"].permute(0, 2, 1).contiguous()
        points, strides = make_anchors(predictions["feats"], torch.tensor(STRIDES), 0.5)
        boxes = dist2bbox(distances.unflatten(-1, (4, -1)).softmax(-1) @ self.bins, points, xywh=False)
        _, wanted_boxes, wanted_scores, found, _ = self.assigner(
            scores.detach().sigmoid(),
            boxes.detach() * strides,
            points * strides,
            targets.labels,
            targets.boxes,
            targets.wanted,
        )
        weight = self._class_weight(points * strides, wanted_scores, targets)
        goal = self._goal(wanted_scores, targets)
        # One picture full of people must not drown the others: shared by all labels of the batch.
        share = goal.sum().clamp(min=1.0)
        classes = (functional.binary_cross_entropy_with_logits(scores, goal, reduction="none") * weight).sum() / share
        size = torch.tensor(predictions["feats"][0].shape[2:], dtype=scores.dtype, device=scores.device) * STRIDES[0]
        overlap, shape = self.box_loss(
            distances, boxes, points, wanted_boxes / strides, wanted_scores, share, found, size, strides
        )
        taught = self._taught_boxes(boxes * strides, found, targets) / share
        return BOX_GAIN * overlap + CLASS_GAIN * classes + SHAPE_GAIN * shape + TEACH_BOX_GAIN * taught

    @staticmethod
    def _goal(wanted_scores: Tensor, targets: Targets) -> Tensor:
        """Scores to learn, (N, A, kinds): the labels', but the teacher's own for taught kinds of taught pictures."""
        use_teacher = targets.taught[:, None, None] & targets.taught_kinds[None, None]
        return torch.where(use_teacher, targets.teacher[..., 4:], wanted_scores)

    @staticmethod
    def _class_weight(centres: Tensor, wanted_scores: Tensor, targets: Targets) -> Tensor:
        """(N, A, kinds): 0 for kinds not judged and inside ignored boxes of the kind, unless a label claims it."""
        inside = (centres[None, :, None] > targets.boxes[:, None, :, :2]).all(-1) & (
            centres[None, :, None] < targets.boxes[:, None, :, 2:]
        ).all(-1)
        of_kind = functional.one_hot(targets.labels.squeeze(-1).long(), len(KINDS)) * targets.ignored
        masked = torch.einsum("nam,nmk->nak", inside.float(), of_kind.float()) > 0
        return targets.judged[:, None] * (~masked | (wanted_scores > 0))

    @staticmethod
    def _taught_boxes(boxes: Tensor, found: Tensor, targets: Targets) -> Tensor:
        """Summed box loss towards the teacher's boxes where the teacher is sure and no label has claimed the anchor."""
        sure = targets.teacher[..., 4:].amax(-1)
        anchors = (sure > TEACH_BOX_FROM) & ~found.bool() & targets.taught[:, None]
        if not anchors.any():
            return boxes.sum() * 0.0
        overlap = bbox_iou(boxes[anchors], targets.teacher[..., :4][anchors], xywh=False, CIoU=True)
        return ((1.0 - overlap.squeeze(-1)) * sure[anchors]).sum()
