"""Who may be liable, from the street and the registers: candidates with their reasons, never more than candidates
until a person confirms one against an authoritative source.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import shapely
from shapely.geometry import MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from geofence import StreetIndex
from notify.moment import Moment
from notify.nearness import index_of
from notify.registers import SubjectRow
from notify.signnames import likeness, pinyin_there
from notify.tables import LeadRow

NEAR_M = 15.0
_BY_SHOPS = ("OUT_OF_STORE", "OUTDOOR_AD")  # what a shop next to it may well have put there
_OWN_LINE, _NEIGHBOUR, _LICENCE, _LAPSED, _OPERATOR, _SIGN = 0.9, 0.5, 0.8, 0.5, 0.5, 0.85
_MOST = 0.97  # nothing that a register or a picture says is sure before a person has looked
_LEAD = 0.1  # by how much the first must lead the second to be offered as the one


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subject that may be liable, how strongly (0-1), and why, in both languages."""

    subject_id: str
    name: str
    score: float
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class _Reason:
    subject_id: str
    score: float
    zh: str
    en: str


def candidates(m: Moment) -> list[Candidate]:
    """Everybody whom the frontage, the sign, a licence or the operators' filing points to, the likeliest first.

    Several reasons for one subject add up as independent ones do, and never to certainty.
    """
    street = _street(m)
    found: dict[str, list[_Reason]] = defaultdict(list)
    for reason in (*_frontage(m, street), *_signs(m, street), *_licences(m, street), *_operators(m)):
        found[reason.subject_id].append(reason)
    rows = [(m.registers.subject(subject_id), reasons) for subject_id, reasons in found.items()]
    made = [_candidate(subject, reasons) for subject, reasons in rows if subject is not None]
    return sorted(made, key=lambda one: (-one.score, one.name))


def usual(m: Moment) -> str | None:
    """The candidate that a form may offer filled in: strong, and well ahead of the next."""
    first, *rest = [*candidates(m), None]
    if first is None or first.score < 0.8:
        return None
    second = rest[0].score if rest and rest[0] is not None else 0.0
    return first.subject_id if first.score - second >= _LEAD else None


def _candidate(subject: SubjectRow, reasons: list[_Reason]) -> Candidate:
    doubt = 1.0
    for reason in reasons:
        doubt *= 1 - reason.score
    score = round(min(1 - doubt, _MOST), 2)
    zh, en = "；".join(reason.zh for reason in reasons), "; ".join(reason.en for reason in reasons)
    return Candidate(subject.id, subject.name, score, zh, en)


def _street(m: Moment) -> StreetIndex | None:
    """The layers by which the alert was raised; None where they are not kept here."""
    return index_of(m.session, str(m.lead.message.get("layer_version")))


def ground(index: StreetIndex, lead: LeadRow) -> BaseGeometry:
    """The ground that a lead covers, in plane metres."""
    ring = lead.message.get("footprint") or []
    if len(ring) >= 3:
        corners = index.plane.to_xy(ring)
        drawn = Polygon(corners).buffer(0)
        return drawn if not drawn.is_empty else MultiPoint(corners).convex_hull  # a board seen edge on has no area
    return Point(index.plane.to_xy([[lead.lon, lead.lat]])[0])


def _fronts(lead: LeadRow, index: StreetIndex) -> list[tuple[float, str]]:
    """(metres, shop) of the front lines within reach, nearest first."""
    lines, here = index.frontages(), ground(index, lead)
    if not lines:
        return []
    metres = shapely.distance([line.line for line in lines], here)
    return sorted((float(far), line.shop_id) for line, far in zip(lines, metres, strict=True) if far <= NEAR_M)


