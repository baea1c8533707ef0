"""What a camera takes along when it goes to another machine, beside its incidents."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from detectors import AlertMessage
from geofence import LonLat, Street
from records import Clock, iso

State = Mapping[str, Any]
ANSWERS_KEPT = 1000
FARTHEST_SHIFT_M = 1000.0
"""Planes whose origins lie farther apart differ by more than a shift [given]."""


class Handover:
    """Alerts told and not yet sealed, and second looks answered: whoever comes next seals the ones, not the others."""

    def __init__(self, machine: str, clock: Clock) -> None:
        self._machine, self._clock = machine, clock
        self._unsealed: dict[str, AlertMessage] = {}
        self._answers: deque[tuple[str, str]] = deque(maxlen=ANSWERS_KEPT)

    def raised(self, alert: AlertMessage) -> None:
        """An alert is told; its package is to follow."""
        self._unsealed[alert.id] = alert

    def sealed(self, alert_id: str) -> None:
        """Its package is there."""
        self._unsealed.pop(alert_id, None)

    def answer(self, alert: AlertMessage) -> None:
        """A second look at it was told."""
        self._answers.append((alert.id, alert.source_id))

    @property
    def answered(self) -> set[str]:
        """Alerts whose second look was told lately, here or where their cameras were before."""
        return {alert_id for alert_id, _ in list(self._answers)}

    def inherit(self, state: State, source_id: str) -> list[AlertMessage]:
        """Take over what a state says of a source; the alerts that are still to be sealed."""
        self._answers += [(alert_id, source_id) for alert_id in state.get("answered", ())]
        mine = [AlertMessage.model_validate(one) for one in state.get("unsealed", ()) if one["source_id"] == source_id]
        for alert in mine:
            self.raised(alert)
        return mine

    def with_facts(
        self, state: dict[str, Any], sources: Collection[str], watched: Collection[str], street: Street
    ) -> dict[str, Any]:
        """The state of a group's incidents with what a successor must know beside it.

        Alerts of sources that are no longer `watched` are sealed here still: they are nobody else's.
        """
        waiting = [alert for alert in list(self._unsealed.values()) if alert.source_id in watched]
        return {
            **state,
            "at": iso(self._clock.now()),
            "machine": self._machine,
            "origin": [street.plane.origin.lon, street.plane.origin.lat],
            "unsealed": [alert.model_dump(mode="json") for alert in waiting],
            "answered": [alert_id for alert_id, source_id in list(self._answers) if source_id in sources],
        }


def with_references(states: Mapping[str, State], learnt: Iterable[State]) -> dict[str, State]:
    """States of groups, each camera's standing with the reference that was learnt of it, where one was told."""
    known = {message["source_id"]: message for message in learnt}
    return {
        group: {
            **state,
            "cameras": {
                name: {**standing, "reference": known[name]} if name in known else standing
                for name, standing in (state.get("cameras") or {}).items()
            },
        }
        for group, state in states.items()
    }


def shift_of(state: State, street: Street) -> tuple[float, float] | None:
    """Metres (east, north) from the plane of a state to a street's; None where it is of quite another place."""
    origin = state.get("origin")
    east_m, north_m = street.plane.xy(LonLat(*origin)) if origin else (0.0, 0.0)
    if max(abs(east_m), abs(north_m)) > FARTHEST_SHIFT_M:
        return None
    return round(east_m, 3), round(north_m, 3)
