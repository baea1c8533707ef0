"""What arrives from the street: alerts, sealed evidence, results of re-checks. Each event has its effect once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.actors import SYSTEM
from notify.books import enter
from notify.engine import Engine, lead_due
from notify.identity import corrected, near, same_place
from notify.moment import matter_of
from notify.nearness import near_text
from notify.numbering import next_number
from notify.registers import Registers
from notify.search import place_key
from notify.states import State
from notify.sums import count_lead
from notify.tables import NEVER, CaseRow, LeadRow, PackageRow, SeenRow, StepRecord
from records import BadInput, parse_iso

_MERGES_INTO = (State.A0, State.A1, State.A2, State.A3, State.A4, State.A5, State.A6, State.FILED)
_UNSERVED = frozenset({"B0", "B1", "B2", "B3", "B4", "B5", "B6", "B6H", "B6H2", "B7", "B8", "B9", "B10", "SUSPENDED"})


def first_time(engine: Engine, session: Session, event_id: str) -> bool:
    """Whether this event was never dealt with; from here on it was."""
    if session.get(SeenRow, event_id) is not None:
        return False
    session.add(SeenRow(event_id=event_id, at=engine.clock.now()))
    session.flush()
    return True


def alert_raised(engine: Engine, message: Mapping[str, Any]) -> str:
    """An alert becomes a lead, or joins the earlier lead of the same thing; the lead's id.

    Alerts of one kind merge where shop or footprint is shared and their times are at most the profile's window apart;
    two shops never merge because they are near. An answer to a re-check (`stage` recheck) raises no lead.
    """
    alert = dict(message)
    if alert.get("stage") == "recheck":
        return str(alert.get("answers"))
    with engine.database.session() as session:
        if not first_time(engine, session, f"alert:{alert['id']}"):
            return _root(session, alert["id"])
        lead = _new_lead(engine, session, alert)
        root = _same_thing(engine, session, lead)
        count_lead(session, lead, engine.tools.calendar.today(engine.clock.now()), engine.organ, root is not None)
        if root is not None:
            _join(engine, session, lead, root)
            return root.id
        engine.settle(session, lead, {})
        return lead.id


def _new_lead(engine: Engine, session: Session, alert: dict[str, Any]) -> LeadRow:
    now = engine.clock.now()
    day = engine.tools.calendar.today(now)
    seq = next_number(session, engine.organ, "线索", day.year)
    raised = parse_iso(alert["raised"])
    shop_id = alert.get("shop_id")
    lead = LeadRow(
        id=alert["id"],
        number=f"XS{day.year}-{seq:06d}",
        kind=str(alert["kind"]),
        subkind=alert.get("subkind"),
        state=State.A0.value,
        since=now,
        source_id=alert["source_id"],
        lon=float(alert["lon"]),
        lat=float(alert["lat"]),
        opened=parse_iso(alert["opened"]),
        raised=raised,
        last_seen=raised,
        shop_id=shop_id,
        address=_address(engine, session, shop_id, alert),
        phase=alert.get("phase"),
        message=alert,
        updated=now,
    )
    lead.matter = matter_of(lead.kind, lead.subkind)
    lead.place_id = place_key(session, lead.address)
    lead.next_due = lead_due(engine.profile, State.A0, now)
    session.add(lead)
    session.flush()
    _note(engine, session, lead, "detected", State.A0)
    return lead


def _address(engine: Engine, session: Session, shop_id: str | None, alert: Mapping[str, Any]) -> str | None:
    shop = Registers(session).shop(shop_id)
    if shop is not None:
        return f"{shop.address}（{shop.name}）门前"
    if alert.get("address") or alert.get("shop_name"):
        return str(alert.get("address") or f"{alert['shop_name']}门前")
    return near_text(session, str(alert.get("layer_version")), float(alert["lon"]), float(alert["lat"]))


def _note(engine: Engine, session: Session, lead: LeadRow, step: str, target: State, **body: Any) -> None:
    now = engine.clock.now()
    session.add(
        StepRecord(
            owner_id=lead.id,
            at=now,
            step=step,
            actor_id=SYSTEM.id,
            actor_name=SYSTEM.name,
            role="SYS",
            source="",
            target=target.value,
            body=body,
            note="",
        )
    )
    enter(session, step, lead.id, {"actor": SYSTEM.id, "to": target.value, **body}, engine.clock)
    engine.tell(session, lead, step, None)


def _same_thing(engine: Engine, session: Session, lead: LeadRow) -> LeadRow | None:
    window = timedelta(minutes=engine.profile.number("merge_window_minutes"))
    query = select(LeadRow).where(
        LeadRow.kind == lead.kind,
        LeadRow.id != lead.id,
        LeadRow.opened <= lead.last_seen + window,
        LeadRow.last_seen >= lead.opened - window,
        near(lead),
    )
    for other in session.scalars(query.order_by(LeadRow.opened, LeadRow.id)):
        closed = other.state not in _MERGES_INTO or (other.state == "FILED" and not _case_open(session, other))
        closed = closed or (other.state == State.A6.value and corrected(other))
        if not closed and same_place(other, lead):
            return other
    return None


def _case_open(session: Session, lead: LeadRow) -> bool:
    case = session.get(CaseRow, lead.case_id) if lead.case_id else None
    return case is not None and case.state in _UNSERVED


def _join(engine: Engine, session: Session, lead: LeadRow, root: LeadRow) -> None:
    lead.state, lead.merged_into, lead.next_due = State.MERGED.value, root.id, NEVER
    root.last_seen = max(root.last_seen, lead.last_seen)
    for package in session.scalars(select(PackageRow).where(PackageRow.lead_id == lead.id)):
        package.lead_id, package.used = root.id, False
    _note(engine, session, lead, "merged", State.MERGED, merged_into=root.id)


def _root(session: Session, alert_id: str) -> str:
    lead = session.get(LeadRow, alert_id)
    while lead is not None and lead.merged_into is not None:
        lead = session.get(LeadRow, lead.merged_into)
    return lead.id if lead is not None else alert_id


def evidence_sealed(engine: Engine, message: Mapping[str, Any]) -> str:
    """A package was sealed (or stamped): it is attached to its lead, and the lead moves on as far as it can by itself.

    It may arrive before its alert; then it waits for it.
    """
    with engine.database.session() as session:
        lead_id = _answered(session, message) or _root(session, message["alert_id"])
        lead = session.get(LeadRow, lead_id, with_for_update=True)
        row = session.get(PackageRow, message["package_id"])
        if row is None:
            row = PackageRow(
                package_id=message["package_id"],
                lead_id=lead_id,
                alert_id=message["alert_id"],
                stage=message["stage"],
                status="SEALED",
                seal_sha256=message["seal_sha256"],
                sealed_at=parse_iso(message["sealed_at"]),
                # a filed case stands on what was reviewed for it; what comes later is only attached
                used=(lead_id == message["alert_id"] or message["stage"] != "first_seen")
                and (lead is None or lead.state != State.FILED.value),
                message=dict(message),
            )
            session.add(row)
            fact = {"package": row.package_id, "seal_sha256": row.seal_sha256, "stage": row.stage}
            enter(session, "evidence_sealed", lead_id, fact, engine.clock)
        row.status = message["status"]
        if message.get("stamped_at"):
            row.stamped_at = parse_iso(message["stamped_at"])
        session.flush()
        waiting = lead is not None and lead.state == State.A2.value
        if lead is not None and not waiting:
            engine.settle(session, lead, {})
    if waiting:
        settle_lead(engine, lead_id)
    return lead_id


def _answered(session: Session, message: Mapping[str, Any]) -> str | None:
    """The lead whose re-check named this package before it came: it was sealed under the second look's own number."""
    if message["stage"] == "first_seen" or session.get(LeadRow, message["alert_id"]) is not None:
        return None
    waiting = session.scalars(select(LeadRow).where(LeadRow.state == State.A6.value))
    return next((one.id for one in waiting if (one.recheck or {}).get("package_id") == message["package_id"]), None)


