"""What lens, sensor and mast do to a picture: blur, gain, noise, shake, rain, and the step to YUV."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.scenes.mesh import Image
from models.scenes.script import Weather


class Sensor:
    """Turns clean BGR pictures of one size into I420 frames; the same index gives the same bits."""

    def __init__(self, weather: Weather, size: tuple[int, int], seed: int, tiles: int = 4) -> None:
        self.weather, self.size = weather, size
        rng = np.random.default_rng(seed)
        w, h = size
        self._tiles = tiles
        shape = (tiles, h + 16, w + 16)
        noise = rng.standard_normal(shape, dtype=np.float32) * weather.noise
        noise[:] = [cv2.GaussianBlur(n, (3, 3), 0.55) * 1.25 for n in noise]
        self._more = np.clip(noise, 0, 60).astype(np.uint8)
        self._less = np.clip(-noise, 0, 60).astype(np.uint8)
        self._steps = rng.integers(0, 16, (257, 2))
        walk = np.cumsum(rng.normal(0, 0.5, (601, 2)), axis=0)
        walk -= np.linspace(0, 1, 601)[:, None] * walk[-1]
        self._shakes = np.clip(np.round(np.sin(walk) * weather.shake_px), -3, 3).astype(int)
        self._rain = [_streaks(rng, size, weather.rain) for _ in range(3)] if weather.rain > 0.02 else []
        curve = np.arange(256) * weather.gain
        self._curve = np.clip(curve, 0, 255).astype(np.uint8) if abs(weather.gain - 1) > 0.01 else None

    def shake(self, index: int) -> tuple[int, int]:
        """How far the picture of this index is moved, in pixels right and down."""
        dx, dy = self._shakes[index % len(self._shakes)]
        return int(dx), int(dy)

    def expose(self, picture: Image, index: int) -> Image:
        """(h, w, 3) BGR to (h * 3 / 2, w) I420."""
        dx, dy = self.shake(index)
        if dx or dy:
            picture = _moved(picture, dx, dy)
        yuv = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420))
        w, h = self.size
        luma = yuv[:h]
        if self.weather.blur > 0.05:
            cv2.GaussianBlur(luma, (3, 3), self.weather.blur, dst=luma)
        if self._rain:
            cv2.add(luma, self._rain[index % 3], dst=luma)
        if self._curve is not None:
            cv2.LUT(luma, self._curve, dst=luma)
        if self.weather.noise > 0:
            a, b = self._steps[index % 257]
            k = index % self._tiles
            cv2.add(luma, self._more[k, a : a + h, b : b + w], dst=luma)
            cv2.subtract(luma, self._less[k, a : a + h, b : b + w], dst=luma)
        if self.weather.warmth:
            blue = yuv[h : h + h // 4]
            blue[:] = cv2.convertScaleAbs(blue, beta=-round(4 * self.weather.warmth))
        return yuv


def _moved(picture: Image, dx: int, dy: int) -> Image:
    """The picture moved by whole pixels, edges repeated."""
    h, w = picture.shape[:2]
    pad = cv2.copyMakeBorder(picture, max(dy, 0), max(-dy, 0), max(dx, 0), max(-dx, 0), cv2.BORDER_REPLICATE)
    y, x = max(-dy, 0), max(-dx, 0)
    return np.ascontiguousarray(pad[y : y + h, x : x + w])


def _streaks(rng: np.random.Generator, size: tuple[int, int], rain: float) -> NDArray[np.uint8]:
    w, h = size
    tile = np.zeros((h, w), np.uint8)
    length = h / 28
    for _ in range(int(900 * rain * w * h / (1280 * 720))):
        x, y, k = rng.uniform(0, w), rng.uniform(-length, h), rng.uniform(0.5, 1.5)
        cv2.line(
            tile,
            (int(x), int(y)),
            (int(x - 0.12 * length * k), int(y + length * k)),
            int(rng.uniform(12, 38)),
            1,
            cv2.LINE_AA,
        )
    return np.asarray(cv2.GaussianBlur(tile, (3, 3), 0.7))
