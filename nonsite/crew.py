"""The sources at work on a worker's networks: a fixed set to its end, or such as come and go."""

import threading
from collections.abc import Callable, Sequence

from records import Clock
from streams import Look, Network, Scheduler, Source, SourceCounts


class Crew:
    """One scheduler and the thread that it runs on. What ends it although nobody asked is its `failure`."""

    def __init__(
        self, networks: Sequence[Network], clock: Clock, on_look: Callable[[Look], None], hold_ratio: float
    ) -> None:
        self._networks, self._clock, self._on_look, self._hold_ratio = networks, clock, on_look, hold_ratio
        self._scheduler: Scheduler | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.failure: BaseException | None = None

    @property
    def counts(self) -> dict[str, SourceCounts]:
        """Frame counts of the sources that are here, by id."""
        return {} if self._scheduler is None else self._scheduler.counts

    def run(self, sources: Sequence[Source]) -> None:
        """Look at these until all have ended."""
        if sources:
            self._scheduler = self._new(sources)
            self._work(self._scheduler, keep=False)

    def add(self, sources: Sequence[Source]) -> None:
        """Look at these too, from now on."""
        with self._lock:
            if self._scheduler is None:
                self._scheduler = self._new([])
                self._thread = threading.Thread(target=self._work, args=(self._scheduler, True), name="crew")
                self._thread.start()
            for source in sources:
                self._scheduler.add(source)

    def remove(self, source_id: str) -> None:
        """Look at a source no more, and close it; from any thread but the one that looks are delivered on."""
        if self._scheduler is not None:
            self._scheduler.remove(source_id)

    def stop(self, within_s: float = 30.0) -> None:
        """End soon."""
        if self._scheduler is not None:
            self._scheduler.stop()
        if self._thread is not None:
            self._thread.join(within_s)

    def _new(self, sources: Sequence[Source]) -> Scheduler:
        return Scheduler(sources, self._networks, self._clock, hold_ratio=self._hold_ratio)

    def _work(self, scheduler: Scheduler, keep: bool) -> None:
        try:
            scheduler.run(self._on_look, keep=keep)
        except BaseException as error:
            self.failure = error
