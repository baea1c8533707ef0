"""Whether a camera still sees what it was calibrated on: in place, moved, blind, frozen, or not to be told.

A picture that cannot be told from a moved one is never held to be in place: who asks before an alert gets a doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import cv2

from streams.frame import Frame
from streams.lens import Lens, LensRules
from streams.scene import Laid, Placement, Reference, View
from streams.scene_learner import Learner
from streams.scene_night import NightView

BLANK = 0.002
"""A picture with a smaller share of edge shows nothing [given]."""
BLACK, LIT = 8.0, 40.0
"""Mean grey level below which a picture is black; from which on a blank one is covered even by night [given]."""
DIM = 0.6
"""A picture with less than this share of the reference's brightness says nothing of sharpness [given]."""
SAME_LEVELS = 1
"""Two pictures that differ nowhere by more grey levels are one [given]."""
RENEW_S = 300.0
"""How often the latest picture known to lie in place is kept, for the light that follows [given]."""
LATELY_S = 900.0
"""A picture that lay in place so long ago at most is of the light of now [given]."""
TIMES = 3
"""Looks that a finding needs at least before it becomes the state [given]."""
Covers = Callable[[Placement], bool]


class CameraState(StrEnum):
    """What holds of a camera until recovery or a new calibration lifts it."""

    UNPROVEN = "unproven"  # there is no reference (yet)
    IN_PLACE = "in_place"
    UNSURE = "unsure"  # night, fog: it cannot be told
    MOVED = "moved"
    BLIND = "blind"
    FROZEN = "frozen"

    @property
    def stops(self) -> bool:
        """Whether nothing may be judged by such a camera."""
        return self in (CameraState.MOVED, CameraState.BLIND, CameraState.FROZEN)


class Finding(StrEnum):
    """What one picture says."""

    SOUND = "sound"
    SHIFTED = "moved"  # the same scene, elsewhere in the picture
    STRANGE = "not recognised"  # light enough, and not the scene: moved, or something large stands in front
    NOTHING = "blind"
    SAME = "frozen"
    UNSURE = "not verified"


@dataclass(frozen=True, slots=True)
class SceneRules:
    """How often a camera is looked at, and what it takes to believe the worst; seconds."""

    every_s: float = 60.0
    doubt_every_s: float = 10.0
    """Between looks while the last did not find all in place [given]."""
    confirm_s: float = 20.0
    """How long a shift must stand [given]."""
    blind_after_s: float = 60.0
    """How long a blank picture must stand: the bare side of a lorry passes [given]."""
    lost_after_s: float = 300.0
    """How long the scene may not be recognised: a bus stands in front for less [given]."""
    frozen_after_s: float = 300.0
    recover_s: float = 120.0
    """How long all must be in place again [given]."""
    lens: LensRules = field(default_factory=LensRules)


@dataclass(frozen=True, slots=True)
class _Run:
    """One finding, from its first time to its last, whatever came between."""

    first: datetime
    last: datetime
    times: int

    @property
    def stood_s(self) -> float:
        return (self.last - self.first).total_seconds()