def settle_lead(engine: Engine, lead_id: str) -> None:
    """Let a lead move on by itself, with a fresh look at its evidence."""
    statuses = engine.look_at_evidence(lead_id)
    with engine.database.session() as session:
        lead = session.get(LeadRow, lead_id, with_for_update=True)
        if lead is not None:
            engine.settle(session, lead, statuses)


def recheck_done(engine: Engine, message: Mapping[str, Any]) -> str:
    """The answer to a re-capture: {alert_id, result cleared|still|undecided, package_id, at}; the lead's id."""
    if message.get("result") not in ("cleared", "still", "undecided"):
        raise BadInput("E_FIELD", f"recheck result {message.get('result')!r}", "cleared, still or undecided")
    with engine.database.session() as session:
        lead_id = _root(session, message["alert_id"])
        event = message.get("event_id") or f"{message['alert_id']}:{message['at']}"
        lead = session.get(LeadRow, lead_id, with_for_update=True)
        if lead is None or not first_time(engine, session, f"recheck:{event}"):
            return lead_id
        package = session.get(PackageRow, message.get("package_id") or "")
        if package is not None and session.get(LeadRow, package.alert_id) is None:
            package.lead_id = lead_id  # sealed under the second look's own number, it belongs to the lead it answers
        values = {key: message.get(key) for key in ("result", "package_id", "at", "reasons")}
        m = engine.moment(session, SYSTEM, lead_id)
        if lead.state == State.A5.value and lead.recheck_due is not None and engine.clock.now() >= lead.recheck_due:
            engine.apply(m, "recheck_due", {})
        if lead.state == State.A6.value:
            engine.apply(m, "recheck_result", values)
        return lead_id
