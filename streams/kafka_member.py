"""What members of Kafka consumer groups have in common: a thread of their own, and an end to it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod


class Member(ABC):
    """A seat in a consumer group; `_run` is its thread and ends soon after `_stopping` is set."""

    def __init__(self, name: str) -> None:
        self._stopping = threading.Event()
        self._lag = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def lag(self) -> int:
        """Messages that the member has yet to take, as of its last look."""
        return self._lag

    def stop(self) -> None:
        """Ask the thread to end after what it is at."""
        self._stopping.set()

    def close(self) -> None:
        """Stop, and wait until the group has been left."""
        self.stop()
        if self._thread is not threading.current_thread():
            self._thread.join()

    @abstractmethod
    def _run(self) -> None:
        """The thread."""
