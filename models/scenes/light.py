"""What the light does to a surface: day, dusk, overcast, rain."""

from dataclasses import dataclass, replace
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Light:
    """Ambient and sun as BGR gains; `toward` points at the sun in the street frame.

    `shadow` is how dark a cast shadow is (0 none), `sharp` whether it has a shape, `glow` how bright a
    lit sign or window is beside its daylight colour.
    """

    ambient: Floats
    sun: Floats
    toward: Floats
    shadow: float
    sharp: bool
    glow: float
    sky_top: tuple[float, float, float]
    sky_low: tuple[float, float, float]
    wet: float = 0.0

    def turned(self, heading_deg: float) -> "Light":
        """The same light seen from a model turned by `heading_deg`."""
        a = radians(-heading_deg)
        x, y, z = self.toward
        return replace(self, toward=np.array([x * cos(a) - y * sin(a), x * sin(a) + y * cos(a), z]))

    def shade(self, normals: Floats) -> Floats:
        """(n, 3) unit normals to (n, 3) BGR gains (a zero normal gets the side gain)."""
        lit = np.clip(normals @ self.toward, 0.0, None)[:, None]
        sky = 0.5 + 0.5 * normals[:, 2:3]
        return np.asarray(self.ambient * (0.68 + 0.42 * sky) + self.sun * lit)

    @property
    def side(self) -> Floats:
        """Gain of a round or upright thing."""
        return np.asarray(self.ambient * 0.9 + self.sun * 0.5)

    @property
    def up(self) -> Floats:
        """Gain of the open ground."""
        return np.asarray(self.ambient * 1.1 + self.sun * max(float(self.toward[2]), 0.0))


def make_light(kind: str, sun_azimuth_deg: float = 60.0, sun_elevation_deg: float = 38.0, rain: float = 0.0) -> Light:
    """`kind`: day, overcast, shade, dusk. Azimuth counter-clockwise from the street's +x."""
    a, e = radians(sun_azimuth_deg), radians(sun_elevation_deg)
    toward = np.array([cos(a) * cos(e), sin(a) * cos(e), sin(e)])
    table = {
        "day": ((0.74, 0.70, 0.67), (0.50, 0.60, 0.66), 0.45, True, 0.9, (232, 196, 150), (244, 234, 220)),
        "overcast": ((1.04, 1.03, 1.02), (0.08, 0.08, 0.08), 0.34, False, 0.95, (226, 222, 218), (236, 234, 232)),
        "shade": ((1.04, 0.99, 0.95), (0.06, 0.07, 0.08), 0.36, False, 0.95, (232, 200, 160), (242, 232, 218)),
        "dusk": ((0.60, 0.50, 0.45), (0.05, 0.07, 0.09), 0.30, False, 1.05, (130, 92, 70), (132, 138, 184)),
    }
    ambient, sun, shadow, sharp, glow, top, low = table[kind]
    wet = min(rain, 1.0)
    gain = 1.0 - 0.12 * wet
    return Light(
        np.array(ambient) * gain, np.array(sun) * (1 - 0.8 * wet), toward, shadow * (1 - 0.5 * wet), sharp and not wet,
        glow, top, low, wet,
    )  # fmt: skip
