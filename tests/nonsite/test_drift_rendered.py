"""The shipped network before a rendered street, for weeks, and through a lens that goes dirty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors import DriftRules, DriftWatch
from models import load_network
from models.scenes import load_script
from models.scenes.path import fixed_view
from models.scenes.sensor import Sensor
from models.scenes.stage import Stage
from models.scenes.world import World
from streams import Detection, Image

SIZE = (1280, 720)
SCRIPT = load_script(Path(__file__).parents[2] / "configs" / "scenes" / "corner.yaml")
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
OPEN = range(1, 9)
LOOKS = 40


def dirty(image: Image) -> Image:
    """Dried drops all over the lens: a veil, and what is behind it soft."""
    return (0.65 * cv2.GaussianBlur(image, (0, 0), 3.0) + 0.35 * 150).astype(np.uint8)


@pytest.fixture(scope="module")
def seen() -> dict[str, list[list[Detection]]]:
    """What the network sees in the street, second by second, through a clean lens and through a dirty one."""
    network = load_network()
    stage = Stage(World(SCRIPT, 1, 60.0), fixed_view(SCRIPT.cameras[0], SIZE))
    sensor = Sensor(SCRIPT.weather, SIZE, 5)
    exposed = [sensor.expose(stage.frame(float(second))[0], second) for second in range(0, 60, 4)]
    pictures = [np.asarray(cv2.cvtColor(one, cv2.COLOR_YUV2BGR_I420), np.uint8) for one in exposed]
    return {
        "clean": [network.detect([picture])[0] for picture in pictures],
        "dirty": [network.detect([dirty(picture)])[0] for picture in pictures],
    }


def watch(seen: dict[str, list[list[Detection]]], days: int, dirty_from: int, seed: int) -> list[tuple[int, int]]:
    """(day, kinds and figures in alarm) at the end of each day; each day is busier or quieter than the last."""
    rng = np.random.default_rng(seed)
    drift = DriftWatch(DriftRules(least_looks=LOOKS - 1))
    told = []
    for day in range(days):
        looks = seen["dirty" if day >= dirty_from else "clean"]
        busy = min(1.0, float(rng.lognormal(-0.2, 0.15)))
        for hour in OPEN:
            for look in range(LOOKS):
                at = MONDAY + timedelta(days=day, hours=hour, seconds=80 * look)
                one = looks[int(rng.integers(len(looks)))]
                drift.note(at, [found for found in one if rng.random() < busy], carried=False)
        told.append((day, len(drift.drifts)))
    return told


def test_the_network_sees_less_through_a_dirty_lens(seen: dict[str, list[list[Detection]]]) -> None:
    clean, through_dirt = (sum(len(look) for look in seen[lens]) for lens in ("clean", "dirty"))
    assert through_dirt < 0.8 * clean


@pytest.mark.parametrize("seed", [1, 2])
def test_a_lens_that_goes_dirty_is_told_within_six_days_and_a_clean_one_never(
    seen: dict[str, list[list[Detection]]], seed: int
) -> None:
    told = watch(seen, 30, 24, seed)
    assert [day for day, alarms in told if alarms and day < 24] == []
    assert any(alarms for day, alarms in told if day >= 24)
