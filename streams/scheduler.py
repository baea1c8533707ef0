"""Many sources over few networks: recordings in the order of their time, live streams by their latest frames."""

from __future__ import annotations

import heapq
import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from records import Clock
from streams.detection import Network
from streams.frame import Frame
from streams.lanes import Lane, LatePolicy, Look, OnFrame, Seen, SourceCounts, lane_for, look_at, see
from streams.source import Source

__all__ = ["LatePolicy", "Look", "Scheduler", "SourceCounts", "merged_frames"]

MAX_AGE_S = 3.5
"""A live frame older than this when its turn comes is dropped: it would be judged too late [given]."""
FRAMES_WAITING = 2
"""So many of a source may wait for their turn: with one, a keyframe would be lost whenever another came while several
alerts were being confirmed; with more, what is looked at under lasting overload would be older for nothing [given]."""
EASE_S = 0.25
"""As long as no frame waits longer than this for its turn, whatever moves is looked at by a network [given]."""
PATIENCE = 45.0
"""For each second beyond, what merely moves is carried forward for so many looks [given]."""


def merged_frames(sources: Iterable[Source]) -> Iterator[Frame]:
    """Frames of recordings in the order of their capture time, sources in the order given where times are equal.

    A source is read on only when its next frame is needed, so the same recordings give the same run each time.
    """
    return heapq.merge(*(source.frames() for source in sources), key=lambda frame: frame.captured_at)


