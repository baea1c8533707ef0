"""Members of a bus's groups that a test can wait for and look into."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]


class Inbox:
    """A handler that keeps what it gets and can be waited for."""

    def __init__(self, fails: Callable[[Message], bool] = lambda _: False) -> None:
        self.got: list[Message] = []
        self.tries = 0
        self._fails = fails
        self._news = threading.Condition()

    def __call__(self, message: Message) -> None:
        with self._news:
            self.tries += 1
            if self._fails(message):
                raise ValueError("indigestible")
            self.got.append(message)
            self._news.notify_all()

    def numbers(self, run: str, count: int) -> list[int]:
        """The `n` of this test's messages, once there are `count`."""
        with self._news:
            assert self._news.wait_for(lambda: len(self._of(run)) >= count, 20), f"only {self.got}"
            return self._of(run)

    def _of(self, run: str) -> list[int]:
        return [message["n"] for message in self.got if message.get("run") == run]


class Holder:
    """A member that a topic is dealt out to: what it holds now, and what it ever held."""

    def __init__(self, run: str, everybody: list[Holder]) -> None:
        self.run, self.everybody = run, everybody
        self.holds: dict[str, int] = {}
        self.began: list[str] = []
        self.doubled: list[str] = []
        self.told = 0
        everybody.append(self)

    def __call__(self, table: Any) -> None:
        mine = {key: message["n"] for key, message in table.items() if message.get("run") == self.run}
        for key in mine.keys() - self.holds.keys():
            self.began.append(key)
            if any(key in other.holds for other in self.everybody if other is not self):
                self.doubled.append(key)
        self.holds = mine
        self.told += 1


def wait_until(met: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 40
    while not met():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def whole(members: list[Holder], keys: set[str]) -> Callable[[], bool]:
    return lambda: sorted(key for one in members for key in one.holds) == sorted(keys)
