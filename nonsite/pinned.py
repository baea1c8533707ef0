"""The facts of the street that an alert was judged by, looked up again: as pinned, as published at the act, and now."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Any

import numpy as np

from geofence import GroundFacts, LonLat, Overhang, Street, StreetIndex, current, first, version
from notify import GroundVerdict
from records import BadInput, Clock, Database, parse_iso

_SAME_REACH_M = 0.05
"""A front line that moves by less than this has not moved: positions are kept to the millimetre [given]."""
_LICENCE_REACH_M = 10.0
"""Licences farther from a board than this are another board's [given]."""
_MOST_INDEXES = 16
_STEP_OUT_M = 0.5
"""A board is judged by the ground before its wall, not by the wall's own line [given, as `detectors.outdoor_ad`]."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """What of the street decides an alert of one kind at one time.

    Args:
        zones: ids of the zones in force that hold the place, or of the front line that it stands before.
        phase: theirs.
        excused: ids of permits, seats, bays or licences in force (or of unknown hours) that may excuse it.
        unclear: a boundary lies nearer than the place is known, or hours cannot be known.
        beyond_m: metres beyond the front line, without what stands on the shop's own seats.
        allowed_m: metres beyond it that the line lets pass.
    """

    zones: tuple[str, ...] = ()
    phase: str | None = None
    excused: tuple[str, ...] = ()
    unclear: bool = False
    beyond_m: float | None = None
    allowed_m: float | None = None

    def same(self, other: "Deciding") -> bool:
        """Whether both decide alike; metres may differ by what rounding moves them."""
        mine, theirs = self.beyond_m, other.beyond_m
        near = mine == theirs if mine is None or theirs is None else abs(mine - theirs) < _SAME_REACH_M
        rest = (one.name for one in fields(self) if one.name != "beyond_m")
        return near and all(getattr(self, name) == getattr(other, name) for name in rest)

    @property
    def words(self) -> str:
        """Ids, phase and metres only, so that it reads alike in both languages."""
        told = f"{', '.join(self.zones) or '-'} [{self.phase or '-'}]"
        told += f" +{', '.join(self.excused)}" if self.excused else ""
        told += f" {self.beyond_m:.2f} m" if self.beyond_m is not None else ""
        told += f" (≤ {self.allowed_m:g} m)" if self.allowed_m is not None else ""
        return told + (" ?" if self.unclear else "")


class StreetGround:
    """A `Ground` over the published layers.

    Four answers to one alert are held against each other: what it states itself, what its pinned version says, what the
    version says that was published when the act was seen, and what the version of now says of that same moment. The
    first three must agree; the last may differ, and then an officer has to say why the step is taken nevertheless.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._indexes: dict[str, StreetIndex] = {}
        self._lock = Lock()

    def verdict(self, alert: Mapping[str, Any]) -> GroundVerdict:
        """See `Ground`.

        Raises:
            BadInput: E_STREET_VERSION when the alert's layers were never published, E_STREET when none are now.
        """
        opened, raised = parse_iso(str(alert["opened"])), parse_iso(str(alert["raised"]))
        with self._database.read() as session:
            then = version(session, str(alert["layer_version"]))
            now = current(session, then.name, self._clock.now())
            at_first = current(session, then.name, opened) or first(session, then.name)
            at_last = current(session, then.name, raised) or first(session, then.name)
        if now is None or at_first is None or at_last is None:
            raise BadInput("E_STREET", "no street layers are published", "`nonsite street import`")
        pinned, after = self._decide(then, alert, raised), self._decide(now, alert, raised)
        acted = self._decide(at_last, alert, raised)
        begun = self._decide(at_first, alert, opened)
        return GroundVerdict(
            _phase(pinned, acted, begun),
            then.version,
            now.version,
            _difference(alert, (then, pinned), (at_last, acted), (now, after)),
            self._inside_published_area(then, alert, opened, raised),
            pinned.words,
            after.words,
            sha256(f"{pinned.words}\n{acted.words}\n{after.words}".encode()).hexdigest()[:16],
        )

    def _decide(self, street: Street, alert: Mapping[str, Any], at: datetime) -> Deciding:
        index = self._index(street)
        if alert["kind"] == "OUT_OF_STORE":
            return _before_a_shop(index, alert, at)
        if alert["kind"] == "OUTDOOR_AD":
            return _on_a_wall(index, alert, at)
        facts = _facts(index, alert, at)
        ruling = facts.bikes if alert["kind"] == "BIKE_CLUTTER" else facts.vending
        excused = tuple(sorted(permit.id for permit in ruling.permits if permit.in_force is not False))
        zones = tuple(sorted(zone.id for zone in ruling.zones))
        return Deciding(zones, ruling.phase and ruling.phase.value, excused, ruling.undecided)

    def _index(self, street: Street) -> StreetIndex:
        with self._lock:
            if street.version not in self._indexes:
                if len(self._indexes) >= _MOST_INDEXES:
                    self._indexes.clear()
                self._indexes[street.version] = StreetIndex(street)
            return self._indexes[street.version]

    def _inside_published_area(
        self, street: Street, alert: Mapping[str, Any], opened: datetime, raised: datetime
    ) -> bool | None:
        """Whether the place lay in a published area or route of its device from first to last, by more than it is
        known to; None where none is drawn for it."""
        device, index = str(alert["source_id"]), self._index(street)
        drawn = any(
            getattr(area.properties, "device", None) in (None, device)
            for layer in ("monitored_area", "monitored_route")
            for area in street.layers[layer]
        )
        if not drawn:
            return None
        place, accuracy_m = _place(index, alert), float(alert["accuracy_m"])
        return all(index.published(place, at, accuracy_m, device) is True for at in (opened, raised))


