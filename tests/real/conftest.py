"""Real pictures and clips from the shared data folder, where there is one, and the network that looks at them."""

from __future__ import annotations

import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from models import load_network, registry, shared_data
from records import BadInput
from streams import Network

STREETS = Path(__file__).parent / "streets"
BASE_CARD = Path(__file__).parents[2] / "configs" / "models" / "yolo11n-coco.yaml"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the data these tests have nothing to look at; that is said, not passed over."""
    if not (shared_data() / "videos").is_dir():
        why = f"no real clips: {shared_data()} is not there (NONSITE_SHARED_DATA names it)"
        for item in items:
            if Path(str(item.fspath)).parent == Path(__file__).parent:
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def videos() -> Path:
    return shared_data() / "videos"


@pytest.fixture(scope="session")
def network() -> Network:
    """The shipped network; the base weights, mapped, while there is none."""
    wanted = os.environ.get("NONSITE_TEST_MODEL")
    if wanted:
        return load_network(wanted)
    return load_network() if registry() else load_network(BASE_CARD)


@pytest.fixture(scope="session")
def base_network() -> Network:
    try:
        return load_network(BASE_CARD)
    except BadInput as error:
        pytest.skip(str(error))


def hold(picture: Path, path: Path, seconds: int = 60, fps: int = 2) -> Path:
    """A picture held for a minute of H.264 with a keyframe every two seconds, as a camera before a still street."""
    image = cv2.imread(str(picture))
    image = np.ascontiguousarray(image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = image.shape[1], image.shape[0], "yuv420p"
        stream.options = {"preset": "ultrafast", "g": str(2 * fps), "crf": "16", "sc_threshold": "0"}
        for _ in range(seconds * fps):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return path
