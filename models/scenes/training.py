"""Labelled stills in the YOLO folder layout, rendered straight from random streets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from models.scenes.crowd import populate
from models.scenes.mesh import Image
from models.scenes.random_street import random_script
from models.scenes.script import FixedCamera, Weather
from models.scenes.sensor import Sensor
from models.scenes.stage import Label, Stage
from models.scenes.traced import Tracer
from models.scenes.view import View
from models.scenes.world import World

KINDS = ("person", "bicycle", "motorcycle", "stall", "goods", "signboard", "vehicle", "umbrella", "furniture")
MIN_VISIBLE = 0.25
_MIN_SIDE_PX = 5.0
_SHAPES = ((1.0, 0.5625), (1.0, 0.5625), (1.0, 0.5625), (1.0, 0.75), (1.0, 1.0))


@dataclass(frozen=True, slots=True)
class Still:
    """One training picture: BGR and what is in it."""

    name: str
    image: Image
    labels: list[Label]


def camera_view(camera: FixedCamera, size: tuple[int, int]) -> View:
    """A script's camera at a picture size (its `f` is said for 1280 wide)."""
    return View(camera.x, camera.y, camera.z, camera.yaw, camera.pitch, camera.f * size[0] / 1280, size)


def stills(
    n: int, seed: int, size: int = 640, families: Sequence[str] = ("mast", "vehicle", "close"),
    tracer: Tracer | None = None,
) -> Iterator[Still]:  # fmt: skip
    """Render n labelled pictures, `size` pixels wide; eight of each street. With a `tracer` the same streets are
    path-traced."""
    made, street = 0, 0
    while made < n:
        family = families[street % len(families)]
        script = random_script(seed * 1_000_003 + street, family)
        rng = Random(f"stills:{seed}:{street}")
        world = World(script, seed + street, scale=size / 640 * 30.0)
        scenery = world.scenery
        for k, camera in enumerate(script.cameras):
            if made >= n:
                return
            actors = populate(rng, script.district, camera, rng.choice([0.6, 1.0, 1.5]))
            scene = script.model_copy(update={"actors": actors})
            wide, high = rng.choice(_SHAPES)
            shape = (round(size * wide), round(size * high) // 2 * 2)
            there, view = World(scene, world.seed, world.scale, scenery), camera_view(camera, shape)
            t = rng.uniform(0, 2)
            picture, labels = tracer.picture(there, view, t) if tracer else Stage(there, view).frame(t)
            image, moved = _taken(picture, labels, script.weather, rng)
            yield Still(f"{family}-{seed}-{street:05d}-{k}", image, moved)
            made += 1
        street += 1


def _taken(picture: Image, labels: list[Label], weather: Weather, rng: Random) -> tuple[Image, list[Label]]:
    """Sensor and codec applied; boxes moved with the shake."""
    size = (picture.shape[1], picture.shape[0])
    w = weather.model_copy(
        update={"noise": rng.uniform(0, 7), "gain": rng.uniform(0.75, 1.2), "blur": rng.choice([0.0, 0.0, 0.4, 0.7])}
    )
    sensor = Sensor(w, size, rng.randrange(1 << 30), tiles=1)
    image = np.asarray(cv2.cvtColor(sensor.expose(picture, 0), cv2.COLOR_YUV2BGR_I420))
    if rng.random() < 0.7:
        _ok, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(40, 90)])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    dx, dy = sensor.shake(0)
    return image, [shifted(label, dx, dy, size) for label in labels]


def shifted(label: Label, dx: int, dy: int, size: tuple[int, int]) -> Label:
    """A label moved with a shaken picture and cut to it."""
    x0, y0, x1, y1 = label.box
    w, h = size
    box = (min(max(x0 + dx, 0), w), min(max(y0 + dy, 0), h), min(max(x1 + dx, 0), w), min(max(y1 + dy, 0), h))
    return Label(label.id, label.kind, box, label.visible)


def wanted(label: Label) -> bool:
    """Whether a thing shows enough of itself to be learned."""
    x0, y0, x1, y1 = label.box
    return label.visible >= MIN_VISIBLE and min(x1 - x0, y1 - y0) >= _MIN_SIDE_PX and (x1 - x0) * (y1 - y0) >= 60
