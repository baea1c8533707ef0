"""Shadow mode: a candidate network looks at a share of the live frames beside the present one, and alerts nobody.

What it leaves is counts, and one line for each frame on which the two differ: ids, kinds, boxes and scores, no picture.
The lines show a person where to look before promoting it; nothing is decided by them.
"""

from __future__ import annotations

import json
import queue
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from detectors.boxes import iou
from nonsite.metrics import SHADOW
from records import NonsiteError, iso, write_whole
from streams import Detection, Look, Network, ObjectKind, detect

log = structlog.get_logger("shadow")
WAITING = 1
"""Looks that may wait for the candidate: while it is busy with one and another waits, looks pass it by."""
NEEDED_IOU = 0.5
COUNTS, LINES = "counts.json", "differences.jsonl"
BOTH, ONLY_PRESENT, ONLY_CANDIDATE = "both", "only_present", "only_candidate"


class Shadow:
    """A candidate with a thread of its own. Its files lie in `folder`, under the first digits of the candidate's hash,
    and go on where an earlier process stopped."""

    def __init__(self, candidate: Network, present: Network, folder: Path, share: float, max_bytes: int) -> None:
        self._candidate, self._present, self._share, self._max_bytes = candidate, present, share, max_bytes
        self._folder = folder / candidate.sha256[:12]
        self._folder.mkdir(parents=True, exist_ok=True)
        self._counts = _read_counts(self._folder / COUNTS)
        self._due: defaultdict[str, float] = defaultdict(float)
        self._looks: queue.Queue[Look | None] = queue.Queue(WAITING)
        self.passed_by = 0
        self.failure: str | None = None
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
        self._thread.start()

    def offer(self, look: Look) -> None:
        """Let the candidate look too, if it is this frame's turn and the candidate has time; never waits."""
        source = look.frame.source_id
        self._due[source] += self._share
        if self._due[source] < 1.0:
            return
        self._due[source] -= 1.0
        try:
            self._looks.put_nowait(look)
        except queue.Full:
            self.passed_by += 1

    def stop(self) -> None:
        """End after the look at hand."""
        if self._thread.is_alive():
            self._looks.put(None)
            self._thread.join(30)

    def status(self) -> dict[str, Any]:
        """What it has seen so far."""
        return {
            "candidate": self._candidate.name,
            "sha256": self._candidate.sha256,
            "looks": sum(one["looks"] for one in self._counts.values()),
            "passed_by": self.passed_by,
            "failure": self.failure,
        }

    def _run(self) -> None:
        while (look := self._looks.get()) is not None:
            try:
                self._compare(look)
            except (NonsiteError, OSError, RuntimeError) as error:
                self.failure = str(error)  # the watching goes on without it
                log.error("the candidate failed", reason=self.failure)

    def _compare(self, look: Look) -> None:
        seen = detect(self._candidate, [look.frame])[0]
        pairs = compare(look.detections, seen)
        source = self._counts[look.frame.source_id]
        source["looks"] += 1
        for kind, verdict, _ in pairs:
            source[f"{kind.value} {verdict}"] += 1
            SHADOW.labels(kind.value, verdict).inc()
        differences = [(kind, verdict, one) for kind, verdict, one in pairs if verdict != BOTH]
        if differences:
            source["looks that differ"] += 1
            self._write(look, differences)
        _write_counts(self._folder / COUNTS, self._candidate, self._present, self._counts)

    def _write(self, look: Look, differences: Iterable[tuple[ObjectKind, str, Detection]]) -> None:
        path = self._folder / LINES
        if path.exists() and path.stat().st_size >= self._max_bytes:
            return
        line = {
            "source": look.frame.source_id,
            "at": iso(look.frame.captured_at),
            "differences": [
                {
                    "kind": kind.value,
                    "who": verdict,
                    "score": round(one.score, 4),
                    "box": [round(value, 1) for value in one.box],
                }
                for kind, verdict, one in differences
            ],
        }
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")


def compare(present: Sequence[Detection], candidate: Sequence[Detection]) -> list[tuple[ObjectKind, str, Detection]]:
    """What both see of a kind at one place (IoU 0.5), and what only one of them sees."""
    pairs: list[tuple[ObjectKind, str, Detection]] = []
    rest = list(candidate)
    for one in sorted(present, key=lambda d: -d.score):
        alike = [other for other in rest if other.kind is one.kind and iou(one.box, other.box) >= NEEDED_IOU]
        if alike:
            rest.remove(max(alike, key=lambda other: iou(one.box, other.box)))
        pairs.append((one.kind, BOTH if alike else ONLY_PRESENT, one))
    return pairs + [(other.kind, ONLY_CANDIDATE, other) for other in rest]


def shadow_report(folder: Path) -> list[dict[str, Any]]:
    """The counts of every candidate that looked, by source."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob(f"*/{COUNTS}"))]


def _read_counts(path: Path) -> defaultdict[str, Counter[str]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    if path.is_file():
        for source, found in json.loads(path.read_text(encoding="utf-8"))["sources"].items():
            counts[source].update(found)
    return counts


def _write_counts(path: Path, candidate: Network, present: Network, counts: Mapping[str, Mapping[str, int]]) -> None:
    document = {
        "candidate": {"name": candidate.name, "sha256": candidate.sha256},
        "present": {"name": present.name, "sha256": present.sha256},
        "sources": {source: dict(found) for source, found in counts.items()},
    }
    write_whole(path, json.dumps(document, ensure_ascii=False, indent=1))
