"""What the scheduler keeps of each source, and what it hands out of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from streams.detection import Detection, Network, detect
from streams.frame import Frame
from streams.gate import Gate
from streams.source import Source


class LatePolicy(StrEnum):
    """What happens to the frames that nobody has taken when one more comes than may wait."""

    LATEST = "LATEST"  # the oldest is replaced and counted; live sources
    WAIT = "WAIT"  # the reader waits; recordings


@dataclass(frozen=True, slots=True)
class Look:
    """One frame and what the network sees in it.

    `carried` says that the gate found nothing changed: the detections are those of the last analysed frame. `faint` are
    those below the network's thresholds, down to the share of them that was asked for: they may carry on what is
    there, but begin nothing and prove nothing.
    """

    source: Source
    frame: Frame
    detections: tuple[Detection, ...]
    carried: bool
    faint: tuple[Detection, ...] = ()


OnFrame = Callable[[Look], None]


@dataclass(slots=True)
class SourceCounts:
    """What became of the frames of one source. Each offered one is analysed, carried, replaced (newer ones came before
    its turn), aged (its turn came too late) or damaged; replaced and aged ones may never have been decoded."""

    offered: int = 0
    decoded: int = 0
    analysed: int = 0
    carried: int = 0
    replaced: int = 0
    aged: int = 0
    damaged: int = 0

    @property
    def dropped(self) -> dict[str, int]:
        """How many were not looked at, by reason."""
        return {"replaced": self.replaced, "aged": self.aged, "damaged": self.damaged}


@dataclass(frozen=True, slots=True)
class Seen:
    """Detections of one frame, at the thresholds and below."""

    detections: tuple[Detection, ...] = ()
    faint: tuple[Detection, ...] = ()


@dataclass(slots=True, eq=False)
class Lane:
    """A source, its gate, the frames that wait for their turn, and whether a worker has one."""

    source: Source
    gate: Gate | None
    policy: LatePolicy
    counts: SourceCounts = field(default_factory=SourceCounts)
    waiting: deque[Frame] = field(default_factory=deque)
    busy: bool = False
    done: bool = False
    removed: bool = False
    last: Seen = Seen()


def lane_for(source: Source) -> Lane:
    """A lane for a source: what is live, or played as if it were, never waits for the workers."""
    spec = source.spec
    live = source.live or spec.realtime
    return Lane(source, Gate(spec.heartbeat_s) if spec.gate else None, LatePolicy.LATEST if live else LatePolicy.WAIT)


def look_at(lane: Lane, frame: Frame, seen: Seen, carried: bool) -> Look:
    """What is handed out of a frame, counted."""
    if carried:
        lane.counts.carried += 1
    else:
        lane.counts.analysed += 1
    return Look(lane.source, frame, seen.detections, carried, seen.faint)


def see(network: Network, frames: Sequence[Frame], hold_ratio: float) -> list[Seen]:
    """What the network sees in each frame, at its thresholds and down to the share of them that is held."""
    if hold_ratio >= 1.0:
        return [Seen(tuple(found)) for found in detect(network, frames)]
    thresholds = network.thresholds
    lowest = hold_ratio * min(thresholds.values(), default=1.0)
    seen: list[Seen] = []
    for found in detect(network, frames, lowest):
        floors = [(one, thresholds.get(one.kind, 1.0)) for one in found]
        seen.append(
            Seen(
                tuple(one for one, floor in floors if one.score >= floor),
                tuple(one for one, floor in floors if hold_ratio * floor <= one.score < floor),
            )
        )
    return seen
