"""Full rate looked at before an alert is due: its message leaves at once, even where the thing is hidden just then."""

from __future__ import annotations

from datetime import datetime

from detectors.confirm import Confirmation, Confirmer
from detectors.incident import Incident
from geofence import GroundView
from records import Clock
from streams import Frame

_HOLDS_S = 12.0
"""For so long what was looked at ahead may stand for an alert: the clip that is sealed of it reaches back as far."""
_LOOKS_BEFORE = 2
"""While frames wait for their turn, so many looks before an alert is due are time enough [given]."""
_AGAIN_S = 3.5
"""After so long a look ahead that did not speak for the alert is done again [given]."""
_PRESSED_S = 0.3
"""A frame that waited for so long says that others wait behind it [given]."""


class LookAhead:
    """What of one standing source was looked at before its time; a moving one passes too fast for that."""

    def __init__(self, confirmer: Confirmer, clock: Clock) -> None:
        self.soon: list[Incident] = []
        self._confirmer = confirmer
        self._clock = clock
        self._looked: dict[str, tuple[datetime, Confirmation]] = {}
        self._pressed = False

    def within_s(self, incident: Incident, at: datetime, step_s: float) -> float:
        """How soon an alert must be due to be looked at now; `step_s` lies between two looks. A machine that has time
        looks as early as it holds, so that many alerts due at once do not fall on the same second."""
        last = self._looked.get(incident.id)
        if last is not None and (_in_favour(last[1]) or (at - last[0]).total_seconds() < _AGAIN_S):
            return 0.0
        early_s = _HOLDS_S - step_s
        return max(step_s, min(_LOOKS_BEFORE * step_s, early_s) if self._pressed else early_s)

    def look(self, frame: Frame, view: GroundView) -> None:
        """Look at the incidents that are to be due soon."""
        soon, self.soon = self.soon, []
        self._looked = {key: one for key, one in self._looked.items() if _holds(one[0], frame.captured_at)}
        for incident in soon:
            self._looked[incident.id] = (frame.captured_at, self._confirmer.look(incident, frame, view))
        self._pressed = self._clock.monotonic() - frame.received_monotonic_s > _PRESSED_S

    def take(self, incident: Incident, at: datetime) -> Confirmation | None:
        """What was looked at ahead, if lately and in favour; it is told once."""
        looked_at, ahead = self._looked.pop(incident.id, (at, Confirmation.none()))
        return ahead if _in_favour(ahead) and _holds(looked_at, at) else None


def _in_favour(one: Confirmation) -> bool:
    return one.element is not None and one.element.met is True


def _holds(looked_at: datetime, at: datetime) -> bool:
    return (at - looked_at).total_seconds() <= _HOLDS_S
