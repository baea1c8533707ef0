"""What a calibration states is what it misses by, over many synthetic cameras (see `benchmarks.geofence_parts`)."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.geofence_parts.calibrated import held


@pytest.mark.parametrize(
    ("points", "k1"), [(8, 0.0), (5, 0.0), (12, -0.12)], ids=["eight points", "five points", "a lens that distorts"]
)
def test_the_stated_95_percent_ellipse_holds_the_truth_in_93_to_98_percent_of_draws(points: int, k1: float) -> None:
    found = held(seed=3, cameras=8, draws=30, points=points, k1=k1)
    assert found.draws > 600
    assert 0.93 <= found.share <= 0.98
    assert float(np.median(found.areas)) <= 1.5
