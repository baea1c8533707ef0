"""The watch over one camera: whether its pictures may be held against anyone, and what is told of it."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from detectors import DriftRules, DriftWatch, Element
from evidence import CameraFacts
from geofence import LonLat, sun_elevation_deg
from nonsite import camera_words
from nonsite.camera_memory import CameraMemory
from nonsite.camera_store import CameraStore, given_reference, oldest_kept
from nonsite.camera_words import Alarm
from nonsite.settings import CameraCheckSettings, SourceSettings
from nonsite.watching import Ground
from records import iso
from streams import Frame, LensRules, Look, Placement, SceneCheck, SceneRules

DAY_DEG = 0.0
"""The sun's height from which on it is day [given]."""
SHAKE = 3.0 / 1280
"""Share of the picture's width that every mast may sway, the reference picture included, whatever the calibration
says; the edges of a box are no surer [given]."""
NEAR_M = 30.0
"""Ground so near is judged by; farther places are judged by their own larger error [given]."""
GRID = (9, 7)
SHIFTS = 5
TOLD = 1.5
"""Looks whose median shift is believed; times the sway that it must be to be told, and the sway until it is gone
[given]."""


class CameraHealth:
    """Checks one camera's pictures and follows what the network sees through it.

    Args:
        source: the camera.
        ground: its view of the ground: what its calibration covers.
        settings: periods and bounds.
        now: when it begins.
        folder: where cameras are remembered; none remembers nothing.
        standing: what another machine found, as `CameraMemory.standing` had it.

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
        given = given_reference(source)
        self.check = SceneCheck(_rules(settings), self._covers, still=not ground.moving, reference=given)
        self.memory = CameraMemory(self.check, self._store, source, learns=given is None)
        self._size = source.image_size
        self._place = ground.origin if source.device is None else LonLat(source.device.lon, source.device.lat)
        drift = DriftRules(bound=settings.drift_bound, history_days=settings.history_days)
        self.drift = DriftWatch(drift, self._store.hours(oldest_kept(now, settings.history_days)))
        self._drift_since: dict[str, datetime] = {}
        self._shifts: deque[float] = deque(maxlen=SHIFTS)
        self._shifted_since: datetime | None = None
        self._told: object = None
        self._drift_since.update(self.memory.restore(standing))

    def look(self, look: Look) -> bool:
        """Take in a look; whether there is news to tell."""
        at = look.frame.captured_at
        looked = self.check.look(look.frame, self._day(at))
        if looked:
            self.memory.keep_pictures(self._drift_since)
            self._note_shift(at)
        hour = None if self.check.state.stops else self.drift.note(at, look.detections, look.carried)
        if hour is not None:
            self._store.add_hour(hour)
        if not looked and hour is None:
            return False
        news = (self.check.state, [alarm.code for alarm in self.alarms(at)], self.check.learnt_at)
        if news == self._told:
            return False
        self._told = news
        self.memory.keep_state(self._drift_since)
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
        elif self._shifted_since is not None:
            found.append(camera_words.shifted(median(self._shifts), self._shifted_since))
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
        return "learnt, not verified" if self.memory.learns else "given"

    @property
    def shift_px(self) -> float | None:
        """How far the scene lay off its reference when it was last found, in pixels of the calibration's picture."""
        if self.check.placement is None:
            return None
        return self.check.placement.farthest_px(self._size or self.check.placement.size)

    def _day(self, at: datetime) -> bool:
        return sun_elevation_deg(self._place, at) >= DAY_DEG

    def _covers(self, placement: Placement) -> bool:
        """Whether the calibration's own uncertainty covers a placement, wherever the ground is near enough to judge."""
        size = self._size or placement.size
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

    def _note_shift(self, at: datetime) -> None:
        """Whether the scene lies off for good: by the middle of the last looks, since a mast sways."""
        if self.check.sound_at != at or self.shift_px is None:
            return
        self._shifts.append(self.shift_px)
        assert self.check.placement is not None
        sway_px = SHAKE * (self._size or self.check.placement.size)[0]
        bound_px = sway_px if self._shifted_since else TOLD * sway_px
        off = len(self._shifts) == SHIFTS and median(self._shifts) > bound_px
        self._shifted_since = (self._shifted_since or at) if off else None


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
