"""A worker's cameras do not depend on each other."""

from pathlib import Path

import av
import numpy as np
import pytest
import yaml

from nonsite.parts import Parts
from nonsite.settings import load_settings
from nonsite.shadow import Shadow
from nonsite.worker import Worker
from streams.topics import ALERTS
from tests.nonsite.test_cli_bad_input import GOOD, POINTS, square

FRAMES = 40


def film(path: Path, crossed: bool = False) -> Path:
    """Eight seconds of moving noise, a keyframe each second, as an MPEG transport stream: it has no index to miss.

    With `crossed` something large stands elsewhere every second, so that no gate passes a keyframe over.
    """
    noise = np.random.default_rng(3).integers(0, 255, (432, 768, 3), dtype=np.uint8)
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 768, 432, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "5", "crf": "40"}
        for number in range(FRAMES):
            picture = np.roll(noise, 5 * number, 1)
            if crossed:
                place = 80 * (number // 5)
                picture[100:300, place : place + 160] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def parts(tmp_path):
    points = [{"px": [x, y], "lonlat": [lon, lat]} for x, y, lon, lat in POINTS]
    sources = [
        {
            "id": name,
            "url": f"{name}.ts",
            "start": "2026-06-03T08:00:00Z",
            "image_size": [768, 432],
            "calibration": points,
            "watch": "keyframes",
            "device": {"lon": 121.5, "lat": 31.2},
        }
        for name in ("whole", "cut", "noise")
    ]
    street = {"street": "s", "crs": "EPSG:4490", "timezone": "Asia/Shanghai", "features": [square(*GOOD)]}
    (tmp_path / "street.yaml").write_text(yaml.safe_dump(street))
    settings = {"data": "data", "street": "street.yaml", "profile": "demo", "sources": sources}
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(settings))
    return Parts(load_settings(tmp_path / "settings.yaml"))


def test_a_candidate_looks_beside_the_network_and_raises_nothing(parts, tmp_path):
    for name in ("whole", "cut", "noise"):
        film(tmp_path / f"{name}.ts", crossed=True)
    network = parts.networks[0]
    shadow = Shadow(network, network, tmp_path / "shadow", share=0.5, max_bytes=1 << 20)
    settings, profile, street = parts.settings, parts.profile, parts.street
    told = []
    tell = lambda topic, key, message: told.append(topic)  # noqa: E731
    worker = Worker(
        settings, profile, street, [network], parts.sealer, parts.machine, parts.clock, tell=tell, shadow=shadow
    )
    worker.start()
    assert worker.finished.wait(120)
    worker.stop()

    seen = worker.status()["shadow"]
    assert seen["sha256"] == network.sha256 and seen["failure"] is None
    analysed = [one["analysed"] for one in worker.status()["sources"]]
    assert seen["looks"] + seen["passed_by"] == sum(count // 2 for count in analysed) >= 6
    assert seen["looks"] >= 1 and ALERTS not in told
    assert not list((tmp_path / "shadow").rglob("differences.jsonl"))  # it is the same network


def test_a_camera_that_breaks_off_or_turns_to_noise_ends_alone(parts, tmp_path):
    whole = film(tmp_path / "whole.ts").read_bytes()
    half = len(whole) // 2
    (tmp_path / "cut.ts").write_bytes(whole[:half])
    garbage = np.random.default_rng(5).integers(0, 255, len(whole) - half, dtype=np.uint8).tobytes()
    (tmp_path / "noise.ts").write_bytes(whole[:half] + garbage)

    worker = Worker(
        parts.settings, parts.profile, parts.street, parts.networks[:1], parts.sealer, parts.machine, parts.clock
    )
    worker.start()
    assert worker.finished.wait(120)
    worker.stop()

    status = worker.status()
    looked = {one["id"]: one["decoded"] for one in status["sources"]}
    assert status["failure"] is None
    assert looked["whole"] == 8  # every keyframe of it
    assert 3 <= looked["cut"] <= 5
    assert looked["noise"] >= 3
    assert {one["state"] for one in status["sources"]} == {"ENDED"}
