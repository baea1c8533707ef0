"""The street's answer in words, Chinese and English, for `nonsite street check` and for case files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geofence.coordinates import CoordSystem, LonLat
from geofence.facts import FeatureFact, GroundFacts, Ruling
from geofence.index import StreetIndex
from geofence.layers import Phase

_QUESTIONS = (
    ("vending", "设摊", "vending"),
    ("bikes", "非机动车停放", "bicycle parking"),
    ("ads", "户外广告", "outdoor advertising"),
)
_LAYERS_ZH = {
    "vending_forbidden": "禁止设摊区",
    "vending_permitted": "允许设摊点",
    "outdoor_seating": "外摆位",
    "bay": "非机动车停放点",
    "bike_managed": "非机动车停放管理区",
    "ad_controlled": "户外广告控制区",
    "ad_forbidden": "禁设户外广告区",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Facts with their words, one line per finding, the same lines in both languages."""

    facts: GroundFacts
    zh: tuple[str, ...]
    en: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"facts": self.facts.to_json(), "zh": list(self.zh), "en": list(self.en)}


def check(index: StreetIndex, point: LonLat, at: datetime, accuracy_m: float = 0.0) -> Explanation:
    """What the street says of a point at a time, and why."""
    facts = index.facts(point, at, accuracy_m)
    here = point.to(CoordSystem.CGCS2000)
    lines = [
        (
            f"{here.lon:.6f}, {here.lat:.6f}（CGCS2000，±{accuracy_m:g} 米），当地时间 {facts.local_time}，"
            f"图层版本 {facts.layer_version}",
            f"{here.lon:.6f}, {here.lat:.6f} (CGCS2000, ±{accuracy_m:g} m) at {facts.local_time} local time, "
            f"layer version {facts.layer_version}",
        )
    ]
    for name, zh, en in _QUESTIONS:
        lines += _ruling(getattr(facts, name), zh, en)
    lines += [_fact(seat) for seat in facts.seating]
    if facts.shop is not None:
        shop, off = facts.shop, abs(facts.shop.distance_m)
        side = ("外", "beyond") if facts.shop.distance_m >= 0 else ("内", "behind")
        lines.append(
            (
                f"最近门店：{shop.shop_name}（{shop.address}），位于门店线{side[0]} {off:.2f} 米",
                f"nearest shop: {shop.shop_name} ({shop.address}), {off:.2f} m {side[1]} its front line",
            )
        )
    if facts.pavement is not None:
        width = facts.pavement.clear_width_m
        lines.append(
            (
                f"人行道：{facts.pavement.name}" + (f"，须保持净宽 {width:g} 米" if width else ""),
                f"pavement: {facts.pavement.name}" + (f", {width:g} m must stay clear" if width else ""),
            )
        )
    if facts.monitored or facts.monitored_undecided:
        ids = ", ".join(facts.monitored) or "-"
        unsure = ("，无法判定（距边界小于定位误差）", ", undecided (nearer to the boundary than the accuracy)")
        more = unsure if facts.monitored_undecided else ("", "")
        lines.append((f"已公布的监控区域、路线：{ids}{more[0]}", f"published as monitored: {ids}{more[1]}"))
    return Explanation(facts, tuple(zh for zh, _ in lines), tuple(en for _, en in lines))


def _ruling(ruling: Ruling, zh: str, en: str) -> list[tuple[str, str]]:
    if ruling.undecided:
        answer = (
            "无法判定（距边界小于定位误差，或时段无法确定）",
            "undecided (nearer to a boundary than the accuracy, or hours unknown)",
        )
    elif not ruling.zones:
        answer = "不受限制", "not restricted"
    elif ruling.permitted:
        answer = "受限制，但在许可范围内", "restricted, but permitted here and now"
    elif ruling.phase is Phase.ENFORCE:
        answer = "受限制，执法阶段", "restricted, being enforced"
    else:
        answer = "受限制，仅劝导阶段", "restricted, dissuasion only"
    margin = ruling.margin_m
    if margin is not None:
        answer = (
            answer[0] + f"；距决定性边界 {abs(margin):.2f} 米",
            answer[1] + f"; {abs(margin):.2f} m to the deciding boundary",
        )
    told = [_fact(fact) for fact in ruling.zones + ruling.permits + ruling.near]
    return [(f"{zh}：{answer[0]}", f"{en}: {answer[1]}"), *told]


def _fact(fact: FeatureFact) -> tuple[str, str]:
    where_zh, where_en = ("内", "inside") if fact.distance_m >= 0 else ("外", "outside")
    state_zh = {True: "有效", False: "无效", None: "时段无法确定"}[fact.in_force]
    state_en = {True: "in force", False: "not in force", None: "hours unknown"}[fact.in_force]
    distance, source = abs(fact.distance_m), fact.legal_source
    layer_zh, layer_en = _LAYERS_ZH[fact.layer.value], fact.layer.value
    zh = f"　{layer_zh}“{fact.name}”（{fact.id}）：{where_zh} {distance:.2f} 米，{state_zh}（{fact.hour_rule}）"
    en = f"  {layer_en} “{fact.name}” ({fact.id}): {distance:.2f} m {where_en}, {state_en} ({fact.hour_rule})"
    return (f"{zh}，依据 {source}", f"{en}, by {source}") if source else (zh, en)
