"""A drawn source played back: its frames, and a network that answers with what was detected in that very picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from benchmarks.truth_parts import drawing
from benchmarks.truth_parts.drawing import FLOOR, Answer, named
from benchmarks.truth_parts.scene import SIZE, Scene
from streams import Detection, Frame, Image, NetworkInFront

GOP_S = 2.0
_KEPT_GOPS = 3


class Playback(NetworkInFront):
    """Fulfils `streams.Network` with kept answers; a picture never seen before (a cut-out at native resolution, say) is
    given to the network itself, once."""

    def __init__(self) -> None:
        super().__init__(drawing.network())
        self._answers = drawing.asked()
        self._fresh: dict[str, Answer] = {}

    @property
    def asked(self) -> int:
        """Pictures that were given to the network itself."""
        return len(self._fresh)

    def know(self, answers: Sequence[tuple[str, Answer]]) -> None:
        self._answers.update(answers)

    def keep(self) -> None:
        """Keep for the next run what was asked beyond the frames."""
        drawing.keep_asked(self._fresh)

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[Answer]:
        """What was found in each picture, as the network itself would hand it out."""
        return [self._kept(self._answer(image), min_score) for image in images]

    def _answer(self, image: Image) -> Answer:
        name = named(image)
        if name not in self._answers:
            self._answers[name] = self._fresh[name] = self._network.detect([image], FLOOR)[0]
        return self._answers[name]

    def _kept(self, found: Answer, min_score: float | None) -> Answer:
        if min_score is not None:
            return [one for one in found if one.score >= min_score]
        return [one for one in found if one.score >= self.thresholds.get(one.kind, 2.0)]


class Recording:
    """The frames of one source of a scene, decoded as they are asked for."""

    def __init__(self, scene: Scene, source: str) -> None:
        self.scene, self.source = scene, source
        self.look = drawing.pictures(scene, source)
        self.answers = drawing.answers(self.look)
        self.gop = max(1, round(GOP_S * scene.fps))
        self._decoder: Iterator[Image] = drawing.decoded(self.look.video)
        self._next = 0
        self._kept: dict[int, Image] = {}

    def __len__(self) -> int:
        return len(self.answers)

    def second(self, index: int) -> float:
        return index / self.scene.fps

    def arrives(self, index: int) -> bool:
        """Whether the frame reaches the watcher at all."""
        return not any(since <= self.second(index) < until for since, until in self.scene.away_s)

    def frame(self, index: int) -> Frame:
        """One frame; those far behind the last asked for are forgotten, and decoded anew where they are asked for."""
        if index < self._next and index not in self._kept:
            self._decoder, self._next = drawing.decoded(self.look.video), 0
            self._kept.clear()
        while index not in self._kept and self._next <= index:
            self._kept[self._next] = next(self._decoder)
            self._next += 1
            self._kept.pop(self._next - 1 - _KEPT_GOPS * self.gop, None)
        second = self.second(index)
        return Frame.of(
            self._kept[index], source_id=self.source, index=index, pts_s=second, captured_at=self.scene.at(second),
            received_monotonic_s=second,
        )  # fmt: skip

    def window(self, since: datetime, until: datetime, fps: float) -> Iterator[Frame]:
        """Frames of a window, at most `fps` a second, as `Source.confirm` hands them out."""
        start = self.scene.script.start
        first, last = (since - start).total_seconds(), (until - start).total_seconds()
        due = first
        for index in range(max(0, math.ceil(first * self.scene.fps - 1e-6)), len(self)):
            second = self.second(index)
            if second > last + 1e-6:
                return
            if second >= due - 1e-6 and self.arrives(index):
                due = max(due + 1 / fps, second)
                yield self.frame(index)

    def detections(self, index: int) -> list[Detection]:
        """Everything found in a frame down to `FLOOR`, boxes in pixels of the frame."""
        scale = SIZE[0] / drawing.network().input_size[0]
        return [_scaled(one, scale) for one in self.answers[index][1]]


def _scaled(one: Detection, scale: float) -> Detection:
    x1, y1, x2, y2 = one.box
    return replace(one, box=(x1 * scale, y1 * scale, x2 * scale, y2 * scale))