def _facts(index: StreetIndex, alert: Mapping[str, Any], at: datetime) -> GroundFacts:
    return index.facts(_place(index, alert), at, float(alert["accuracy_m"]))


def _place(index: StreetIndex, alert: Mapping[str, Any]) -> tuple[float, float]:
    return index.plane.xy(LonLat(float(alert["lon"]), float(alert["lat"])))


def _before_a_shop(index: StreetIndex, alert: Mapping[str, Any], at: datetime) -> Deciding:
    """Of the front lines that the thing stands before, the one that the alert names; else the first."""
    corners = alert.get("footprint") or [[float(alert["lon"]), float(alert["lat"])]]
    footprint = index.plane.to_xy(np.asarray(corners, dtype=float)[:, :2])
    overs = index.overhangs(footprint, at, float(alert["accuracy_m"]))
    over: Overhang | None = next((one for one in overs if one.frontage.id in (alert.get("zone_ids") or ())), None)
    over = over or next(iter(overs), None)
    if over is None:
        return Deciding()
    line = over.frontage
    excusing = [*over.seating, *_facts(index, alert, at).vending.permits]
    excused = tuple(sorted(permit.id for permit in excusing if permit.in_force is not False))
    return Deciding((line.id,), line.phase.value, excused, False, over.exposed_m, line.min_overhang_m)


def _on_a_wall(index: StreetIndex, alert: Mapping[str, Any], at: datetime) -> Deciding:
    """The ground before a board, and the licences about it that are in force."""
    foot = index.plane.to_xy([[float(alert["lon"]), float(alert["lat"])]])[0]
    board = (alert.get("facts") or {}).get("board")
    if board:
        facing = np.radians(float(board["facing_deg"]))
        foot = foot + _STEP_OUT_M * np.array([np.sin(facing), np.cos(facing)])
    ruling = index.facts(foot, at).ads
    licences = index.licences_near(foot, _LICENCE_REACH_M, at=at)
    excused = tuple(sorted(one.id for one in licences if one.in_force is not False))
    zones = tuple(sorted(zone.id for zone in ruling.zones))
    return Deciding(zones, ruling.phase and ruling.phase.value, excused, ruling.undecided)


def _phase(pinned: Deciding, acted: Deciding, begun: Deciding) -> str | None:
    """`warn` where any of the layers of the act says so, from when it was first seen to when it was raised."""
    phases = {pinned.phase, acted.phase, begun.phase}
    return "warn" if "warn" in phases else pinned.phase


def _difference(
    alert: Mapping[str, Any],
    then: tuple[Street, Deciding],
    acted: tuple[Street, Deciding],
    now: tuple[Street, Deciding],
) -> str:
    pinned = then[1]
    stated = Deciding(tuple(sorted(alert.get("zone_ids") or ())), alert.get("phase"))
    if (stated.zones, stated.phase) != (pinned.zones, pinned.phase):
        return f"{then[0].version}: {stated.words} ≠ {pinned.words}"
    for street, deciding in (acted, now):
        if not pinned.same(deciding):
            return f"{then[0].version}: {pinned.words} → {street.version}: {deciding.words}"
    return ""
