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
from geofence import StreetIndex
from records import BadInput, parse_iso

_INCIDENT: TypeAdapter[Incident] = TypeAdapter(Incident)


def basis_of(incident: Incident, place: Incident, rules: DetectorRules, at: datetime) -> dict[str, Any]:
    """What the judgement of an incident at `at` rests on, as JSON: its state, that of its place as the confirming
    frames gave it (the incident itself without them), and the rules."""
    told = {field.name: getattr(rules, field.name) for field in fields(rules)}
    told["dwell_s"] = {kind.value: seconds for kind, seconds in rules.dwell_s.items()}
    states = {"incident": _INCIDENT.dump_python(incident, mode="json")}
    if place is not incident:
        states["place"] = _INCIDENT.dump_python(place, mode="json")
    return {"at": at.isoformat(), **states, "rules": told}


def judge_again(basis: Mapping[str, Any], index: StreetIndex) -> Judgement:
    """The judgement that the same detectors make of a kept basis on a street now. Raises BadInput E_BASIS."""
    try:
        incident = _INCIDENT.validate_python(basis["incident"])
        place = _INCIDENT.validate_python(basis["place"]) if "place" in basis else incident
        rules = DetectorRules.from_mapping(basis["rules"])
        at = parse_iso(str(basis["at"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("E_BASIS", f"not the basis of a judgement: {error!r}", "verify the package") from error
    judgement = judge(place.thing(rules.count_quantile), Ground(index, rules), at, place.axis)
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
