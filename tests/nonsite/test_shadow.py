"""A candidate beside the present network: it looks, it is counted, and it alerts nobody."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from nonsite.settings import Settings
from nonsite.shadow import BOTH, ONLY_CANDIDATE, ONLY_PRESENT, Shadow, compare, shadow_report
from records import BadInput
from streams import Detection, Execution, Frame, Image, Look, ObjectKind

STALL, GOODS = ObjectKind.STALL, ObjectKind.GOODS
HERE, NEAR, THERE = (10.0, 10.0, 50.0, 50.0), (12.0, 10.0, 52.0, 50.0), (100.0, 10.0, 140.0, 50.0)
START = datetime(2026, 6, 3, 8, 0, tzinfo=UTC)


def seen(box: tuple[float, float, float, float], kind: ObjectKind = STALL, score: float = 0.8) -> Detection:
    return Detection(kind, kind.value, score, box)


@dataclass
class Says:
    """A network that says the same of every picture, as soon as it is let."""

    answer: list[Detection]
    sha256: str = "b" * 64
    name: str = "candidate"
    execution: Execution = field(default=Execution("by hand"))
    input_size: tuple[int, int] = (160, 96)
    thresholds: ClassVar[dict[ObjectKind, float]] = dict.fromkeys(ObjectKind, 0.3)
    let: threading.Event = field(default_factory=threading.Event)
    looked: int = 0
    fault: Exception | None = None

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        assert self.let.wait(20)
        self.looked += 1
        if self.fault is not None:
            raise self.fault
        return [self.answer for _ in images]


def look(number: int, source: str = "cam-1", found: Sequence[Detection] = (seen(HERE),)) -> Look:
    image = np.zeros((96, 160, 3), np.uint8)
    at = START + timedelta(seconds=number)
    frame = Frame.of(image, source_id=source, index=number, pts_s=float(number), captured_at=at)
    return Look(SimpleNamespace(), frame, tuple(found), False)  # type: ignore[arg-type]


def shadow(folder: Path, candidate: Says, share: float = 1.0, max_bytes: int = 1 << 20) -> Shadow:
    return Shadow(candidate, Says([], "a" * 64, "present"), folder, share, max_bytes)


def counts(folder: Path) -> dict[str, Any]:
    (found,) = shadow_report(folder)
    sources: dict[str, Any] = found["sources"]
    return sources


def test_what_both_see_is_one_and_what_only_one_sees_is_told_apart() -> None:
    found = compare([seen(HERE), seen(THERE, GOODS)], [seen(NEAR), seen(THERE)])
    assert [(kind, who) for kind, who, _ in found] == [
        (STALL, BOTH),
        (GOODS, ONLY_PRESENT),
        (STALL, ONLY_CANDIDATE),
    ]


def test_differences_are_written_by_source_without_a_picture(tmp_path: Path) -> None:
    candidate = Says([seen(NEAR), seen(THERE, score=0.61)])
    one = shadow(tmp_path, candidate)
    candidate.let.set()
    one.offer(look(1))
    one.stop()
    assert counts(tmp_path) == {
        "cam-1": {"looks": 1, "stall both": 1, "stall only_candidate": 1, "looks that differ": 1}
    }
    (line,) = [json.loads(text) for text in (tmp_path / ("b" * 12) / "differences.jsonl").read_text().splitlines()]
    (difference,) = line["differences"]
    assert (line["source"], difference["who"], difference["score"]) == ("cam-1", "only_candidate", 0.61)
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".json", ".jsonl"}


def test_where_they_agree_nothing_but_the_count_is_kept(tmp_path: Path) -> None:
    candidate = Says([seen(NEAR)])
    one = shadow(tmp_path, candidate)
    candidate.let.set()
    one.offer(look(1))
    one.stop()
    assert counts(tmp_path) == {"cam-1": {"looks": 1, "stall both": 1}}
    assert not (tmp_path / ("b" * 12) / "differences.jsonl").exists()


def test_it_looks_at_its_share_of_every_source(tmp_path: Path) -> None:
    candidate = Says([])
    candidate.let.set()
    one = shadow(tmp_path, candidate, share=0.25)
    for number in range(40):
        for source in ("cam-1", "cam-2"):
            one.offer(look(number, source, found=()))
    one.stop()
    assert candidate.looked + one.passed_by == 20


def test_a_busy_candidate_is_passed_by_and_nobody_waits_for_it(tmp_path: Path) -> None:
    candidate = Says([])
    one = shadow(tmp_path, candidate)
    for number in range(50):
        one.offer(look(number))
    assert one.passed_by >= 48
    candidate.let.set()
    one.stop()
    assert 1 <= candidate.looked <= 2


def test_a_candidate_that_fails_ends_nothing_and_is_told(tmp_path: Path) -> None:
    candidate = Says([], fault=BadInput("E_PICTURE_SHAPE", "no picture"))
    candidate.let.set()
    one = shadow(tmp_path, candidate)
    one.offer(look(1))
    one.stop()
    assert "no picture" in str(one.status()["failure"])


def test_the_counts_go_on_after_a_restart_and_the_lines_have_an_end(tmp_path: Path) -> None:
    for _ in range(3):
        candidate = Says([seen(THERE)])
        candidate.let.set()
        one = shadow(tmp_path, candidate, max_bytes=1)
        one.offer(look(1))
        one.stop()
    assert counts(tmp_path)["cam-1"]["looks"] == 3
    lines = (tmp_path / ("b" * 12) / "differences.jsonl").read_text().splitlines()
    assert len(lines) == 1


def test_the_settings_name_a_candidate_and_its_share() -> None:
    settings = Settings.model_validate({"data": "d", "street": "s.yaml", "shadow": {"model": "street-n", "share": 0.5}})
    assert settings.shadow is not None and settings.shadow.share == 0.5
    with pytest.raises(ValueError, match="share"):
        Settings.model_validate({"data": "d", "street": "s.yaml", "shadow": {"model": "street-n", "share": 0}})
