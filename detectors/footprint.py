"""From boxes in a picture to rectangles on the ground.

A thing is taken for an upright cuboid that stands on flat ground, its sides along and across the street. Its box gives
up to four measurements (left, right, top, bottom edge), its kind gives a usual size with a spread. The most likely
cuboid (maximum a posteriori, Gauss-Newton on all boxes of a frame at once) places the thing, and the inverse of the
normal matrix says how well: along the sight line a box tells little, across it much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence import GroundView
from streams import ObjectKind

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Size:
    """Usual metres along the street, across it and up, and the spread of each as a share (one sigma of the log).

    `stands_on` is the share of its length on which it touches the ground: the wheels of a cart stand in from its ends.
    """

    along_m: float
    across_m: float
    height_m: float
    spread: float
    stands_on: float = 1.0


SIZES: dict[ObjectKind, Size] = {
    ObjectKind.PERSON: Size(0.5, 0.4, 1.7, 0.15),
    ObjectKind.BICYCLE: Size(1.2, 1.0, 1.05, 0.35),
    ObjectKind.MOTORCYCLE: Size(1.3, 1.0, 1.1, 0.35),
    ObjectKind.STALL: Size(1.8, 1.0, 2.0, 0.3, 0.7),
    ObjectKind.GOODS: Size(1.2, 0.7, 0.8, 0.4),
    ObjectKind.FURNITURE: Size(0.8, 0.7, 0.9, 0.35),
    ObjectKind.UMBRELLA: Size(2.2, 2.2, 2.3, 0.3),
    ObjectKind.VEHICLE: Size(4.5, 1.9, 1.7, 0.3),
    ObjectKind.SIGNBOARD: Size(0.8, 0.5, 1.2, 0.4),
}

_STEP_SIZES = np.array([1e-3, 1e-3, 1e-4, 1e-4, 1e-4])
# (5, 6): no step, then one along every unknown.
_STEPS = np.concatenate([np.zeros((5, 1)), np.diag(_STEP_SIZES)], axis=1)
_ROUNDS = 6
# A box edge is wrong by this many pixels and this share of the box (one sigma); an edge at the picture's border says
# nothing about where the thing ends.
EDGE_SIGMA_PX = 1.0
EDGE_SIGMA_SHARE = 0.012
_UNKNOWN_PX = 1e6
_BORDER_PX = 2.0


@dataclass(frozen=True, slots=True)
class Footprints:
    """Fitted cuboids of n boxes, in metres of the plane.

    centre (n, 2); axis (n, 2) unit vector along the street; size (n, 3) along, across, up; sigma (n, 2) one sigma of
    the centre along and across the street from the box alone; good (n,) False where no ground could be found.
    """

    centre: Floats
    axis: Floats
    size: Floats
    sigma: Floats
    good: NDArray[np.bool_]

    def corners(self) -> Floats:
        """(n, 4, 2) corners, counter-clockwise."""
        across = np.stack([-self.axis[:, 1], self.axis[:, 0]], axis=1)
        half = self.size[:, :2] / 2
        signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float64)
        along_part = signs[None, :, :1] * half[:, None, :1] * self.axis[:, None, :]
        across_part = signs[None, :, 1:] * half[:, None, 1:] * across[:, None, :]
        corners: Floats = self.centre[:, None, :] + along_part + across_part
        return corners


def edge_sigma_px(boxes: Floats) -> Floats:
    """(n,) expected error of a box's edges in pixels."""
    sizes = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    sigma: Floats = EDGE_SIGMA_PX + EDGE_SIGMA_SHARE * sizes
    return sigma


def touches_border(boxes: Floats, image_size: tuple[int, int]) -> NDArray[np.bool_]:
    """(n, 4) whether the left, top, right, bottom edge of a box lies at the picture's border."""
    width, height = image_size
    near = [boxes[:, 0] <= _BORDER_PX, boxes[:, 1] <= _BORDER_PX]
    far = [boxes[:, 2] >= width - _BORDER_PX, boxes[:, 3] >= height - _BORDER_PX]
    return np.stack(near + far, axis=1)


