"""Every event of a scene acted out, in the order of its file."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.truth_parts.cast import Cast, Happening
from benchmarks.truth_parts.other_acts import bikes, board, bus, parked, queue
from benchmarks.truth_parts.shop_acts import goods, unloading
from benchmarks.truth_parts.spec import Event, What
from benchmarks.truth_parts.stall_acts import cart_by, composition, stall

ACTS: dict[What, Callable[[Cast, Event], None]] = {
    "stall": stall,
    "composition": composition,
    "cart_by": cart_by,
    "goods": goods,
    "seats": goods,
    "unloading": unloading,
    "bikes": bikes,
    "board": board,
    "bus": bus,
    "ad_on_bus": bus,
    "parked": parked,
    "queue": queue,
    "waiting": queue,
}


def play(cast: Cast) -> Happening:
    """All that the events of a scene come to."""
    for n, event in enumerate(cast.spec.events):
        cast.id = f"{event.what}-{n}"
        ACTS[event.what](cast, event)
    return cast.made
