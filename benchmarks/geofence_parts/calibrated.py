"""Synthetic cameras, calibrated from clicks that miss by a known error: does the stated ellipse hold the truth?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.figure import Figure, wanted
from geofence import CameraPose
from geofence.camera import ELLIPSE_95
from geofence.posefit import fit_pose
from records import BadInput

SIZE = (1920, 1080)
SIGMA_PX = 1.0


@dataclass(frozen=True, slots=True)
class Held:
    """What came of many draws of many cameras.

    Args:
        shares: for each camera, the share of its draws whose stated 95 % ellipses hold the truth.
        areas: for each camera and asked pixel, the median stated area beside that of the ellipse of the misses.
        draws: ellipses looked at.
    """

    shares: tuple[float, ...]
    areas: tuple[float, ...]
    draws: int

    @property
    def share(self) -> float:
        """Over all cameras."""
        return float(np.mean(self.shares))


def a_camera(rng: Any, k1: float = 0.0) -> CameraPose:
    """A surveillance camera on a pole over a street."""
    pitch, f = rng.uniform(12, 40), rng.uniform(900, 2200)
    return CameraPose(
        *rng.uniform(-200, 200, 2), rng.uniform(3.5, 9), rng.uniform(0, 360), pitch, rng.uniform(-3, 3), f, SIZE,
        max_range_m=80.0, k1=k1,
    )  # fmt: skip


def control_pixels(rng: Any, truth: CameraPose, count: int) -> Any:
    """(n, 2) pixels all over the ground within range, one in each of `count` parts of it."""
    columns = int(np.ceil(np.sqrt(count * 1.6)))
    rows = int(np.ceil(count / columns))
    ys = np.linspace(0, SIZE[1] - 1, 200)
    seen = ys[np.isfinite(truth.ground(np.column_stack([np.full(200, SIZE[0] / 2), ys]))).all(axis=1)]
    top = float(seen.min()) + 0.06 * SIZE[1]
    cells = [(c, r) for r in range(rows) for c in range(columns)][:count]
    return np.array(
        [
            (
                (c + rng.uniform(0.1, 0.9)) / columns * SIZE[0],
                top + (r + rng.uniform(0.1, 0.9)) / rows * (SIZE[1] - 20 - top),
            )
            for c, r in cells
        ]
    )


def held(seed: int, cameras: int, draws: int, points: int = 8, k1: float = 0.0) -> Held:
    """Calibrate `cameras` synthetic cameras `draws` times each and ask of three pixels among the control points."""
    rng = np.random.default_rng(seed)
    shares, areas, looked = [], [], 0
    while len(shares) < cameras:
        truth = a_camera(rng, k1)
        px = control_pixels(rng, truth, points)
        xy = truth.ground(px)
        asked = np.array([px.mean(axis=0), *px[rng.integers(0, len(px), 2)]])
        there = truth.ground(asked)
        if not (np.isfinite(xy).all() and np.isfinite(there).all()):
            continue
        inside, stated, misses = [], [], []
        for _ in range(draws):
            try:
                pose = fit_pose(
                    xy, px + rng.normal(0, SIGMA_PX, px.shape), SIZE,
                    pixel_sigma_px=SIGMA_PX, max_range_m=200.0, distortion=bool(k1), leave_out=False,
                ).pose  # fmt: skip
            except BadInput:
                continue
            seen = asked + rng.normal(0, SIGMA_PX, asked.shape)
            spread, off = pose.ground_covariance(seen, SIGMA_PX), pose.ground(seen) - there
            if not np.isfinite(spread).all():
                continue
            within = np.einsum("ni,nij,nj->n", off, np.linalg.inv(spread), off) <= ELLIPSE_95**2
            inside.append(within.mean())
            stated.append(np.sqrt(np.linalg.det(spread)))
            misses.append(off)
        if len(inside) < 0.9 * draws:
            continue
        looked += 3 * len(inside)
        shares.append(float(np.mean(inside)))
        drawn = np.array(misses)
        for at in range(3):
            true_area = np.sqrt(np.linalg.det(np.cov(drawn[:, at].T)))
            areas.append(float(np.median(np.array(stated)[:, at]) / true_area))
    return Held(tuple(shares), tuple(areas), looked)


def calibration(cameras: int, draws: int) -> list[Figure]:
    """Figures of cameras with plain and with distorting lenses."""
    figures = []
    for name, k1, points in (("", 0.0, 8), (", 5 points", 0.0, 5), (", distorting lens", -0.12, 12)):
        found = held(17, cameras, draws, points, k1)
        share, area = found.share * 100, float(np.median(found.areas))
        figures += [
            wanted(f"truth in the stated 95 % ellipse{name}, at least", share, "%", least=93.0),
            wanted(f"truth in the stated 95 % ellipse{name}, at most", share, "%", most=98.0),
            wanted(f"stated area beside the misses'{name}, median", area, "ratio", most=1.5),
        ]
    return figures