def fit_footprints(
    view: GroundView, boxes: Floats, kinds: list[ObjectKind], axes: Floats, image_size: tuple[int, int]
) -> Footprints:
    """Fit a cuboid to each of (n, 4) boxes (x1, y1, x2, y2 px) whose along-the-street direction is `axes` (n, 2)."""
    prior = np.array([[s.along_m, s.across_m, s.height_m] for s in (SIZES[kind] for kind in kinds)]).reshape(-1, 3)
    spread = np.array([SIZES[kind].spread for kind in kinds])
    base = np.array([SIZES[kind].stands_on for kind in kinds])
    sigma_px = np.where(touches_border(boxes, image_size), _UNKNOWN_PX, edge_sigma_px(boxes)[:, None])
    feet = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
    ground = view.ground(feet)
    good = np.asarray(np.isfinite(ground).all(axis=1), dtype=np.bool_)
    state = np.concatenate([np.nan_to_num(_behind(ground, view, prior)), np.log(prior)], axis=1)
    weight = np.concatenate([1 / sigma_px, np.repeat(1 / spread[:, None], 3, axis=1)], axis=1)
    normal = np.tile(np.eye(5), (len(boxes), 1, 1))
    slope = np.zeros((len(boxes), 7, 5))
    slope[:, [4, 5, 6], [2, 3, 4]] = 1.0  # of the usual size, which is measured as it is
    usual = np.log(prior)
    for _ in range(_ROUNDS):
        edges = _edges(view, state, axes, base)
        finite = np.isfinite(edges)
        if not finite.all():
            good &= finite.all(axis=(0, 2))
            edges = np.where(finite, edges, 0.0)
        slope[:, :4] = ((edges[1:] - edges[:1]) / _STEP_SIZES[:, None, None]).transpose(1, 2, 0)
        missing = np.concatenate([boxes - edges[0], usual - state[:, 2:]], axis=1)
        weighted = slope * weight[:, :, None]
        turned = weighted.transpose(0, 2, 1)
        # A box that shows no ground has no slope to follow; it only must not stop the others.
        normal = np.where(good[:, None, None], turned @ weighted, 0.0) + _LEAST * np.eye(5)
        step = np.linalg.solve(normal, (turned @ (missing * weight)[:, :, None]))[:, :, 0]
        state = state + np.where(good[:, None], np.clip(step, -_LIMITS, _LIMITS), 0.0)
    spread_of = np.linalg.inv(normal)
    centre = state[:, :2]
    across = np.stack([-axes[:, 1], axes[:, 0]], axis=1)
    sigma = np.sqrt(
        np.maximum(
            np.stack(
                [np.einsum("ni,nij,nj->n", axis, spread_of[:, :2, :2], axis) for axis in (axes, across)],
                axis=1,
            ),
            0.0,
        )
    )
    return Footprints(centre, axes, np.exp(state[:, 2:]), sigma, good)


_LIMITS = np.array([4.0, 4.0, 0.5, 0.5, 0.5])
"""Longest step of one round: metres, metres, logs of the three sizes."""


_LEAST = 1e-6
"""Added to the diagonal of the normal matrix: nothing against a real measurement, enough to keep it regular."""


def _behind(ground: Floats, view: GroundView, prior: Floats) -> Floats:
    """Centres of things whose nearest ground point is known: half their depth farther from the camera."""
    away = ground - np.asarray(view.camera_xy)
    reach = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
    centres: Floats = ground + away / reach * prior[:, 1:2] / 2
    return centres


# (8,) of each corner: half lengths along and across the street, heights.
_ALONG, _ACROSS, _UP = np.array([[a, b, c] for a in (-0.5, 0.5) for b in (-0.5, 0.5) for c in (0.0, 1.0)]).T


def _edges(view: GroundView, state: Floats, axes: Floats, base: Floats) -> Floats:
    """(6, n, 4) box edges of the cuboids of (n, 5) states and of each state one step along every unknown; (n,) `base`
    is the share of the length that stands on the ground."""
    moved = state.T[:, None, :] + _STEPS[:, :, None]
    along, across, up = np.exp(moved[2:])
    u, v = _ALONG[:, None, None] * along, _ACROSS[:, None, None] * across
    u = np.where(_UP[:, None, None] > 0, u, u * base)
    ax, ay = axes.T
    corners = np.empty((*u.shape, 3))
    corners[..., 0] = moved[0] + u * ax - v * ay
    corners[..., 1] = moved[1] + u * ay + v * ax
    corners[..., 2] = _UP[:, None, None] * up
    pixels = view.pixel(corners.reshape(-1, 3)).reshape((*corners.shape[:-1], 2))
    edges: Floats = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)], axis=-1)
    return edges
