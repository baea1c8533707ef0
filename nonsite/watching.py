"""One source being watched: the ground under its frames, what was seen lately, alerts that wait for their seal."""

import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from detectors import AlertMessage, AlertRaised, IncidentStore, Watcher, open_incidents
from evidence import ClockFacts, DeviceFacts, FrameDetections, HealthFacts, SealRequest
from geofence import Calibration, CoordSystem, GroundControlPoint, GroundView, LonLat, Mount, Street, calibrate, pose_at
from nonsite.dwell import DwellFootage, Kept
from nonsite.messages import group_of
from nonsite.sealing import POST_S, PRE_S, Witness, clip_window, seal_request
from nonsite.settings import DeviceSettings, SourceSettings
from records import BadInput
from streams import Detection, Frame, Network, Source, SourceCounts, Track, load_track

if TYPE_CHECKING:
    from nonsite.camera import CameraHealth

KEPT = timedelta(seconds=90)
HEADING_FIXES = 900
"""So many fixes back a slow vehicle's heading is looked for on its track [given]."""


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
                "calibrate it in the console, or give four ground control points, or mount and track of the vehicle",
            )

    @property
    def moving(self) -> bool:
        return self._track is not None

    @property
    def fixed(self) -> Calibration | None:
        """The calibration of a camera that stands."""
        return self._fixed

    @property
    def origin(self) -> LonLat:
        """The middle of the street."""
        return self._street.plane.origin

    def at(self, when: datetime) -> GroundView | None:
        """The view at `when`; None where the track has no fix then."""
        if self._fixed is not None:
            return self._fixed
        assert self._track is not None and self._mount is not None
        fix = self._track.at(when)
        if fix is None:
            return None
        here = bisect_right(self._track.fixes, when, key=lambda one: one.at)
        before = self._track.fixes[max(0, here - HEADING_FIXES) : here]
        return pose_at(fix, self._mount, self._street.plane, before=before)

    def to_json(self, when: datetime) -> Mapping[str, Any]:
        """What a package keeps of the calibration, as of `when`."""
        view = self.at(when)
        return {} if view is None else view.to_json()


@dataclass(slots=True)
class Waiting:
    """An alert whose clip about `at` is not complete yet."""

    alert: AlertMessage
    at: datetime

    @property
    def due(self) -> datetime:
        """When its post-roll has passed."""
        return self.at + timedelta(seconds=POST_S)


