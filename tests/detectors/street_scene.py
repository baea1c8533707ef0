"""A small street for tests: actors come and go by script, synthetic cameras see them, a network reads the boxes.

Metres east (x) and north (y) of the plane's origin. Shops lie south of y = 0 and face north; the pavement runs from 0
to 5, the carriageway beyond. Times are seconds from `START`, 16:30 in Shanghai on a working day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from detectors import AlertMessage, AlertRaised, DetectorRules, IncidentStore, Violation, Watcher
from geofence import CameraPose, LocalPlane, LonLat, StreetIndex, load_street
from records import FrozenClock
from streams import Detection, Execution, Frame, ObjectKind

START = datetime(2026, 6, 3, 8, 30, tzinfo=UTC)
SIZE = (1280, 720)
PLANE = LocalPlane(LonLat(121.53, 31.22))
# Mast across the street; a second mast on the pavement's far end that looks along it.
ACROSS = CameraPose(20.0, 24.0, 7.0, 180.0, 14.0, 0.0, 800.0, SIZE)
ALONG = CameraPose(-8.0, 9.0, 6.0, 98.0, 11.0, 0.0, 1000.0, SIZE)
THRESHOLD = 0.35

RULES = DetectorRules(
    dwell_s=dict.fromkeys(Violation, 60.0) | {Violation.OUTDOOR_AD: 20.0},
    min_overhang_m=0.3,
    count_threshold=5,
    clear_width_min_m=1.5,
    ad_match_m=1.5,
    unloading_s=180.0,
)

SIZES = {
    ObjectKind.STALL: (1.8, 1.0, 2.0),
    ObjectKind.GOODS: (1.4, 0.8, 0.9),
    ObjectKind.FURNITURE: (0.9, 0.8, 0.9),
    ObjectKind.UMBRELLA: (2.0, 2.0, 0.6),
    ObjectKind.PERSON: (0.5, 0.4, 1.7),
    ObjectKind.BICYCLE: (0.6, 1.7, 1.05),
    ObjectKind.VEHICLE: (4.5, 1.9, 1.6),
}


def _ring(*corners: tuple[float, float]) -> list[list[float]]:
    lonlat = PLANE.to_lonlat(np.array([*corners, corners[0]]))
    return [[float(lon), float(lat)] for lon, lat in lonlat]


def _box_ring(x0: float, y0: float, x1: float, y1: float) -> dict:
    return {"type": "Polygon", "coordinates": [_ring((x0, y0), (x1, y0), (x1, y1), (x0, y1))]}


def _feature(feature_id: str, geometry: dict, layer: str, **properties) -> dict:
    return {"type": "Feature", "id": feature_id, "geometry": geometry, "properties": {"layer": layer, **properties}}


def street_file(extra: Sequence[dict] = ()) -> dict:
    """The street: five shops of 8 m, zones over everything, a permitted point, a bay, a licence for every fascia."""
    law = {"legal_source": "test", "effective_from": "2026-01-01", "phase": "enforce"}
    term = {"legal_source": "test", "effective_from": "2026-01-01", "effective_to": "2026-12-31"}
    evening = [{"days": "mon-sun", "from": "17:00", "to": "22:00"}]
    features = [
        _feature("vf", _box_ring(-10, 0, 60, 14), "vending_forbidden", name="street", **law),
        _feature("vp", _box_ring(30, 1, 37, 4.8), "vending_permitted", name="point", hours=evening, **term),
        _feature("bm", _box_ring(-10, 0, 60, 14), "bike_managed", name="street", **law),
        _feature("ac", _box_ring(-10, 0, 60, 14), "ad_controlled", name="street", **law),
        _feature("pv", _box_ring(-10, 0, 60, 5), "pavement", name="walk"),
        _feature("bay", _box_ring(0, 3, 6, 4.8), "bay", name="bay"),
    ]
    for number, name in enumerate("abcde"):
        x = 8.0 * number
        line = {"type": "LineString", "coordinates": PLANE.to_lonlat([(x, 0), (x + 8, 0)]).tolist()}
        shop = {"shop": f"shop-{name}", "shop_name": f"Shop {name}", "address": f"{number + 1} Test Rd"}
        features.append(_feature(f"fr-{name}", line, "frontage", **shop, **law))
        point = {"type": "Point", "coordinates": PLANE.to_lonlat([(x + 4, 0)])[0].tolist()}
        face = {"holder": f"Shop {name}", "facing_deg": 0.0, "width_m": 5.0, "height_m": 0.9, "bottom_m": 2.8}
        features.append(_feature(f"lic-{name}", point, "ad_licence", **face, **term))
    return {
        "street": "test-street",
        "crs": "EPSG:4490",
        "timezone": "Asia/Shanghai",
        "origin": [PLANE.origin.lon, PLANE.origin.lat],
        "features": [*features, *extra],
    }


def licence(holder: str, x: float, bottom_m: float, width_m: float, height_m: float, y: float = 0.0) -> dict:
    """A licensed board on the wall at `x`, or off the shops' line at `y`."""
    geometry = {"type": "Point", "coordinates": PLANE.to_lonlat([(x, y)])[0].tolist()}
    face = {"holder": holder, "facing_deg": 0.0, "width_m": width_m, "height_m": height_m, "bottom_m": bottom_m}
    usual = {"legal_source": "test", "effective_from": "2026-01-01", "effective_to": "2026-12-31"}
    return _feature(f"lic-{holder}", geometry, "ad_licence", **face, **usual)


