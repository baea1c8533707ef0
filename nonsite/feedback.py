"""The learning loop's pictures: what people said of alerts becomes masked, labelled pictures in a folder."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from detectors.boxes import Box, inside_share
from evidence import Action, CustodyBook, CustodyEntry, EvidenceStore, MaskedPhoto, mask_photo, show_package
from models import Sample, TruthBox, held_back_day, write_samples
from notify import Feedback
from records import BadInput, NonsiteError, iso, parse_iso
from streams import Detection, Network, ObjectKind

COVERED = 0.3
"""A label whose box is covered so far by the mask teaches the mask [given]; it counts neither way."""
AT_ONCE_S = 0.5
"""A photograph is of the look that the alert rests on if it was taken this near to it [given]."""


@dataclass(slots=True)
class Outcome:
    """What became of the words: pictures by split, things by what was said of them, and why others were left out."""

    pictures: Counter[str] = field(default_factory=Counter)
    things: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, dict[str, int]]:
        return {name: dict(getattr(self, name)) for name in ("pictures", "things", "left_out")}


@dataclass(frozen=True, slots=True)
class _Exporter:
    store: EvidenceStore
    network: Network
    book: CustodyBook
    who: str
    unit: str
    folder: Path
    held_back: float


def export_feedback(
    words: Iterable[Feedback],
    store: EvidenceStore,
    network: Network,
    book: CustodyBook,
    folder: Path,
    *,
    who: str,
    unit: str,
    held_back: float = 0.25,
) -> Outcome:
    """Write masked pictures with labels to `folder/train` and `folder/test`, and `manifest.jsonl` about them.

    Whole days of a camera go to one split (`held_back` is the share of those for testing). A picture is labelled for
    the kinds that somebody spoke of; what else `network` may see of them there is ignored, since nobody said whether
    it is right. Every package is noted in its custody book before a picture of it is written.

    Raises:
        BadInput: E_OUT_IN_USE if the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadInput("E_OUT_IN_USE", f"{folder} is not empty", "name a new folder")
    outcome, kept = Outcome(), []
    maker = _Exporter(store, network, book, who, unit, folder, held_back)
    looks: dict[tuple[str, float], list[tuple[Feedback, list[TruthBox]]]] = {}
    for word in words:
        things, at = _things(word)
        if why := _unusable(word, things):
            outcome.left_out[why] += 1
        else:
            looks.setdefault((word.source_id, at), []).append((word, things))
    for (_, at), spoken in looks.items():
        try:
            made = _export(maker, spoken, at)
        except NonsiteError as error:
            made = error.code
        if isinstance(made, str):
            outcome.left_out[made] += len(spoken)
            continue
        kept.append(made)
        split, sample, _ = made
        outcome.pictures[split] += 1
        outcome.things["rejected"] += len(sample.rejected)
        outcome.things["confirmed"] += sum(not box.ignored for box in sample.boxes)
    folder.mkdir(parents=True, exist_ok=True)
    for split in sorted({split for split, _, _ in kept}):
        write_samples(folder / split, [sample for here, sample, _ in kept if here == split])
    with (folder / "manifest.jsonl").open("w", encoding="utf-8") as stream:
        lines = (line for _, _, about in kept for line in about)
        stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return outcome


def _unusable(word: Feedback, things: Sequence[TruthBox]) -> str:
    if word.there is None:
        return "nothing said of the picture"
    if not things:
        return "not clear which thing is meant"
    return "" if word.packages else "no sealed package"


def _export(
    maker: _Exporter, spoken: Sequence[tuple[Feedback, list[TruthBox]]], at: float
) -> tuple[str, Sample, list[dict[str, Any]]] | str:
    """Split, sample and manifest lines of what was said of one look of a camera, or why there is none."""
    word = spoken[0][0]
    path = maker.store.path(word.packages[0])
    record = show_package(path)["record"]
    photo = _photo(record, at)
    if photo is None:
        return "no photograph of that look"
    masked = mask_photo(path, photo, maker.network)
    confirmed = [thing for said, things in spoken if said.there for thing in things]
    rejected = [thing for said, things in spoken if not said.there for thing in things]
    sample = _labelled(confirmed, rejected, masked)
    if not sample.rejected and all(box.ignored for box in sample.boxes):
        return "covered by the mask"
    split = "test" if held_back_day(word.source_id, word.day, maker.held_back) else "train"
    made = {"split": split, "file": photo, "derived_sha256": hashlib.sha256(masked.jpeg).hexdigest()}
    note = CustodyEntry.about(path, Action.MASK, maker.who, maker.unit, None, "training picture", **made)
    maker.book.note(note)
    file = maker.folder / split / f"{record['package_id']}.jpg"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(masked.jpeg)
    name = file.relative_to(maker.folder).as_posix()
    lines = [_line(said, record, name, split) for said, _ in spoken]
    return split, replace(sample, path=file), lines


