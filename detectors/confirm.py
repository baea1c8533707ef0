"""The confirm window: a few full-rate frames looked at before an alert, against chance and for a sharper place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from detectors.groups import Group, merged
from detectors.incident import Incident
from detectors.judgement import Element
from detectors.matching import match
from detectors.native import part_about, see_parts
from detectors.observations import Sample
from detectors.rules import DetectorRules
from detectors.seer import Seer, places_shown
from detectors.visibility import Shown
from geofence import GroundView
from streams import Detection, Frame, Network, detect

_BATCH = 4
_FEWEST_FRAMES = 2
_FEWEST_CLOSE = 3
_MOST_CLOSE = 5
"""Looks at native resolution are spread over the window; more cost as much again for no better place [given]."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the confirming frames said.

    `incident` is a copy of the incident with its place and look averaged over them, None where they could not be had;
    `element` the element CONFIRMED, None likewise; `looks` the frames that showed it, each with what it showed.
    """

    incident: Incident | None
    element: Element | None
    frames: tuple[tuple[Frame, tuple[Detection, ...]], ...]
    looks: tuple[tuple[Frame, Group], ...] = ()

    @property
    def stands(self) -> bool:
        """Whether the frames do not speak against it."""
        return self.element is None or self.element.met is True

    @classmethod
    def none(cls) -> Confirmation:
        return cls(None, None, ())


@dataclass(slots=True)
class _Told:
    """What the frames looked at so far said, and how many are left."""

    needed: float
    left: int
    found: list[tuple[Frame, tuple[Detection, ...]]] = field(default_factory=list)
    looks: list[tuple[Frame, Group]] = field(default_factory=list)
    shown: int = 0

    @property
    def settled(self) -> bool:
        """Whether the frames that are left cannot change the answer, whatever they show."""
        most = self.shown + self.left
        return self.shown >= _FEWEST_FRAMES and (
            len(self.looks) >= self.needed * most or len(self.looks) + self.left < self.needed * most
        )

    def element(self) -> Element:
        share = round(len(self.looks) / max(self.shown, 1), 2)
        return Element("CONFIRMED", share >= self.needed if self.shown >= _FEWEST_FRAMES else None, share, self.needed)


class Confirmer:
    """Looks again at an incident in the frames just before the one that would raise its alert."""

    def __init__(
        self,
        seer: Seer,
        network: Network,
        rules: DetectorRules,
        frames: Callable[[datetime, datetime, float], Iterable[Frame]],
        view_at: Callable[[datetime], GroundView | None] | None,
        moving: bool,
    ) -> None:
        self._seer = seer
        self._network = network
        self._rules = rules
        self._frames = frames
        self._view_at = view_at
        self._moving = moving

    def look(self, incident: Incident, frame: Frame, view: GroundView) -> Confirmation:
        """Analyse `confirm_s` seconds up to `frame` at `confirm_fps`: every other frame, then if need be the rest.

        Only frames that could show the place speak for or against it; with fewer than two nothing is decided yet.
        """
        until = frame.captured_at
        window = self._frames(until - timedelta(seconds=self._rules.confirm_s), until, self._rules.confirm_fps)
        looked = [(f, self._view(f, view)) for f in window]
        usable = [(f, v) for f, v in looked if v is not None]
        if len(usable) < _FEWEST_FRAMES:
            return Confirmation.none()
        sharper, told = deepcopy(incident), _Told(self._rules.confirm_ratio, len(usable))
        for some in (usable[::2], usable[1::2]):
            if not told.settled:
                self._ask(some, sharper, told)
        frames = tuple(sorted(told.found, key=lambda one: one[0].captured_at))
        looks = tuple(sorted(told.looks, key=lambda one: one[0].captured_at))
        self._sharpen(sharper, looks, dict(usable))
        return Confirmation(sharper, told.element(), frames, looks)

    def _ask(self, some: Sequence[tuple[Frame, GroundView]], incident: Incident, told: _Told) -> None:
        """Look at some frames of the window."""
        detections = self._detect([shot for shot, _ in some])
        told.left -= len(some)
        for (shot, camera), found in zip(some, detections, strict=True):
            told.found.append((shot, tuple(found)))
            held = self._seer.held(found)
            group = _group_of(self._seer.see(held, camera, shot), incident, self._rules)
            if group is not None:
                told.looks.append((shot, group))
            elif places_shown([incident], held, camera, shot, self._rules)[0] is not Shown.IN_VIEW:
                continue  # it shows another part of the street, or what stands before the place
            told.shown += 1

    def _sharpen(
        self, sharper: Incident, looks: Sequence[tuple[Frame, Group]], cameras: Mapping[Frame, GroundView]
    ) -> None:
        """Let the incident see the looks, at native resolution where the network saw a smaller copy of the picture; the
        place is then an average over these alone (of a standing source: a moving one has seen the place from better
        sides than from where it is now)."""
        parts = [(shot, part_about(group.box, shot.size, self._network.input_size)) for shot, group in _spread(looks)]
        close = [(shot, part) for shot, part in parts if part is not None]
        found = dict(zip((shot for shot, _ in close), self._detect_parts(close), strict=True))
        places: list[Sample] = []
        for shot, group in looks:
            camera, better = cameras[shot], None
            if shot in found:
                held = self._seer.held(found[shot])
                better = _group_of(self._seer.see(held, camera, shot), sharper, self._rules)
            sharper.see(better or group, camera.camera_xy, self._moving, self._rules)
            if better is not None and not better.cut:
                places.append(sharper.samples[-1])
        if len(places) >= _FEWEST_CLOSE and not self._moving:
            sharper.samples, sharper.averaged = places, None

    def _detect_parts(self, close: Sequence[tuple[Frame, tuple[int, int, int, int]]]) -> list[list[Detection]]:
        found: list[list[Detection]] = []
        for start in range(0, len(close), _BATCH):
            found += see_parts(self._network, close[start : start + _BATCH])
        return found

    def _view(self, frame: Frame, view: GroundView) -> GroundView | None:
        if not self._moving:
            return view
        return self._view_at(frame.captured_at) if self._view_at is not None else None

    def _detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        found: list[list[Detection]] = []
        for start in range(0, len(frames), _BATCH):
            found += detect(self._network, frames[start : start + _BATCH])
        return found


def _spread(looks: Sequence[tuple[Frame, Group]]) -> list[tuple[Frame, Group]]:
    """At most `_MOST_CLOSE` of the looks, from the first to the last."""
    most = min(len(looks), _MOST_CLOSE)
    return [looks[round(i * (len(looks) - 1) / max(most - 1, 1))] for i in range(most)]


def _group_of(groups: Sequence[Group], incident: Incident, rules: DetectorRules) -> Group | None:
    """What of a frame is the incident."""
    parts = [group for group, index in zip(groups, match(groups, [incident], rules), strict=True) if index == 0]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else merged(parts)
