"""What people say of the evidence is a custody event of every package it is said of (APL 46)."""

from collections.abc import Mapping

from evidence import Action, CustodyEntry, Purpose, note_act
from notify.moment import Moment
from notify.tables import PackageRow
from records import iso

JUDGES: Mapping[str, Action] = {
    "confirm": Action.CONFIRM,
    "discard": Action.REJECT,
    "review": Action.CONFIRM,
    "review_more": Action.CONFIRM,
    "reject": Action.REJECT,
    "set_aside": Action.REJECT,
    "set_aside_in_case": Action.REJECT,
}
"""The steps by which somebody takes evidence for what it shows, or does not."""


def note_judged(m: Moment, step: str, record_sha256: str) -> None:
    """Write the custody rows of a step, in its unit of work: by whom, in which step, the hash of its record.

    The words that were given stay in the record, which can be erased; a row of the log never can.
    """
    if step not in JUDGES:
        return
    for package in _judged(m, step):
        facts = {"step": step, "owner": m.owner.id, "record_sha256": record_sha256}
        entry = CustodyEntry(
            package.package_id, package.seal_sha256, JUDGES[step], m.actor.id, m.organ_code, Purpose.REVIEW, facts=facts
        )
        note_act(m.session, entry, m.clock)


def _judged(m: Moment, step: str) -> list[PackageRow]:
    if step.startswith("set_aside"):
        return [one for one in m.packages(used_only=False) if one.package_id == m.values["package_id"]]
    if step.startswith("review"):
        return [one for one in m.packages() if (one.review or {}).get("at") == iso(m.now)]
    return m.packages()
