"""Which captures are of one act: same subject, matter and place, without a verified correction in between (APL 29)."""

from datetime import datetime

from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, and_, or_, select

from notify.moment import Moment
from notify.states import State
from notify.tables import CaseRow, LeadRow

_ABOUT_DEG = 0.01  # about a kilometre: no alert covers more ground
_OPEN_LEADS = (State.A4, State.A5, State.A6)
_OPEN_CASES = (
    *(State.B0, State.B1, State.B2, State.B3, State.B4, State.B5, State.B6, State.B6H, State.B6H2, State.B7),
    *(State.B8, State.B9, State.B10, State.SUSPENDED),
)


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


def near(lead: LeadRow) -> ColumnElement[bool]:
    """What the database can say of `same_place`: the same shop, or a place about which ground could touch."""
    about = and_(
        LeadRow.lon.between(lead.lon - _ABOUT_DEG, lead.lon + _ABOUT_DEG),
        LeadRow.lat.between(lead.lat - _ABOUT_DEG, lead.lat + _ABOUT_DEG),
    )
    if not lead.shop_id:
        return about
    return or_(LeadRow.shop_id == lead.shop_id, and_(LeadRow.shop_id.is_(None), about))


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
        near(m.lead),
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
        near(lead),
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
