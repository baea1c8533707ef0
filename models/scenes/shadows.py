"""Shadows on the ground: a thing's shape along the sun, or the dark of its contact under an open sky."""

import cv2
import numpy as np

from models.scenes.draw import Place
from models.scenes.light import Light
from models.scenes.mesh import BALL, BILLBOARD, RING, TUBE, Floats, Image, Model
from models.scenes.view import NEAR_M, View

_SHIFT, _ONE = 4, 16


def shadow(model: Model, place: Place, view: View, light: Light) -> tuple[int, int, Image] | None:
    """(x, y, mask): how much light to take away from the ground, 0 to 255; x and y even."""
    if light.shadow <= 0:
        return None
    return _cast(model, place, view, light) if light.sharp else _contact(model, place, view, light)


def darken(target: Image, x: int, y: int, mask: Image) -> None:
    """Take a shadow's share of light from a BGR picture, in place."""
    h, w = mask.shape
    part = target[y : y + h, x : x + w]
    keep = cv2.bitwise_not(mask)
    part[:] = cv2.multiply(part, cv2.merge([keep] * 3), scale=1 / 255)


def _contact(model: Model, place: Place, view: View, light: Light) -> tuple[int, int, Image] | None:
    low = model.verts[model.verts[:, 2] < 0.75]
    if len(low) < 3:
        return None
    middle = low[:, :2].mean(axis=0)
    flat = np.hstack([(low[:, :2] - middle) * 1.12 + middle, np.zeros((len(low), 1))])
    px, depth = view.project(place.world(flat))
    if depth.min() < NEAR_M:
        return None
    hull = cv2.convexHull(px.astype(np.float32)).reshape(-1, 2).astype(float)
    sigma = max(0.9, 0.07 * view.f_px / float(depth.mean()))
    canvas = _Canvas(hull, view, int(3 * sigma) + 2)
    if canvas.mask is None:
        return None
    cv2.fillConvexPoly(canvas.mask, canvas.fixed(hull), min(255 * light.shadow * 1.55, 200.0), cv2.LINE_AA, _SHIFT)
    k = int(sigma * 2) * 2 + 1
    return canvas.x, canvas.y, cv2.blur(cv2.blur(canvas.mask, (k, max(1, k // 2 | 1))), (k, max(1, k // 2 | 1)))


def _cast(model: Model, place: Place, view: View, light: Light) -> tuple[int, int, Image] | None:
    world = place.world(model.verts)
    slope = light.toward[:2] / max(float(light.toward[2]), 0.15)
    world[:, :2] -= world[:, 2:] * slope
    world[:, 2] = 0.0
    px, depth = view.project(world)
    if depth.min() < NEAR_M:
        return None
    margin = max(p.size for p in model.prims) * view.f_px / float(depth.min())
    canvas = _Canvas(px, view, int(min(margin, 400)) + 3)
    if canvas.mask is None:
        return None
    mask, fixed = canvas.mask, canvas.fixed(px)
    dark = 255 * light.shadow
    for prim in model.prims:
        a, b = prim.first, prim.first + prim.count
        r = prim.size * view.f_px / float(depth[a])
        if prim.code == TUBE:
            cv2.line(
                mask,
                fixed[a].tolist(),
                fixed[a + 1].tolist(),
                dark,
                max(1, min(round(2 * r), 200)),
                cv2.LINE_AA,
                _SHIFT,
            )
        elif prim.code in (BALL, BILLBOARD):
            flat = max(0.25, view.z / max(float(depth[a]), view.z))
            k = 1.0 if prim.code == BALL else 0.62
            centre, axes = (
                (px[a] - (canvas.x, canvas.y)).round().astype(int),
                (max(1, round(r * k)), max(1, round(r * k * flat))),
            )
            cv2.ellipse(mask, centre.tolist(), axes, 0, 0, 360, dark, -1, cv2.LINE_AA)
        elif prim.code == RING:
            cv2.polylines(mask, [fixed[a:b]], True, dark, max(1, round(2 * r)), cv2.LINE_AA, _SHIFT)
        else:
            cv2.fillConvexPoly(mask, fixed[a:b], dark, cv2.LINE_AA, _SHIFT)
    return canvas.x, canvas.y, cv2.blur(mask, (3, 3))


class _Canvas:
    """A mask just large enough for the points, inside the picture."""

    def __init__(self, px: Floats, view: View, margin: int) -> None:
        low, high = np.floor(px.min(axis=0)).astype(int) - margin, np.ceil(px.max(axis=0)).astype(int) + margin
        self.x, self.y = max(int(low[0]), 0) & ~1, max(int(low[1]), 0) & ~1
        x1, y1 = min(int(high[0]), view.size[0]), min(int(high[1]), view.size[1])
        self.mask = np.zeros((y1 - self.y, x1 - self.x), np.uint8) if x1 > self.x and y1 > self.y else None

    def fixed(self, px: Floats) -> "np.typing.NDArray[np.int32]":
        return np.round(np.clip(px - (self.x, self.y) - 0.5, -20000, 20000) * _ONE).astype(np.int32)
