"""What never moves behind everything: sky, ground and the two rows of houses, warped into the picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from models.scenes.district import District
from models.scenes.facades import Facade, paint_facade, paint_far
from models.scenes.ground import Sheet, paint_ground
from models.scenes.light import Light
from models.scenes.mesh import Floats, Image
from models.scenes.view import View, clip_near

_SHIFT, _ONE = 4, 16


@dataclass(frozen=True)
class Scenery:
    """The district's sheets under one light, ready to be warped; `far` closes the street's two ends."""

    far: tuple[Sheet, Sheet]
    ground: Sheet
    north: Sheet
    south: Sheet
    light: Light

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return *self.far, self.ground, self.north, self.south


def light_scenery(district: District, light: Light, scale: float, seed: int) -> Scenery:
    """Paint the district's ground and houses and put them under a light."""
    ground = paint_ground(district, scale, seed)
    up = light.up * (1 - 0.28 * light.wet)
    lit = Sheet(_gained(ground.image, up), ground.scale, ground.origin, ground.right, ground.down)
    north, south = (_lit_facade(paint_facade(district, side, scale, seed), light) for side in ("north", "south"))
    middle, half = (district.x0 + district.x1) / 2, (district.x1 - district.x0) / 2 + 9
    ends = (paint_far(district, middle + s * half, 8.0, seed) for s in (1, -1))
    far = tuple(Sheet(_gained(e.image, light.ambient), e.scale, e.origin, e.right, e.down) for e in ends)
    return Scenery((far[0], far[1]), lit, north, south, light)


def _gained(image: Image, gain: Floats) -> Image:
    return np.asarray(cv2.multiply(image, np.array([*gain, 1.0])))


def _lit_facade(facade: Facade, light: Light) -> Sheet:
    s = facade.sheet
    normal = np.cross(s.right, s.down)[None, :]
    if float((normal[0] * [0, 1, 0]).sum()) * float(s.origin[1]) > 0:
        normal = -normal
    image = _gained(s.image, light.shade(normal)[0])
    strength = max(0.0, light.glow - float(light.ambient.mean()) * 1.25)
    image = np.asarray(cv2.add(image, cv2.convertScaleAbs(facade.glow, alpha=strength)))
    return Sheet(image, s.scale, s.origin, s.right, s.down)


def paint_backdrop(scenery: Scenery, view: View, sharpness: float = 2.0) -> Image:
    """The empty street as the camera sees it, BGR, drawn `sharpness` times as large and brought to size."""
    drawn = view if sharpness == 1.0 else view.scaled(sharpness)
    image = _sky(drawn, scenery.light)
    for sheet in scenery.sheets:
        _warp(image, sheet, drawn)
    if scenery.light.wet > 0.05 and sharpness >= 1:
        _reflect(image, scenery, drawn)
    if drawn.size == view.size:
        return image
    how = cv2.INTER_AREA if sharpness > 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, view.size, interpolation=how))


def _reflect(image: Image, scenery: Scenery, view: View) -> None:
    """Houses and sky mirrored dimly in wet ground, smeared downwards."""
    mirror, flip = image.copy(), np.array([1.0, 1.0, -1.0])
    for s in (scenery.north, scenery.south):
        _warp(mirror, Sheet(s.image, s.scale, s.origin * flip, s.right, s.down * flip), view)
    smear = cv2.blur(mirror, (3, max(3, view.size[1] // 24)))
    share = 0.32 * min(1.0, scenery.light.wet + 0.2)
    cv2.addWeighted(image, 1 - share, smear, share, 0, dst=mirror)
    floor = floor_mask(scenery.ground, view, inside_m=0.0)
    cv2.copyTo(mirror, floor, image)


def _sky(view: View, light: Light) -> Image:
    w, h = view.size
    horizon = h / 2 - view.f_px * np.tan(np.radians(view.pitch_deg))
    k = np.clip((np.arange(h) - horizon + 0.35 * h) / (0.35 * h), 0, 1)[:, None]
    column = np.array(light.sky_top) * (1 - k) + np.array(light.sky_low) * k
    column[np.arange(h) > horizon] = np.array([104, 104, 106]) * light.ambient
    return np.asarray(cv2.resize(column[:, None].astype(np.uint8), (w, h), interpolation=cv2.INTER_NEAREST))


def _warp(image: Image, sheet: Sheet, view: View) -> None:
    """One sheet into the picture, cut at the near plane and at its own edges."""
    h, w = sheet.image.shape[:2]
    wide, high = w / sheet.scale, h / sheet.scale
    across, down = sheet.right * wide, sheet.down * high
    corners = sheet.origin + np.array([0 * across, across, across + down, down])
    px = _outline(corners, view)
    if len(px) < 3:
        return
    x0, y0 = np.maximum(np.floor(px.min(axis=0)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(px.max(axis=0)).astype(int) + 1, view.size)
    if x1 <= x0 or y1 <= y0:
        return
    shift = np.array([[1, 0, -x0 - 0.5], [0, 1, -y0 - 0.5], [0, 0, 1.0]])
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    matrix = shift @ view.matrix @ sheet.frame() @ centre
    patch = cv2.warpPerspective(sheet.image, matrix, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR,
                                borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    mask = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round((px - (x0, y0)) * _ONE).astype(np.int32), 255, cv2.LINE_8, _SHIFT)
    cv2.copyTo(patch, mask, image[y0:y1, x0:x1])


def floor_mask(ground: Sheet, view: View, inside_m: float = 1.0) -> Image:
    """255 where the picture shows the ground, `inside_m` short of the sheet's long edges, 0 elsewhere."""
    h, w = ground.image.shape[0] / ground.scale, ground.image.shape[1] / ground.scale
    a, b = ground.origin + ground.down * inside_m, ground.origin + ground.down * (h - inside_m)
    corners = np.array([a, a + ground.right * w, b + ground.right * w, b])
    mask = np.zeros(view.size[::-1], np.uint8)
    px = _outline(corners, view)
    if len(px) >= 3:
        cv2.fillConvexPoly(mask, np.round(px * _ONE).astype(np.int32), 255, cv2.LINE_8, _SHIFT)
    return mask


def _outline(corners: Floats, view: View) -> Floats:
    """A plane polygon of the street as pixels, cut at the near plane and some pixels beyond the picture."""
    cam = view.camera_frame(corners)
    part = clip_near(cam, cam[:, 2])
    if len(part) < 3:
        return np.zeros((0, 2))
    return _clip_rect(part[:, :2] * (view.f_px / part[:, 2:3]) + np.array(view.size) / 2, view.size)


def _clip_rect(px: Floats, size: tuple[int, int]) -> Floats:
    """A polygon cut to the picture with some margin."""
    m = 8.0
    for axis, sign, bound in ((0, 1, -m), (0, -1, -(size[0] + m)), (1, 1, -m), (1, -1, -(size[1] + m))):
        out: list[Floats] = []
        for i in range(len(px)):
            a, b = px[i - 1], px[i]
            da, db = sign * a[axis] - bound, sign * b[axis] - bound
            if (da < 0) != (db < 0):
                out.append(a + (b - a) * (da / (da - db)))
            if db >= 0:
                out.append(b)
        px = np.array(out).reshape(-1, 2)
        if len(px) < 3:
            break
    return px
