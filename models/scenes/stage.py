"""One camera pose before the street: still things painted once, moving things laid over, exact boxes.

Pictures are built far to near. A half-size map of numbers tells which thing each pixel belongs to; what
a thing shows of itself there, against its own mask, is its visible share.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cmp_to_key

import cv2
import numpy as np
from numpy.typing import NDArray

from models.scenes.backdrop import floor_mask, paint_backdrop
from models.scenes.draw import Place, alpha_box, draw, over
from models.scenes.items import Item
from models.scenes.mesh import Builder, Image
from models.scenes.shadows import darken, shadow
from models.scenes.view import NEAR_M, View, clip_near
from models.scenes.world import FlatSign, World

_KEPT_SPRITES = 400
_FAR_M = 75.0
_MOVING = 0.75
_REACH_M = 7.5
_EDGE_M = 1e-3
_NOTHING = Builder(points=[(0, 0, 0)]).model()


@dataclass(frozen=True, slots=True)
class Label:
    """What is really in a picture: one thing's box in pixels and its visible share of 1."""

    id: str
    kind: str
    box: tuple[float, float, float, float]
    visible: float


@dataclass(slots=True)
class Drawn:
    """One thing as this camera sees it."""

    item: Item
    x: int
    y: int
    pixels: Image | None
    mask: NDArray[np.bool_]
    area: int
    box: tuple[float, float, float, float] | None
    shade: tuple[int, int, Image] | None

    def rect(self) -> tuple[int, int, int, int]:
        """Picture rectangle of sprite and shadow together."""
        h, w = self.mask.shape
        x0, y0, x1, y1 = self.x, self.y, self.x + 2 * w, self.y + 2 * h
        if self.shade is not None:
            sx, sy, m = self.shade
            x0, y0, x1, y1 = min(x0, sx), min(y0, sy), max(x1, sx + m.shape[1]), max(y1, sy + m.shape[0])
        return x0, y0, x1, y1


