"""A delivery stop: goods beside a vehicle with somebody at work, for no longer than unloading may take."""

from __future__ import annotations

from detectors.ground import Ground
from detectors.judgement import Element
from detectors.observations import Thing

_BESIDE_SHARE = 0.5


def not_unloading(thing: Thing, ground: Ground) -> Element:
    """The element «nothing is being unloaded here»; not met while a vehicle stands by and people work there, until the
    window that the rules allow is over."""
    rules = ground.rules
    at_work = thing.vehicle_share >= _BESIDE_SHARE and thing.vendor_share >= rules.vendor_ratio
    if not at_work or rules.unloading_s <= 0:
        return Element("NOT_UNLOADING", True)
    since_s = round(thing.standing_s, 1)
    return Element("NOT_UNLOADING", since_s > rules.unloading_s, since_s, rules.unloading_s)
