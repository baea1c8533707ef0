"""Where a patrol vehicle is at a time, and where its camera looks."""

from bisect import bisect_right
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin

from models.scenes.script import FixedCamera, PatrolVehicle
from models.scenes.view import View


@dataclass(frozen=True, slots=True)
class Motion:
    """A vehicle at one time: place, heading (degrees counter-clockwise from +x), speed in m/s."""

    x: float
    y: float
    heading: float
    speed: float


class Drive:
    """The whole drive of a vehicle: its legs laid end to end in time."""

    def __init__(self, vehicle: PatrolVehicle) -> None:
        self.vehicle = vehicle
        self._points: list[tuple[float, float, float]] = [(0.0, vehicle.x, vehicle.y)]
        self._times: list[float] = []
        t, x, y = self._points[0]
        for leg in vehicle.legs:
            for nx, ny in leg.to:
                t += hypot(nx - x, ny - y) / leg.speed
                x, y = nx, ny
                self._points.append((t, x, y))
            if leg.stop_s > 0:
                t += leg.stop_s
                self._points.append((t, x, y))
        self._times = [p[0] for p in self._points]

    def at(self, t: float) -> Motion:
        """Where the vehicle is; before its start and after its last leg it stands."""
        k = bisect_right(self._times, t)
        if k <= 0 or k >= len(self._points):
            _, x, y = self._points[0 if k <= 0 else -1]
            return Motion(x, y, self._heading(k), 0.0)
        (ta, xa, ya), (tb, xb, yb) = self._points[k - 1], self._points[k]
        share = (t - ta) / max(tb - ta, 1e-9)
        length = hypot(xb - xa, yb - ya)
        return Motion(xa + (xb - xa) * share, ya + (yb - ya) * share, self._heading(k), length / max(tb - ta, 1e-9))

    def _heading(self, k: int) -> float:
        """Heading of the segment that ends at point k, or of the last one before it that moved."""
        for j in range(min(k, len(self._points) - 1), 0, -1):
            (_, xa, ya), (_, xb, yb) = self._points[j - 1], self._points[j]
            if (xa, ya) != (xb, yb):
                return degrees(atan2(yb - ya, xb - xa))
        return self.vehicle.heading

    def view(self, t: float, size: tuple[int, int]) -> View:
        """The camera's pose at a time, for pictures of `size`."""
        v, m = self.vehicle, self.at(t)
        a = radians(m.heading)
        x = m.x + v.mount_forward * cos(a) + v.mount_right * sin(a)
        y = m.y + v.mount_forward * sin(a) - v.mount_right * cos(a)
        return View(x, y, v.mount_height, m.heading - v.mount_yaw, v.mount_pitch, v.f * size[0] / 1280, size)


def fixed_view(camera: FixedCamera, size: tuple[int, int]) -> View:
    """The pose of a camera on a mast, for pictures of `size` (its `f` is said for 1280 wide)."""
    return View(camera.x, camera.y, camera.z, camera.yaw, camera.pitch, camera.f * size[0] / 1280, size)
