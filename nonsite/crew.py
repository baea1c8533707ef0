"""Sources that come and go while others go on: those that came together share a scheduler."""

import threading
from collections.abc import Callable, Sequence

from records import Clock
from streams import Look, Network, Scheduler, Source, SourceCounts


class Crew:
    """Runs sources over the same networks. A source leaves by being closed; its scheduler ends with its last source."""

    def __init__(self, networks: Sequence[Network], clock: Clock, on_look: Callable[[Look], None]) -> None:
        self._networks, self._clock, self._on_look = networks, clock, on_look
        self._running: list[tuple[Scheduler, threading.Thread]] = []
        self._past: dict[str, SourceCounts] = {}
        self._lock = threading.Lock()
        self.failure: BaseException | None = None

    def add(self, sources: Sequence[Source]) -> None:
        """Begin to watch these, on a thread of their own."""
        if not sources:
            return
        scheduler = Scheduler(sources, self._networks, self._clock)
        thread = threading.Thread(target=self._run, args=(scheduler,), name="crew", daemon=True)
        with self._lock:
            self._running.append((scheduler, thread))
        thread.start()

    @property
    def counts(self) -> dict[str, SourceCounts]:
        """Frame counts of every source that is or was here, by id."""
        with self._lock:
            running = [scheduler for scheduler, _ in self._running]
            counts = dict(self._past)
        for scheduler in running:
            counts.update(scheduler.counts)
        return counts

    def wait(self) -> None:
        """Until every scheduler has ended."""
        while running := self._threads():
            running[0].join()

    def stop(self, within_s: float = 30.0) -> None:
        """End all of them soon."""
        with self._lock:
            running = list(self._running)
        for scheduler, _ in running:
            scheduler.stop()
        for _, thread in running:
            thread.join(within_s)

    def _threads(self) -> list[threading.Thread]:
        with self._lock:
            return [thread for _, thread in self._running]

    def _run(self, scheduler: Scheduler) -> None:
        try:
            scheduler.run(self._on_look)
        except BaseException as error:
            self.failure = self.failure or error
        finally:
            with self._lock:
                self._past.update(scheduler.counts)
                self._running = [entry for entry in self._running if entry[0] is not scheduler]
