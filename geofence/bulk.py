"""Reading very many features at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Without Python's cycle collector meanwhile: it would walk all that was read so far again and again, while what
    is read holds no cycles. Nests, and leaves the collector as it was, with what was read among its oldest objects:
    it need not walk them as young ones either."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # nobody else keeps objects out of its sight
                gc.freeze()
                gc.unfreeze()
            gc.enable()