@dataclass
class Actor:
    """A thing in the street: kind, centre, size along x, along y, up; shown from `since` to `until` seconds."""

    kind: ObjectKind
    at: tuple[float, float]
    size: tuple[float, float, float]
    since: float = 0.0
    until: float = 1e9
    speed: tuple[float, float] = (0.0, 0.0)
    low: float = 0.0
    shade: tuple[int, int, int] = (90, 120, 60)
    recall: float | None = None
    score: float = 0.8

    def present(self, t: float) -> bool:
        return self.since <= t < self.until

    def centre(self, t: float) -> tuple[float, float]:
        dt = t - self.since if any(self.speed) else 0.0
        return self.at[0] + self.speed[0] * dt, self.at[1] + self.speed[1] * dt

    def box(self, view: CameraPose, t: float) -> tuple[float, float, float, float] | None:
        x, y = self.centre(t)
        w, d, h = (value / 2 for value in self.size)
        wheels = 0.7 if self.kind is ObjectKind.STALL else 1.0  # a cart's stand in from its ends
        corners = [(i, j) for i in (-1, 1) for j in (-1, 1)]
        ends = [(x + i * w * wheels, y + j * d, self.low) for i, j in corners]
        ends += [(x + i * w, y + j * d, self.low + 2 * h) for i, j in corners]
        pixels = view.pixel(np.array(ends))
        if not np.isfinite(pixels).all():
            return None
        (x1, y1), (x2, y2) = pixels.min(axis=0), pixels.max(axis=0)
        x1, x2 = (float(np.clip(v, 0, SIZE[0])) for v in (x1, x2))
        y1, y2 = (float(np.clip(v, 0, SIZE[1])) for v in (y1, y2))
        return (x1, y1, x2, y2) if x2 - x1 > 3 and y2 - y1 > 3 else None


@dataclass
class ReadingNetwork:
    """Finds in a picture the number painted in its corner, and answers what was drawn under that number."""

    name: str = "reader"
    sha256: str = "0" * 64
    input_size: tuple[int, int] = SIZE
    execution: Execution = field(default=Execution("by hand"))
    known: dict[int, list[Detection]] = field(default_factory=dict)

    @property
    def thresholds(self) -> dict[ObjectKind, float]:
        return dict.fromkeys(ObjectKind, THRESHOLD)

    def detect(self, images, min_score=None) -> list[list[Detection]]:
        floor = THRESHOLD if min_score is None else min_score
        return [[d for d in self.known[_number(image)] if d.score >= floor] for image in images]


def _number(image: np.ndarray) -> int:
    return int.from_bytes(bytes(image[0, :2, :].ravel()[:4].tolist()), "little")


