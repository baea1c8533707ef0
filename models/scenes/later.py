"""The street again, after a wait: what was warned of is still there, or cleared away."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from models.scenes.path import Drive
from models.scenes.script import Actor, Leg, PatrolVehicle, Script, TrueIncident

LATER_S = 30.0
_LEAD_M, _SPEED = 16.0, 2.6
_FOREVER = 1e9


def later_script(script: Script, jump_s: float, answers: Mapping[str, str]) -> Script:
    """The script `jump_s` seconds after its start, for half a minute: `answers` says of incidents "still" or "cleared".

    Lawful things that stayed to the end are there too; a vehicle drives past what it has to look at again.
    """
    shift = {one.id: one for one in script.incidents}
    kept = [
        one
        for one in script.incidents
        if answers.get(one.id) == "still" or (one.lawful and one.end_s >= script.duration_s)
    ]
    names = {name for one in kept for name in one.actors}
    actors: list[Actor] = [
        actor.model_copy(update={"from_s": -60.0, "to_s": _FOREVER})
        for actor in script.actors
        if actor.id in names and actor.type not in ("walker", "car", "rider")
    ]
    actors += [_moved(actor, script.duration_s) for actor in script.actors if actor.type in ("walker", "rider")]
    asked = [shift[name] for name in answers if name in shift]
    return script.model_copy(
        update={
            "name": f"{script.name}-later",
            "start": script.start + timedelta(seconds=jump_s),
            "duration_s": LATER_S,
            "actors": actors,
            "vehicles": [_drive_past(vehicle, asked) for vehicle in script.vehicles],
            "incidents": [_still(one) for one in kept if one.id in answers],
        }
    )


def _still(one: TrueIncident) -> TrueIncident:
    return one.model_copy(update={"id": f"{one.id}-later", "start_s": 0.0, "end_s": LATER_S, "answers": one.id})


def _moved(actor: Actor, seconds: float) -> Actor:
    """Those on foot or wheels in the last half minute of the script, now in the first of this one."""
    back = seconds - LATER_S
    path = [(t - back, x, y) for t, x, y in actor.path]  # type: ignore[union-attr]
    return actor.model_copy(update={"path": path, "from_s": actor.from_s - back, "to_s": actor.to_s - back})


def _drive_past(vehicle: PatrolVehicle, asked: Iterable[TrueIncident]) -> PatrolVehicle:
    """From some metres before the first place to look at, on the side from which the camera sees it."""
    places = [(one.x, one.y) for one in asked if vehicle.id in one.seen_by]
    if not places:
        return vehicle
    lane = abs(Drive(vehicle).at(0).y)
    x, y = min(places, key=lambda place: abs(place[0]))
    way = -1.0 if y > 0 else 1.0  # the camera looks right: west past the north side, east past the south side
    start = (x - way * _LEAD_M, -way * lane)
    end = (start[0] + way * _SPEED * (LATER_S + 5), start[1])
    return vehicle.model_copy(update={"x": start[0], "y": start[1], "legs": [Leg(to=[end], speed=_SPEED)]})
