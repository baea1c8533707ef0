"""The watch over one camera: whether its pictures may be held against anyone, and what is told of it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from detectors import DriftRules, DriftWatch, Element
from evidence import CameraFacts
from geofence import LonLat, sun_elevation_deg
from nonsite import camera_words
from nonsite.camera_store import CameraStore, fingerprint_of, given_reference, oldest_kept
from nonsite.camera_words import Alarm
from nonsite.settings import CameraCheckSettings, SourceSettings
from nonsite.watching import Ground
from records import iso, parse_iso
from streams import CameraState, Frame, LensRules, Look, Placement, Reference, SceneCheck, SceneRules

DAY_DEG = 0.0
"""The sun's height from which on it is day [given]."""
SHAKE = 2.0 / 1280
"""Share of the picture's width that every mast may sway, whatever the calibration says [given]."""
NEAR_M = 30.0
"""Ground so near is judged by; farther places are judged by their own larger error [given]."""
GRID = (9, 7)
KEEP_S = 900.0
"""How often the latest picture in place is written down, for a start in the dark [given]."""


class CameraHealth:
    """Checks one camera's pictures and follows what the network sees through it.

    Args:
        source: the camera.
        ground: its view of the ground: what its calibration covers.
        settings: periods and bounds.
        now: when it begins.
        folder: where cameras are remembered; none remembers nothing.
        standing: what another machine found, as `standing` had it.

    Raises:
        BadInput: E_REFERENCE for a reference picture that cannot be used.
    """

    def __init__(
        self,
        source: SourceSettings,
        ground: Ground,
        settings: CameraCheckSettings,
        now: datetime,
        *,
        folder: Path | None = None,
        standing: Mapping[str, Any] | None = None,
    ) -> None:
        self.source, self.ground = source, ground
        self._store = CameraStore(folder, source.id)
        self._fingerprint = fingerprint_of(source)
        given = given_reference(source)
        self.check = SceneCheck(_rules(settings), self._covers, still=not ground.moving, reference=given)
        self._given = given is not None
        self._place = ground.origin if source.device is None else LonLat(source.device.lon, source.device.lat)
        drift = DriftRules(bound=settings.drift_bound, history_days=settings.history_days)
        self.drift = DriftWatch(drift, self._store.hours(oldest_kept(now, settings.history_days)))
        self._drift_since: dict[str, datetime] = {}
        self._told: object = None
        self._kept_recent: datetime | None = None
        self._kept_night: tuple[Reference, Placement] | None = None
        self._restore(standing)

    def look(self, look: Look) -> bool:
        """Take in a look; whether there is news to tell."""
        at = look.frame.captured_at
        had = self.check.reference
        looked = self.check.look(look.frame, self._day(at))
        if looked:
            self._keep(had)
        hour = None if self.check.state.stops else self.drift.note(at, look.detections, look.carried)
        if hour is not None:
            self._store.add_hour(hour)
        if not looked and hour is None:
            return False
        news = (self.check.state, [alarm.code for alarm in self.alarms(at)], self.check.learnt_at)
        if news == self._told:
            return False
        self._told = news
        self._keep_state()
        return True

    def unfit(self) -> Element | None:
        """Why nothing it shows is to be believed now; None where it may."""
        return _element(self.check.reason) if self.check.state.stops else None

    def doubt(self, frame: Frame) -> Element | None:
        """Why nothing may be laid to anyone by this frame; None where its scene lies in place."""
        reason = self.check.doubt(frame, self._day(frame.captured_at))
        return None if reason is None else _element(reason)

    def alarms(self, at: datetime) -> list[Alarm]:
        """What is wrong with it, the gravest first."""
        check = self.check
        found = []
        if check.state.stops:
            found.append(camera_words.stopped(check.reason, check.since or at, self.shift_px))
        if (soft := check.lens.soft_since(at)) is not None:
            found.append(camera_words.lens("soft", soft, check.lens.sharpness or 0.0))
        if (hidden := check.lens.hidden_since(at)) is not None:
            found.append(camera_words.lens("hidden", hidden, check.lens.hidden_share))
        drifts = {f"{one.kind}/{one.figure}": one for one in self.drift.drifts}
        self._drift_since = {name: self._drift_since.get(name, at) for name in drifts}
        for name, one in drifts.items():
            found += camera_words.drifted([one], self._drift_since[name])
        return found

    def message(self, at: datetime) -> dict[str, Any]:
        """What is told of it: its state, and what is wrong in words."""
        check = self.check
        return {
            "version": 1,
            "source_id": self.source.id,
            "at": iso(at),
            "state": str(check.state),
            "since": None if check.since is None else iso(check.since),
            "shift_px": None if self.shift_px is None else round(self.shift_px, 1),
            "reference": self.reference_kind,
            "alarms": [alarm.to_json() for alarm in self.alarms(at)],
        }

    def facts(self) -> CameraFacts:
        """What a package says of it."""
        check = self.check
        learnt = check.learnt_at
        sharpness = check.lens.sharpness
        return CameraFacts(
            state=str(check.state),
            checked_utc=None if check.checked_at is None else iso(check.checked_at),
            in_place_utc=None if check.sound_at is None else iso(check.sound_at),
            reference=self.reference_kind,
            reference_utc=None if learnt is None else iso(learnt),
            shift_px_e2=None if self.shift_px is None else round(100 * self.shift_px),
            sharpness_percent=None if sharpness is None else round(100 * sharpness),
        )

    @property
    def reference_kind(self) -> str:
        """`given`, `learnt, not verified`, or `none`."""
        if self.check.reference is None:
            return "none"
        return "given" if self._given else "learnt, not verified"

    @property
    def shift_px(self) -> float | None:
        """How far the scene lay off its reference when it was last found, in pixels of the calibration's picture."""
        if self.check.placement is None:
            return None
        return self.check.placement.farthest_px(self.source.image_size or self.check.placement.size)

    def standing(self) -> dict[str, Any]:
        """What whoever watches this camera next must know."""
        check = self.check
        return {
            "fingerprint": self._fingerprint,
            "state": str(check.state),
            "reason": check.reason,
            "since": None if check.since is None else iso(check.since),
        }

    def _day(self, at: datetime) -> bool:
        return sun_elevation_deg(self._place, at) >= DAY_DEG

    def _covers(self, placement: Placement) -> bool:
        """Whether the calibration's own uncertainty covers a placement, wherever the ground is near enough to judge."""
        size = self.source.image_size or placement.size
        if placement.farthest_px(size) <= SHAKE * size[0]:
            return True
        view = self.ground.fixed
        if view is None:
            return False
        asked = np.array([(x, y) for x in np.linspace(0, size[0], GRID[0]) for y in np.linspace(0, size[1], GRID[1])])
        before = view.ground(asked)
        near = np.hypot(*(before - np.array(view.camera_xy)).T) <= NEAR_M
        if not near.any():
            return False
        off_m = np.hypot(*(view.ground(placement.now(asked[near], size)) - before[near]).T)
        return bool((off_m <= view.accuracy_m(asked[near])).all())

    def _keep(self, had: Reference | None) -> None:
        """Write down a reference just learnt, and now and then the latest picture in place."""
        check = self.check
        if check.reference is not had and check.reference is not None:
            self._store.keep_picture("reference", check.reference.view.grey)
        if check.recent is None:
            return
        if check.night.known is not None and check.night.known is not self._kept_night:
            self._kept_night = check.night.known
            self._store.keep_picture("night", check.night.known[0].view.grey)
        latest, _, at = check.recent
        if self._kept_recent is None or (at - self._kept_recent).total_seconds() >= KEEP_S:
            self._kept_recent = at
            self._store.keep_picture("recent", latest.view.grey)
            self._keep_state()

    def _keep_state(self) -> None:
        check = self.check
        recent = None
        if check.recent is not None and check.recent[2] == self._kept_recent:
            recent = {"rows": check.recent[1].rows, "at": iso(check.recent[2])}
        self._recent_row = recent or self._recent_row
        self._store.keep_state(
            {
                **self.standing(),
                "learnt_at": None if check.learnt_at is None else iso(check.learnt_at),
                "lens": check.lens.to_json(),
                "recent": self._recent_row,
                "night": None if check.night.known is None else check.night.known[1].rows,
                "alarms": {name: iso(at) for name, at in self._drift_since.items()},
            }
        )

    def _restore(self, standing: Mapping[str, Any] | None) -> None:
        """Go on from what is kept under the same calibration, here or by another machine."""
        kept = self._store.state(self._fingerprint)
        self._recent_row: dict[str, Any] | None = kept.get("recent")
        check = self.check
        if kept:
            if not self._given and kept.get("learnt_at"):
                check.reference, check.learnt_at = self._store.picture("reference"), parse_iso(kept["learnt_at"])
            latest = self._store.picture("recent") if self._recent_row else None
            if latest is not None and self._recent_row is not None and check.reference is not None:
                placement = Placement.of(self._recent_row["rows"], latest.view.size)
                check.recent = latest, placement, parse_iso(self._recent_row["at"])
            dark = self._store.picture("night") if kept.get("night") else None
            if dark is not None and check.reference is not None:
                check.night.known = self._kept_night = dark, Placement.of(kept["night"], dark.view.size)
            check.lens.restore(kept["lens"])
            self._drift_since = {name: parse_iso(at) for name, at in kept["alarms"].items()}
        found = [one for one in (kept, standing) if one and one.get("fingerprint") == self._fingerprint]
        stops = [one for one in found if CameraState(one["state"]).stops]
        if stops:
            check.state, check.reason = CameraState(stops[-1]["state"]), stops[-1]["reason"]
            check.since = parse_iso(stops[-1]["since"])


def camera_maker(
    settings: CameraCheckSettings, now: Callable[[], datetime]
) -> Callable[[SourceSettings, Ground, Mapping[str, Any] | None], CameraHealth]:
    """Makes the watch over each camera of a worker; the third argument is what another machine found."""

    def make(source: SourceSettings, ground: Ground, standing: Mapping[str, Any] | None) -> CameraHealth:
        return CameraHealth(source, ground, settings, now(), folder=settings.folder, standing=standing)

    return make


def _element(reason: str) -> Element:
    return Element("CAMERA", False, reason)


def _rules(settings: CameraCheckSettings) -> SceneRules:
    return SceneRules(
        every_s=settings.every_s,
        doubt_every_s=settings.doubt_every_s,
        confirm_s=settings.confirm_s,
        blind_after_s=settings.blind_after_s,
        lost_after_s=settings.lost_after_s,
        frozen_after_s=settings.frozen_after_s,
        recover_s=settings.recover_s,
        lens=LensRules(settings.soft_ratio, settings.soft_after_s, settings.hidden_share, settings.hidden_after_s),
    )
