"""The scene check on real clips: a street by day and a junction by night, as they are and with their camera turned."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from streams import Image, Reference, View
from tests.streams.scene_camera import shift_px

CLIPS = ("residential_street_fixed", "billboards_night_junction")
HD = (1280, 720)
SWAY_PX = 2.0


def frames(clip: Path, most: int = 8) -> list[Image]:
    """Pictures from all over a clip, grey."""
    with av.open(str(clip)) as container:
        every = max(1, (container.streams.video[0].frames or 25 * most) // most)
        found = [f.to_ndarray(format="gray") for n, f in enumerate(container.decode(video=0)) if n % every == 0]
    return found[:most]


@pytest.fixture(scope="module")
def pictures(videos: Path) -> dict[str, list[Image]]:
    return {name: frames(videos / f"{name}.mp4") for name in CLIPS}


def turned(image: Image, yaw_deg: float = 0.0, pitch_deg: float = 0.0, zoom: float = 1.0) -> Image:
    """The picture as the same camera turned about its centre takes it, as far as it reaches; f is the width."""
    height, width = image.shape
    lens = np.array([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1.0]])
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    about_y = np.array([[math.cos(yaw), 0, -math.sin(yaw)], [0, 1, 0], [math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    closer = np.diag([zoom, zoom, 1.0])
    centre = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1.0]])
    scaled = centre @ closer @ np.linalg.inv(centre)
    matrix = scaled @ lens @ about_x @ about_y @ np.linalg.inv(lens)
    return np.asarray(cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


@pytest.mark.parametrize("clip", CLIPS)
def test_every_picture_of_a_clip_lies_where_every_other_does(pictures: dict[str, list[Image]], clip: str) -> None:
    views = [View.of_grey(image) for image in pictures[clip]]
    for one, other in combinations(views[:5], 2):
        placement = Reference(one).near(other).placement
        assert placement is not None and placement.farthest_px(HD) < SWAY_PX


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize(
    "how", [{"yaw_deg": 2.0}, {"yaw_deg": -5.0}, {"pitch_deg": 2.0}, {"zoom": 1.15}, {"yaw_deg": 12.0}]
)
def test_turned_or_zoomed_it_never_lies_in_place(
    pictures: dict[str, list[Image]], clip: str, how: dict[str, float]
) -> None:
    reference = Reference(View.of_grey(pictures[clip][0]))
    for image in pictures[clip][1:]:
        picture = View.of_grey(turned(image, **how))
        near = reference.near(picture).placement
        placement = near or reference.wide(picture)
        assert near is None or near.farthest_px(HD) > 10 * SWAY_PX
        assert placement is None or placement.farthest_px(HD) > 10 * SWAY_PX
    right = reference.wide(View.of_grey(turned(pictures[clip][1], yaw_deg=2.0)))
    assert right is not None and abs(shift_px(right, HD)[0]) == pytest.approx(
        HD[0] * math.tan(math.radians(2)), rel=0.1
    )


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize(
    "change",
    [
        lambda image: (255 * (image / 255.0) ** 1.8).astype(np.uint8),
        lambda image: (image * 0.4).astype(np.uint8),
        lambda image: np.clip(image.astype(float) * 0.5 + 110, 0, 255).astype(np.uint8),  # mist
        lambda image: cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 12])[1], 0),
    ],
    ids=["darker", "dim", "mist", "compressed"],
)
def test_light_mist_and_compression_move_nothing(
    pictures: dict[str, list[Image]], clip: str, change: Callable[[Image], Image]
) -> None:
    reference = Reference(View.of_grey(pictures[clip][0]))
    for image in pictures[clip][1:]:
        placement = reference.near(View.of_grey(np.asarray(change(image), np.uint8))).placement
        assert placement is not None and placement.farthest_px(HD) < 2 * SWAY_PX


def test_the_one_is_not_recognised_in_the_other(pictures: dict[str, list[Image]]) -> None:
    day, night = (pictures[clip] for clip in CLIPS)
    for reference, others in ((day[0], night), (night[0], day)):
        known = Reference(View.of_grey(reference))
        for other in others:
            assert known.near(View.of_grey(other)).placement is None
            assert known.wide(View.of_grey(other)) is None


@pytest.mark.parametrize("clip", CLIPS)
def test_a_soft_lens_is_told_by_its_sharpness(pictures: dict[str, list[Image]], clip: str) -> None:
    reference = Reference(View.of_grey(pictures[clip][0]))
    for image in pictures[clip][1:]:
        width = image.shape[1]
        clear = reference.sharpness(View.of_grey(image))
        soft = reference.sharpness(View.of_grey(cv2.GaussianBlur(image, (0, 0), 3.0 * width / 1280)))
        assert clear is not None and soft is not None and soft < 0.6 * clear
