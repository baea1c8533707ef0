"""Replay: the sealed clip decoded, the named network run again on the frames it looked at, its boxes compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evidence.judged import Judged, judged
from evidence.package import record_of
from evidence.seen import SeenFrame, model_facts, seen_frames
from evidence.video import pictures
from records import BadInput
from streams import Detection, Network, Picture, detect


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far answers of the same weights may lie apart, in score and in pixels of the picture."""

    score: float
    box_px: float


TOLERANCES = {
    "float32": Tolerance(1e-4, 0.05),
    "bfloat16": Tolerance(0.1, 8.0),
}
"""By precision; of two the coarser counts [measured: 999 of 1,000 pairs in benchmarks.runtimes]."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay departs from the package: which frame of which clip, and how."""

    clip: str
    frame_index: int
    what: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found. `outside` counts analysed frames that lie in no sealed clip and cannot be replayed;
    `sealed_by` and `replayed_by` say what computed the answers; `judged` is None where the package holds no judgement
    to make again."""

    package_id: str
    network: str
    sealed_by: str
    replayed_by: str
    frames: int
    outside: int
    detections: int
    largest_score_difference: float
    largest_box_difference_px: float
    differences: tuple[Difference, ...]
    judged: Judged | None = None

    @property
    def same(self) -> bool:
        """Whether every sealed detection came out again and no other, in at least one frame, and the same judgement."""
        return not self.differences and self.frames > 0 and not (self.judged and self.judged.differences)

    def to_json(self) -> dict[str, Any]:
        return {"same": self.same, **asdict(self)}


def replay(package: Path, network: Network) -> Replay:
    """Run `network` over the frames in detections.jsonl and compare, frame by frame.

    Answers may differ as far as the coarser of the two precisions lets them (`TOLERANCES`); what is so near its
    threshold that it may fall on either side counts as the same.

    Raises BadInput E_MODEL where `network` is not the one that the package names, by the hash of its weights.
    """
    record = record_of(package)
    weights = record["model_ref"]["weights_sha256"]
    if network.sha256 != weights:
        raise BadInput(
            "E_MODEL",
            f"{package.name}: expected network {record['model_ref']['name']} with weights {weights}, "
            f"found {network.name} with {network.sha256}",
            "give the network that the package names",
        )
    facts = model_facts(package)
    sealed_in, replayed_in = facts.get("precision", "float32"), network.execution.precision
    within = _tolerance(sealed_in, replayed_in)
    seen = seen_frames(package)
    inside = [frame for frame in seen if frame.clip is not None and frame.frame_index is not None]
    differences: list[Difference] = []
    scores, boxes = [0.0], [0.0]
    for clip in sorted({str(frame.clip) for frame in inside}):
        wanted = {frame.frame_index: frame for frame in inside if frame.clip == clip}
        for n, (_, picture) in enumerate(pictures(package / clip)):
            frame = wanted.pop(n, None)
            if frame is None:
                continue
            score, box, found = _compare(frame, picture, network, within)
            scores.append(score)
            boxes.append(box)
            differences.extend(Difference(clip, n, what) for what in found)
        differences.extend(Difference(clip, int(n or 0), "the clip has no such frame") for n in wanted)
    return Replay(
        record["package_id"],
        network.name,
        f"{facts.get('engine', 'unknown')} {sealed_in}",
        f"{network.execution.engine} {replayed_in}",
        len(inside),
        len(seen) - len(inside),
        sum(len(frame.detections) for frame in inside),
        max(scores),
        max(boxes),
        tuple(differences),
        judged(package),
    )


def _tolerance(*precisions: str) -> Tolerance:
    """That of the coarsest; one that nobody measured has to agree like float32."""
    return max((TOLERANCES.get(one, TOLERANCES["float32"]) for one in precisions), key=lambda one: one.score)


def _compare(frame: SeenFrame, picture: Picture, network: Network, within: Tolerance) -> tuple[float, float, list[str]]:
    found = picture.yuv420p_sha256()
    if frame.frame_sha256 and found != frame.frame_sha256:
        return 0.0, 0.0, [f"another picture: expected {frame.frame_sha256}, found {found}"]
    again = detect(network, [picture])[0]
    pairs, *unpaired = _pair(frame.detections, again, max(2.0, within.box_px))
    missing, new = ([d for d in some if d.score > network.thresholds[d.kind] + within.score] for some in unpaired)
    score = max((abs(a.score - b.score) for a, b in pairs), default=0.0)
    box = max((_apart_px(a, b) for a, b in pairs), default=0.0)
    what = [f"not seen again: {_name(one)}" for one in missing] + [f"not seen before: {_name(one)}" for one in new]
    if score > within.score:
        what.append(f"scores differ by up to {score:.6f}")
    if box > within.box_px:
        what.append(f"boxes differ by up to {box:.3f} px")
    return score, box, what


def _pair(
    sealed: Sequence[Detection], again: Iterable[Detection], near_px: float
) -> tuple[list[tuple[Detection, Detection]], list[Detection], list[Detection]]:
    """Pair detections of one kind, nearest boxes first come; what is left over on either side."""
    rest = list(again)
    pairs, missing = [], []
    for one in sealed:
        alike = [other for other in rest if other.kind is one.kind and _apart_px(one, other) < near_px]
        if not alike:
            missing.append(one)
            continue
        nearest = min(alike, key=lambda other: _apart_px(one, other))
        rest.remove(nearest)
        pairs.append((one, nearest))
    return pairs, missing, rest


def _apart_px(one: Detection, other: Detection) -> float:
    return max(abs(a - b) for a, b in zip(one.box, other.box, strict=True))


def _name(one: Detection) -> str:
    return f"{one.kind.value} {one.score:.3f} at {[round(value) for value in one.box]}"