@dataclass(slots=True)
class SceneCheck:
    """One camera's check. `look` at frames as they come; most return at once.

    Args:
        rules: periods.
        covers: whether the calibration's own uncertainty covers a placement; such a shift is reported, no more.
        still: whether the camera stands; one that drives has no scene of its own, only blind and frozen pictures.
        reference: a picture of what it was calibrated on; without one it is learnt by day.
    """

    rules: SceneRules
    covers: Covers
    still: bool = True
    reference: Reference | None = None
    state: CameraState = CameraState.UNPROVEN
    reason: str = ""
    since: datetime | None = None
    checked_at: datetime | None = None
    sound_at: datetime | None = None
    placement: Placement | None = None
    lens: Lens = field(init=False)
    recent: tuple[Reference, Placement, datetime] | None = None
    """The latest picture known to lie in place, and how it lay: what the reference is not like any more (night) is."""
    night: NightView = field(default_factory=NightView)
    learner: Learner = field(default_factory=Learner)
    learnt_at: datetime | None = None
    """When the reference was learnt; None for one that was given."""
    _wait_s: float = 0.0
    _runs: dict[Finding, _Run] = field(default_factory=dict)
    _last: View | None = None
    _same_since: datetime | None = None

    def __post_init__(self) -> None:
        self.lens = Lens(self.rules.lens)

    def look(self, frame: Frame, day: bool) -> bool:
        """Take in a frame if one is due; returns whether it was. `day`: whether the sun is up where the camera is."""
        at = frame.captured_at
        if not self._due(at):
            return False
        view = View.of(frame)
        laid, finding = self._find(view, at, day, wide=True)
        if self._frozen(view, at):
            finding = Finding.SAME
        self._take(finding, at)
        if finding is Finding.SOUND:
            self._sound(view, laid, at, day)
        elif finding is Finding.UNSURE and self.still:
            self._unsure(view, at, day)
        self.checked_at = at
        calm = self.state.stops or finding is Finding.SOUND or (finding is Finding.UNSURE and not self._lately(at))
        learns = self.reference is None and day and not self.state.stops
        self._wait_s = self.rules.every_s if calm and not learns else self.rules.doubt_every_s
        return True

    def doubt(self, frame: Frame, day: bool) -> str | None:
        """Why nothing may be laid to anyone by this very frame; None where its scene lies in place, or where there is
        no reference to tell it by."""
        if self.state.stops:
            return self.reason
        laid, finding = self._find(View.of(frame), frame.captured_at, day, wide=False)
        if finding is Finding.SOUND and laid is not None:
            self.placement, self.sound_at = laid.placement, frame.captured_at
            return None
        if self.reference is None and finding is Finding.UNSURE:
            return None
        self._wait_s = 0.0
        return finding.value

    def _due(self, at: datetime) -> bool:
        since_s = None if self.checked_at is None else (at - self.checked_at).total_seconds()
        return since_s is None or not 0 <= since_s < self._wait_s

    def _lately(self, at: datetime) -> bool:
        """Whether a picture is at hand that lay in place under the light of now."""
        return self.recent is not None and (at - self.recent[2]).total_seconds() <= LATELY_S

    def _find(self, view: View, at: datetime, day: bool, wide: bool) -> tuple[Laid | None, Finding]:
        """How a picture lies against the reference, and what that says."""
        blank = view.structure < BLANK
        if blank and view.brightness < BLACK:
            return None, Finding.NOTHING if day else Finding.UNSURE
        if self.reference is None:
            return None, Finding.NOTHING if blank and (day or view.brightness >= LIT) else Finding.UNSURE
        laid = self.reference.near(view)
        if laid.placement is None:
            laid = Laid(self._known(view, at, day), laid.agree)
        if laid.placement is not None:
            return laid, Finding.SOUND if self.covers(laid.placement) else Finding.SHIFTED
        if blank:
            return None, Finding.NOTHING if day or view.brightness >= LIT else Finding.UNSURE
        far = self._far(view, at, day) if wide else None
        if far is not None:
            return Laid(far, laid.agree), Finding.SOUND if self.covers(far) else Finding.SHIFTED
        return None, Finding.STRANGE if day else Finding.UNSURE

    def _known(self, view: View, at: datetime, day: bool) -> Placement | None:
        """Where the scene lies by what it looked like lately, or looks like by night."""
        looks = [self.recent[:2]] if self.recent is not None and (not day or self._lately(at)) else []
        if self.night.known is not None and not day:
            looks.append(self.night.known)
        for reference, before in looks:
            now = reference.near(view).placement
            if now is not None:
                return before.then(now)
        return None

    def _far(self, view: View, at: datetime, day: bool) -> Placement | None:
        """Where the scene lies in a picture that is far off; by night by what it was like lately, if anything."""
        assert self.reference is not None
        if day:
            return self.reference.wide(view)
        if self.recent is None or not self._lately(at):
            return None
        reference, before, _ = self.recent
        moved = reference.wide(view)
        return None if moved is None else before.then(moved)

    def _take(self, finding: Finding, at: datetime) -> None:
        """What a finding does to the state."""
        calm = finding is Finding.SOUND or (self.reference is None and finding is Finding.UNSURE)
        kind = Finding.SOUND if calm else finding
        run = self._runs.get(kind)
        fresh = run is None or (at - run.last).total_seconds() > self.rules.lost_after_s
        run = _Run(at, at, 1) if run is None or fresh else replace(run, last=at, times=run.times + 1)
        if calm:
            self._runs = {kind: run}
            if not self.state.stops or run.stood_s >= self.rules.recover_s:
                self._turn(CameraState.IN_PLACE if self.reference else CameraState.UNPROVEN, "", at)
            return
        self._runs.pop(Finding.SOUND, None)
        self._runs[kind] = run
        state, after_s = self._worst(finding)
        if run.times >= TIMES and run.stood_s >= after_s and (state.stops or not self.state.stops):
            self._turn(state, finding.value, run.first)

    def _worst(self, finding: Finding) -> tuple[CameraState, float]:
        """What a finding leads to, and how long it must stand."""
        rules = self.rules
        return {
            Finding.SHIFTED: (CameraState.MOVED, rules.confirm_s),
            Finding.STRANGE: (CameraState.MOVED, rules.lost_after_s),
            Finding.NOTHING: (CameraState.BLIND, rules.blind_after_s),
            Finding.SAME: (CameraState.FROZEN, 0.0),
            Finding.UNSURE: (CameraState.UNSURE, rules.confirm_s),
        }[finding]

    def _turn(self, state: CameraState, reason: str, since: datetime) -> None:
        if (state, reason) != (self.state, self.reason):
            self.state, self.reason, self.since = state, reason, since

    def _sound(self, view: View, laid: Laid | None, at: datetime, day: bool) -> None:
        assert self.reference is not None and laid is not None and laid.placement is not None
        self.placement, self.sound_at = laid.placement, at
        known = bool(laid.agree.any())  # by the reference itself
        if known:
            self.night.light(laid.placement, at)
        if day and known:
            dim = view.brightness < DIM * self.reference.view.brightness  # noise passes for detail
            self.lens.note(at, None if dim else self.reference.sharpness(view), laid.agree)
        old = self.recent is None or (at - self.recent[2]).total_seconds() >= RENEW_S
        if old and (known or not day):  # by day nothing is handed on from one such picture to the next
            latest = Reference(view)
            if latest.usable:
                self.recent = latest, laid.placement, at

    def _unsure(self, view: View, at: datetime, day: bool) -> None:
        if self.reference is not None and not day:
            self.night.dark(view, at, self.sound_at)
        elif self.reference is None and day and not self.state.stops:
            self.reference = self.learner.take(view, at)
            self.learnt_at = at if self.reference else None

    def _frozen(self, view: View, at: datetime) -> bool:
        """Whether the picture has been the same for too long, to the last grey level."""
        last, self._last = self._last, view
        same = last is not None and last.size == view.size
        if last is None or not same or cv2.norm(last.grey, view.grey, cv2.NORM_INF) > SAME_LEVELS:
            self._same_since = None
            return False
        self._same_since = self._same_since or at
        return (at - self._same_since).total_seconds() >= self.rules.frozen_after_s
