"""The confirm window: a few full-rate frames looked at before an alert, against chance and for a sharper place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta

from detectors.groups import Group, merged
from detectors.incident import Incident
from detectors.judgement import Element
from detectors.matching import match
from detectors.native import part_about, see_parts
from detectors.rules import DetectorRules
from detectors.seer import Seer, places_shown
from detectors.visibility import Shown
from geofence import GroundView
from streams import Detection, Frame, Network, detect

_BATCH = 4
_FEWEST_FRAMES = 2
_FEWEST_CLOSE = 3


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
        """Analyse `confirm_s` seconds up to `frame` at `confirm_fps`.

        Only frames that could show the place speak for or against it; with fewer than two nothing is decided yet.
        """
        until = frame.captured_at
        window = self._frames(until - timedelta(seconds=self._rules.confirm_s), until, self._rules.confirm_fps)
        looked = [(f, self._view(f, view)) for f in window]
        usable = [(f, v) for f, v in looked if v is not None]
        if len(usable) < _FEWEST_FRAMES:
            return Confirmation.none()
        detections = self._detect([f for f, _ in usable])
        sharper = deepcopy(incident)
        looks: list[tuple[Frame, Group]] = []
        shown = 0
        for (shot, camera), found in zip(usable, detections, strict=True):
            held = self._seer.held(found)
            group = _group_of(self._seer.see(held, camera, shot), sharper, self._rules)
            if group is not None:
                looks.append((shot, group))
            elif places_shown([sharper], held, camera, shot, self._rules)[0] is not Shown.IN_VIEW:
                continue  # it shows another part of the street, or what stands before the place
            shown += 1
        self._sharpen(sharper, looks, dict(usable))
        share = round(len(looks) / max(shown, 1), 2)
        needed = self._rules.confirm_ratio
        confirmed = share >= needed if shown >= _FEWEST_FRAMES else None
        frames = tuple((f, tuple(found)) for (f, _), found in zip(usable, detections, strict=True))
        return Confirmation(sharper, Element("CONFIRMED", confirmed, share, needed), frames, tuple(looks))

    def _sharpen(
        self, sharper: Incident, looks: Sequence[tuple[Frame, Group]], cameras: Mapping[Frame, GroundView]
    ) -> None:
        """Let the incident see the looks, at native resolution where the network saw a smaller copy of the picture; the
        place is then an average over these alone (of a standing source: a moving one has seen the place from better
        sides than from where it is now)."""
        parts = [part_about(group.box, shot.size, self._network.input_size) for shot, group in looks]
        close = [(shot, part) for (shot, _), part in zip(looks, parts, strict=True) if part is not None]
        found = dict(zip((shot for shot, _ in close), self._detect_parts(close), strict=True))
        seen: list[Group] = []
        for shot, group in looks:
            camera, better = cameras[shot], None
            if shot in found:
                held = self._seer.held(found[shot])
                better = _group_of(self._seer.see(held, camera, shot), sharper, self._rules)
            if better is not None and not better.cut:
                seen.append(better)
            sharper.see(better or group, camera.camera_xy, self._moving, self._rules)
        if len(seen) >= _FEWEST_CLOSE and not self._moving:
            sharper.samples = sharper.samples[-len(seen) :]
            sharper.averaged = None

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


def _group_of(groups: Sequence[Group], incident: Incident, rules: DetectorRules) -> Group | None:
    """What of a frame is the incident."""
    parts = [group for group, index in zip(groups, match(groups, [incident], rules), strict=True) if index == 0]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else merged(parts)
