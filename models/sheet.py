"""What a person looks at after an evaluation: figures, reliability, confusion, and the worst errors as pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from models.calibration import Reliability, reliability
from models.charts import curves, heat
from models.confusion import Confusion, Error, confusion
from models.dataset import Sample
from models.evaluate import Report, judge, rank
from streams import Detection, Image, ObjectKind

Box = tuple[float, float, float, float]
TILE_W, TILE_H, CAPTION = 240, 200, 22
COLUMNS = 6
MOST_ERRORS = 48
AROUND = 1.0
"""A tile shows the box and so much of its side about it, on either side."""
TRUTH, SAID = (60, 170, 40), (50, 50, 220)


def calibrations(
    samples: Sequence[Sample], found: Sequence[Sequence[Detection]], kinds: Sequence[ObjectKind]
) -> dict[ObjectKind, Reliability]:
    """The reliability of every kind, `found[i]` on `samples[i]`."""
    return {kind: reliability(rank(kind, samples, found)) for kind in kinds}


def write_sheets(
    folder: Path,
    samples: Sequence[Sample],
    found: Sequence[Sequence[Detection]],
    thresholds: Mapping[ObjectKind, float],
    name: str = "",
    sha256: str = "",
) -> Report:
    """Write `report.json`, `reliability.svg`, `confusion.json`, `confusion.svg` and `errors.png` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    report = judge(samples, found, thresholds, name, sha256)
    reliable = calibrations(samples, found, list(report.kinds))
    mixed = confusion(samples, found, thresholds)
    _write_json(folder / "report.json", _figures(report, thresholds, reliable))
    _write_json(folder / "confusion.json", mixed.to_json())
    lines = {kind.value: [(one.score, one.right) for one in each.bins] for kind, each in reliable.items() if each.bins}
    chart = curves("reliability", lines, ("score", "share that is right"), ((0.0, 1.0), (0.0, 1.0)), diagonal=True)
    (folder / "reliability.svg").write_text(chart, encoding="utf-8")
    (folder / "confusion.svg").write_text(_sheet_of(mixed), encoding="utf-8")
    cv2.imwrite(str(folder / "errors.png"), contact_sheet(worst(mixed.errors)))
    return report


def worst(errors: Sequence[Error], most: int = MOST_ERRORS) -> list[Error]:
    """Those that hurt most: in turn the surest of what is false or confused, and the largest of what is missed."""
    said = sorted((e for e in errors if e.said is not None), key=lambda e: -(e.said.score if e.said else 0.0))
    missed = sorted((e for e in errors if e.said is None), key=lambda e: -_area(e))
    half = most // 2
    return [*said[: max(half, most - len(missed))], *missed[: max(half, most - len(said))]][:most]


def contact_sheet(errors: Sequence[Error]) -> Image:
    """A page of tiles, each an error in its surroundings: green what is there, red what was said."""
    rows = max(1, -(-len(errors) // COLUMNS))
    page = np.full((rows * (TILE_H + CAPTION), COLUMNS * TILE_W, 3), 255, np.uint8)
    for number, error in enumerate(errors):
        row, column = divmod(number, COLUMNS)
        top, left = row * (TILE_H + CAPTION), column * TILE_W
        page[top : top + TILE_H, left : left + TILE_W] = _tile(error)
        at = (left + 4, top + TILE_H + 15)
        cv2.putText(page, _caption(error), at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (20, 20, 20), 1, cv2.LINE_AA)
    return page


def _tile(error: Error) -> Image:
    image = error.sample.image()
    box = error.said.box if error.said is not None else error.truth.box if error.truth is not None else (0, 0, 1, 1)
    left, top, right, bottom = _window(box, (image.shape[1], image.shape[0]))
    scale = min(TILE_W / (right - left), TILE_H / (bottom - top))
    size = (max(1, int((right - left) * scale)), max(1, int((bottom - top) * scale)))
    part = np.asarray(cv2.resize(image[top:bottom, left:right], size, interpolation=cv2.INTER_AREA), np.uint8)
    for one, colour in ((error.truth, TRUTH), (error.said, SAID)):
        if one is not None:
            x1, y1, x2, y2 = (round((v - o) * scale) for v, o in zip(one.box, (left, top, left, top), strict=True))
            cv2.rectangle(part, (x1, y1), (x2, y2), colour, 2)
    tile = np.full((TILE_H, TILE_W, 3), 235, np.uint8)
    tile[: size[1], : size[0]] = part
    return tile


def _window(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = box
    dx, dy = max(16.0, (x2 - x1) * AROUND), max(16.0, (y2 - y1) * AROUND)
    left, top = max(0, int(x1 - dx)), max(0, int(y1 - dy))
    return left, top, max(left + 1, min(size[0], int(x2 + dx))), max(top + 1, min(size[1], int(y2 + dy)))


def _caption(error: Error) -> str:
    if error.said is None:
        return f"missed {error.truth.kind.value if error.truth else ''}"
    said = f"{error.said.kind.value} {error.said.score:.2f}"
    return f"false {said}" if error.truth is None else f"{error.truth.kind.value} as {said}"


def _area(error: Error) -> float:
    if error.truth is None:
        return 0.0
    x1, y1, x2, y2 = error.truth.box
    return (x2 - x1) * (y2 - y1)


def _sheet_of(mixed: Confusion) -> str:
    names = [*(kind.value for kind in ObjectKind), "background"]
    return heat("confusion at the working thresholds", names, mixed.counts.tolist(), ("what is there", "what was said"))


def _figures(
    report: Report, thresholds: Mapping[ObjectKind, float], reliable: Mapping[ObjectKind, Reliability]
) -> dict[str, object]:
    kinds = {
        kind.value: {
            **asdict(one),
            "threshold": thresholds.get(kind),
            "precision": one.precision,
            "recall": one.recall,
            "too_few_to_judge": one.too_few_to_judge,
            "reliability": asdict(reliable[kind]),
        }
        for kind, one in report.kinds.items()
    }
    head = {"network": report.network, "sha256": report.sha256, "pictures": report.pictures}
    return {**head, "map50": report.map50, "map50_95": report.map50_95, "kinds": kinds}


def _write_json(path: Path, document: Mapping[str, object]) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