def _things(word: Feedback) -> tuple[list[TruthBox], float]:
    """The boxes that the word is about, and when they were seen: the alert's latest look, in seconds since 1970.

    A confirmed alert confirms them all. A rejected one says which thing is none only where it rests on one: on a
    single box, or on what was taken for a stall among other things. People are never among them.
    """
    boxes = word.alert.get("boxes") or []
    if not boxes:
        return [], 0.0
    latest = max(box["captured_at"] for box in boxes)
    now = [box for box in boxes if box["captured_at"] == latest and box["kind"] != ObjectKind.PERSON.value]
    if not word.there:
        stalls = [box for box in now if box["kind"] == ObjectKind.STALL.value]
        now = stalls if word.alert["kind"] == "STALL" and stalls else now
        now = now if len(now) == 1 else []
    things = [TruthBox(ObjectKind(box["kind"]), _box(box["box"])) for box in now]
    return things, parse_iso(latest).timestamp()


def _box(values: Sequence[float]) -> Box:
    x1, y1, x2, y2 = (float(value) for value in values)
    return x1, y1, x2, y2


def _photo(record: Mapping[str, Any], at: float) -> str | None:
    """The panorama taken at `at` (seconds since 1970)."""
    taken = [
        (abs(parse_iso(photo["captured_utc"]).timestamp() - at), str(photo["path"]))
        for photo in record["photos"]
        if photo["role"] == "panorama" and not photo["crop"]
    ]
    apart, path = min(taken, default=(AT_ONCE_S + 1, ""))
    return path if apart <= AT_ONCE_S else None


def _labelled(confirmed: Sequence[TruthBox], rejected: Sequence[TruthBox], masked: MaskedPhoto) -> Sample:
    """Labels of a picture: what is sure, and all else of those kinds that may be seen there as ignored."""
    things = [*confirmed, *rejected]
    seen_well = {id(one) for one in things if _covered(one.box, masked.hidden) <= COVERED}
    hidden = [replace(one, ignored=True) for one in things if id(one) not in seen_well]
    kinds = frozenset(one.kind for one in things)
    others = [
        TruthBox(one.kind, one.box, ignored=True)
        for one in masked.seen
        if one.kind in kinds and not any(_about(one, thing) for thing in things)
    ]
    sure = [one for one in confirmed if id(one) in seen_well]
    none = tuple(one for one in rejected if id(one) in seen_well)
    return Sample(Path(), (*sure, *hidden, *others), kinds, none, partly=True)


def _about(one: Detection, thing: TruthBox) -> bool:
    """Whether a detection is of the thing: its middle lies in the thing's box, or the other way round."""
    return one.kind is thing.kind and (_inside(one.box, thing.box) or _inside(thing.box, one.box))


def _inside(box: Box, other: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return other[0] <= x <= other[2] and other[1] <= y <= other[3]


def _covered(box: Box, hidden: Sequence[Box]) -> float:
    """The share of a box under the one mask that covers most of it."""
    return max((inside_share(box, one) for one in hidden), default=0.0)


def _line(word: Feedback, record: Mapping[str, Any], file: str, split: str) -> dict[str, Any]:
    """Where a picture comes from: ids and codes, no names."""
    scores = [box["score"] for box in word.alert["boxes"]]
    return {
        "file": file,
        "split": split,
        "package_id": record["package_id"],
        "lead_id": word.lead_id,
        "camera": word.source_id,
        "day": word.day.isoformat(),
        "kind": word.alert["kind"],
        "there": word.there,
        "reason": word.reason,
        "step": word.step,
        "role": word.role,
        "said_at": iso(word.at),
        "network": word.alert["model"]["sha256"],
        "score": max(scores),
    }