class Scheduler:
    """Runs sources over networks, one worker a network (a network is a single-threaded session: one a core).

    Recordings alone run in the order of their capture times: `on_frame` is called in that order, from the thread that
    called `run`. As soon as one source is live, each has a reader thread of its own and up to `FRAMES_WAITING` frames
    that wait; the workers take them, one a source in turn, a batch at a time. `on_frame` is then called from the
    workers, one call at a time and the frames of one source in order. A keyframe waits undecoded: past saturation what
    is replaced costs nothing, every source has its turn, and no frame older than `max_age_s` is looked at.

    `hold_ratio` is the share of the network's thresholds down to which detections are handed out as faint. With
    `concurrent`, calls of `on_frame` about different sources may overlap: one that takes its time holds up nobody else.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        networks: Sequence[Network],
        clock: Clock,
        *,
        batch: int = 2,
        max_age_s: float = MAX_AGE_S,
        hold_ratio: float = 1.0,
        concurrent: bool = False,
    ) -> None:
        self._clock = clock
        self._networks = list(networks)
        self._batch = batch
        self._max_age_s = max_age_s
        self._hold_ratio = hold_ratio
        self._lanes = [lane_for(source) for source in sources]
        self._turn: deque[Lane] = deque(self._lanes)
        self._changed = threading.Condition()
        self._delivery: AbstractContextManager[Any] = nullcontext() if concurrent else threading.Lock()
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._live = self._keep = False

    @property
    def counts(self) -> dict[str, SourceCounts]:
        """Frame counts by source id; they go on changing while it runs."""
        with self._changed:
            return {lane.source.spec.id: lane.counts for lane in self._lanes}

    def add(self, source: Source) -> None:
        """Look at one more source from now on; for a scheduler that runs with `keep`. From any thread."""
        lane = lane_for(source)
        with self._changed:
            self._lanes.append(lane)
            self._turn.append(lane)
            if self._live:
                self._begin(lane)

    def remove(self, source_id: str) -> None:
        """Look at a source no more, and close it; the others do not notice. When this returns no frame of it is
        delivered any more. From any thread but the one that `on_frame` is called from."""
        with self._changed:
            gone = [lane for lane in self._lanes if lane.source.spec.id == source_id]
            for lane in gone:
                lane.removed = True
                lane.waiting.clear()
                self._lanes.remove(lane)
                self._turn.remove(lane)
            self._changed.notify_all()
        for lane in gone:
            lane.source.close()
        with self._changed:
            self._changed.wait_for(lambda: not any(lane.busy for lane in gone) or self._stopping.is_set())

    def run(self, on_frame: OnFrame, *, keep: bool = False) -> dict[str, SourceCounts]:
        """Work until every source has ended or `stop` is called; sources are closed afterwards. With `keep` it goes on
        without sources, and takes more by `add`.

        What `on_frame` or a network raises stops everything and is raised here; what a source does never is.
        """
        try:
            if keep or any(lane.source.live or lane.source.spec.realtime for lane in self._lanes):
                self._run_live(on_frame, keep)
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

        def analyse(frame: Frame) -> Seen:
            network = free.get()
            try:
                return see(network, [frame], self._hold_ratio)[0]
            finally:
                free.put(network)

        last: dict[str, Future[Seen]] = {}
        ahead: deque[tuple[Lane, Frame, Future[Seen], bool]] = deque()

        def deliver() -> None:
            lane, frame, found, carried = ahead.popleft()
            on_frame(look_at(lane, frame, found.result(), carried))

        with ThreadPoolExecutor(len(self._networks)) as pool:
            for frame in merged_frames(lane.source for lane in self._lanes):
                if self._stopping.is_set():
                    return
                lane = lanes[frame.source_id]
                lane.counts.offered += 1
                lane.counts.decoded += 1
                passes = lane.gate is None or lane.gate.passes(frame)
                if passes:
                    last[frame.source_id] = pool.submit(analyse, frame)
                ahead.append((lane, frame, last[frame.source_id], not passes))
                if len(ahead) >= len(self._networks):
                    deliver()
            while ahead and not self._stopping.is_set():
                deliver()

    def _run_live(self, on_frame: OnFrame, keep: bool) -> None:
        with self._changed:
            self._live, self._keep = True, keep
            for lane in self._lanes:
                self._begin(lane)
        workers = [threading.Thread(target=self._work, args=(net, on_frame), daemon=True) for net in self._networks]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _begin(self, lane: Lane) -> None:
        threading.Thread(target=self._read, args=(lane,), name=f"lane-{lane.source.spec.id}", daemon=True).start()

    def _read(self, lane: Lane) -> None:
        try:
            for frame in lane.source.frames(decoded=False):
                wanted = self._offer(lane, frame)
                del frame  # it may be decoded by now: who waits for the next picture keeps none
                if not wanted:
                    break
        except BaseException as error:
            self._fail(error)
        finally:
            with self._changed:
                lane.done = True
                self._changed.notify_all()

    def _offer(self, lane: Lane, frame: Frame) -> bool:
        with self._changed:
            lane.counts.offered += 1
            lane.counts.decoded += frame.ready
            if lane.policy is LatePolicy.WAIT:
                self._changed.wait_for(lambda: len(lane.waiting) < FRAMES_WAITING or self._stopping.is_set())
            elif len(lane.waiting) == FRAMES_WAITING:
                lane.waiting.popleft()
                lane.counts.replaced += 1
            if not lane.removed:
                lane.waiting.append(frame)
            self._changed.notify_all()
        return not (lane.removed or self._stopping.is_set())

    def _work(self, network: Network, on_frame: OnFrame) -> None:
        try:
            while self._work_off(network, on_frame):
                pass
        except BaseException as error:
            self._fail(error)

    def _work_off(self, network: Network, on_frame: OnFrame) -> bool:
        """Look at what waits next; False when all is done. Between two calls no picture is kept."""
        taken = self._take()
        if taken is None:
            return False
        batch, patience = taken
        try:
            self._analyse(network, batch, on_frame, patience)
        finally:
            with self._changed:
                for lane, _ in batch:
                    lane.busy = False
                self._changed.notify_all()
        return True

    def _take(self) -> tuple[list[tuple[Lane, Frame]], int] | None:
        """The next frames, at most one a source, in turn, and what patience is asked of their gates; None when all is
        done. Workers share what waits: a batch that one could not begin to work off would only be older in the end."""
        with self._changed:
            while not self._stopping.is_set():
                waiting = [lane for lane in self._turn if lane.waiting and not lane.busy]
                share = min(self._batch, -(-len(waiting) // len(self._networks)))
                batch: list[tuple[Lane, Frame]] = []
                patience = self._patience(waiting)
                for lane in waiting[:share]:
                    batch.append((lane, lane.waiting.popleft()))
                    lane.busy = True
                    self._turn.remove(lane)
                    self._turn.append(lane)
                if batch:
                    self._changed.notify_all()
                    return batch, patience
                if not self._keep and all(lane.done and not lane.waiting for lane in self._lanes):
                    return None
                self._changed.wait()
            return None

    def _patience(self, waiting: list[Lane]) -> int:
        """The looks for which gates carry forward what merely moves: more, the longer the oldest has waited."""
        oldest_s = min((lane.waiting[0].received_monotonic_s for lane in waiting), default=None)
        late_s = 0.0 if oldest_s is None else self._clock.monotonic() - oldest_s - EASE_S
        return max(0, int(PATIENCE * late_s))

    def _analyse(self, network: Network, batch: list[tuple[Lane, Frame]], on_frame: OnFrame, patience: int) -> None:
        fit = [(lane, frame) for lane, frame in batch if self._fit(lane, frame)]
        looks = [(lane, frame, lane.gate is None or lane.gate.passes(frame, patience)) for lane, frame in fit]
        passed = [frame for _, frame, passes in looks if passes]
        seen = iter(see(network, passed, self._hold_ratio) if passed else [])
        for lane, frame, passes in looks:
            if passes:
                lane.last = next(seen)
            with self._delivery:
                if lane.removed:
                    continue
                on_frame(look_at(lane, frame, lane.last, not passes))

    def _fit(self, lane: Lane, frame: Frame) -> bool:
        """Whether a frame is fresh and sound; decodes it where nobody has."""
        if lane.policy is LatePolicy.LATEST and self._clock.monotonic() - frame.received_monotonic_s > self._max_age_s:
            lane.counts.aged += 1
            with self._changed:  # it has not had its turn
                if not lane.removed:
                    self._turn.remove(lane)
                    self._turn.appendleft(lane)
            return False
        lane.counts.decoded += not frame.ready
        if not frame.sound():
            lane.counts.damaged += 1
            return False
        return True

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self.stop()
