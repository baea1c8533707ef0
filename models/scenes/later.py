"""The street again, after a wait: what was warned of is still there, or cleared away."""

from collections.abc import Mapping
from datetime import timedelta

from models.scenes.actors import Actor
from models.scenes.script import PatrolVehicle, Script, TrueIncident

LATER_S = 30.0
ROUND_S = 60.0
_SPEED = 4.6
_FOREVER = 1e9


def later_script(script: Script, jump_s: float, answers: Mapping[str, str]) -> Script:
    """The script `jump_s` seconds after its start, for half a minute: `answers` says of incidents "still" or "cleared".

    Lawful things that stayed to the end are there too; a vehicle drives one round, which takes it a minute.
    """
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
    return script.model_copy(
        update={
            "name": f"{script.name}-later",
            "start": script.start + timedelta(seconds=jump_s),
            "duration_s": ROUND_S if script.vehicles else LATER_S,
            "actors": actors,
            "vehicles": [_round(vehicle) for vehicle in script.vehicles],
            "incidents": [_still(one) for one in kept if one.id in answers],
        }
    )


def _still(one: TrueIncident) -> TrueIncident:
    return one.model_copy(update={"id": f"{one.id}-later", "start_s": 0.0, "end_s": ROUND_S, "answers": one.id})


def _moved(actor: Actor, seconds: float) -> Actor:
    """Those on foot or wheels in the last half minute of the script, now in the first of this one."""
    back = seconds - LATER_S
    path = [(t - back, x, y) for t, x, y in actor.path]  # type: ignore[union-attr]
    return actor.model_copy(update={"path": path, "from_s": actor.from_s - back, "to_s": actor.to_s - back})


def _round(vehicle: PatrolVehicle) -> PatrolVehicle:
    """One round of its patrol, fast enough to pass both sides of the street within ROUND_S."""
    first = vehicle.legs[0]
    return vehicle.model_copy(update={"legs": [first.model_copy(update={"speed": _SPEED, "stop_s": 0.0})]})
