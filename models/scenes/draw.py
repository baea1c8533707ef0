"""Drawing a model under a camera: from metres to a sprite with exact edges."""

from dataclasses import dataclass
from math import cos, radians, sin

import cv2
import numpy as np

from models.scenes.light import Light
from models.scenes.mesh import BALL, PICTURE, POLY, RING, TUBE, Floats, Image, Model, Prim
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

    def local(self, point: Floats) -> Floats:
        """(3,) street point in the model frame."""
        a = radians(self.heading_deg)
        c, s = cos(a), sin(a)
        x, y, z = point - (self.x, self.y, self.z)
        return np.array([c * x + s * y, c * y - s * x, z])


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
    canvas: Image = np.zeros(((y1 - y0) * ss, (x1 - x0) * ss, 4), np.uint8)
    _Painter(model, cam, view, place, light, canvas, (x0, y0), ss).paint()
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
    """Holds what every piece needs while one model is drawn; all projecting is done for all pieces at once."""

    def __init__(
        self, model: Model, cam: Floats, view: View, place: Place, light: Light, canvas: Image, at: tuple[int, int],
        ss: int,
    ) -> None:  # fmt: skip
        self.model, self.cam, self.canvas, self.light = model, cam, canvas, light
        self.f = view.f_px * ss
        self.offset = (np.array(view.size) / 2 - np.array(at)) * ss - 0.5
        depth = np.maximum(cam[:, 2], NEAR_M)
        self.px = np.clip(cam[:, :2] * (self.f / depth)[:, None] + self.offset, -_FAR_PX, _FAR_PX)
        self.fixed = np.round(self.px * _ONE).astype(np.int32)
        self.all_near = bool((cam[:, 2] >= NEAR_M).all())
        self.near = cam[:, 2] >= NEAR_M
        turned = light.turned(place.heading_deg)
        self.shade = turned.shade(model.normals)
        eye = place.local(view.centre)
        self.facing = np.einsum("ij,ij->i", eye - model.centres, model.normals) > 0
        self.right = 0.3 if float(light.toward @ view.rotation[0]) >= 0 else -0.3
        self.side = (light.side * 0.78, light.side, light.side * 1.06)
        self.middle = np.add.reduceat(cam[:, 2], model.firsts) / model.counts - model.biases
        self.hulls = self._capsules()

    def paint(self) -> None:
        prims = self.model.prims
        for i in np.argsort(-self.middle, kind="stable").tolist():
            prim = prims[i]
            if prim.code == POLY:
                if prim.flat or self.facing[i]:
                    self._poly(prim, i)
            elif prim.code == TUBE:
                self._tube(prim, i)
            elif prim.code == PICTURE:
                self._picture(prim, i)
            elif prim.code == BALL:
                self._ball(prim)
            elif prim.code == RING:
                self._ring(prim)
            else:
                self._billboard(prim)

    def _colour(self, prim: Prim, shade: Floats) -> tuple[float, float, float, float]:
        b, g, r = prim.colour
        if prim.glow:
            shade = np.maximum(shade, prim.glow * self.light.glow)
        return (min(b * shade[0], 255.0), min(g * shade[1], 255.0), min(r * shade[2], 255.0), 255.0)

    def _poly(self, prim: Prim, i: int) -> None:
        a, b = prim.first, prim.first + prim.count
        pts = self.fixed[a:b]
        if not self.all_near and not self.near[a:b].all():
            part = clip_near(self.cam[a:b], self.cam[a:b, 2])
            if len(part) < 3:
                return
            px = part[:, :2] * (self.f / part[:, 2])[:, None] + self.offset
            pts = np.round(np.clip(px, -_FAR_PX, _FAR_PX) * _ONE).astype(np.int32)
        cv2.fillConvexPoly(self.canvas, pts, self._colour(prim, self.shade[i]), cv2.LINE_AA, _SHIFT)

    def _capsules(self) -> dict[int, tuple[float, "np.typing.NDArray[np.int32]"]]:
        """Outline and lighter core of every tube: {piece: (radius px, (2, 10, 2) fixed point)}."""
        tubes = self.model.tubes
        if not len(tubes):
            return {}
        first = self.model.firsts[tubes]
        p, q = self.px[first], self.px[first + 1]
        ends = np.stack([self.cam[first, 2], self.cam[first + 1, 2]], 1)
        radii = self.model.sizes[tubes] * self.f / np.maximum(ends, NEAR_M)
        along = q - p
        along = along / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
        basis = np.stack([along, np.stack([-along[:, 1], along[:, 0]], 1)], 1)
        cap = np.einsum("ck,nkd->ncd", _CAP, basis)
        ra, rb = radii[:, 0, None, None], radii[:, 1, None, None]
        hull = np.concatenate([p[:, None] + cap * ra, q[:, None] - cap * rb], 1)
        lit = np.array([self.right, -0.12])
        core = np.concatenate([p[:, None] + (cap * 0.62 + lit) * ra, q[:, None] + (lit - cap * 0.62) * rb], 1)
        fixed = np.round(np.clip(np.stack([hull, core], 1), -_FAR_PX, _FAR_PX) * _ONE).astype(np.int32)
        seen = ends.min(axis=1) >= NEAR_M
        return {int(t): (float(radii[k, 0]), fixed[k]) for k, t in enumerate(tubes) if seen[k]}

    def _tube(self, prim: Prim, i: int) -> None:
        found = self.hulls.get(i)
        if found is None:
            return
        radius, hulls = found
        if radius < 1.2:
            a, thick = prim.first, max(1, round(2 * radius))
            p, q = self.fixed[a].tolist(), self.fixed[a + 1].tolist()
            cv2.line(self.canvas, p, q, self._colour(prim, self.side[1]), thick, cv2.LINE_AA, _SHIFT)
            return
        cv2.fillConvexPoly(self.canvas, hulls[0], self._colour(prim, self.side[0]), cv2.LINE_AA, _SHIFT)
        cv2.fillConvexPoly(self.canvas, hulls[1], self._colour(prim, self.side[1]), cv2.LINE_AA, _SHIFT)

    def _ball(self, prim: Prim) -> None:
        a = prim.first
        if not self.near[a]:
            return
        r, (x, y) = prim.size * self.f / self.cam[a, 2] * _ONE, self.fixed[a].tolist()
        cv2.circle(self.canvas, (x, y), max(1, round(r)), self._colour(prim, self.side[0]), -1, cv2.LINE_AA, _SHIFT)
        if r > 2.0 * _ONE:
            q = (round(x + self.right * 0.73 * r), round(y - 0.25 * r))
            colour = self._colour(prim, self.side[2])
            cv2.circle(self.canvas, q, round(r * 0.66), colour, -1, cv2.LINE_AA, _SHIFT)

    def _ring(self, prim: Prim) -> None:
        a, b = prim.first, prim.first + prim.count
        z = float(self.cam[a:b, 2].mean())
        if z < NEAR_M:
            return
        thick = max(1, min(round(2 * prim.size * self.f / z), 255))
        cv2.polylines(
            self.canvas, [self.fixed[a:b]], True, self._colour(prim, self.side[1]), thick, cv2.LINE_AA, _SHIFT
        )

    def _billboard(self, prim: Prim) -> None:
        z = float(self.cam[prim.first, 2])
        if z < NEAR_M:
            return
        r, (x, y) = prim.size * self.f / z, self.px[prim.first]
        quad = np.array([[x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r]])
        paste_picture(self.canvas, prim.picture, quad, self.side[1])

    def _picture(self, prim: Prim, i: int) -> None:
        a = prim.first
        if not self.near[a : a + 4].all() or not (prim.flat or self.facing[i]):
            return
        shade = self.shade[i]
        if prim.glow:
            shade = np.maximum(shade, prim.glow * self.light.glow)
        paste_picture(self.canvas, prim.picture, self.px[a : a + 4], shade)


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
    shaded = np.asarray(cv2.multiply(picture, np.array([*shade, 1.0])))
    size = (int(x1 - x0), int(y1 - y0))
    part = canvas[y0:y1, x0:x1]
    if picture.shape[2] == 4:
        over(part, np.asarray(cv2.warpPerspective(shaded, matrix, size)))
        return
    warped = cv2.warpPerspective(shaded, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros(size[::-1], np.uint8)
    cv2.fillConvexPoly(mask, np.round(to * _ONE).astype(np.int32), 255, cv2.LINE_8, _SHIFT)
    cv2.copyTo(cv2.cvtColor(warped, cv2.COLOR_BGR2BGRA), mask, part)


def over(target: Image, sprite: Image) -> None:
    """Premultiplied `sprite` (BGRA) over `target` (BGR or BGRA), in place."""
    inverse = cv2.bitwise_not(sprite[:, :, 3])
    if target.shape[2] == 3:
        keep, colour = cv2.merge([inverse] * 3), sprite[:, :, :3]
    else:
        keep, colour = cv2.merge([inverse] * 4), sprite
    target[:] = cv2.add(cv2.multiply(target, keep, scale=1 / 255), colour)


_CAP = np.array([[0.0, 1.0], [-0.7, 0.7], [-1.0, 0.0], [-0.7, -0.7], [0.0, -1.0]])
