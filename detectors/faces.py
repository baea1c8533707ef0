"""Licensed signs that hang off the shops' lines: a line may run before the wall, where a shop has ground of its own.

A sight line to such a sign meets the line first, and would place the sign beside where it hangs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from detectors.boxes import Box, iou
from detectors.frontline import FrontLines, Wall
from detectors.sightings import BoardPlace
from geofence import LicenceHit, StreetIndex

_ON_LINE_M = 0.3
_EVERYWHERE_M = 1e6
_CROSSED_M = 15.0


@dataclass(frozen=True, slots=True)
class HungSign:
    """A licensed face in a plane of its own: `wall` is as long as it is wide."""

    wall: Wall
    bottom_m: float
    height_m: float

    @property
    def face(self) -> Box:
        return 0.0, self.bottom_m, self.wall.length_m, self.bottom_m + self.height_m

    def fit(self, place: BoardPlace) -> float:
        """How well a board seen in this plane fits the face: intersection over union."""
        half = place.width_m / 2
        seen = (place.along_m - half, place.bottom_m, place.along_m + half, place.bottom_m + place.height_m)
        return iou(seen, self.face)


def signs_off_lines(index: StreetIndex, lines: FrontLines) -> list[HungSign]:
    """The licensed signs that hang off every shop's line, and those so near to one of these that a sight line to them
    may cross its shop's line."""
    licences = index.licences_near((0.0, 0.0), _EVERYWHERE_M)
    beside = [(licence, lines.beside([licence.xy])) for licence in licences]
    off = [licence.xy for licence, near in beside if near is not None and abs(near.nearest_m) > _ON_LINE_M]
    return [
        _hung(licence, near.wall)
        for licence, near in beside
        if near is not None and any(math.dist(licence.xy, other) <= _CROSSED_M for other in off)
    ]


def _hung(licence: LicenceHit, shop: Wall) -> HungSign:
    """The face in its plane; the public side on the left of its wall, as of every other."""
    facing = math.radians(licence.facing_deg)
    along = (math.cos(facing), -math.sin(facing))
    (x, y), half = licence.xy, licence.width_m / 2
    a, b = (x - along[0] * half, y - along[1] * half), (x + along[0] * half, y + along[1] * half)
    wall = Wall(f"licence:{licence.id}", shop.shop_id, shop.shop_name, a, b)
    return HungSign(wall, licence.bottom_m, licence.height_m)
