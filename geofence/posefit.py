"""The camera that fits a set of ground control points best, and how well.

A homography by the normalised DLT (Hartley and Zisserman, Multiple View Geometry, alg. 4.2) starts a least-squares
fit (Levenberg-Marquardt) of the camera's position, angles and focal length to the clicked pixels. The inverse of the
fit's normal matrix is the covariance that every ground point's accuracy comes from. No outlier is dropped in
silence: a control point that does not fit refuses the calibration and is named.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from geofence.camera import CameraPose, angles, ground_homography
from geofence.coordinates import Floats
from geofence.lens import distort, straighten
from records import BadInput

# Residual (root mean square over both axes) that a good set of clicks stays under, as a share of the picture's width.
_RESIDUAL_SHARE = 0.004
# Control points whose spread across their longest direction is less than this share of their length are a line.
_FLATNESS = 0.01
# Eight parameters, and something left over to check them by.
_FEWEST_FOR_LENS = 6
# Counted as missed by so much where the lens of a trial draws no such point.
_NOWHERE_PX = 1e4
# One sigma of what k1 surveillance lenses have, which holds it where the points cannot tell [given].
_K1_SIGMA = 0.3
_HINT_MORE = "click at least four points that are spread over the ground in both directions"


@dataclass(frozen=True, slots=True)
class PoseFit:
    """A fitted pose with its quality.

    Args:
        pose: the camera, with the covariance of its parameters.
        residuals_px: (n,) distance of each clicked pixel from where the pose puts its point.
        residual_px: root mean square of those.
        left_out_m: (n,) metres between each point and where a fit without it puts its pixel; none where there are
            only four points, or where a fit without one fails.
    """

    pose: CameraPose
    residuals_px: tuple[float, ...]
    residual_px: float
    left_out_m: tuple[float, ...] | None


def fit_pose(
    xy: Floats,
    px: Floats,
    image_size: tuple[int, int],
    *,
    pixel_sigma_px: float,
    max_range_m: float,
    distortion: bool = False,
    leave_out: bool = True,
) -> PoseFit:
    """Fit a camera to (n, 2) ground metres and their (n, 2) pixels, with `distortion` its lens's too.

    `leave_out` False spares the fits without each point; a point that does not fit is then named by its residual.

    Raises:
        BadInput: E_CALIBRATION for fewer than four points, points on a line, points that lie mirrored, or residuals
            that no careful clicking leaves.
    """
    _check_spread(xy, px)
    if distortion and len(xy) < _FEWEST_FOR_LENS:
        message = f"{len(xy)} control points are too few for the lens's distortion, which needs {_FEWEST_FOR_LENS}"
        raise BadInput("E_CALIBRATION", message, "click more points, some of them near the picture's corners")
    starts = _starts(homography(xy, px), xy, image_size)
    if distortion:
        starts = [np.append(start, 0.0) for start in starts]
    parameters, covariance, errors = _solve(xy, px, image_size, pixel_sigma_px, starts)
    rms = math.sqrt(float(np.mean(errors**2)))
    residuals = np.hypot(errors[:, 0], errors[:, 1])
    limit = max(_RESIDUAL_SHARE * image_size[0], 3 * pixel_sigma_px)
    left_out = _leave_one_out(xy, px, image_size, pixel_sigma_px, parameters) if leave_out and len(xy) > 4 else None
    if rms > limit:
        worst = int(np.argmax(residuals)) if left_out is None else int(np.argmin(left_out[1]))
        raise BadInput(
            "E_CALIBRATION",
            f"the control points miss the camera by {rms:.1f} px (at most {limit:.1f}); point {worst + 1} fits worst",
            "correct or remove that point",
        )
    pose = CameraPose.from_parameters(parameters, image_size, covariance, max_range_m)
    beyond = np.isnan(pose.ground(px)).any(axis=1)
    if beyond.any():
        raise BadInput(
            "E_CALIBRATION",
            f"control point {int(np.argmax(beyond)) + 1} is above the horizon or beyond {max_range_m:g} m",
            "use points nearer to the camera",
        )
    return PoseFit(
        pose,
        tuple(float(r) for r in residuals),
        rms,
        None if left_out is None else tuple(float(m) for m in left_out[0]),
    )


def _check_spread(xy: Floats, px: Floats) -> None:
    if len(xy) < 4:
        raise BadInput("E_CALIBRATION", f"{len(xy)} control points are too few", _HINT_MORE)
    if not (np.isfinite(xy).all() and np.isfinite(px).all()):
        raise BadInput("E_CALIBRATION", "a control point is not a finite number", "give numbers")
    for points, where in ((xy, "on the map"), (px, "in the picture")):
        spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
        if spread[1] <= _FLATNESS * spread[0]:
            raise BadInput("E_CALIBRATION", f"the control points lie on one line {where}", _HINT_MORE)


def _solve(
    xy: Floats, px: Floats, image_size: tuple[int, int], sigma: float, starts: Sequence[Floats]
) -> tuple[Floats, Floats, Floats]:
    """(7 or 8,) parameters, their covariance and (n, 2) pixel errors of the best pose found from the starts."""
    homogeneous = np.column_stack([xy, np.ones(len(xy))])
    centre = np.array(image_size) / 2
    good_enough = (3 * sigma) ** 2 * len(xy)

    def errors(parameters: Floats) -> Floats:
        seen = homogeneous @ ground_homography(parameters, image_size).T
        depth = np.where(np.abs(seen[:, 2:]) > 1e-9, seen[:, 2:], 1e-9)
        if len(parameters) == 7:
            return np.asarray(seen[:, :2] / depth - px, dtype=np.float64).ravel()
        drawn = distort(seen[:, :2] / depth - centre, float(parameters[6]), float(parameters[7])) + centre
        off = np.where(np.isnan(drawn), _NOWHERE_PX, drawn - px)
        return np.append(off.ravel(), parameters[7] / _K1_SIGMA * sigma)

    best, least = None, math.inf
    for start in starts:
        found = _least_squares(errors, start)
        cost = float(np.sum(errors(found) ** 2))
        if found[2] > 0 and cost < least:
            best, least = found, cost
        if least < good_enough:
            break
    if best is None:
        raise BadInput(
            "E_CALIBRATION",
            "the control points show the ground mirrored or from below",
            "check that pixels are (x, y) from the top left and places longitude first",
        )
    left = errors(best)
    slope = _slope(errors, best)
    freedom = len(left) - len(best)
    off = left[: 2 * len(xy)].reshape(-1, 2)
    # Few points fit better than they are: the clicks' own error is the least that is believed.
    variance = max(sigma**2, float(left @ left) / freedom)
    covariance = np.linalg.pinv(slope.T @ slope, rcond=1e-14, hermitian=True) * variance
    return best, covariance.astype(np.float64), off


def homography(xy: Floats, px: Floats) -> Floats:
    """(3, 3) from ground metres to pixels by the normalised DLT, for (n >= 4, 2) points.

    Raises:
        BadInput: E_CALIBRATION when three of four points on a line leave it undetermined.
    """
    to_unit_ground, to_unit_pixel = _normaliser(xy), _normaliser(px)
    a = np.column_stack([xy, np.ones(len(xy))]) @ to_unit_ground.T
    b = np.column_stack([px, np.ones(len(px))]) @ to_unit_pixel.T
    zeros = np.zeros_like(a)
    rows = np.concatenate([np.hstack([a, zeros, -b[:, :1] * a]), np.hstack([zeros, a, -b[:, 1:2] * a])], axis=0)
    _, sizes, vectors = np.linalg.svd(rows)
    unit = vectors[-1].reshape(3, 3)
    shape = np.linalg.svd(unit, compute_uv=False)
    if sizes[7] < 1e-4 * sizes[0] or shape[2] < 1e-6 * shape[0]:
        raise BadInput("E_CALIBRATION", "too many control points lie on one line", _HINT_MORE)
    mapped: Floats = np.linalg.inv(to_unit_pixel) @ unit @ to_unit_ground
    return mapped


def _normaliser(points: Floats) -> Floats:
    """(3, 3) that moves points to mean 0 and mean distance sqrt(2)."""
    mean = points.mean(axis=0)
    scale = math.sqrt(2) / float(np.mean(np.linalg.norm(points - mean, axis=1)))
    return np.array([[scale, 0, -scale * mean[0]], [0, scale, -scale * mean[1]], [0, 0, 1.0]])


def _starts(mapped: Floats, xy: Floats, image_size: tuple[int, int]) -> list[Floats]:
    """(7,) starting poses: the homography decomposed with its own focal length and with some usual ones."""
    width, height = image_size
    central = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1.0]]) @ mapped
    c1, c2 = central[:, 0], central[:, 1]
    # Columns 1 and 2 of the rotation are orthogonal and equally long: two equations for 1/f^2.
    left = np.array([c1[0] * c2[0] + c1[1] * c2[1], c1[0] ** 2 + c1[1] ** 2 - c2[0] ** 2 - c2[1] ** 2])
    right = np.array([-c1[2] * c2[2], c2[2] ** 2 - c1[2] ** 2])
    inverse_square = float(left @ right) / max(float(left @ left), 1e-300)
    lengths = [width * share for share in (0.6, 1.0, 1.7)]
    if inverse_square > 0 and width * 0.2 < inverse_square**-0.5 < width * 20:
        lengths.insert(0, inverse_square**-0.5)
    middle = np.array([*xy.mean(axis=0), 1.0])
    starts = []
    for f in lengths:
        columns = np.diag([1 / f, 1 / f, 1.0]) @ central
        columns *= math.copysign(1.0, float(columns[2] @ middle))  # the points lie in front of the camera
        columns /= math.sqrt(float(np.linalg.norm(columns[:, 0]) * np.linalg.norm(columns[:, 1])))
        turn = np.column_stack([columns[:, 0], columns[:, 1], np.cross(columns[:, 0], columns[:, 1])])
        u, _, vt = np.linalg.svd(turn)
        turn = u @ vt
        starts.append(np.array([*(-turn.T @ columns[:, 2]), *angles(turn), f]))
    return starts


def _least_squares(errors: Callable[[Floats], Floats], start: Floats) -> Floats:
    """Levenberg-Marquardt from a (7 or 8,) start; ends when a step gains less than a part in 10^12."""
    best, damping, left = start, 1e-3, errors(start)
    cost, slope = float(left @ left), _slope(errors, start)
    for _ in range(200):
        normal = slope.T @ slope
        scale = np.diag(np.diag(normal) + 1e-12)
        trial = best + np.linalg.solve(normal + damping * scale, -slope.T @ left)
        off = errors(trial)
        gained = cost - float(off @ off) if trial[6] > 1.0 else -1.0
        if gained > 0:
            best, left, cost, damping = trial, off, cost - gained, max(damping / 10, 1e-12)
            if gained < 1e-12 * (cost + 1e-12):
                break
            slope = _slope(errors, best)
        else:
            damping *= 10
            if damping > 1e6:
                break
    return best


def _slope(errors: Callable[[Floats], Floats], at: Floats) -> Floats:
    """(m, 7 or 8) derivative of the pixel errors by central differences."""
    steps = np.array([1e-4, 1e-4, 1e-4, 1e-6, 1e-6, 1e-6, 1e-2, 1e-5])[: len(at)]
    columns = [(errors(at + s) - errors(at - s)) / (2 * s.sum()) for s in np.diag(steps)]
    return np.column_stack(columns)


def _leave_one_out(
    xy: Floats, px: Floats, image_size: tuple[int, int], sigma: float, start: Floats
) -> tuple[Floats, Floats] | None:
    """For a fit without each point: (n,) metres by which it misses that point, (n,) pixels squared left in the others.

    None when the rest cannot carry a fit.
    """
    missed, left, centre = [], [], np.array(image_size) / 2
    for index in range(len(xy)):
        rest = np.arange(len(xy)) != index
        try:
            _check_spread(xy[rest], px[rest])
            homography(xy[rest], px[rest])  # refuses a rest that determines nothing
            parameters, _, errors = _solve(xy[rest], px[rest], image_size, sigma, [start])
        except BadInput:
            return None
        straight = px[index] - centre
        straight = straighten(straight, float(parameters[6]), float(parameters[7])) if len(start) > 7 else straight
        back = np.linalg.inv(ground_homography(parameters, image_size)) @ np.array([*(straight + centre), 1.0])
        missed.append(float(np.linalg.norm(back[:2] / back[2] - xy[index])))
        left.append(float(np.sum(errors**2)))
    return (np.array(missed), np.array(left)) if np.isfinite(missed).all() else None