@dataclass(slots=True)
class Watching:
    """A source with everything that goes with it.

    One that `leaving` has gone to another machine: it is read on only until what waits for its post-roll is sealed.
    `inherited` are alerts that another machine raised and could not seal: they are sealed by what is seen here.
    """

    settings: SourceSettings
    source: Source
    ground: Ground
    watcher: Watcher
    witness: Witness
    camera: "CameraHealth"
    footage: DwellFootage | None = None
    seen: deque[FrameDetections] = field(default_factory=deque)
    waiting: list[Waiting] = field(default_factory=list)
    inherited: list[AlertMessage] = field(default_factory=list)
    leaving: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def id(self) -> str:
        return self.settings.id

    @property
    def group(self) -> str:
        return group_of(self.settings)

    def status(self, counts: SourceCounts) -> dict[str, Any]:
        """What the source is doing, for whoever looks after the machine."""
        return {
            "id": self.id,
            "kind": self.settings.kind,
            "state": str(self.source.state),
            "reason": self.source.reason,
            "waiting": len(self.waiting),
            "decoded": counts.decoded,
            "analysed": counts.analysed,
            "dropped": counts.dropped,
            "missed": self.source.missed,
            "reconnects": self.source.reconnects,
            "camera": str(self.camera.check.state),
        }

    @property
    def timed(self) -> bool:
        """Whether an alert waits here for its clip."""
        return bool(self.waiting or self.inherited)

    def note(self, frame: Frame, detections: list[Detection]) -> None:
        """Remember what was seen in a frame, as long as a clip may want it."""
        self.seen.append(FrameDetections(frame.pts_s, frame.captured_at, tuple(detections)))
        while self.seen[0].captured_at < frame.captured_at - KEPT:
            self.seen.popleft()

    def raised(self, raised: AlertRaised) -> None:
        """Let an alert wait for its post-roll, with the frames, observations and judgement that it rests on."""
        for frame, detections in raised.confirmed:
            self.note(frame, list(detections))
        if self.footage is not None:
            self.footage.alerted(raised.incident_id, raised.trail_json(), dict(raised.basis))
        self.waiting.append(Waiting(raised.message, raised.message.raised))

    def keep_footage(self, incidents: IncidentStore) -> None:
        """Keep what the ring will forget of the incidents that stand here."""
        if self.footage is not None:
            self.footage.look(open_incidents(incidents, self.id), self.source.ring, self.seen)

    def kept(self, alert: AlertMessage) -> Kept:
        """What was kept of an alert's dwell and judgement."""
        return Kept() if self.footage is None else self.footage.of(alert.incident_id)

    def request(self, waiting: Waiting, clock: ClockFacts, health: HealthFacts) -> SealRequest:
        """What is sealed of an alert whose clip is complete. Raises BadInput E_RING_EMPTY where none of it is kept."""
        alert, at = waiting.alert, waiting.at
        return seal_request(
            alert.model_dump(mode="json"),
            at,
            alert.stage,
            self.source.ring.cut(*clip_window(at)),
            list(self.seen),
            self.ground.to_json(at),
            self.witness,
            clock,
            health,
            self.kept(alert),
        )

    def sealed(self, alert: AlertMessage) -> None:
        """Let go of what now lies in its package."""
        if self.footage is not None:
            self.footage.drop(alert.incident_id)

    def inherit(self, at: datetime) -> None:
        """Let alerts of another machine wait for a clip about the first look that has a pre-roll here."""
        oldest = self.source.ring.oldest
        if self.inherited and oldest is not None and at - oldest >= timedelta(seconds=PRE_S):
            self.waiting += [Waiting(alert, at) for alert in self.inherited]
            self.inherited = []

    def due(self, now: datetime | None) -> Iterator[Waiting]:
        """Alerts whose post-roll has passed; all of them where the source has ended (`now` None)."""
        ready = [one for one in self.waiting if now is None or one.due <= now]
        self.waiting = [one for one in self.waiting if one not in ready]
        yield from ready


def _calibrate(settings: SourceSettings, street: Street) -> Calibration:
    if settings.image_size is None:
        raise BadInput("E_CALIBRATION", f"source {settings.id}: no image_size", "give the picture's width and height")
    points = [GroundControlPoint(point.px, LonLat(*point.lonlat)) for point in settings.calibration]
    return calibrate(points, settings.image_size, settings.id, street.plane, distortion=settings.lens_distortion)


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


def witness_of(source: SourceSettings, network: Network, geofence: Mapping[str, Any]) -> Witness:
    """What every package of a source says of device, network and street (`geofence`: its GeoJSON with the version)."""
    return Witness(
        device=DeviceFacts(id=source.id, **need_device(source).model_dump()),
        model=model_facts(network),
        geofence=geofence,
    )


def model_facts(network: Network) -> dict[str, Any]:
    """What a package says of the network: whose weights, what computed them and how finely, and its thresholds."""
    return {
        "name": network.name,
        "weights_sha256": network.sha256,
        "engine": network.execution.engine,
        "precision": network.execution.precision,
        "thresholds": {str(kind): score for kind, score in network.thresholds.items()},
    }


def need_device(source: SourceSettings) -> DeviceSettings:
    """The source's device; BadInput where none is given, since evidence must name it."""
    if source.device is None:
        raise BadInput("E_DEVICE", f"source {source.id}: no device", "say whose camera it is and where it stands")
    return source.device
