"""A brush that paints walls in metres: x from the left end of the row, z from the ground."""

import cv2
import numpy as np

from models.scenes.mesh import Colour, Image

HEIGHT_M = 13.0


class Brush:
    """Paints in metres on picture and glow: x from the left end, z from the ground."""

    def __init__(self, image: Image, glow: Image, scale: float) -> None:
        self.image, self.glow, self.scale = image, glow, scale

    def _px(self, x: float, z: float) -> tuple[int, int]:
        return round(x * self.scale), round((HEIGHT_M - z) * self.scale)

    def rect(self, x0: float, z0: float, x1: float, z1: float, colour: Colour, glow: Colour | None = None) -> None:
        a, b = self._px(x0, z1), self._px(x1, z0)
        b = (max(b[0] - 1, a[0]), max(b[1] - 1, a[1]))
        cv2.rectangle(self.image, a, b, colour, -1)
        if glow is not None:
            cv2.rectangle(self.glow, a, b, glow, -1)

    def fade(self, x0: float, z0: float, x1: float, z1: float, top: Colour, low: Colour, strength: float = 1.0) -> None:
        """A vertical gradient, laid over what is there by `strength`."""
        (a, t), (b, u) = self._px(x0, z1), self._px(x1, z0)
        if b > a and u > t:
            k = np.linspace(0, 1, u - t)[:, None, None]
            new = np.array(top) * (1 - k) + np.array(low) * k
            part = self.image[t:u, a:b]
            part[:] = new * strength + part * (1 - strength)

    def darken(self, x0: float, z0: float, x1: float, z1: float, top: float, low: float) -> None:
        """Multiply by a vertical gradient of gains."""
        (a, t), (b, u) = self._px(x0, z1), self._px(x1, z0)
        if b > a and u > t:
            part = self.image[t:u, a:b]
            part[:] = part * np.linspace(top, low, u - t)[:, None, None]

    def dot(self, x: float, z: float, radius: float, colour: Colour) -> None:
        cv2.circle(self.image, self._px(x, z), max(1, round(radius * self.scale)), colour, -1, cv2.LINE_AA)

    def line(self, x0: float, z0: float, x1: float, z1: float, colour: Colour, thick_m: float = 0.03) -> None:
        cv2.line(
            self.image, self._px(x0, z0), self._px(x1, z1), colour, max(1, round(thick_m * self.scale)), cv2.LINE_AA
        )

    def put(self, x0: float, z0: float, x1: float, z1: float, picture: Image, glow: float) -> None:
        (a, t), (b, u) = self._px(x0, z1), self._px(x1, z0)
        a, t, b, u = max(a, 0), max(t, 0), min(b, self.image.shape[1]), min(u, self.image.shape[0])
        if b - a < 2 or u - t < 2:
            return
        part = np.asarray(cv2.resize(picture, (b - a, u - t), interpolation=cv2.INTER_AREA))
        self.image[t:u, a:b] = part
        self.glow[t:u, a:b] = cv2.convertScaleAbs(part, alpha=glow)


def dim(colour: Colour, k: float) -> Colour:
    return (min(colour[0] * k, 255), min(colour[1] * k, 255), min(colour[2] * k, 255))
