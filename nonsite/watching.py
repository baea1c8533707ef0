"""One source being watched: the ground under its frames, what was seen lately, alerts that wait for their seal."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from detectors import AlertMessage, Watcher
from evidence import FrameDetections
from geofence import Calibration, CoordSystem, GroundControlPoint, GroundView, LonLat, Mount, Street, calibrate, pose_at
from nonsite.sealing import POST_S, Witness
from nonsite.settings import SourceSettings
from records import BadInput
from streams import Detection, Frame, Source, Track, load_track

KEPT = timedelta(seconds=90)


class Ground:
    """The view of the ground at a time: a standing camera's calibration, or a vehicle's pose on its track."""

    def __init__(self, settings: SourceSettings, street: Street) -> None:
        self._street = street
        self._fixed: Calibration | None = None
        self._track: Track | None = None
        self._mount: Mount | None = None
        if settings.mount and settings.track:
            self._mount = _mount(settings)
            self._track = load_track(settings.track, settings.track_columns or None)
        elif settings.calibration:
            self._fixed = _calibrate(settings, street)
        else:
            raise BadInput(
                "E_CALIBRATION",
                f"source {settings.id}: neither calibration points nor mount and track",
                "give four ground control points, or mount and track of the vehicle",
            )

    @property
    def moving(self) -> bool:
        return self._track is not None

    def at(self, when: datetime) -> GroundView | None:
        """The view at `when`; None where the track has no fix then."""
        if self._fixed is not None:
            return self._fixed
        assert self._track is not None and self._mount is not None
        fix = self._track.at(when)
        return None if fix is None else pose_at(fix, self._mount, self._street.plane)

    def to_json(self, when: datetime) -> Mapping[str, Any]:
        """What a package keeps of the calibration, as of `when`."""
        view = self.at(when)
        return {} if view is None else view.to_json()


@dataclass(slots=True)
class Waiting:
    """An alert whose clip is not complete yet."""

    alert: AlertMessage
    due: datetime


@dataclass(slots=True)
class Watching:
    """A source with everything that goes with it."""

    settings: SourceSettings
    source: Source
    ground: Ground
    watcher: Watcher
    witness: Witness
    seen: deque[FrameDetections] = field(default_factory=deque)
    waiting: list[Waiting] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.settings.id

    def note(self, frame: Frame, detections: list[Detection]) -> None:
        """Remember what was seen in a frame, as long as a clip may want it."""
        self.seen.append(FrameDetections(frame.pts_s, frame.captured_at, tuple(detections)))
        while self.seen[0].captured_at < frame.captured_at - KEPT:
            self.seen.popleft()

    def raised(self, alert: AlertMessage) -> None:
        self.waiting.append(Waiting(alert, alert.raised + timedelta(seconds=POST_S)))

    def due(self, now: datetime | None) -> Iterator[AlertMessage]:
        """Alerts whose post-roll has passed; all of them where the source has ended (`now` None)."""
        ready = [one for one in self.waiting if now is None or one.due <= now]
        self.waiting = [one for one in self.waiting if one not in ready]
        for one in ready:
            yield one.alert


def _calibrate(settings: SourceSettings, street: Street) -> Calibration:
    if settings.image_size is None:
        raise BadInput("E_CALIBRATION", f"source {settings.id}: no image_size", "give the picture's width and height")
    points = [GroundControlPoint(point.px, LonLat(*point.lonlat)) for point in settings.calibration]
    return calibrate(points, settings.image_size, settings.id, street.plane)


def _mount(settings: SourceSettings) -> Mount:
    if settings.image_size is None or settings.mount is None:
        raise BadInput("E_CALIBRATION", f"source {settings.id}: no image_size", "give the picture's width and height")
    mount = settings.mount
    return Mount(
        forward_m=mount.forward_m,
        right_m=mount.right_m,
        height_m=mount.height_m,
        yaw_deg=mount.yaw_deg,
        pitch_deg=mount.pitch_deg,
        f_px=mount.f_px,
        image_size=settings.image_size,
        gnss_system=CoordSystem(mount.gnss_system),
    )
