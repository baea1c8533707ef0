"""Radial distortion of a lens by one coefficient (Brown 1971): what a straight line bends by towards the corners.

At a distance r from the optical axis, in focal lengths, a point appears at r (1 + k1 r^2): k1 < 0 is a barrel, as wide
lenses draw. Pixels are relative to the picture's centre here.
"""

from __future__ import annotations

import numpy as np

from geofence.coordinates import Floats

_ROUNDS = 12


def distort(px: Floats, f_px: float, k1: float) -> Floats:
    """(..., 2) pixels off the centre of a lens without distortion to where this one draws them; NaN where it draws no
    such point (beyond the turning point of a barrel)."""
    square = np.sum(np.square(px / f_px), axis=-1, keepdims=True)
    drawn: Floats = np.where(1.0 + 3.0 * k1 * square > 0, px * (1.0 + k1 * square), np.nan)
    return drawn


def straighten(px: Floats, f_px: float, k1: float) -> Floats:
    """(..., 2) pixels off the centre to where a lens without distortion would draw them; NaN where none comes from."""
    drawn = np.linalg.norm(px, axis=-1, keepdims=True) / f_px
    radius = drawn.copy()
    with np.errstate(all="ignore"):
        for _ in range(_ROUNDS):  # Newton on r (1 + k1 r^2) = drawn
            radius = radius - (radius * (1.0 + k1 * radius**2) - drawn) / (1.0 + 3.0 * k1 * radius**2)
        off = np.abs(radius * (1.0 + k1 * radius**2) - drawn)
        good = (off < 1e-9 * (1.0 + drawn)) & (1.0 + 3.0 * k1 * radius**2 > 0) & (radius >= 0)
        scale = np.where(drawn > 1e-12, radius / np.where(drawn > 1e-12, drawn, 1.0), 1.0)
    straight: Floats = np.where(good, px * scale, np.nan)
    return straight