def _frontage(m: Moment, street: StreetIndex | None) -> Iterator[_Reason]:
    """The shop whose front line the detectors named, and its neighbours within reach."""
    own = m.registers.shop(m.lead.shop_id)
    if own is not None and own.subject_id:
        yield _Reason(own.subject_id, _OWN_LINE, f"门店线属于{own.name}", f"frontage of {own.name}")
    near = _fronts(m.lead, street) if street is not None and m.lead.kind in _BY_SHOPS else []
    for far, shop_id in near:
        shop = m.registers.shop(shop_id)
        if shop is None or not shop.subject_id or shop_id == m.lead.shop_id:
            continue
        score = _NEIGHBOUR * (1 - far / NEAR_M)
        yield _Reason(
            shop.subject_id, score, f"距{shop.name}门店线{far:.1f}米", f"{far:.1f} m from the frontage of {shop.name}"
        )


def _signs(m: Moment, street: StreetIndex | None) -> Iterator[_Reason]:
    """Shops whose name reads or sounds like what the camera read on the sign."""
    sign = (m.lead.message.get("facts") or {}).get("sign") or {}
    text = str(sign.get("text") or "")
    if not text:
        return
    near = {shop_id for _, shop_id in _fronts(m.lead, street)} if street is not None else set()
    by_sound = "" if pinyin_there() else "（未装拼音组件，只比字形）"
    for shop_id, name, subject_id in m.registers.shops_named():
        like = likeness(text, name, sound=shop_id in near)
        if like is None:
            continue
        score = _SIGN * like.share * (1.0 if shop_id in near or not near else 0.8)
        how = "读音" if like.by_sound else "文字"
        zh = f"招牌“{text}”与“{name}”{how}相符{like.share:.0%}{by_sound}"
        en = f"the sign “{text}” {'sounds' if like.by_sound else 'reads'} like “{name}”, {like.share:.0%}"
        yield _Reason(subject_id, round(score, 3), zh, en if pinyin_there() else f"{en} (no pinyin extra)")


def _licences(m: Moment, street: StreetIndex | None) -> Iterator[_Reason]:
    """Holders of advertising licences at the place, found in the register under the same name."""
    for holder, far, valid in licences_at(m, street):
        for subject in m.session.scalars(select(SubjectRow).where(SubjectRow.name == holder)):
            zh = f"{far:.1f}米处户外广告许可的持有人{'' if valid else '（许可已过期）'}"
            en = f"holder of the advertising licence {far:.1f} m away{'' if valid else ' (lapsed)'}"
            yield _Reason(subject.id, _LICENCE if valid else _LAPSED, zh, en)


def licences_at(m: Moment, street: StreetIndex | None = None) -> list[tuple[str, float, bool]]:
    """(holder, metres, in force at the act) of the licences within the profile's reach of an advertisement."""
    if m.lead.kind != "OUTDOOR_AD":
        return []
    index = street or _street(m)
    if index is None:
        return []
    reach, at = float(m.law("detection.ad_match_m", m.act_day)), m.lead.opened
    here = ground(index, m.lead).centroid
    hits = index.licences_near((here.x, here.y), reach, at=at)
    return [(hit.holder, hit.distance_m, hit.in_force is not False) for hit in hits]


def _operators(m: Moment) -> Iterator[_Reason]:
    """The operators of shared bikes on file, first those whose livery was seen."""
    if m.lead.kind != "BIKE_CLUTTER" or m.lead.subkind == "PRIVATE_NMV":
        return
    seen = _liveries(m.lead)
    for operator in m.registers.bike_operators():
        zh, en, score = "已备案的共享单车运营企业", "registered bike operator", _OPERATOR
        if count := seen.get(operator.id):
            zh, en = f"{zh}，车身颜色相符 {count} 辆（供核对）", f"{en}, {count} bear its livery (to be checked)"
            score += 0.2 * count / max(sum(seen.values()), 1)
        yield _Reason(operator.subject_id, score, zh, en)


def _liveries(lead: LeadRow) -> dict[str, int]:
    """Bicycles by the operator whose livery they were seen to bear, where the operator is on file."""
    brands = (lead.message.get("facts") or {}).get("brands") or ()
    return {str(brand["operator"]): int(brand["count"]) for brand in brands if brand.get("operator")}
