"""The watcher of one source: frames in, at most one alert per real event out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from detectors.again import basis_of
from detectors.ahead import LookAhead
from detectors.alerting import AlertRaised, alert_message
from detectors.closer import CloserLook
from detectors.confirm import Confirmation, Confirmer
from detectors.explain import Explanation, explain, latest, near_threshold
from detectors.ground import Ground
from detectors.groups import Group
from detectors.incident import Incident
from detectors.judge import judge, nearly_ripe, ripe, with_time
from detectors.judgement import Element, Judgement, Standing
from detectors.observations import State
from detectors.rules import DetectorRules
from detectors.seer import Seer, places_shown
from detectors.sightings import Sighting
from detectors.store import IncidentStore, SourceLook
from detectors.suppression import silence
from detectors.violation import Family
from geofence import GroundView, StreetIndex
from records import Clock, iso
from streams import Detection, Frame, Network, topics

Publish = Callable[[str, str, dict[str, Any]], None]
ConfirmFrames = Callable[[datetime, datetime, float], Iterable[Frame]]
ViewAt = Callable[[datetime], GroundView | None]
Doubt = Callable[[Frame], Element | None]

_LONGEST_LOOK_S = 30.0
_KEPT_EXPLANATIONS = 200
_SETTLED_AFTER = 12
_SETTLED_FOR_S = 20.0
_CARRIED_FOR_S = 7.0


class Watcher:
    """Follows the incidents that one source sees and raises their alerts.

    Args:
        source_id: of the source.
        index: the street.
        rules: thresholds; the incident store works by the same.
        network: names the model in the alert, and looks at the confirming frames.
        clock: for ids.
        incidents: shared by all watchers whose sources see the same ground.
        publish: called with (topic, key, message) for alerts and for the state of open incidents.
        confirm: hands out full-rate frames of a window that has just passed (`Source.confirm`); without it the watched
            frames alone decide.
        view_at: for a moving source, the camera's view at the time of a confirming frame; a fixed one needs none.
        moving: whether the source drives.
        closer: reads liveries and signs off the pictures of what is about to be told.
        doubt: why nothing may be laid to anyone by a frame, where its camera is not as it was calibrated.
    """

    def __init__(
        self,
        source_id: str,
        index: StreetIndex,
        rules: DetectorRules,
        network: Network,
        clock: Clock,
        incidents: IncidentStore,
        publish: Publish,
        *,
        confirm: ConfirmFrames | None = None,
        view_at: ViewAt | None = None,
        moving: bool = False,
        closer: CloserLook | None = None,
        doubt: Doubt | None = None,
    ) -> None:
        self.source_id = source_id
        self.moving = moving
        self.rules = rules
        self.ground = Ground(index, rules)
        self._network = network
        self._clock = clock
        self._store = incidents
        self._publish = publish
        self._seer = Seer(source_id, self.ground, network)
        self._closer = closer or CloserLook()
        self._confirmer = Confirmer(self._seer, network, rules, confirm, view_at, moving) if confirm else None
        self._ahead = None if self._confirmer is None or moving else LookAhead(self._confirmer, clock)
        self._explained: list[Explanation] = []
        self._looked_at: datetime | None = None
        self._last: list[Sighting] = []
        self._doubt = doubt
        self._held: dict[str, Element] = {}

    def observe(self, frame: Frame, detections: Sequence[Detection], view: GroundView) -> list[AlertRaised]:
        """Take in one analysed frame; returns the alerts it raised, which have then been published."""
        held = self._seer.held(detections)
        groups = self._seer.see(held, view, frame, recount=True)
        self._last = self._seer.sightings
        look = SourceLook(self.source_id, frame.captured_at, view.camera_xy, self.moving, _LONGEST_LOOK_S)
        with self._store.lock:
            seen = self._store.observe(
                look, groups, lambda unseen: places_shown(unseen, held, view, frame, self.rules), self._opens
            )
            due = [
                (incident, group, judgement)
                for incident, group in seen
                if (judgement := self._stand(incident, group, frame.captured_at)) is not None
            ]
        raised = [alert for entry in due if (alert := self._raise(*entry, frame, view)) is not None]
        if self._ahead is not None:
            self._ahead.look(frame, view)
        self._tell_state(frame.captured_at, bool(raised))
        return raised

    def sightings(self) -> list[dict[str, Any]]:
        """What was located in the last frame, in degrees: kind, score, box, place and its accuracy."""
        return [self._located(sighting) for sighting in self._last]

    def explain(self) -> list[Explanation]:
        """Things that came near an alert and raised none, with the reasons."""
        with self._store.lock:
            known = [*self._store.lapsed, *self._store.incidents]
            silent = [i for i in known if i.alerted_at is None and self.source_id in i.tallies]
            now = [self._explanation(incident, incident.last_seen) for incident in silent]
        return latest([*self._explained, *(explanation for explanation in now if explanation is not None)])

    def stand_by(self, why: Element) -> None:
        """Look at nothing while the camera cannot be believed: incidents wait as if it were away."""
        with self._store.lock:
            mine = [one for one in self._store.incidents if one.alerted_at is None and self.source_id in one.tallies]
            self._held = {one.id: why for one in mine}

    def close(self) -> None:
        """Tell the last state of the incidents; the source has ended."""
        if self._looked_at is not None:
            self._tell_state(self._looked_at, True)

    def _located(self, sighting: Sighting) -> dict[str, Any]:
        lon, lat = self.ground.lonlat(sighting.xy)
        return {
            "source_id": sighting.source_id,
            "captured_at": iso(sighting.at),
            **sighting.detection.to_json(),
            "lon": round(lon, 8),
            "lat": round(lat, 8),
            "accuracy_m": round(sighting.accuracy_m, 2),
        }

    def _opens(self, group: Group) -> bool:
        """An incident begins only on what the network is sure of, wholly in the picture."""
        sure = any(part.score >= self._network.thresholds.get(part.kind, 0.0) for part in group.parts)
        return sure and not group.cut

    def _stand(self, incident: Incident, group: Group, at: datetime) -> Judgement | None:
        """Let the dwell run; the judgement where an alert is due."""
        if _settled(incident, at, self._seer.carried):
            incident.stand(Standing.LAWFUL, at)
            return None
        judgement = judge(incident.thing(self.rules.count_quantile), self.ground, at, incident.axis)
        incident.judged_at = at
        incident.violation, incident.shop_id = judgement.violation, judgement.shop_id
        incident.stand(judgement.standing, at, group)
        full = with_time(judgement, incident, self.rules)
        waiting = incident.retry_at is not None and at < incident.retry_at
        if incident.alerted_at is not None or waiting:
            return None
        if ripe(full):
            return None if self._silence(incident, judgement, at) else full
        if self._ahead is not None and self._looked_at is not None:
            within_s = self._ahead.within_s(incident, at, (at - self._looked_at).total_seconds())
            if nearly_ripe(full, within_s) and self._silence(incident, judgement, at) is None:
                self._ahead.soon.append(incident)
        return None

    def _silence(self, incident: Incident, judgement: Judgement, at: datetime) -> Element | None:
        """The reason, where an operator has found this camera wrong about such a thing here; None elsewhere."""
        plane, local = self.ground.index.plane, self.ground.index.street.local
        thing = incident.thing(self.rules.count_quantile)
        one = self._store.suppressions.covering(self.source_id, judgement.violation, thing, plane, at)
        if one is None:
            return None
        return silence(one, f"{local(one.since):%Y-%m-%d %H:%M}", f"{local(one.until):%Y-%m-%d %H:%M}")

    def _confirmed(self, incident: Incident, frame: Frame, view: GroundView) -> Confirmation:
        """What the confirming frames say: those looked at ahead, if lately and in favour, else those up to now."""
        if self._confirmer is None:
            return Confirmation.none()
        ahead = self._ahead.take(incident, frame.captured_at) if self._ahead is not None else None
        return ahead or self._confirmer.look(incident, frame, view)

    def _raise(
        self, incident: Incident, group: Group, judgement: Judgement, frame: Frame, view: GroundView
    ) -> AlertRaised | None:
        """Confirm an incident at full rate and make its alert, unless the same event has one already."""
        at = frame.captured_at
        why = self._doubt(frame) if self._doubt else None
        if why is not None:
            self._held[incident.id], incident.retry_at = why, at + timedelta(seconds=self.rules.confirm_retry_s)
            return None
        self._held.pop(incident.id, None)
        confirmation = self._confirmed(incident, frame, view)
        looks = (confirmation.looks or ((frame, group),)) if confirmation.stands else ()
        extra = self._closer.read(judgement.violation, looks)
        with self._store.lock:
            other = self._store.silenced_by(incident)
            if other is not None or incident.alerted_at is not None:
                if other is not None:
                    same = Element("NEW_EVENT", False, other.alert_id)
                    self._remember(explain(incident, judgement, self.ground, same))
                incident.state, incident.alerted_at = State.ALERTED, at
                incident.alert_id = incident.alert_id or (other.alert_id if other else None)
                return None
            place = confirmation.incident or incident
            final = with_time(
                judge(place.thing(self.rules.count_quantile), self.ground, at, place.axis), incident, self.rules
            )
            if confirmation.element is not None:
                final = replace(final, elements=(*final.elements, confirmation.element))
            if not ripe(final):
                unseen = confirmation.element is not None and confirmation.element.met is None
                # A vehicle has left the place before any wait is over, and shows more of it until then.
                incident.retry_at = None if unseen or self.moving else incident.ask_again(at, self.rules)
                self._remember(explain(incident, final, self.ground))
                return None
            message = alert_message(
                incident,
                place.thing(self.rules.count_quantile),
                extra.onto(final),
                self.ground,
                self._clock,
                self._network,
                group,
                frame,
                self._store.group,
                [shot for shot, _ in confirmation.frames],
            )
            incident.state, incident.alerted_at, incident.alert_id = State.ALERTED, at, message.id
            basis = basis_of(incident, place, self.rules, at)
            trail = tuple(incident.trail)
            alert = AlertRaised(message, incident.id, frame, group.box, view, confirmation.frames, trail, basis)
        self._publish(topics.ALERTS, message.cell, message.model_dump(mode="json"))
        return alert

    def _explanation(self, incident: Incident, at: datetime) -> Explanation | None:
        if not incident.samples:
            return None
        judgement = judge(incident.thing(self.rules.count_quantile), self.ground, at, incident.axis)
        if not near_threshold(incident, judgement, self.rules):
            return None
        full, quiet = with_time(judgement, incident, self.rules), self._silence(incident, judgement, at)
        held = self._held.get(incident.id)
        against = [element for element in (quiet, held) if element is not None]
        return explain(incident, replace(full, exempt="SUPPRESSED") if quiet else full, self.ground, *against)

    def _remember(self, explanation: Explanation) -> None:
        self._explained = latest([*self._explained, explanation])[-_KEPT_EXPLANATIONS:]

    def _tell_state(self, at: datetime, now: bool) -> None:
        self._looked_at = at
        state = self._store.due_to_tell(at, now)
        if state is not None:
            self._publish(topics.INCIDENTS, self._store.group, state)


def _settled(incident: Incident, at: datetime, carried: bool) -> bool:
    """Whether what was lawful need not be judged again: a board, since a street is full of lawful boards and no hour
    changes that; anything, for some seconds of the same minute (hours are told in minutes), while nothing moves."""
    judged = incident.judged_at
    if incident.standing is not Standing.LAWFUL or judged is None:
        return False
    if carried and (at - judged).total_seconds() < _CARRIED_FOR_S and at.minute == judged.minute:
        return True
    sure = incident.family is Family.BOARD and incident.observations >= _SETTLED_AFTER
    return sure and (at - judged).total_seconds() < _SETTLED_FOR_S
