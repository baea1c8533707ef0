"""What stands still before a camera: its reference picture, and how a later picture lies against it.

Places of the reference are looked for near by, each by normalised cross-correlation (Lewis, Fast Normalized
Cross-Correlation, 1995), which light and contrast do not touch; what stands agrees on one similarity (RANSAC), what
moves or stands in front does not. Only where too few agree are features matched over the whole picture (SIFT, Lowe
2004, with Lowe's ratio test, and a RANSAC homography).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from streams.detection import Image
from streams.frame import Frame

Floats = NDArray[np.float64]
WIDTH_PX = 480
"""Pictures are laid against each other at this width [given]."""
PLACES = 48
"""The most places of the reference that are looked for [given]."""
GRID = (8, 6)
"""Columns and rows of the picture; each lends at most one place, so that they lie all over it [given]."""
RADIUS_PX = 8
SEARCH_PX = 6
"""Half the edge of a place, and how far around it is looked for, at `WIDTH_PX` [given]."""
LIKE = 0.6
"""A place is found where the correlation is at least this [given]."""
AGREE_PX = 1.0
"""A place agrees when the common placement misses it by at most this, at `WIDTH_PX` [given]."""
FEWEST = 10
SHARE = 0.5
ELSEWHERE = 4
"""Places that must agree: at least, as a share of those found, and outside the two rows of the grid that have most of
them: what is written into every picture (clock, name) agrees wherever the camera looks [given]."""
FEATURES = 600
RATIO = 0.75
WIDE_FEWEST = 18
WIDE_SHARE = 0.35
WIDE_PX = 3.0
"""Features a picture, ratio test, and agreement of those matched over the whole picture [given]."""
EDGE_LEVELS = 10
"""Neighbouring pixels that differ by more grey levels are an edge [given]."""
COARSE = 4
TILES = (12, 8)
TILE_LEVELS = 2.0
FEWEST_TILES = 6
"""Coarse detail is seen at this part of the width; columns and rows in which sharpness is compared, the detail that a
tile must have in the reference, and how many such tiles there must be [given]."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How a picture lies against its reference: `rows` is the (3, 3) homography from pixels of the reference to pixels
    of the picture, both at the scale of `size` (width, height)."""

    rows: tuple[tuple[float, float, float], ...]
    size: tuple[int, int]

    @classmethod
    def of(cls, matrix: ArrayLike, size: tuple[int, int]) -> Placement:
        whole = np.vstack([np.asarray(matrix, float), [0.0, 0.0, 1.0]]) if np.shape(matrix) == (2, 3) else matrix
        scaled = np.asarray(whole, float) / np.asarray(whole, float)[2, 2]
        a, b, c = (tuple(float(value) for value in row) for row in scaled)
        return cls((a, b, c), size)  # type: ignore[arg-type]

    def now(self, px: ArrayLike, size: tuple[int, int]) -> Floats:
        """(n, 2) pixels of the reference, at the scale of `size`, to where they are now at the same scale."""
        points = np.asarray(px, dtype=np.float64).reshape(-1, 2)
        by = np.array([self.size[0] / size[0], self.size[1] / size[1]])
        moved = np.column_stack([points * by, np.ones(len(points))]) @ np.array(self.rows).T
        found: Floats = moved[:, :2] / moved[:, 2:] / by
        return found

    def then(self, later: Placement) -> Placement:
        """This placement and, from there, another of the same size."""
        return Placement.of(np.array(later.rows) @ np.array(self.rows), self.size)

    def farthest_px(self, size: tuple[int, int]) -> float:
        """The longest way that anything has gone, middle and corners asked, in pixels of a picture of `size`."""
        asked = [(x * size[0], y * size[1]) for x in (0.0, 0.5, 1.0) for y in (0.0, 0.5, 1.0)]
        return float(np.hypot(*(self.now(asked, size) - np.array(asked)).T).max())

    @property
    def scale(self) -> float:
        """How much larger things are than in the reference."""
        (a, b, _), (c, d, _) = self.rows[:2]
        return math.sqrt(abs(a * d - b * c))


@dataclass(frozen=True, slots=True)
class View:
    """A picture as it is laid against a reference: `grey` is (height, `WIDTH_PX`) uint8."""

    grey: Image

    @classmethod
    def of(cls, frame: Frame) -> View:
        """Of a frame; its shape is kept."""
        return cls(frame.grey(_working(frame.size)))

    @classmethod
    def of_grey(cls, grey: Image) -> View:
        """Of a grey picture (height, width) uint8 of any size."""
        size = _working((grey.shape[1], grey.shape[0]))
        return cls(np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.grey.shape[1], self.grey.shape[0]

    @property
    def brightness(self) -> float:
        """Mean grey level."""
        return float(self.grey.mean())

    @property
    def structure(self) -> float:
        """Share of the picture that is edge."""
        across = cv2.absdiff(self.grey[1:, 1:], self.grey[1:, :-1])
        down = cv2.absdiff(self.grey[1:, 1:], self.grey[:-1, 1:])
        return float(np.count_nonzero(cv2.max(across, down) > EDGE_LEVELS)) / across.size

    @property
    def detail(self) -> tuple[Floats, Floats]:
        """Fine and coarse detail by tile: mean second differences of the picture, and of it at a `COARSE`th."""
        size = (self.size[0] // COARSE, self.size[1] // COARSE)
        return _tiles(self.grey), _tiles(np.asarray(cv2.resize(self.grey, size, interpolation=cv2.INTER_AREA)))


@dataclass(frozen=True, slots=True)
class Laid:
    """What came of laying a picture against a reference: where it lies, None where nothing agrees; which places of the
    reference agree (n,)."""

    placement: Placement | None
    agree: NDArray[np.bool_]


class Reference:
    """A picture of what stands still, with the places that later pictures are looked through for."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.points = _places(view.grey)
        self._patches = [_cut(view.grey, x, y, RADIUS_PX) for x, y in self.points]

    @property
    def usable(self) -> bool:
        """Whether there is enough to see in it."""
        return len(self.points) >= 2 * FEWEST

    def near(self, view: View) -> Laid:
        """Lay a picture that is at most some pixels off."""
        found, score = self._look_around(self._fit(view).grey)
        here = np.flatnonzero(score >= LIKE)
        agree = np.zeros(len(self.points), bool)
        if len(here) < FEWEST:
            return Laid(None, agree)
        matrix, inside = cv2.estimateAffinePartial2D(
            self.points[here], found[here], method=cv2.RANSAC, ransacReprojThreshold=AGREE_PX, maxIters=300
        )
        if matrix is None:
            return Laid(None, agree)
        agree[here] = inside.ravel().astype(bool)
        if agree.sum() < max(FEWEST, SHARE * len(here)) or not self._spread(agree):
            return Laid(None, np.zeros(len(self.points), bool))
        return Laid(Placement.of(matrix, self.view.size), agree)

    def wide(self, view: View) -> Placement | None:
        """Lay a picture that may be turned, tilted or zoomed a good deal; None where it is not the same scene."""
        mine, theirs = self._features, _features(self._fit(view).grey)
        if mine[1] is None or theirs[1] is None or min(len(mine[0]), len(theirs[0])) < WIDE_FEWEST:
            return None
        pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(mine[1], theirs[1], k=2)
        good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < RATIO * pair[1].distance]
        if len(good) < WIDE_FEWEST:
            return None
        before = np.array([mine[0][match.queryIdx] for match in good])
        after = np.array([theirs[0][match.trainIdx] for match in good])
        matrix, inside = cv2.findHomography(before, after, cv2.RANSAC, WIDE_PX, maxIters=1000)
        if matrix is None or inside.sum() < max(WIDE_FEWEST, WIDE_SHARE * len(good)):
            return None
        placement = Placement.of(matrix, self.view.size)
        return placement if 0.25 < placement.scale < 4.0 else None

    def sharpness(self, view: View) -> float | None:
        """Fine against coarse detail, as a share of the reference's: blur takes the fine first, light, fog and distance
        of the sun take both. None where too little of the reference has any."""
        (fine, coarse), (fine_0, coarse_0) = self._fit(view).detail, self._detail
        there = (coarse_0 >= TILE_LEVELS) & (fine_0 > 0)
        if np.count_nonzero(there) < FEWEST_TILES:
            return None
        now = fine[there] / np.maximum(coarse[there], TILE_LEVELS / 4)
        return float(np.median(now * coarse_0[there] / fine_0[there]))

    def _fit(self, view: View) -> View:
        """A picture in the reference's own shape: a camera may come back with another."""
        if view.size == self.view.size:
            return view
        return View(np.asarray(cv2.resize(view.grey, self.view.size, interpolation=cv2.INTER_AREA), np.uint8))

    def _spread(self, agree: NDArray[np.bool_]) -> bool:
        """Whether what agrees is more than what may be written across the picture."""
        rows = (self.points[agree][:, 1] * GRID[1] / self.view.size[1]).astype(int)
        return int(np.sort(np.bincount(rows, minlength=GRID[1]))[:-2].sum()) >= ELSEWHERE

    def _look_around(self, grey: Image) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where each place is now (n, 2), and how like it is; one at the edge of the search is not found."""
        found = self.points.copy()
        score = np.zeros(len(self.points), np.float32)
        reach = RADIUS_PX + SEARCH_PX
        for index, ((x, y), patch) in enumerate(zip(self.points.astype(int), self._patches, strict=True)):
            likeness = cv2.matchTemplate(_cut(grey, x, y, reach), patch, cv2.TM_CCOEFF_NORMED)
            _, best, _, (column, row) = cv2.minMaxLoc(likeness)
            if best < LIKE or not (0 < column < 2 * SEARCH_PX and 0 < row < 2 * SEARCH_PX):
                continue
            found[index] += (
                column - SEARCH_PX + _peak(likeness[row, column - 1 : column + 2]),
                row - SEARCH_PX + _peak(likeness[row - 1 : row + 2, column]),
            )
            score[index] = best
        return found, score

    @cached_property
    def _features(self) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        return _features(self.view.grey)

    @cached_property
    def _detail(self) -> tuple[Floats, Floats]:
        return self.view.detail


def _places(grey: Image) -> NDArray[np.float32]:
    """(n, 2) corners, the strongest of each cell of the grid, none too near to the border to be searched around."""
    strength = cv2.cornerMinEigenVal(cv2.blur(grey, (3, 3)), 5)
    margin = RADIUS_PX + SEARCH_PX
    height, width = grey.shape
    found = []
    for row in range(GRID[1]):
        for column in range(GRID[0]):
            x0, x1 = (max(margin, width * k // GRID[0]) for k in (column, column + 1))
            y0, y1 = (max(margin, height * k // GRID[1]) for k in (row, row + 1))
            cell = strength[y0 : min(y1, height - margin), x0 : min(x1, width - margin)]
            if cell.size:
                y, x = np.unravel_index(int(cell.argmax()), cell.shape)
                found.append((float(cell[y, x]), x0 + x, y0 + y))
    best = sorted(found, reverse=True)[:PLACES]
    textured = [(x, y) for value, x, y in best if _cut(grey, x, y, RADIUS_PX).std() >= TILE_LEVELS and value > 0]
    return np.array(textured, np.float32).reshape(-1, 2)


def _cut(image: Image, x: float, y: float, radius: int) -> Image:
    left, top = int(x) - radius, int(y) - radius
    return image[top : top + 2 * radius + 1, left : left + 2 * radius + 1]


def _peak(three: NDArray[Any]) -> float:
    """Offset of a parabola's top from the middle of three values."""
    before, here, after = (float(value) for value in three)
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


def _features(grey: Image) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    points, described = cv2.SIFT.create(nfeatures=FEATURES).detectAndCompute(grey, None)
    places = np.array([point.pt for point in points], np.float32).reshape(-1, 2)
    return places, None if described is None else np.asarray(described, np.float32)


def _tiles(grey: Image) -> Floats:
    bent = np.abs(cv2.Laplacian(grey, cv2.CV_32F, ksize=1))
    return np.asarray(cv2.resize(bent, TILES, interpolation=cv2.INTER_AREA), np.float64)


def _working(size: tuple[int, int]) -> tuple[int, int]:
    return WIDTH_PX, max(1, round(WIDTH_PX * size[1] / size[0]))
