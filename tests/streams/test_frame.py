"""A decoded picture: in colour at its own size, and straight at a network's."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from streams.frame import Picture


def decoded(width: int, height: int, form: str = "yuv420p") -> av.VideoFrame:
    """A frame as a decoder gives it: slow waves of colour, so that scaling loses nothing that matters."""
    y, x = np.mgrid[0:height, 0:width]
    bgr = np.stack([128 + 90 * np.sin(x / 60), 128 + 90 * np.cos(y / 50), 128 + 90 * np.sin((x + y) / 70)], axis=2)
    return av.VideoFrame.from_ndarray(bgr.astype(np.uint8), format="bgr24").reformat(format=form)


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1280, 720), (640, 360)),
        ((848, 480), (640, 362)),  # a chroma plane of 181 rows, half as wide as the picture: it ends amid a row
        ((1000, 502), (640, 321)),  # odd: not scaled plane by plane
        ((320, 200), (320, 200)),
    ],
)
@pytest.mark.parametrize("form", ["yuv420p", "yuvj420p", "yuv422p"])
def test_a_picture_fitted_to_a_network_is_the_picture_scaled(size, fitted, form) -> None:
    frame = decoded(*size, form)
    got = Picture(frame).fitted((640, 640))
    assert (got.shape[1], got.shape[0]) == fitted
    scaled = cv2.resize(Picture(frame).bgr(), fitted, interpolation=cv2.INTER_LINEAR)
    assert np.abs(got.astype(int) - scaled.astype(int)).mean() < 2.0


@pytest.mark.parametrize("form", ["yuv420p", "yuvj420p", "yuv422p"])
@pytest.mark.parametrize("size", [(320, 180), (321, 181)])
@pytest.mark.parametrize("box", [(0, 0, 320, 180), (10, 20, 90, 70), (11, 21, 92, 75), (301, 171, 320, 180)])
def test_a_part_of_a_picture_is_what_the_whole_has_there(form, size, box) -> None:
    frame = decoded(*size, form)
    left, top, right, bottom = box
    part = Picture(frame).part(box)
    assert part.shape == (bottom - top, right - left, 3)
    assert np.array_equal(part, Picture(frame).bgr()[top:bottom, left:right])