class Scene:
    """A script of actors and the cameras that watch it."""

    def __init__(self, seed: int = 1, jitter_px: float = 1.5, recall: float = 0.9, extra: Sequence[dict] = ()) -> None:
        self.actors: list[Actor] = []
        self.index = StreetIndex(load_street(street_file(extra)))
        self.network = ReadingNetwork()
        self.clock = FrozenClock(START)
        self.published: list[tuple[str, str, dict]] = []
        self._rng = np.random.default_rng(seed)
        self._jitter_px = jitter_px
        self._recall = recall
        self._frames = 0

    def add(self, kind: str | ObjectKind, at: tuple[float, float], **values) -> Actor:
        kind = ObjectKind(kind)
        size = values.pop("size", SIZES.get(kind, (1.0, 1.0, 1.0)))
        actor = Actor(kind, at, size, **values)
        self.actors.append(actor)
        return actor

    def board(self, x: float, bottom: float, width: float, height: float, **values) -> Actor:
        return self.add("signboard", (x, 0.0), size=(width, 0.02, height), low=bottom, **values)

    def frame(self, source_id: str, view: CameraPose, t: float) -> tuple[Frame, list[Detection]]:
        """A frame at `t` and what the network finds in it."""
        self._frames += 1
        image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        image[0, :2, :] = np.array([*self._frames.to_bytes(4, "little"), 0, 0], np.uint8).reshape(2, 3)
        found = []
        boxes = [(a, a.box(view, t)) for a in self.actors if a.present(t)]
        for actor, box in boxes:
            if box is None or self._hidden(actor, box, boxes, view, t):
                continue
            if actor.kind is ObjectKind.STALL:
                x1, y1, x2, y2 = (int(v) for v in box)
                image[max(y1, 1) : y2, x1:x2] = actor.shade
            recall = self._recall if actor.recall is None else actor.recall
            if self._rng.random() > recall:
                continue
            sigma = self._jitter_px + 0.008 * max(box[2] - box[0], box[3] - box[1])
            noisy = np.array(box) + self._rng.normal(0, sigma, 4)
            score = float(np.clip(self._rng.normal(actor.score, 0.06), THRESHOLD + 0.01, 0.99))
            found.append(Detection(actor.kind, actor.kind.value, score, tuple(float(v) for v in noisy)))
        self.network.known[self._frames] = found
        at = START + timedelta(seconds=t)
        frame = Frame.of(image, source_id=source_id, index=self._frames, pts_s=t, captured_at=at)
        return frame, found

    def _hidden(self, actor: Actor, box, boxes, view: CameraPose, t: float) -> bool:
        x, y = actor.centre(t)
        mine = np.hypot(x - view.x, y - view.y)
        for other, cover in boxes:
            if other is actor or cover is None or other.kind is not ObjectKind.VEHICLE:
                continue
            ox, oy = other.centre(t)
            if np.hypot(ox - view.x, oy - view.y) >= mine:
                continue
            wide = min(box[2], cover[2]) - max(box[0], cover[0])
            high = min(box[3], cover[3]) - max(box[1], cover[1])
            if wide > 0 and high > 0 and wide * high > 0.5 * (box[2] - box[0]) * (box[3] - box[1]):
                return True
        return False

    def store(self, rules: DetectorRules = RULES) -> IncidentStore:
        return IncidentStore(rules, self.clock)

    def watcher(self, store: IncidentStore, source_id: str = "across", view: CameraPose = ACROSS, **values) -> Watcher:
        """A watcher with a confirm window that draws frames of the same scene."""

        def confirm(t0: datetime, t1: datetime, fps: float) -> Iterator[Frame]:
            first, last = ((when - START).total_seconds() for when in (t0, t1))
            for t in np.arange(first, last, 1 / fps):
                yield self.frame(source_id, view, float(t))[0]

        publish = lambda topic, key, message: self.published.append((topic, key, message))  # noqa: E731
        values = {"confirm": confirm} | values
        return Watcher(source_id, self.index, store.rules, self.network, self.clock, store, publish, **values)

    def watch(
        self,
        seconds: float,
        *,
        begin: float = 0.0,
        every: float = 2.0,
        cameras: dict[str, CameraPose] | None = None,
        store: IncidentStore | None = None,
        watchers: dict[str, Watcher] | None = None,
    ) -> list[AlertRaised]:
        """Watch the scene from `begin` for `seconds`, one look every `every` seconds and camera."""
        cameras = cameras or {"across": ACROSS}
        store = store or self.store()
        watchers = watchers or {name: self.watcher(store, name, view) for name, view in cameras.items()}
        self.watchers = watchers
        raised: list[AlertRaised] = []
        for t in np.arange(begin, begin + seconds, every):
            for offset, (name, view) in enumerate(cameras.items()):
                frame, found = self.frame(name, view, float(t) + 0.1 * offset)
                raised += watchers[name].observe(frame, found, view)
        return raised


def kinds(alerts: Sequence[AlertRaised]) -> list[str]:
    return [alert.message.kind.value for alert in alerts]


def place(message: AlertMessage) -> tuple[float, float]:
    x, y = PLANE.to_xy([[message.lon, message.lat]])[0]
    return float(x), float(y)


def raised_at(alert: AlertRaised) -> float:
    """Seconds from the beginning of the scene."""
    return (alert.message.raised - START).total_seconds()
