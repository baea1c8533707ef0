"""Who may be liable: candidates with their reasons, never more than candidates until a person confirms one."""

from dataclasses import dataclass
from datetime import datetime

from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from notify.moment import Moment
from notify.states import State
from notify.tables import CaseRow, LeadRow

_OPEN_LEADS = (State.A4, State.A5, State.A6)
_OPEN_CASES = (
    *(State.B0, State.B1, State.B2, State.B3, State.B4, State.B5, State.B6, State.B6H, State.B6H2, State.B7),
    *(State.B8, State.B9, State.B10, State.SUSPENDED),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subject that may be liable, how strongly (0-1), and why."""

    subject_id: str
    name: str
    score: float
    zh: str
    en: str


def candidates(m: Moment) -> list[Candidate]:
    """Candidates from the register: the shop of the frontage, else the operators of shared bikes."""
    found = []
    shop = m.registers.shop(m.lead.shop_id)
    subject = m.registers.subject(shop.subject_id) if shop else None
    if shop is not None and subject is not None:
        found.append(Candidate(subject.id, subject.name, 0.9, f"门店线属于{shop.name}", f"frontage of {shop.name}"))
    if m.lead.kind == "BIKE_CLUTTER" and m.lead.subkind != "PRIVATE_NMV":
        seen = _liveries(m.lead)
        for operator in m.registers.bike_operators():
            owner = m.registers.subject(operator.subject_id)
            if owner is None:
                continue
            zh, en, score = "已备案的共享单车运营企业", "registered bike operator", 0.5
            if count := seen.get(operator.id):
                zh, en = f"{zh}，车身颜色相符 {count} 辆（供核对）", f"{en}, {count} bear its livery (to be checked)"
                score += 0.2 * count / max(sum(seen.values()), 1)
            found.append(Candidate(owner.id, owner.name, score, zh, en))
    return sorted(found, key=lambda candidate: -candidate.score)


def _liveries(lead: LeadRow) -> dict[str, int]:
    """Bicycles by the operator whose livery they were seen to bear, where the operator is on file."""
    brands = (lead.message.get("facts") or {}).get("brands") or ()
    return {str(brand["operator"]): int(brand["count"]) for brand in brands if brand.get("operator")}


def footprint(lead: LeadRow) -> BaseGeometry:
    """The ground that a lead covers, in degrees: touching needs no scale."""
    ring = lead.message.get("footprint") or []
    if len(ring) < 3:
        return Point(lead.lon, lead.lat)
    polygon = Polygon(ring)
    return polygon if polygon.is_valid else polygon.buffer(0)


def same_place(one: LeadRow, other: LeadRow) -> bool:
    """Whether two leads are of one place: one shop, or touching ground; two shops are two places however near."""
    if one.shop_id and other.shop_id:
        return one.shop_id == other.shop_id
    return bool(footprint(one).intersects(footprint(other)))


def corrected(lead: LeadRow) -> bool:
    """Whether the look after the deadline found it put right: the act of this lead is over then."""
    found = lead.recheck or {}
    return found.get("result") == "cleared" and bool(found.get("at_deadline"))


def corrected_between(m: Moment, after: datetime) -> bool:
    """Whether the same subject was seen to put the same thing right at this place between `after` and this lead."""
    query = select(LeadRow).where(
        LeadRow.subject_id == m.lead.subject_id,
        LeadRow.matter == m.matter,
        LeadRow.state == State.A7.value,
        LeadRow.since > after,
        LeadRow.since <= m.lead.opened,
    )
    return any(same_place(other, m.lead) for other in m.session.scalars(query))


def one_act(m: Moment) -> LeadRow | None:
    """The earlier lead of the same act: same subject, matter and place, no verified correction in between (APL 29)."""
    lead = m.lead
    query = select(LeadRow).where(
        LeadRow.subject_id == lead.subject_id,
        LeadRow.matter == m.matter,
        LeadRow.id != lead.id,
        LeadRow.state.in_([s.value for s in (*_OPEN_LEADS, State.FILED)]),
    )
    for earlier in m.session.scalars(query.order_by(LeadRow.opened)):
        if not same_place(earlier, lead) or corrected(earlier):
            continue
        if earlier.state != State.FILED.value:
            return earlier
        case = m.session.get(CaseRow, earlier.case_id) if earlier.case_id else None
        if case is not None and case.state in {state.value for state in _OPEN_CASES}:
            return earlier
    return None
