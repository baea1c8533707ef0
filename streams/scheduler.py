"""Many sources over few networks: recordings in the order of their time, live streams by their latest frame."""

from __future__ import annotations

import heapq
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

from records import Clock
from streams.detection import Detection, Network
from streams.frame import Frame
from streams.gate import Gate
from streams.source import Source

MAX_AGE_S = 2.5
"""A live frame older than this when its turn comes is dropped: it would be judged too late [given]."""


class LatePolicy(StrEnum):
    """What happens to a frame that nobody has taken when the next one comes."""

    LATEST = "LATEST"  # it is replaced and counted; live sources
    WAIT = "WAIT"  # the reader waits; recordings


@dataclass(frozen=True, slots=True)
class Look:
    """One frame and what the network sees in it.

    `carried` says that the gate found nothing changed: the detections are those of the last analysed frame.
    """

    source: Source
    frame: Frame
    detections: tuple[Detection, ...]
    carried: bool


OnFrame = Callable[[Look], None]


@dataclass(slots=True)
class SourceCounts:
    """What became of the frames of one source: each decoded one is analysed, carried, replaced or aged."""

    decoded: int = 0
    analysed: int = 0
    carried: int = 0
    replaced: int = 0
    aged: int = 0


@dataclass(slots=True)
class _Lane:
    """A source, its gate, its slot of size one, and whether a worker has one of its frames."""

    source: Source
    gate: Gate | None
    policy: LatePolicy
    counts: SourceCounts = field(default_factory=SourceCounts)
    slot: Frame | None = None
    busy: bool = False
    done: bool = False
    last: tuple[Detection, ...] = ()


def merged_frames(sources: Iterable[Source]) -> Iterator[Frame]:
    """Frames of recordings in the order of their capture time, sources in the order given where times are equal.

    A source is read on only when its next frame is needed, so the same recordings give the same run each time.
    """
    return heapq.merge(*(source.frames() for source in sources), key=lambda frame: frame.captured_at)