class Stage:
    """A street before one camera pose. `smooth` costs time and suits a pose that stays; a moving camera blurs."""

    def __init__(self, world: World, view: View, smooth: bool = True) -> None:
        self.world, self.view, self.ss = world, view, 2 if smooth else 1
        ahead, right = view.rotation[2], view.rotation[0]
        self._ahead = (float(ahead[0]), float(ahead[1]), float(view.centre @ ahead) - float(ahead[2]))
        self._right = (float(right[0]), float(right[1]), float(view.centre @ right))
        self._widen = view.size[0] / 2 / view.f_px * 1.1
        self._empty = paint_backdrop(world.scenery, view, 2.0 if smooth else _MOVING)
        self._floor = floor_mask(world.scenery.ground, view) if world.light.sharp else None
        self._sprites: OrderedDict[str, Drawn | None] = OrderedDict()
        self._signs = [d for sign in world.fascias if (d := self._sign(sign)) is not None]
        self._still_key: tuple[str, ...] = ("?",)
        self._still: list[Drawn] = []
        self._picture = self._empty
        self._numbers = np.zeros(0, np.uint16)
        self._still_labels: list[Label] = []

    def frame(self, t: float) -> tuple[Image, list[Label]]:
        """The picture (BGR, may be written to) and its labels at a time."""
        still, moving = self.world.items(t)
        key = tuple(i.key for i in still)
        if key != self._still_key:
            self._compose(still)
            self._still_key = key
        picture = self._picture.copy()
        movers = self._order([d for i in moving if (d := self._draw(i)) is not None])
        if not movers:
            return picture, list(self._still_labels)
        numbers = self._numbers.copy()
        first = len(self._signs) + len(self._still) + 1
        touched: set[int] = set()
        for n, mover in enumerate(movers):
            if mover.shade is not None:
                darken(picture, *mover.shade)
            _paint(picture, numbers, mover, first + n)
            rect = mover.rect()
            for k, still_thing in enumerate(self._still):
                if _overlap(rect, still_thing.rect()):
                    touched.add(k)
                    if self._before(mover, still_thing) < 0:
                        _paint(picture, numbers, still_thing, len(self._signs) + 1 + k, rect)
            for k, sign in enumerate(self._signs):
                if _overlap(rect, sign.rect()):
                    touched.add(k - len(self._signs))
        labels = self._relabel(numbers, touched)
        for n, mover in enumerate(movers):
            _label(labels, mover, numbers, first + n)
        return picture, labels

    def labels(self, things: Sequence[Item], numbers: NDArray[np.int64]) -> list[Label]:
        """What shows of each thing in a picture that somebody else made.

        Args:
            things: everything that stands there, numbered from 1.
            numbers: (h, w), whose each pixel is; 0 is the street itself, shops' own signs included.
        """
        found: list[Label] = []
        half = np.asarray(numbers[::2, ::2], np.uint16)
        signs = [(0, sign) for sign in self._signs]
        for number, thing in [*signs, *((n, self._draw(item)) for n, item in enumerate(things, 1))]:
            if thing is None or thing.item.kind is None or thing.box is None or not thing.area:
                continue
            h, w = thing.mask.shape
            x, y = thing.x // 2, thing.y // 2
            seen = (half[y : y + h, x : x + w] == number) & thing.mask
            found.append(Label(thing.item.id, thing.item.kind, thing.box, round(int(seen.sum()) / thing.area, 3)))
        return found

    def _relabel(self, numbers: NDArray[np.uint16], touched: set[int]) -> list[Label]:
        if not touched:
            return list(self._still_labels)
        shift = len(self._signs)
        again = {(self._still[k] if k >= 0 else self._signs[k + shift]).item.id: k for k in touched}
        labels = [label for label in self._still_labels if label.id not in again]
        for k in again.values():
            thing = self._still[k] if k >= 0 else self._signs[k + shift]
            _label(labels, thing, numbers, k + shift + 1)
        return labels

    def _compose(self, still: list[Item]) -> None:
        self._picture = self._empty.copy()
        self._numbers = np.zeros((-(-self.view.size[1] // 2), -(-self.view.size[0] // 2)), np.uint16)
        self._still = self._order([d for i in still if (d := self._draw(i)) is not None])
        for thing in self._still:
            if thing.shade is not None:
                darken(self._picture, *thing.shade)
        for n, thing in enumerate(self._signs + self._still):
            _paint(self._picture, self._numbers, thing, n + 1)
        self._still_labels = []
        for n, thing in enumerate(self._signs + self._still):
            _label(self._still_labels, thing, self._numbers, n + 1)

    def _draw(self, thing: Item) -> Drawn | None:
        if thing.key in self._sprites:
            self._sprites.move_to_end(thing.key)
            return self._sprites[thing.key]
        found = self._draw_new(thing)
        self._sprites[thing.key] = found
        if len(self._sprites) > _KEPT_SPRITES:
            self._sprites.popitem(last=False)
        return found

    def _draw_new(self, thing: Item) -> Drawn | None:
        v, p = self.view, thing.place
        if not self._maybe(p.x, p.y):
            return None
        sprite = draw(thing.model, p, v, self.world.light, self.ss)
        if sprite is None:
            return None
        shade = self._shadow(thing)
        mask = sprite.alpha[::2, ::2] > 100
        return Drawn(thing, sprite.x, sprite.y, sprite.pixels, mask, int(mask.sum()), sprite.box, shade)

    def _shadow(self, thing: Item) -> tuple[int, int, Image] | None:
        if thing.place.z > 0.3 or thing.model.bounds[0][2] > 1.0:
            return None
        found = shadow(thing.model, thing.place, self.view, self.world.light)
        if found is None or self._floor is None:
            return found
        x, y, mask = found
        h, w = mask.shape
        return x, y, np.asarray(cv2.bitwise_and(mask, self._floor[y : y + h, x : x + w]))

    def _maybe(self, x: float, y: float) -> bool:
        """Whether something that reaches _REACH_M around a place may show in the picture."""
        ahead = x * self._ahead[0] + y * self._ahead[1] - self._ahead[2]
        aside = abs(x * self._right[0] + y * self._right[1] - self._right[2])
        return -_REACH_M < ahead < _FAR_M and aside < max(ahead, 0.0) * self._widen + _REACH_M

    def _sign(self, sign: FlatSign) -> Drawn | None:
        v = self.view
        if not self._maybe(*sign.corners[:, :2].mean(axis=0).tolist()):
            return None
        cam = v.camera_frame(sign.corners)
        normal = np.cross(sign.corners[1] - sign.corners[0], sign.corners[3] - sign.corners[0])
        if float(normal @ (v.centre - sign.corners[0])) > 0 or cam[:, 2].min() > _FAR_M:
            return None
        part = clip_near(cam, cam[:, 2] - NEAR_M)
        if len(part) < 3:
            return None
        px = part[:, :2] * (v.f_px / part[:, 2:3]) + np.array(v.size) / 2
        x0, y0 = np.maximum(np.floor(px.min(axis=0)), 0).astype(int) & ~1
        x1, y1 = np.minimum(np.ceil(px.max(axis=0)), v.size).astype(int)
        if x1 - x0 < 3 or y1 - y0 < 3:
            return None
        alpha = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillConvexPoly(alpha, np.round((px - (x0, y0) - 0.5) * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
        mask, box = alpha[::2, ::2] > 100, alpha_box(alpha, int(x0), int(y0))
        flat = Item(sign.id, "signboard", _NOTHING, Place(0, 0), True)
        return Drawn(flat, int(x0), int(y0), None, mask, int(mask.sum()), box, None)

    def _order(self, things: list[Drawn]) -> list[Drawn]:
        return sorted(things, key=cmp_to_key(self._before))

    def _before(self, a: Drawn, b: Drawn) -> int:
        """-1 where a lies behind b (and is painted first)."""
        ax0, ay0, ax1, ay1 = a.item.ground
        bx0, by0, bx1, by1 = b.item.ground
        cx, cy = self.view.x, self.view.y
        for a0, a1, b0, b1, c in ((ay0, ay1, by0, by1, cy), (ax0, ax1, bx0, bx1, cx)):
            if a0 >= b1 - _EDGE_M:
                return -1 if c < (a0 + b1) / 2 else 1
            if b0 >= a1 - _EDGE_M:
                return 1 if c < (b0 + a1) / 2 else -1
        if a.item.layer != b.item.layer:
            return -1 if a.item.layer < b.item.layer else 1
        da = (a.item.place.x - cx) ** 2 + (a.item.place.y - cy) ** 2
        db = (b.item.place.x - cx) ** 2 + (b.item.place.y - cy) ** 2
        return -1 if da > db else 1


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _paint(
    picture: Image, numbers: NDArray[np.uint16], thing: Drawn, n: int, within: tuple[int, int, int, int] | None = None
) -> None:
    h, w = thing.mask.shape
    x0, y0, x1, y1 = thing.x // 2, thing.y // 2, thing.x // 2 + w, thing.y // 2 + h
    if within is not None:
        x0, y0 = max(x0, within[0] // 2), max(y0, within[1] // 2)
        x1, y1 = min(x1, -(-within[2] // 2)), min(y1, -(-within[3] // 2))
        if x1 <= x0 or y1 <= y0:
            return
    u, v = x0 - thing.x // 2, y0 - thing.y // 2
    numbers[y0:y1, x0:x1][thing.mask[v : v + y1 - y0, u : u + x1 - x0]] = n
    if thing.pixels is not None:
        part = thing.pixels[2 * v : 2 * (v + y1 - y0), 2 * u : 2 * (u + x1 - x0)]
        over(picture[2 * y0 : 2 * y0 + part.shape[0], 2 * x0 : 2 * x0 + part.shape[1]], part)


def _label(labels: list[Label], thing: Drawn, numbers: NDArray[np.uint16], n: int) -> None:
    if thing.item.kind is None or thing.box is None or not thing.area:
        return
    h, w = thing.mask.shape
    x, y = thing.x // 2, thing.y // 2
    seen = int((numbers[y : y + h, x : x + w] == n).sum())
    labels.append(Label(thing.item.id, thing.item.kind, thing.box, round(seen / thing.area, 3)))
