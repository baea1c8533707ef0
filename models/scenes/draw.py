"""Drawing a model under a camera: from metres to a sprite with exact edges."""

from dataclasses import dataclass
from math import cos, radians, sin

import cv2
import numpy as np

from models.scenes.light import Light
from models.scenes.mesh import BALL, BILLBOARD, PICTURE, POLY, RING, TUBE, Floats, Image, Model, Prim
from models.scenes.view import NEAR_M, View, clip_near

_SHIFT = 4
_ONE = 1 << _SHIFT
_FAR_PX = 12000.0


@dataclass(slots=True)
class Sprite:
    """Premultiplied BGRA at (x, y), both even, of the image; `box` exact to the pixel, None where nothing shows."""

    x: int
    y: int
    pixels: Image
    box: tuple[float, float, float, float] | None

    @property
    def alpha(self) -> Image:
        return self.pixels[:, :, 3]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model stands in the street frame; heading counter-clockwise from +x."""

    x: float
    y: float
    heading_deg: float = 0.0
    z: float = 0.0

    def world(self, points: Floats) -> Floats:
        a = radians(self.heading_deg)
        c, s = cos(a), sin(a)
        return np.asarray(points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) + (self.x, self.y, self.z))


def draw(model: Model, place: Place, view: View, light: Light, ss: int = 2) -> Sprite | None:
    """The model as a sprite (None when out of the picture); ss: supersampling per axis."""
    cam = view.camera_frame(place.world(model.verts))
    if cam[:, 2].max() < NEAR_M:
        return None
    depth = np.maximum(cam[:, 2], NEAR_M)
    px = cam[:, :2] * (view.f_px / depth)[:, None] + np.array(view.size) / 2
    window = _window(px, view, model, float(depth.min()))
    if window is None:
        return None
    x0, y0, x1, y1 = window
    canvas = np.zeros(((y1 - y0) * ss, (x1 - x0) * ss, 4), np.uint8)
    sun_right = float(light.toward @ view.rotation[0])
    painter = _Painter(model, cam, view, light.turned(place.heading_deg), sun_right, canvas, (x0, y0), ss)
    painter.paint()
    if ss > 1:
        canvas = cv2.resize(canvas, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    return Sprite(x0, y0, canvas, alpha_box(canvas[:, :, 3], x0, y0))


def alpha_box(alpha: Image, x0: int, y0: int, level: int = 100) -> tuple[float, float, float, float] | None:
    """Pixel bounds of the opaque part, in image coordinates."""
    mask = alpha > level
    cols = np.flatnonzero(mask.any(axis=0))
    if not len(cols):
        return None
    rows = np.flatnonzero(mask.any(axis=1))
    return (float(x0 + cols[0]), float(y0 + rows[0]), float(x0 + cols[-1] + 1), float(y0 + rows[-1] + 1))


def _window(px: Floats, view: View, model: Model, nearest: float) -> tuple[int, int, int, int] | None:
    margin = 2 + max((p.size for p in model.prims), default=0.0) * view.f_px / nearest
    low, high = np.floor(px.min(axis=0) - margin), np.ceil(px.max(axis=0) + margin)
    x0, y0 = max(int(low[0]), 0) & ~1, max(int(low[1]), 0) & ~1
    x1, y1 = min(int(high[0]), view.size[0]), min(int(high[1]), view.size[1])
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


class _Painter:
    """Holds what every piece needs while one model is drawn."""

    def __init__(
        self, model: Model, cam: Floats, view: View, light: Light, sun_right: float, canvas: Image,
        at: tuple[int, int], ss: int,
    ) -> None:  # fmt: skip
        self.model, self.cam, self.canvas, self.ss, self.light = model, cam, canvas, ss, light
        self.f = view.f_px * ss
        self.offset = (np.array(view.size) / 2 - np.array(at)) * ss - 0.5
        depth = np.maximum(cam[:, 2], NEAR_M)
        self.px = np.clip(cam[:, :2] * (self.f / depth)[:, None] + self.offset, -_FAR_PX, _FAR_PX)
        self.fixed = np.round(self.px * _ONE).astype(np.int32)
        self.all_near = bool((cam[:, 2] >= NEAR_M).all())
        self.shade = light.shade(model.normals)
        self.lit_side = 1.0 if sun_right >= 0 else -1.0

    def paint(self) -> None:
        prims, cam = self.model.prims, self.cam
        firsts = np.array([p.first for p in prims])
        counts = np.array([p.count for p in prims])
        middle = np.add.reduceat(cam[:, 2], firsts) / counts
        for i in np.argsort(-(middle - self.model.biases), kind="stable"):
            prim = prims[i]
            if prim.code == POLY:
                self._poly(prim, int(i))
            elif prim.code == TUBE:
                self._tube(prim)
            elif prim.code == PICTURE:
                self._picture(prim, int(i))
            elif prim.code == BALL:
                self._ball(prim)
            elif prim.code == RING:
                self._ring(prim)
            elif prim.code == BILLBOARD:
                self._billboard(prim)

    def _colour(self, prim: Prim, shade: Floats) -> tuple[float, float, float, float]:
        b, g, r = prim.colour
        if prim.glow:
            shade = np.maximum(shade, prim.glow * self.light.glow)
        return (min(b * shade[0], 255.0), min(g * shade[1], 255.0), min(r * shade[2], 255.0), 255.0)

    def _poly(self, prim: Prim, i: int) -> None:
        a, b = prim.first, prim.first + prim.count
        pts = self.fixed[a:b]
        if not self.all_near and (self.cam[a:b, 2] < NEAR_M).any():
            part = clip_near(self.cam[a:b], self.cam[a:b, 2])
            if len(part) < 3:
                return
            px = part[:, :2] * (self.f / part[:, 2])[:, None] + self.offset
            pts = np.round(np.clip(px, -_FAR_PX, _FAR_PX) * _ONE).astype(np.int32)
        if not prim.flat and _turned_away(self.px[a:b] if self.all_near else pts / _ONE):
            return
        cv2.fillConvexPoly(self.canvas, pts, self._colour(prim, self.shade[i]), cv2.LINE_AA, _SHIFT)

    def _tube(self, prim: Prim) -> None:
        a = prim.first
        za, zb = self.cam[a, 2], self.cam[a + 1, 2]
        if za < NEAR_M or zb < NEAR_M:
            return
        p, q = self.px[a], self.px[a + 1]
        ra, rb = prim.size * self.f / za, prim.size2 * self.f / zb
        side = self.light.side
        if ra < 1.2:
            thick = max(1, round(ra + rb))
            cv2.line(self.canvas, _pt(p), _pt(q), self._colour(prim, side), thick, cv2.LINE_AA, _SHIFT)
            return
        hull = _capsule(p, q, ra, rb)
        cv2.fillConvexPoly(self.canvas, hull, self._colour(prim, side * 0.78), cv2.LINE_AA, _SHIFT)
        if ra > 2.0:
            k = np.array([self.lit_side * 0.3, -0.12])
            hull = _capsule(p + k * ra, q + k * rb, ra * 0.62, rb * 0.62)
        cv2.fillConvexPoly(self.canvas, hull, self._colour(prim, side), cv2.LINE_AA, _SHIFT)

    def _ball(self, prim: Prim) -> None:
        a = prim.first
        z = self.cam[a, 2]
        if z < NEAR_M:
            return
        r, p, shade = prim.size * self.f / z, self.px[a], self.light.side
        cv2.circle(
            self.canvas, _pt(p), max(1, round(r * _ONE)), self._colour(prim, shade * 0.8), -1, cv2.LINE_AA, _SHIFT
        )
        if r > 2.0:
            q = p + np.array([self.lit_side * 0.22, -0.25]) * r
            cv2.circle(
                self.canvas, _pt(q), round(r * 0.66 * _ONE), self._colour(prim, shade * 1.06), -1, cv2.LINE_AA, _SHIFT
            )

    def _ring(self, prim: Prim) -> None:
        a, b = prim.first, prim.first + prim.count
        z = self.cam[a:b, 2].mean()
        if z < NEAR_M:
            return
        thick = max(1, round(2 * prim.size * self.f / z))
        colour = self._colour(prim, self.light.side)
        cv2.polylines(self.canvas, [self.fixed[a:b]], True, colour, thick, cv2.LINE_AA, _SHIFT)

    def _billboard(self, prim: Prim) -> None:
        z = self.cam[prim.first, 2]
        if z < NEAR_M:
            return
        r, (x, y) = prim.size * self.f / z, self.px[prim.first]
        quad = np.array([[x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r]])
        paste_picture(self.canvas, prim.picture, quad, self.light.side)

    def _picture(self, prim: Prim, i: int) -> None:
        a = prim.first
        px = self.px[a : a + 4]
        if (self.cam[a : a + 4, 2] < NEAR_M).any() or (not prim.flat and _turned_away(px[::-1])):
            return
        shade = self.shade[i]
        if prim.glow:
            shade = np.maximum(shade, prim.glow * self.light.glow)
        paste_picture(self.canvas, prim.picture, px, shade)


def paste_picture(canvas: Image, picture: Image, px: Floats, shade: Floats) -> None:
    """Warp a BGR or premultiplied BGRA picture onto a quadrilateral of a premultiplied BGRA canvas."""
    h, w = canvas.shape[:2]
    x0, y0 = np.maximum(np.floor(px.min(axis=0)).astype(int) - 1, 0)
    x1, y1 = np.minimum(np.ceil(px.max(axis=0)).astype(int) + 2, (w, h))
    if x1 <= x0 or y1 <= y0:
        return
    span = max(np.ptp(px[:, 0]), np.ptp(px[:, 1]), 1.0)
    shrink = span / max(picture.shape[:2])
    if shrink < 0.75:
        size = (max(2, round(picture.shape[1] * shrink)), max(2, round(picture.shape[0] * shrink)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    ph, pw = picture.shape[:2]
    source = np.array([[0, 0], [pw, 0], [pw, ph], [0, ph]], np.float32) - 0.5
    to = (px - (x0, y0)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, to)
    shaded = cv2.multiply(picture, (*shade.tolist(), 1.0)) if picture.ndim == 3 else picture
    if picture.shape[2] == 3:
        warped = cv2.warpPerspective(shaded, matrix, (x1 - x0, y1 - y0), borderMode=cv2.BORDER_REPLICATE)
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillConvexPoly(mask, np.round(to * _ONE).astype(np.int32), 255, cv2.LINE_AA, _SHIFT)
        alpha = cv2.merge([mask, mask, mask])
        warped = cv2.merge([cv2.multiply(warped, alpha, scale=1 / 255), mask])
    else:
        warped = cv2.warpPerspective(shaded, matrix, (x1 - x0, y1 - y0))
    over(canvas[y0:y1, x0:x1], warped)


def over(target: Image, sprite: Image) -> None:
    """Premultiplied `sprite` (BGRA) over `target` (BGR or BGRA), in place."""
    inverse = cv2.bitwise_not(sprite[:, :, 3])
    if target.shape[2] == 3:
        keep, colour = cv2.merge([inverse] * 3), sprite[:, :, :3]
    else:
        keep, colour = cv2.merge([inverse] * 4), sprite
    target[:] = cv2.add(cv2.multiply(target, keep, scale=1 / 255), colour)


def _turned_away(px: Floats) -> bool:
    """Whether a polygon, counter-clockwise from its front, shows its back (image y goes down)."""
    x, y = px[:, 0], px[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) >= 0


def _pt(p: Floats) -> tuple[int, int]:
    return (round(p[0] * _ONE), round(p[1] * _ONE))


_CAP = np.array([[0.0, 1.0], [-0.7, 0.7], [-1.0, 0.0], [-0.7, -0.7], [0.0, -1.0]])


def _capsule(p: Floats, q: Floats, ra: float, rb: float) -> "np.typing.NDArray[np.int32]":
    d = q - p
    d = d / (np.hypot(d[0], d[1]) or 1.0)
    basis = np.array([d, [-d[1], d[0]]])
    start = p + (_CAP @ basis) * ra
    end = q - (_CAP @ basis) * rb
    return np.round(np.vstack([start, end]) * _ONE).astype(np.int32)
