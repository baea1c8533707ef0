"""What stands on the pavement is one thing: a shop's, or a free-standing stall, never both.

The split is by place. A thing whose shop side touches the frontage line (`contact_m`) is the shop's. One whose shop
side lies `free_standing_m` or more beyond it stands free. In between, what the network calls a stall stands free and
loose goods and tables are the shop's.
"""

from __future__ import annotations

from datetime import datetime

from detectors.ground import Ground
from detectors.judgement import Judgement
from detectors.observations import Thing
from detectors.out_of_store import judge_out_of_store
from detectors.stall import judge_stall


def judge_occupation(thing: Thing, ground: Ground, at: datetime) -> Judgement:
    """Judge an occupation of public ground as STALL or as OUT_OF_STORE."""
    beside = ground.lines.beside(thing.polygon)
    if beside is None:
        return judge_stall(thing, ground, at, None)
    shop_side_m = beside.nearest_m
    rules = ground.rules
    if shop_side_m <= rules.contact_m:
        return judge_out_of_store(thing, ground, at)
    loose = thing.stall_share < 0.5 and shop_side_m <= min(rules.free_standing_m, rules.overhang_reach_m)
    if loose:
        return judge_out_of_store(thing, ground, at)
    return judge_stall(thing, ground, at, shop_side_m)