class Scheduler:
    """Runs sources over networks, one worker a network (a network is a single-threaded session: one a core).

    Recordings alone run in the order of their capture times: `on_frame` is called in that order, from the thread that
    called `run`. As soon as one source is live, each has a reader thread of its own and a slot of size one, and the
    workers take the slots in turn, a batch at a time; `on_frame` is then called from the workers, one call at a time
    and the frames of one source in order.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        networks: Sequence[Network],
        clock: Clock,
        *,
        batch: int = 4,
        max_age_s: float = MAX_AGE_S,
    ) -> None:
        self._clock = clock
        self._networks = list(networks)
        self._batch = batch
        self._max_age_s = max_age_s
        self._lanes = [_lane(source) for source in sources]
        self._turn: deque[_Lane] = deque(self._lanes)
        self._changed = threading.Condition()
        self._delivery = threading.Lock()
        self._stopping = threading.Event()
        self._failure: BaseException | None = None

    @property
    def counts(self) -> dict[str, SourceCounts]:
        """Frame counts by source id; they go on changing while it runs."""
        return {lane.source.spec.id: lane.counts for lane in self._lanes}

    def run(self, on_frame: OnFrame) -> dict[str, SourceCounts]:
        """Work until every source has ended or `stop` is called; sources are closed afterwards.

        What `on_frame` or a network raises stops everything and is raised here; what a source does never is.
        """
        try:
            if any(lane.source.live or lane.source.spec.realtime for lane in self._lanes):
                self._run_live(on_frame)
            else:
                self._run_recorded(on_frame)
        finally:
            self.stop()
            for lane in self._lanes:
                lane.source.close()
        if self._failure is not None:
            raise self._failure
        return self.counts

    def stop(self) -> None:
        """End soon; from any thread. Readers that are blocked are left to their own deadline."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()

    def _run_recorded(self, on_frame: OnFrame) -> None:
        """Analyse ahead on all networks, deliver in order; how far ahead is fixed, so that runs are the same."""
        lanes = {lane.source.spec.id: lane for lane in self._lanes}
        free: queue.SimpleQueue[Network] = queue.SimpleQueue()
        for network in self._networks:
            free.put(network)

        def analyse(frame: Frame) -> tuple[Detection, ...]:
            network = free.get()
            try:
                return tuple(network.detect([frame.image()])[0])
            finally:
                free.put(network)

        last: dict[str, Future[tuple[Detection, ...]]] = {}
        ahead: deque[tuple[_Lane, Frame, Future[tuple[Detection, ...]], bool]] = deque()

        def deliver() -> None:
            lane, frame, found, carried = ahead.popleft()
            _count(lane, carried)
            on_frame(Look(lane.source, frame, found.result(), carried))

        with ThreadPoolExecutor(len(self._networks)) as pool:
            for frame in merged_frames(lane.source for lane in self._lanes):
                if self._stopping.is_set():
                    return
                lane = lanes[frame.source_id]
                lane.counts.decoded += 1
                passes = lane.gate is None or lane.gate.passes(frame)
                if passes:
                    last[frame.source_id] = pool.submit(analyse, frame)
                ahead.append((lane, frame, last[frame.source_id], not passes))
                if len(ahead) >= len(self._networks):
                    deliver()
            while ahead and not self._stopping.is_set():
                deliver()

    def _run_live(self, on_frame: OnFrame) -> None:
        readers = [threading.Thread(target=self._read, args=(lane,), daemon=True) for lane in self._lanes]
        workers = [threading.Thread(target=self._work, args=(net, on_frame), daemon=True) for net in self._networks]
        for thread in readers + workers:
            thread.start()
        for worker in workers:
            worker.join()

    def _read(self, lane: _Lane) -> None:
        try:
            for frame in lane.source.frames():
                if not self._offer(lane, frame):
                    break
        except BaseException as error:
            self._fail(error)
        finally:
            with self._changed:
                lane.done = True
                self._changed.notify_all()

    def _offer(self, lane: _Lane, frame: Frame) -> bool:
        with self._changed:
            lane.counts.decoded += 1
            if lane.policy is LatePolicy.WAIT:
                self._changed.wait_for(lambda: lane.slot is None or self._stopping.is_set())
            elif lane.slot is not None:
                lane.counts.replaced += 1
            lane.slot = frame
            self._changed.notify_all()
        return not self._stopping.is_set()

    def _work(self, network: Network, on_frame: OnFrame) -> None:
        try:
            while batch := self._take():
                try:
                    self._analyse(network, batch, on_frame)
                finally:
                    with self._changed:
                        for lane, _ in batch:
                            lane.busy = False
                        self._changed.notify_all()
        except BaseException as error:
            self._fail(error)

    def _take(self) -> list[tuple[_Lane, Frame]]:
        """The next frames, at most one a source, in turn; empty when all is done."""
        with self._changed:
            while not self._stopping.is_set():
                batch: list[tuple[_Lane, Frame]] = []
                for lane in list(self._turn):
                    if lane.slot is not None and not lane.busy and len(batch) < self._batch:
                        batch.append((lane, lane.slot))
                        lane.slot, lane.busy = None, True
                        self._turn.remove(lane)
                        self._turn.append(lane)
                if batch:
                    self._changed.notify_all()
                    return batch
                if all(lane.done and lane.slot is None for lane in self._lanes):
                    return []
                self._changed.wait()
            return []

    def _analyse(self, network: Network, batch: list[tuple[_Lane, Frame]], on_frame: OnFrame) -> None:
        fresh = [(lane, frame) for lane, frame in batch if not self._too_old(lane, frame)]
        looks = [(lane, frame, lane.gate is None or lane.gate.passes(frame)) for lane, frame in fresh]
        images = [frame.image() for _, frame, passes in looks if passes]
        found = iter(network.detect(images) if images else [])
        for lane, frame, passes in looks:
            if passes:
                lane.last = tuple(next(found))
            _count(lane, not passes)
            with self._delivery:
                on_frame(Look(lane.source, frame, lane.last, not passes))

    def _too_old(self, lane: _Lane, frame: Frame) -> bool:
        too_old = (
            lane.policy is LatePolicy.LATEST and self._clock.monotonic() - frame.received_monotonic_s > self._max_age_s
        )
        lane.counts.aged += too_old
        return too_old

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self.stop()


def _lane(source: Source) -> _Lane:
    spec = source.spec
    live = source.live or spec.realtime
    return _Lane(source, Gate(spec.heartbeat_s) if spec.gate else None, LatePolicy.LATEST if live else LatePolicy.WAIT)


def _count(lane: _Lane, carried: bool) -> None:
    if carried:
        lane.counts.carried += 1
    else:
        lane.counts.analysed += 1
