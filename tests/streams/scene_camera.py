"""A rendered street before a camera that can be turned, zoomed, covered, rained on, and that the sun sets on."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import cv2
import numpy as np

from models.scenes import Script, random_script
from models.scenes.actors import Car
from models.scenes.path import fixed_view
from models.scenes.sensor import Sensor
from models.scenes.stage import Stage
from models.scenes.world import World
from streams import Frame, Image, Placement, SceneCheck

SIZE = (640, 360)
NOON = datetime(2026, 6, 3, 4, 0, tzinfo=UTC)  # in Shanghai
CALM = {"light": "shade", "rain": 0.0, "shake_px": 0.6, "noise": 3.0, "gain": 1.0}


@cache
def _script(seed: int) -> Script:
    return random_script(seed, "mast")


@cache
def _picture(seed: int, pose: tuple[tuple[str, float], ...], light: str, rain: float, bus: bool, second: int) -> Image:
    script = _script(seed)
    camera = script.cameras[0]
    camera = camera.model_copy(update={name: getattr(camera, name) + by for name, by in pose})
    weather = script.weather.model_copy(update={"light": light, "rain": rain})
    actors = list(script.actors)
    if bus:
        away = np.radians(camera.yaw)
        x, y = camera.x + 4.5 * np.cos(away), camera.y + 4.5 * np.sin(away)
        actors.append(Car(id="bus", path=[(0.0, x, y)], body="bus", heading=float(np.degrees(away)) + 90.0))
    changed = script.model_copy(update={"weather": weather, "actors": actors})
    return Stage(World(changed, 1, 30.0), fixed_view(camera, SIZE)).frame(float(second))[0]


class SceneCamera:
    """Looks of one camera, each `every_s` after the last; `weather` changes what `CALM` says, `pose` is added to the
    camera's own (yaw and pitch in degrees, f in pixels)."""

    def __init__(self, seed: int = 3, at: datetime = NOON, every_s: float = 10.0) -> None:
        self.seed, self.at, self.every_s = seed, at, every_s
        self.n = 0

    @property
    def f_px(self) -> float:
        """Focal length in pixels of the picture."""
        return _script(self.seed).cameras[0].f * SIZE[0] / 1280

    def frame(
        self, *, bus: bool = False, change: Callable[[Image], Image] | None = None, weather: Any = None, **pose: float
    ) -> Frame:
        """The next look; `change` is done to the finished picture."""
        said = {**CALM, **(weather or {})}
        clean = _picture(
            self.seed, tuple(sorted(pose.items())), said["light"], said["rain"], bus, self.n % 4 if not bus else 0
        )
        sensor = _sensor(tuple(sorted(said.items())))
        grey = sensor.expose(clean.copy(), 7 * self.n)[: SIZE[1]]
        image = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
        if change is not None:
            image = change(image)
        frame = Frame.of(image, index=self.n, pts_s=self.n * self.every_s, captured_at=self.at)
        self.n += 1
        self.at += timedelta(seconds=self.every_s)
        return frame

    def watch(self, check: SceneCheck, seconds: float, *, day: bool = True, **how: Any) -> None:
        """Let a check look for a time."""
        for _ in range(max(1, round(seconds / self.every_s))):
            check.look(self.frame(**how), day)


@cache
def _sensor(said: tuple[tuple[str, Any], ...]) -> Sensor:
    weather = _script(3).weather.model_copy(update=dict(said))
    return Sensor(weather, SIZE, 5)


def defocused(sigma_px: float) -> Callable[[Image], Image]:
    """Out of focus by so much."""
    return lambda image: cv2.GaussianBlur(image, (0, 0), sigma_px)


def bus_side(image: Image) -> Image:
    """The side of the bus in the lower half, as near as fills the picture."""
    return np.asarray(cv2.resize(image[170:], SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


def covered(image: Image) -> Image:
    """A hand, a bag or a leaf before the lens: nearly even, and the sensor's noise."""
    rng = np.random.default_rng(int(image[0, 0, 0]) + int(image.sum()) % 1000)
    shade = np.linspace(70, 95, image.shape[1])[None, :, None] + rng.normal(0, 2, image.shape)
    return np.clip(shade, 0, 255).astype(np.uint8)


def dirty(image: Image) -> Image:
    """Dried drops over the left half of the lens: a veil without detail."""
    veil = cv2.GaussianBlur(image, (0, 0), 14)
    out = image.copy()
    half = image.shape[1] // 2
    out[:, :half] = (0.7 * veil[:, :half] + 0.3 * 170).astype(np.uint8)
    return out


def shift_px(placement: Placement, size: tuple[int, int]) -> tuple[float, float]:
    """How far what was in the middle has gone, right and down, in pixels of a picture of `size`."""
    middle = np.array([[size[0] / 2, size[1] / 2]])
    right, down = (placement.now(middle, size) - middle)[0]
    return float(right), float(down)


def turn_deg(placement: Placement) -> float:
    """Turn about the optical axis, clockwise in the picture."""
    (a, b, _), (c, d, _) = placement.rows[:2]
    return math.degrees(math.atan2(c - b, a + d))
