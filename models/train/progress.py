"""How far a run has come: a bar on a terminal, a line now and then elsewhere; on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

SAY_EVERY = 100


class Advance(Protocol):
    """Called after each step with how many are done and a word about it."""

    def __call__(self, done: int, word: str = "") -> None: ...


@contextmanager
def bar(title: str, total: int) -> Iterator[Advance]:
    """A bar of `total` steps."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, word="": say(f"{title}: {done} of {total} {word}") if done % SAY_EVERY == 0 else None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[word]}"), console=console) as progress:
        task = progress.add_task(title, total=total, word="")
        yield lambda done, word="": progress.update(task, completed=done, word=word)


def say(text: str) -> None:
    """A line for whoever watches."""
    print(text, file=sys.stderr, flush=True)
