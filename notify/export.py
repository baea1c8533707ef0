"""Leads and cases for city platforms, under the event codes of a standard's edition; an unmapped kind is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from notify.engine import Engine
from notify.law import MARKS
from notify.refusals import Barred
from notify.states import ENDS, State
from notify.tables import CaseRow, LeadRow
from records import BadInput, iso

MOST = 1_000


@dataclass(frozen=True, slots=True)
class EventCodes:
    """One edition of a standard's event codes: (kind, subkind or empty) -> (code, name)."""

    standard: str
    edition: str
    mark: str
    source: str
    codes: Mapping[tuple[str, str], tuple[str, str]]

    def code(self, kind: str, subkind: str | None) -> tuple[str, str]:
        """The code and its name. Raises Refused `E_EVENT_UNMAPPED`."""
        found = self.codes.get((kind, subkind or "")) or self.codes.get((kind, ""))
        if found is None:
            what = f"{kind}.{subkind}" if subkind else kind
            raise Barred(
                "E_EVENT_UNMAPPED",
                f"{self.standard}（{self.edition}）没有{what}的事件代码",
                f"{self.standard} {self.edition} holds no event code for {what}",
                "load the code from the platform's own edition",
            )
        return found


def codes_file() -> Path:
    """The file of the event codes, beside the law profiles."""
    return Path(__file__).resolve().parent.parent / "configs" / "event_codes.yaml"


def load_codes(name: str, path: Path | None = None) -> EventCodes:
    """One named map. Raises BadInput naming file and fault."""
    where = path or codes_file()
    try:
        maps = yaml.safe_load(where.read_text(encoding="utf-8"))["maps"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise BadInput("E_EVENT_CODES", f"{where}: {' '.join(str(error).split())}") from None
    if name not in maps:
        raise BadInput("E_EVENT_CODES", f"{where}: no map {name}", f"there are: {', '.join(sorted(maps))}")
    one = maps[name]
    if one.get("mark") not in MARKS or not {"standard", "edition", "source", "codes"} <= set(one):
        raise BadInput("E_EVENT_CODES", f"{where}: {name} needs standard, edition, source, mark and codes")
    codes = {}
    for kind, entry in one["codes"].items():
        if entry.get("code") is not None:
            main, _, sub = kind.partition(".")
            codes[main, sub] = (str(entry["code"]), str(entry["name"]))
    return EventCodes(one["standard"], str(one["edition"]), one["mark"], one["source"], codes)


def export_events(engine: Engine, codes: EventCodes, since: datetime, until: datetime) -> dict[str, Any]:
    """The leads that were raised between two instants (the end excluded), as one document; at most 1,000.

    Nothing is in it of any party. Raises Refused `E_EVENT_UNMAPPED` where one of them has no code: a platform that gets
    some of a day's events takes the rest for handled.
    """
    with engine.database.read() as session:
        query = select(LeadRow).where(LeadRow.raised >= since, LeadRow.raised < until)
        query = query.where(LeadRow.state.not_in((State.A0.value, State.A1.value, State.A9.value, State.MERGED.value)))
        rows = list(session.scalars(query.order_by(LeadRow.raised, LeadRow.id).limit(MOST + 1)))
        found = session.scalars(select(CaseRow).where(CaseRow.lead_id.in_([row.id for row in rows])))
        cases = {case.lead_id: case for case in found}
    if len(rows) > MOST:
        raise BadInput("E_TOO_MANY", f"more than {MOST} events", "ask for fewer hours")
    return {
        "standard": codes.standard,
        "edition": codes.edition,
        "organ": engine.organ,
        "since": iso(since),
        "until": iso(until),
        "coordinates": "EPSG:4490",
        "events": [_event(row, cases.get(row.id), codes) for row in rows],
    }


def _event(lead: LeadRow, case: CaseRow | None, codes: EventCodes) -> dict[str, Any]:
    code, name = codes.code(lead.kind, lead.subkind)
    owner: LeadRow | CaseRow = case or lead
    return {
        "number": lead.number,
        "event_code": code,
        "event_name": name,
        "source": lead.source_id,
        "lon": lead.lon,
        "lat": lead.lat,
        "address": lead.address,
        "found_at": iso(lead.raised),
        "accepted_on": lead.accepted_on.isoformat() if lead.accepted_on else None,
        "state": owner.state,
        "state_name": State(owner.state).zh,
        "closed": (State(owner.state) in ENDS and lead.state != State.FILED.value) or owner.state in ("B16", "B17"),
        "in_time": not lead.late,
        "case_number": case.number if case else None,
        "at": iso(owner.since),
    }
