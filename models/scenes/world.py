"""A script made ready to be looked at: which things stand in the street at a time."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.scenes.actors import Actor
from models.scenes.backdrop import Scenery, light_scenery
from models.scenes.items import Item, actor_items, awning_items, scenery_items
from models.scenes.light import Light, make_light
from models.scenes.script import Script
from models.scenes.view import Floats


@dataclass(frozen=True)
class FlatSign:
    """A shop's own fascia, part of the house: its four corners in the street (4, 3)."""

    id: str
    corners: Floats


class World:
    """The street of one script; `scale` is the sharpness of ground and houses in pixels a metre."""

    def __init__(self, script: Script, seed: int, scale: float = 60.0, scenery: Scenery | None = None) -> None:
        self.script, self.seed, self.scale = script, seed, scale
        w = script.weather
        self.light: Light = make_light(w.light, w.sun_azimuth, w.sun_elevation, w.rain)
        self.standing = [*scenery_items(script.district.scenery), *awning_items(script.district)]
        self._scenery = scenery
        self._kept: dict[str, list[Item]] = {}

    @cached_property
    def scenery(self) -> Scenery:
        return self._scenery or light_scenery(self.script.district, self.light, self.scale, self.seed)

    @cached_property
    def fascias(self) -> list[FlatSign]:
        """Every shop's fascia: top left, top right, bottom right, bottom left from the street."""
        d, out = self.script.district, []
        for shop in d.shops:
            y, s = (d.front, 1) if shop.side == "north" else (-d.front, -1)
            half = shop.fascia_width / 2
            low, top = shop.fascia_bottom, shop.fascia_bottom + shop.fascia_height
            a, b = shop.middle - s * half, shop.middle + s * half
            out.append(FlatSign(f"fascia-{shop.id}", np.array([[a, y, top], [b, y, top], [b, y, low], [a, y, low]])))
        return out

    def present(self, t: float) -> list[Actor]:
        """The actors whose stay holds the time."""
        return [a for a in self.script.actors if a.from_s <= t < a.to_s]

    def items(self, t: float) -> tuple[list[Item], list[Item]]:
        """(still, moving) things at a time."""
        still, moving = list(self.standing), list[Item]()
        for actor in self.present(t):
            kept = self._kept.get(actor.id)
            if kept is None:
                kept = actor_items(actor, t)
                if all(i.still for i in kept) and actor.type in ("bikes", "goods", "furniture", "board"):
                    self._kept[actor.id] = kept
            for i in kept:
                (still if i.still else moving).append(i)
        return still, moving
