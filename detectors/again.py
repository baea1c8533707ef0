"""A judgement made again from what was kept of it: the incident's state, the street, the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from detectors.dwell import replay_dwell_s
from detectors.ground import Ground
from detectors.incident import Incident
from detectors.judge import judge, with_time
from detectors.judgement import Judgement, Standing
from detectors.observations import Mark
from detectors.rules import DetectorRules
from detectors.store import IncidentStore
from geofence import StreetIndex
from records import BadInput, parse_iso

_INCIDENT: TypeAdapter[Incident] = TypeAdapter(Incident)


def basis_of(store: IncidentStore, incident_id: str, at: datetime) -> dict[str, Any]:
    """What the judgement of an incident at `at` rests on, as JSON: its state and the rules. Empty where unknown."""
    with store.lock:
        incident = next((one for one in store.incidents if one.id == incident_id), None)
        if incident is None:
            return {}
        state = _INCIDENT.dump_python(incident, mode="json")
    rules = {field.name: getattr(store.rules, field.name) for field in fields(store.rules)}
    rules["dwell_s"] = {kind.value: seconds for kind, seconds in store.rules.dwell_s.items()}
    return {"at": at.isoformat(), "incident": state, "rules": rules}


def judge_again(basis: Mapping[str, Any], index: StreetIndex) -> Judgement:
    """The judgement that the same detectors make of a kept basis on a street now. Raises BadInput E_BASIS."""
    try:
        incident = _INCIDENT.validate_python(basis["incident"])
        rules = DetectorRules.from_mapping(basis["rules"])
        at = parse_iso(str(basis["at"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("E_BASIS", f"not the basis of a judgement: {error!r}", "verify the package") from error
    judgement = judge(incident.thing(rules.count_quantile), Ground(index, rules), at, incident.axis)
    return with_time(judgement, incident, rules)


def dwell_again_s(observations: Sequence[Mapping[str, Any]]) -> float:
    """The unlawful seconds that sealed observations add up to. Raises BadInput E_BASIS where one is none."""
    try:
        return replay_dwell_s(
            [
                Mark(
                    parse_iso(str(one["captured_at"])),
                    str(one["source_id"]),
                    (float(one["box"][0]), float(one["box"][1]), float(one["box"][2]), float(one["box"][3])),
                    float(one["score"]),
                    Standing(one["standing"]),
                )
                for one in observations
            ]
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadInput("E_BASIS", f"not an observation: {error!r}", "verify the package") from error
