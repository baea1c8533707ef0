"""What people said of alerts: which things were there, which were none. The learning loop starts here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.engine import Engine
from notify.tables import LeadRow, PackageRow, StepRecord

FALSE_DETECTION = "false_detection"
_THERE = {"permitted", "ended"}
"""Reasons to discard an alert whose thing was there all the same: the law let it stand, or it has gone since."""
_SAYS = ("confirm", "discard", "review", "reject")


@dataclass(frozen=True, slots=True)
class Feedback:
    """The last word of a person on an alert.

    `there` is whether what the network saw was really there; None where nothing was said of that. `reason` is the
    code that was chosen, `step` and `role` say who decides so; the person is not named. `alert` is the detector's own
    message, `packages` the sealed packages of its first sight that can be used, `day` the local day.
    """

    lead_id: str
    alert: Mapping[str, Any]
    source_id: str
    day: date
    there: bool | None
    reason: str
    step: str
    role: str
    at: datetime
    packages: tuple[str, ...]


def feedback(engine: Engine, since: datetime | None = None) -> list[Feedback]:
    """The last words on all alerts, oldest first; `since` leaves out what was said before."""
    with engine.database.read() as session:
        query = select(StepRecord).where(StepRecord.step.in_(_SAYS)).order_by(StepRecord.seq)
        last = {record.owner_id: record for record in session.scalars(query)}
        said = [record for record in last.values() if since is None or record.at >= since]
        leads = {row.id: row for row in _leads(session, [record.owner_id for record in said])}
        return [_feedback(engine, session, leads[one.owner_id], one) for one in said if one.owner_id in leads]


def _leads(session: Session, ids: Sequence[str]) -> list[LeadRow]:
    found: list[LeadRow] = []
    for start in range(0, len(ids), 500):  # SQLite takes so many values in one question
        found += session.scalars(select(LeadRow).where(LeadRow.id.in_(ids[start : start + 500])))
    return found


def _feedback(engine: Engine, session: Session, lead: LeadRow, said: StepRecord) -> Feedback:
    there, reason = _word(said)
    packages = session.scalars(
        select(PackageRow.package_id)
        .where(PackageRow.alert_id == lead.id, PackageRow.stage == "first_seen", PackageRow.unusable.is_(None))
        .order_by(PackageRow.sealed_at)
    )
    return Feedback(
        lead_id=lead.id,
        alert=lead.message,
        source_id=lead.source_id,
        day=engine.tools.calendar.today(lead.raised),
        there=there,
        reason=reason,
        step=said.step,
        role=said.role,
        at=said.at,
        packages=tuple(packages),
    )


def _word(said: StepRecord) -> tuple[bool | None, str]:
    """Whether the thing was there, and the reason's code.

    A clerk who does not admit evidence says so of the thing only by the choice `about`: a blurred picture or a paper
    that is missing proves nothing either way.
    """
    if said.step in ("confirm", "review"):
        return True, said.step
    reason = str(said.body.get("label" if said.step == "discard" else "about") or "")
    if reason == FALSE_DETECTION:
        return False, reason
    return (True if reason in _THERE else None), reason
